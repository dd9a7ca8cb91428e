//! `GET /cases/{id}/print`: the 转办单 on one sheet. What is not known is
//! printed as such; the sheet bears who printed it and when.

use super::actions::Powers;
use super::clockwork::{self, ClockRow};
use super::facts::{self, FactSheet};
use super::identity::watermark;
use super::names::Names;
use super::page::{Strip, strip};
use super::parts::{self, UnitRow};
use crate::casework;
use crate::clocks::{self, Rules};
use crate::ctx::Ctx;
use crate::error::Result;
use crate::journal::{self, Act, Entry};
use crate::rules::policy::{Action, Role};
use crate::state::App;
use crate::web::{Shell, render};
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::json;
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

#[derive(Template)]
#[template(path = "casefile/print.html")]
struct PrintPage {
    shell: Shell,
    strip: Strip,
    sheet: FactSheet,
    units: Vec<UnitRow>,
    clocks: Vec<ClockRow>,
    watermark: String,
}

/// The sheet that goes with a case to the unit that takes it.
pub(crate) async fn sheet(State(app): State<App>, ctx: Ctx, Path(id): Path<Uuid>) -> Result<Response> {
    let db = app.db.read();
    let case = casework::fetch_for(db, &ctx, id, Action::View).await?;
    let powers = Powers::new(&ctx, casework::facts(db, &case).await?);
    // What a village needs is on its screen; paper is left lying about.
    if powers.role() == Role::Village {
        let denial = crate::error::Error::denied("Print", Some(id));
        return Err(crate::error::Error::Forbidden(denial));
    }
    let entry = Entry::new(Act::Printed).case(id).detail(json!({ "form": "转办单" }));
    journal::viewed(&app.db, &ctx, entry).await?;
    let units = parts::of_case(db, id).await?;
    let clocks = clocks::of_case(db, id).await?;
    let mut unit_ids: BTreeSet<Uuid> = units.iter().map(|row| row.unit_id).collect();
    unit_ids.extend(clocks.iter().map(|clock| clock.owner_unit));
    let people = units
        .iter()
        .filter_map(|row| row.account_id.or(row.signed_by))
        .collect();
    let names = Names::load(db, &app.vault, unit_ids, people).await?;
    let rules = Rules::of(db, &clocks).await?;
    render(&PrintPage {
        shell: Shell::new(&app, &ctx, "转办单", "/cases"),
        strip: strip(db, &app, &ctx, &case).await?,
        sheet: facts::sheet(db, &app, &ctx, (&case, &powers)).await?,
        units: parts::rows(units, &names)
            .into_iter()
            .filter(|row| row.until.is_none())
            .collect(),
        clocks: clockwork::rows(&ctx, &clocks, (&names, &HashMap::new(), &rules)),
        watermark: watermark(&ctx),
    })
}
