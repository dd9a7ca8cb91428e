//! `/reports/{id}/emergency/{call}`: the receipt number of a three-way call,
//! written down later or corrected.

use super::id_of;
use crate::clock;
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::intake::{self, Receipts, Written};
use crate::referrals;
use crate::state::App;
use crate::web::routes::see_other;
use crate::web::{Form, Shell, render_with};
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;

#[derive(Template)]
#[template(path = "intake/later_receipt.html")]
struct ReceiptPage {
    shell: Shell,
    id: String,
    call: String,
    number: String,
    line: String,
    at: String,
    version: i32,
    receipt: String,
    written: Vec<Written>,
}

/// What is typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    version: i32,
    receipt: String,
}

async fn page(app: &App, found: Receipts, receipt: String, shell: Shell) -> Result<Response> {
    let lines = referrals::lines(app.db.read()).await?;
    let page = ReceiptPage {
        id: found.call.report_id.to_string(),
        call: found.call.id.to_string(),
        line: lines.label(&found.call.line),
        at: clock::minute(found.call.at),
        version: found.version(),
        number: found.report,
        written: found.written,
        receipt,
        shell,
    };
    render_with(page.shell.status(), &page)
}

fn shell(app: &App, ctx: &Ctx) -> Shell {
    Shell::new(app, ctx, "接警单号", "/reports")
}

/// `GET /reports/{id}/emergency/{call}`
pub(super) async fn show(
    State(app): State<App>,
    ctx: Ctx,
    Path((id, call)): Path<(String, String)>,
) -> Result<Response> {
    let found = intake::receipts(&app, &ctx, (id_of(&id)?, id_of(&call)?)).await?;
    page(&app, found, String::new(), shell(&app, &ctx)).await
}

/// `POST /reports/{id}/emergency/{call}`
pub(super) async fn save(
    State(app): State<App>,
    ctx: Ctx,
    Path((id, call)): Path<(String, String)>,
    Form(typed): Form<Typed>,
) -> Result<Response> {
    let at = (id_of(&id)?, id_of(&call)?);
    let shell = shell(&app, &ctx);
    let shell = match intake::write_receipt(&app, &ctx, at, typed.version, &typed.receipt).await {
        Ok(()) => return Ok(see_other(&format!("/reports/{}#referrals", at.0))),
        Err(Error::Invalid(errors)) => shell.errors(errors),
        Err(Error::Stale { seen, now }) => shell.stale(Some((seen, now))),
        Err(error) => return Err(error),
    };
    let found = intake::receipts(&app, &ctx, at).await?;
    page(&app, found, typed.receipt, shell).await
}
