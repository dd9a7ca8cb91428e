//! 督办单 and 催办通知书, each on one sheet.

use crate::casework;
use crate::casework::order::{self, Urging};
use crate::clock;
use crate::ctx::Ctx;
use crate::entity::{protection_case, supervision, urging};
use crate::error::{Error, Result};
use crate::journal::{self, Act, Entry};
use crate::network;
use crate::rules::codes;
use crate::rules::level::RiskLevel;
use crate::rules::policy::{Action, Role};
use crate::state::App;
use crate::vault::Slot;
use crate::web::routes::see_other;
use crate::web::{Shell, render};
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

#[derive(Template)]
#[template(path = "orderdesk/sheet.html")]
struct SheetPage {
    shell: Shell,
    case: Uuid,
    heading: String,
    number: String,
    at: String,
    unit: String,
    case_number: String,
    level: &'static str,
    /// Names and words of the further rows.
    rows: Vec<(&'static str, String)>,
    watermark: String,
}

/// Which sheet of the case is meant.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    /// `DB-20261123-0001`, `CB-20261123-0001`
    no: String,
}

/// A sheet of a case by its number; whoever names none is led to the case.
pub(super) async fn show(
    State(app): State<App>,
    ctx: Ctx,
    Path(id): Path<Uuid>,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let db = app.db.read();
    let case = casework::fetch_for(db, &ctx, id, Action::ReadWork).await?;
    // A village is asked about its own work only.
    if ctx.actor.role == Role::Village && !ctx.actor.serves(case.lead_unit) {
        return Err(Error::Forbidden(Error::denied("Print", Some(id))));
    }
    let sheets = order::supervisions(db, id).await?;
    if let Some(row) = sheets.into_iter().find(|row| row.number == asked.no) {
        let head = ("督办单", row.number.clone(), row.unit_id, row.opened_at);
        return sheet(&app, &ctx, case, (head, supervised(&app, &row)?)).await;
    }
    let words = order::urgings(db, id).await?;
    if let Some(row) = words.into_iter().find(|row| row.number == asked.no) {
        let head = (Urging::label(&row.kind), row.number.clone(), row.unit_id, row.made_at);
        return sheet(&app, &ctx, case, (head, urged(&app, &row)?)).await;
    }
    Ok(see_other(&format!("/cases/{id}")))
}

type Rows = Vec<(&'static str, String)>;

/// What a sheet of supervision says.
fn supervised(app: &App, row: &supervision::Model) -> Result<Rows> {
    let open = |name, value| app.vault.open_some(Slot::new("supervision", name, row.id), value);
    let cause = codes::supervision_cause(&row.cause).map_or("督办", |cause| &cause.name);
    let asked = open("reason", row.reason.as_ref())?;
    Ok(vec![
        ("督办级别", order::level_label(row.level).to_owned()),
        ("督办事由", cause.to_owned()),
        (
            "督办要求",
            asked.unwrap_or_else(|| "核实原因，尽快办理并书面答复".to_owned()),
        ),
        ("答复期限", format!("{} 前（本地可配置）", clock::minute(row.due_at))),
        ("单位答复", open("answer", row.answer.as_ref())?.unwrap_or_default()),
        ("解除意见", open("end_note", row.end_note.as_ref())?.unwrap_or_default()),
    ])
}

/// What a paper that urges, or tells in writing, says.
fn urged(app: &App, row: &urging::Model) -> Result<Rows> {
    let note = app
        .vault
        .open_some(Slot::new("urging", "note", row.id), row.note.as_ref())?;
    let said = match row.kind.as_str() {
        "bulletin" => "催办通知书发出后五个工作日仍未办结，现予书面通报。",
        _ => "所列工单已超过办结时限，收到后立即办理，并反馈办理情况。",
    };
    Ok(vec![
        ("发出", order::source_label(&row.source).to_owned()),
        ("内容", said.to_owned()),
        ("说明", note.unwrap_or_default()),
        ("依据", "DL12，参考某市局内部规程，本地可配置".to_owned()),
    ])
}

type Head = (&'static str, String, Uuid, chrono::DateTime<chrono::Utc>);

async fn sheet(
    app: &App,
    ctx: &Ctx,
    case: protection_case::Model,
    ((heading, number, unit, at), rows): (Head, Rows),
) -> Result<Response> {
    let entry = Entry::new(Act::Printed)
        .case(case.id)
        .detail(json!({ "form": heading }));
    journal::viewed(&app.db, ctx, entry).await?;
    render(&SheetPage {
        shell: Shell::new(app, ctx, heading, "/orders"),
        case: case.id,
        heading: heading.to_owned(),
        number,
        at: clock::minute(at),
        unit: network::unit_name(app.db.read(), unit).await?,
        case_number: case.number,
        level: RiskLevel::from_number(case.level).map_or("未定", RiskLevel::label),
        rows,
        watermark: format!("{} {} {}", ctx.unit_name, ctx.name, clock::minute(ctx.now)),
    })
}
