//! First-run set-up: a one-time address at which the three administrators get
//! their accounts. It works while there is no account, for an hour, once.

use super::session::token;
use super::{NewAccount, Visitor, faults, insert, password};
use crate::ctx::Ctx;
use crate::entity::{account, setting};
use crate::error::{Error, FieldError, Result};
use crate::journal::{self, Act, Entry};
use crate::rules::division::Division;
use crate::rules::policy::Role;
use crate::state::App;
use crate::web::routes::see_other;
use crate::web::{Access, Form, Routes, Shell, render, render_with};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde::Deserialize;
use serde_json::json;
use sha2::{Digest, Sha256};

/// The address works for so long.
const VALID: TimeDelta = TimeDelta::hours(1);
const NAME: &str = "setup";

pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/setup/{token}", Access::Public, page)
        .post("/setup/{token}", Access::Public, submit)
}

/// The path of the set-up page, when there is no account yet. An earlier one
/// stops working.
///
/// # Errors
/// When the database refuses.
pub async fn issue(app: &App) -> Result<Option<String>> {
    if account::Entity::find().count(app.db.read()).await? > 0 {
        return Ok(None);
    }
    let ctx = Ctx::system(app.clock.now());
    let token = token()?;
    let row = setting::ActiveModel {
        name: Set(NAME.to_owned()),
        value: Set(digest(&token)),
        updated_at: Set(ctx.now),
    };
    let tx = app.db.begin().await?;
    setting::Entity::delete_by_id(NAME.to_owned()).exec(&tx).await?;
    setting::Entity::insert(row).exec_without_returning(&tx).await?;
    let entry = Entry::new(Act::SetUp).detail(json!({ "step": "issued" }));
    journal::commit(tx, &ctx, entry).await?;
    Ok(Some(format!("/setup/{token}")))
}

/// The address is kept as its hash, like a password.
fn digest(token: &str) -> String {
    hex::encode(Sha256::digest(token.as_bytes()))
}

/// Whether the token is the one that was issued, not used and not too old.
async fn holds(db: &impl ConnectionTrait, token: &str, now: DateTime<Utc>) -> Result<bool> {
    let found = setting::Entity::find_by_id(NAME.to_owned())
        .filter(setting::Column::Value.eq(digest(token)))
        .one(db)
        .await?;
    Ok(found.is_some_and(|row| now - row.updated_at < VALID))
}

/// What is typed about one administrator.
#[derive(Debug, Clone, Default)]
struct Person {
    role: &'static str,
    label: &'static str,
    does: &'static str,
    username: String,
    name: String,
    password: String,
}

impl Person {
    fn account(&self) -> Result<NewAccount> {
        Ok(NewAccount {
            username: self.username.clone(),
            name: self.name.clone(),
            role: Role::parse(self.role).ok_or(Error::NotFound)?,
            unit_id: None,
            division: Division::parse("140600")?,
            phone: None,
            id_number: None,
            password: self.password.clone(),
            must_change: true,
        })
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct SetupForm {
    sysadmin_username: String,
    sysadmin_name: String,
    sysadmin_password: String,
    secadmin_username: String,
    secadmin_name: String,
    secadmin_password: String,
    auditor_username: String,
    auditor_name: String,
    auditor_password: String,
}

impl SetupForm {
    fn people(self) -> [Person; 3] {
        let person = |role: Role, does, (username, name, password)| Person {
            role: role.code(),
            label: role.label(),
            does,
            username,
            name,
            password,
        };
        [
            person(
                Role::SysAdmin,
                "维护网络名册与运行",
                (self.sysadmin_username, self.sysadmin_name, self.sysadmin_password),
            ),
            person(
                Role::SecAdmin,
                "开设、变更、停用账号",
                (self.secadmin_username, self.secadmin_name, self.secadmin_password),
            ),
            person(
                Role::Auditor,
                "查阅审计记录",
                (self.auditor_username, self.auditor_name, self.auditor_password),
            ),
        ]
    }
}

#[derive(Template)]
#[template(path = "accounts/setup.html")]
struct SetupPage {
    shell: Shell,
    token: String,
    people: [Person; 3],
}

async fn page(State(app): State<App>, visitor: Visitor, Path(token): Path<String>) -> Result<Response> {
    if !holds(app.db.read(), &token, visitor.now).await? {
        return Err(Error::NotFound);
    }
    let form = SetupForm {
        sysadmin_username: "sysadmin".to_owned(),
        secadmin_username: "secadmin".to_owned(),
        auditor_username: "auditor".to_owned(),
        ..SetupForm::default()
    };
    render(&SetupPage {
        shell: Shell::public(&app, "首次设置"),
        token,
        people: form.people(),
    })
}

async fn submit(
    State(app): State<App>,
    visitor: Visitor,
    Path(token): Path<String>,
    Form(form): Form<SetupForm>,
) -> Result<Response> {
    if !holds(app.db.read(), &token, visitor.now).await? {
        return Err(Error::NotFound);
    }
    let people = form.people();
    match set_up(&app, &visitor, &token, &people).await {
        Ok(()) => Ok(see_other("/login")),
        Err(Error::Invalid(errors)) => {
            let page = SetupPage {
                shell: Shell::public(&app, "首次设置").errors(errors),
                token,
                people,
            };
            render_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(other) => Err(other),
    }
}

/// Makes the three accounts, or none.
async fn set_up(app: &App, visitor: &Visitor, token: &str, people: &[Person; 3]) -> Result<()> {
    let faults = faults_of(people)?;
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    let mut hashes = Vec::new();
    for person in people {
        hashes.push(password::hash(app, &person.password).await?);
    }
    let ctx = visitor.ctx();
    let tx = app.db.begin().await?;
    if !holds(&tx, token, visitor.now).await? || account::Entity::find().count(&tx).await? > 0 {
        return Err(Error::NotFound);
    }
    let used = setting::Entity::delete_by_id(NAME.to_owned()).exec(&tx).await?;
    if used.rows_affected != 1 {
        return Err(Error::NotFound);
    }
    for (person, hash) in people.iter().zip(hashes) {
        let id = insert(app, &tx, &ctx, &person.account()?, hash).await?;
        let entry = Entry::new(Act::AccountAdded)
            .subject(id)
            .detail(json!({ "role": person.role }));
        journal::note(&tx, &ctx, entry).await?;
    }
    let entry = Entry::new(Act::SetUp).detail(json!({ "step": "done" }));
    journal::commit(tx, &ctx, entry).await
}

/// Faults named by the form's controls: `sysadmin_username` and so on.
fn faults_of(people: &[Person; 3]) -> Result<Vec<FieldError>> {
    let mut found = Vec::new();
    for (at, person) in people.iter().enumerate() {
        for fault in faults(&person.account()?) {
            let message = format!("{}：{}", person.label, fault.message);
            found.push(FieldError::new(&format!("{}_{}", person.role, fault.field), &message));
        }
        let same =
            |other: &Person| super::manage::username(&other.username) == super::manage::username(&person.username);
        if people.iter().take(at).any(same) {
            let message = format!("{}：三名管理员的用户名不能相同", person.label);
            found.push(FieldError::new(&format!("{}_username", person.role), &message));
        }
    }
    Ok(found)
}
