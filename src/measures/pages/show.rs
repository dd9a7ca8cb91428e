//! A measure with its clocks, what may be done now, and its history; and the
//! same on paper.

use crate::clock;
use crate::ctx::Ctx;
use crate::error::Result;
use crate::journal::{self, Act, Entry};
use crate::measures::view::{self, Sheet};
use crate::measures::{self, events};
use crate::rules::policy::MeasureAction;
use crate::state::App;
use crate::web::{Shell, render};
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

#[derive(Template)]
#[template(path = "measures/show.html")]
struct ShowPage {
    shell: Shell,
    case: Uuid,
    sheet: Sheet,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Arrival {
    /// The act that was just done.
    done: String,
}

pub(super) async fn show(
    State(app): State<App>,
    ctx: Ctx,
    Path((id, measure)): Path<(Uuid, Uuid)>,
    Query(arrival): Query<Arrival>,
) -> Result<Response> {
    let db = app.db.read();
    let (row, case) = measures::fetch(db, &ctx, (id, measure), MeasureAction::View).await?;
    let entry = Entry::new(Act::MeasureViewed).case(case.id).subject(row.id);
    journal::viewed(&app.db, &ctx, entry).await?;
    let sheet = view::of(db, &app, &ctx, (&row, &case)).await?;
    let done = (!arrival.done.is_empty()).then(|| format!("已完成：{}", events::label(&row.kind, &arrival.done)));
    render(&ShowPage {
        shell: Shell::new(&app, &ctx, &sheet.row.kind_name, "/measures").flash(done),
        case: case.id,
        sheet,
    })
}

#[derive(Template)]
#[template(path = "measures/print.html")]
struct PrintPage {
    shell: Shell,
    case: Uuid,
    number: String,
    sheet: Sheet,
    watermark: String,
}

pub(super) async fn print(
    State(app): State<App>,
    ctx: Ctx,
    Path((id, measure)): Path<(Uuid, Uuid)>,
) -> Result<Response> {
    let db = app.db.read();
    let (row, case) = measures::fetch(db, &ctx, (id, measure), MeasureAction::Act).await?;
    let detail = json!({ "form": "措施登记表" });
    let entry = Entry::new(Act::Printed).case(case.id).subject(row.id).detail(detail);
    journal::viewed(&app.db, &ctx, entry).await?;
    let sheet = view::of(db, &app, &ctx, (&row, &case)).await?;
    render(&PrintPage {
        shell: Shell::new(&app, &ctx, &sheet.row.kind_name, "/measures"),
        case: case.id,
        number: case.number.clone(),
        sheet,
        watermark: format!("{} {} {}", ctx.unit_name, ctx.name, clock::minute(ctx.now)),
    })
}
