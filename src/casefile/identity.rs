//! Names in the clear: asked for with a reason, shown once, in the journal
//! before they are shown.

use super::actions::Powers;
use super::facts;
use super::names;
use super::page::{Strip, strip};
use super::people;
use crate::casework;
use crate::casework::steps::{self, words};
use crate::clock;
use crate::ctx::Ctx;
use crate::entity::{party, protection_case};
use crate::error::{Error, FieldError, Result};
use crate::journal::{self, Act, Entry};
use crate::rules::policy::Action;
use crate::state::App;
use crate::vault::Slot;
use crate::web::{Form, Shell, render, render_with};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

/// Why somebody wants to know.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    reason: String,
}

/// One person in the clear.
struct Person {
    who: String,
    name: String,
    lines: Vec<(&'static str, String)>,
}

#[derive(Template)]
#[template(path = "casefile/identity.html")]
struct IdentityPage {
    shell: Shell,
    /// The case's head and address, for those who may see the case.
    strip: Option<Strip>,
    heading: &'static str,
    /// Where the reason is asked for again; nothing once it was given.
    action: Option<String>,
    reason: String,
    people: Vec<Person>,
    watermark: String,
}

/// Shows the children and adults of a case.
pub(crate) async fn children(
    State(app): State<App>,
    ctx: Ctx,
    Path(id): Path<Uuid>,
    Form(asked): Form<Asked>,
) -> Result<Response> {
    let db = app.db.read();
    let case = casework::fetch_for(db, &ctx, id, Action::View).await?;
    let powers = Powers::new(&ctx, casework::facts(db, &case).await?);
    if !powers.may_show_identity() {
        return Err(Error::Forbidden(Error::denied("ShowIdentity", Some(id))));
    }
    let reason = match words("reason", "查看身份的理由", &asked.reason, 200) {
        Ok(reason) => reason,
        Err(Error::Invalid(errors)) => return again(&app, &ctx, &case, ("显示身份", "identity"), errors).await,
        Err(other) => return Err(other),
    };
    let tx = app.db.begin().await?;
    let told = (Act::IdentityShown, ctx.now, Some(reason.as_str()), json!({}));
    casework::tell(&tx, &app.vault, &ctx, id, told).await?;
    journal::commit(tx, &ctx, Entry::new(Act::IdentityShown).case(id)).await?;
    let mut people = named_children(db, &app, &ctx, &case).await?;
    people.extend(named_parties(db, &app, id).await?);
    render(&page(&app, &ctx, &case, "身份信息", people).await?)
}

/// Shows who reported.
pub(crate) async fn reporters(
    State(app): State<App>,
    ctx: Ctx,
    Path(id): Path<Uuid>,
    Form(asked): Form<Asked>,
) -> Result<Response> {
    let found = match steps::open_reporter(&app, &ctx, id, &asked.reason).await {
        Ok(found) => found,
        Err(Error::Invalid(errors)) => {
            let case = casework::fetch_for(app.db.read(), &ctx, id, Action::OpenReporter).await?;
            return again(&app, &ctx, &case, ("启封报告人", "reporter"), errors).await;
        }
        Err(other) => return Err(other),
    };
    let case = casework::fetch_for(app.db.read(), &ctx, id, Action::OpenReporter).await?;
    let people = found
        .into_iter()
        .map(|one| Person {
            who: format!("线索 {} 的报告人", one.report_number),
            name: one.name.unwrap_or_else(|| "未留姓名".to_owned()),
            lines: vec![
                ("岗位", one.position.unwrap_or_else(|| "未知".to_owned())),
                ("电话", one.phone.unwrap_or_else(|| "未知".to_owned())),
                ("要求匿名", yes(one.anonymous).to_owned()),
                ("可安全回拨", yes(one.safe_phone).to_owned()),
                ("可回拨时段", one.safe_time.unwrap_or_else(|| "未知".to_owned())),
            ],
        })
        .collect();
    render(&page(&app, &ctx, &case, "报告人", people).await?)
}

fn yes(on: bool) -> &'static str {
    if on { "是" } else { "否" }
}

/// Asks for the reason once more.
async fn again(
    app: &App,
    ctx: &Ctx,
    case: &protection_case::Model,
    (heading, path): (&'static str, &str),
    errors: Vec<FieldError>,
) -> Result<Response> {
    let mut page = page(app, ctx, case, heading, Vec::new()).await?;
    page.shell = page.shell.errors(errors);
    page.action = Some(format!("/cases/{}/{path}", case.id));
    render_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

async fn page(
    app: &App,
    ctx: &Ctx,
    case: &protection_case::Model,
    heading: &'static str,
    people: Vec<Person>,
) -> Result<IdentityPage> {
    let db = app.db.read();
    let powers = Powers::new(ctx, casework::facts(db, case).await?);
    Ok(IdentityPage {
        shell: Shell::new(app, ctx, heading, "/cases"),
        strip: if powers.may(Action::View) {
            Some(strip(db, app, ctx, case).await?)
        } else {
            None
        },
        heading,
        action: None,
        reason: String::new(),
        people,
        watermark: watermark(ctx),
    })
}

/// Who looked and when, across the sheet.
pub(crate) fn watermark(ctx: &Ctx) -> String {
    format!("{} {} {}", ctx.unit_name, ctx.name, clock::minute(ctx.now))
}

async fn named_children(
    db: &impl ConnectionTrait,
    app: &App,
    ctx: &Ctx,
    case: &protection_case::Model,
) -> Result<Vec<Person>> {
    let unknown = || "未知".to_owned();
    let children = people::children(db, &[case.id]).await?;
    let mut named = Vec::new();
    for row in children.get(&case.id).into_iter().flatten() {
        let open = |column, value| app.vault.open_some(Slot::new("child", column, row.id), value);
        let birth = open("birth_date", row.birth_date.as_ref())?;
        named.push(Person {
            who: "儿童".to_owned(),
            name: open("name", row.name.as_ref())?.unwrap_or_else(unknown),
            lines: vec![
                ("性别", people::sex(&row.sex).to_owned()),
                ("年龄", people::age(&app.vault, row, ctx.now)?.unwrap_or_else(unknown)),
                ("出生日期", birth.unwrap_or_else(unknown)),
                (
                    "证件号",
                    open("id_number", row.id_number.as_ref())?.unwrap_or_else(unknown),
                ),
                ("居住地", row.division.as_deref().map_or_else(unknown, names::place)),
            ],
        });
    }
    Ok(named)
}

async fn named_parties(db: &impl ConnectionTrait, app: &App, case: Uuid) -> Result<Vec<Person>> {
    let rows = party::Entity::find()
        .filter(party::Column::CaseId.eq(case))
        .order_by_asc(party::Column::Id)
        .all(db)
        .await?;
    let unknown = || "未知".to_owned();
    let mut named = Vec::new();
    for row in rows {
        let open = |column, value| app.vault.open_some(Slot::new("party", column, row.id), value);
        named.push(Person {
            who: facts::party_kind(&row.kind).to_owned(),
            name: open("name", row.name.as_ref())?.unwrap_or_else(unknown),
            lines: vec![
                ("与儿童关系", facts::relation(row.relation.as_deref())),
                ("电话", open("phone", row.phone.as_ref())?.unwrap_or_else(unknown)),
            ],
        });
    }
    Ok(named)
}
