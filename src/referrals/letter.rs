//! The letter of referral (转介函): what the other side needs and no more. No
//! name, no number of a person, no address below the township, no reporter.

use super::kind::Kind;
use super::lines::lines;
use super::shown::{Shown, view};
use super::steps::fetch;
use crate::ctx::Ctx;
use crate::entity::report;
use crate::error::{Error, Result};
use crate::journal::{self, Act, Entry};
use crate::network;
use crate::rules::codes;
use crate::rules::division::{Division, Tier};
use crate::rules::policy::ReportAction;
use crate::state::App;
use crate::vault::Slot;
use anyhow::Context;
use serde_json::Value;
use uuid::Uuid;

/// What stands in the letter.
#[derive(Debug, Clone)]
pub(super) struct Letter {
    pub(super) shown: Shown,
    pub(super) recipient: String,
    pub(super) demand: String,
    pub(super) place: String,
    pub(super) children: Vec<String>,
}

/// The letter of a referral. Its printing stands in the journal.
///
/// # Errors
/// [`Error::NotFound`] for a referral that is no letter; those of a report that
/// may not be seen.
pub(super) async fn letter(app: &App, ctx: &Ctx, id: Uuid) -> Result<Letter> {
    let db = app.db.read();
    let (row, report) = fetch(db, ctx, id, ReportAction::View).await?;
    if Kind::parse(&row.kind) != Some(Kind::Letter) {
        return Err(Error::NotFound);
    }
    let (shown, _) = view(app, ctx, id).await?;
    let line = lines(db).await?.find(&row.line).cloned();
    let recipient = line.map_or_else(String::new, |line| {
        if line.recipient.is_empty() {
            line.name
        } else {
            line.recipient
        }
    });
    let demand = codes::demand_type(&report.demand_type);
    let form = form(app, &report)?;
    // A draft keeps its place in the form alone.
    let typed = form["child_location"]["division"].as_str().map(str::to_owned);
    let place = match report
        .child_location
        .clone()
        .or(typed)
        .map(|code| Division::parse(&code))
    {
        Some(Ok(place)) => {
            let wide = place.at(Tier::Township).or_else(|| place.at(Tier::County));
            network::path_of(db, wide.as_ref().unwrap_or(&place)).await?
        }
        _ => "未登记".to_owned(),
    };
    let entry = Entry::new(Act::Printed)
        .report(report.id)
        .subject(id)
        .detail(serde_json::json!({ "form": "referral" }));
    journal::viewed(&app.db, ctx, entry).await?;
    Ok(Letter {
        demand: demand.map_or_else(String::new, |row| row.name.clone()),
        children: children(&form),
        shown,
        recipient,
        place,
    })
}

/// What was typed, as it was kept.
fn form(app: &App, report: &report::Model) -> Result<Value> {
    let slot = Slot::new("report", "form", report.id);
    match app.vault.open_some(slot, report.form.as_ref())? {
        Some(form) => Ok(serde_json::from_str(&form).context("form of a report")?),
        None => Ok(Value::Null),
    }
}

/// The children by sex and age alone: 女，约12岁.
fn children(form: &Value) -> Vec<String> {
    let children = form["children"].as_array().into_iter().flatten();
    let words = children.filter_map(|child| {
        let sex = match child["sex"].as_str() {
            Some("1") => Some("男"),
            Some("2") => Some("女"),
            _ => None,
        };
        let age = child["age"].as_i64().map(|age| format!("约{age}岁"));
        let told = sex.is_some() || age.is_some();
        told.then(|| {
            let age = age.unwrap_or_else(|| "年龄不详".to_owned());
            format!("{}，{age}", sex.unwrap_or("性别不详"))
        })
    });
    words.collect()
}
