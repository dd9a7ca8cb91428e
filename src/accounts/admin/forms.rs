//! The forms that open an account and move one.

use super::{row, shown};
use crate::accounts::directory::Row;
use crate::accounts::picker::Picker;
use crate::accounts::{Change, NewAccount, OneTime, first_secret};
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::rules::policy::Role;
use crate::state::App;
use crate::web::routes::see_other;
use crate::web::{Choice, Form, Shell, render, render_with};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use uuid::Uuid;

/// The roles of a new account.
fn roles(chosen: &str) -> Vec<Choice> {
    choices(chosen, |_| true)
}

/// The roles that an account may change to: a program stays one, and so does
/// a person.
fn roles_beside(held: &str, chosen: &str) -> Vec<Choice> {
    let service = held == Role::Service.code();
    choices(chosen, |role| (role == Role::Service) == service)
}

fn choices(chosen: &str, offered: impl Fn(Role) -> bool) -> Vec<Choice> {
    Role::ALL
        .into_iter()
        .filter(|role| *role != Role::System && offered(*role))
        .map(|role| Choice::new(role.code(), role.label(), chosen))
        .collect()
}

fn role_of(code: &str) -> Result<Role> {
    Role::parse(code)
        .filter(|role| *role != Role::System)
        .ok_or_else(|| Error::field("role", "选择角色"))
}

/// The button that looks for units instead of saving.
const FIND: &str = "find";

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct NewForm {
    username: String,
    name: String,
    phone: String,
    id_number: String,
    role: String,
    unit: String,
    unit_q: String,
    step: String,
}

#[derive(Template)]
#[template(path = "accounts/new.html")]
struct NewPage {
    shell: Shell,
    picker: Picker,
    form: NewForm,
    roles: Vec<Choice>,
}

fn new_page(app: &App, ctx: &Ctx, picker: Picker, form: NewForm) -> NewPage {
    NewPage {
        shell: Shell::new(app, ctx, "新增账号", "/accounts"),
        picker,
        roles: roles(&form.role),
        form,
    }
}

pub(super) async fn blank(State(app): State<App>, ctx: Ctx) -> Result<Response> {
    let picker = Picker::of(&app, "", "").await?;
    render(&new_page(&app, &ctx, picker, NewForm::default()))
}

pub(super) async fn add(State(app): State<App>, ctx: Ctx, Form(form): Form<NewForm>) -> Result<Response> {
    let picker = Picker::of(&app, &form.unit_q, &form.unit).await?;
    if form.step == FIND {
        return render(&new_page(&app, &ctx, picker, form));
    }
    match add_typed(&app, &ctx, &picker, &form).await {
        Ok((id, secret)) => shown(&app, &ctx, id, secret).await,
        Err(Error::Invalid(errors)) => {
            let mut page = new_page(&app, &ctx, picker, form);
            page.shell = page.shell.errors(errors);
            render_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(other) => Err(other),
    }
}

async fn add_typed(app: &App, ctx: &Ctx, picker: &Picker, form: &NewForm) -> Result<(Uuid, OneTime)> {
    let role = role_of(&form.role)?;
    let secret = first_secret(role)?;
    let new = NewAccount {
        username: form.username.clone(),
        name: form.name.clone(),
        role,
        unit_id: picker.unit(),
        division: picker.division()?,
        phone: Some(form.phone.clone()),
        id_number: Some(form.id_number.clone()),
        password: secret.clone(),
        must_change: true,
    };
    Ok((crate::accounts::add(app, ctx, &new).await?, OneTime(secret)))
}

#[derive(Template)]
#[template(path = "accounts/change.html")]
struct ChangePage {
    shell: Shell,
    row: Row,
    picker: Picker,
    roles: Vec<Choice>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ChangeForm {
    role: String,
    unit: String,
    unit_q: String,
    step: String,
    version: i32,
}

pub(super) async fn moving(State(app): State<App>, ctx: Ctx, Path(id): Path<String>) -> Result<Response> {
    let row = row(&app, &id).await?;
    let unit = row.unit_id.map(|id| id.to_string()).unwrap_or_default();
    let picker = Picker::of(&app, "", &unit).await?;
    let roles = roles_beside(&row.role_code, &row.role_code);
    render(&change_page(&app, &ctx, row, (picker, roles)))
}

fn change_page(app: &App, ctx: &Ctx, row: Row, (picker, roles): (Picker, Vec<Choice>)) -> ChangePage {
    ChangePage {
        shell: Shell::new(app, ctx, "变更账号", "/accounts"),
        roles,
        picker,
        row,
    }
}

/// What is posted to the form: searches for units, or moves the account by
/// `moves`, which hands over what it leaves behind and says how that went.
pub(crate) async fn change_posted(
    app: &App,
    ctx: &Ctx,
    (id, form): (&str, ChangeForm),
    moves: impl AsyncFnOnce(Uuid, i32, Change) -> Result<String>,
) -> Result<Response> {
    let row = row(app, id).await?;
    let picker = Picker::of(app, &form.unit_q, &form.unit).await?;
    if form.step == FIND {
        let roles = roles_beside(&row.role_code, &form.role);
        return render(&change_page(app, ctx, row, (picker, roles)));
    }
    let moved = match wanted(&picker, &form) {
        Ok(to) => moves(row.id, form.version, to).await,
        Err(error) => Err(error),
    };
    match moved {
        Ok(said) => Ok(see_other(&format!("/accounts/{}?{said}", row.id))),
        Err(Error::Invalid(errors)) => {
            let roles = roles_beside(&row.role_code, &form.role);
            let mut page = change_page(app, ctx, row, (picker, roles));
            page.shell = page.shell.errors(errors);
            render_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(other) => Err(other),
    }
}

fn wanted(picker: &Picker, form: &ChangeForm) -> Result<Change> {
    Ok(Change {
        role: role_of(&form.role)?,
        unit_id: picker.unit(),
        division: picker.division()?,
    })
}
