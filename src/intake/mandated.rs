//! Mandatory reports: sent by the obliged unit itself and routed at once, so
//! that nobody waits for a person. The reporter sees a neutral state only.

use super::facts::ReportInput;
use super::idempotent::Key;
use super::{State, arriving, outcome, store};
use crate::ctx::Ctx;
use crate::entity::{protection_case, report};
use crate::error::{Error, Result};
use crate::journal::{self, Act, Entry};
use crate::rules::policy::{ReportAction, Role};
use crate::rules::workflow::Stage;
use crate::state::App;
use anyhow::Context;
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::HashMap;
use uuid::Uuid;

/// What the reporter gets in hand.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Receipt {
    /// The report.
    pub id: Uuid,
    /// Its number.
    pub number: String,
    /// When it was received.
    pub at: DateTime<Utc>,
    /// Numbers to call now, `110`, `120`; empty without danger to life.
    pub lines: Vec<String>,
}

/// A report as its reporter sees it.
#[derive(Debug, Clone)]
pub struct OwnReport {
    /// The report.
    pub id: Uuid,
    /// Its number.
    pub number: String,
    /// When it was received.
    pub at: DateTime<Utc>,
    /// 已收到, 处理中 or 已办结.
    pub state: &'static str,
}

/// Takes a mandatory report and routes it at once (RT03). The same submission
/// with the same words again is the same report.
///
/// # Errors
/// [`Error::Invalid`] for faults; [`Error::Forbidden`] for other roles.
pub async fn submit(app: &App, ctx: &Ctx, submission: Option<Uuid>, input: &ReportInput) -> Result<Receipt> {
    if ctx.actor.role != Role::Reporter {
        return Err(Error::Forbidden(Error::denied("report Submit", None)));
    }
    let input = as_mandated(input);
    let key = submission
        .map(|row| Key::new("portal", row, (&app.vault, ctx), &input))
        .transpose()?;
    let key = match key {
        // Other words under the same submission are another report.
        Some(key) if matches!(key.find(app.db.read(), &app.vault).await, Err(Error::Conflict(_))) => None,
        key => key,
    };
    match take(app, ctx, key.as_ref(), &input).await {
        Ok(receipt) => Ok(receipt),
        // It may have been sent twice at once: then the other's receipt holds.
        Err(error) => match key {
            Some(key) => receipt(key.find(app.db.read(), &app.vault).await?).unwrap_or(Err(error)),
            None => Err(error),
        },
    }
}

async fn take(app: &App, ctx: &Ctx, key: Option<&Key>, input: &ReportInput) -> Result<Receipt> {
    let ready = outcome::prepare(app, ctx, input, None).await?;
    let tx = app.db.begin().await?;
    if let Some(key) = key
        && let Some(given) = receipt(key.find(&tx, &app.vault).await?)
    {
        return given;
    }
    let (opened, mut entries) = arriving::take(&tx, app, ctx, input, ready).await?;
    entries.push(Entry::new(Act::ReportSubmitted).report(opened.report.id));
    entries.push(outcome::entry(&opened));
    let receipt = Receipt {
        id: opened.report.id,
        number: opened.report.number,
        at: ctx.now,
        lines: opened.plan.lines,
    };
    if let Some(key) = key {
        let answer = serde_json::to_value(&receipt).context("receipt")?;
        key.keep(&tx, &app.vault, ctx, &answer).await?;
    }
    journal::commit_all(tx, entries.into_iter().map(|entry| (ctx, entry)).collect()).await?;
    Ok(receipt)
}

/// The receipt that was given before.
fn receipt(kept: Option<Value>) -> Option<Result<Receipt>> {
    kept.map(|value| Ok(serde_json::from_value(value).context("kept receipt")?))
}

/// The report as the channel of obliged reporters has it.
pub(super) fn as_mandated(input: &ReportInput) -> ReportInput {
    let mut input = input.clone();
    "mandated".clone_into(&mut input.channel);
    // Who sends in their own name may be called back; the level is not theirs to choose.
    input.urgency = None;
    input
}

/// The reporter's own reports, latest first.
///
/// # Errors
/// When the database refuses.
pub async fn own_reports(app: &App, ctx: &Ctx) -> Result<Vec<OwnReport>> {
    let db = app.db.read();
    let reports = report::Entity::find()
        .filter(report::Column::ReporterAccount.eq(ctx.actor.account))
        .order_by_desc(report::Column::StartedAt)
        .order_by_desc(report::Column::Id)
        .limit(200)
        .all(db)
        .await?;
    let cases = protection_case::Entity::find()
        .filter(protection_case::Column::Id.is_in(reports.iter().filter_map(|report| report.case_id)))
        .all(db)
        .await?;
    let stages: HashMap<Uuid, Option<Stage>> = cases.iter().map(|case| (case.id, Stage::parse(&case.stage))).collect();
    let rows = reports.into_iter().map(|report| {
        let stage = report.case_id.and_then(|case| stages.get(&case).copied().flatten());
        own(report, stage)
    });
    Ok(rows.collect())
}

/// One report of the reporter's own.
///
/// # Errors
/// [`Error::NotFound`], and [`Error::Hidden`] for another's.
pub async fn own_report(app: &App, ctx: &Ctx, id: Uuid) -> Result<OwnReport> {
    let report = store::fetch(app.db.read(), ctx, id, ReportAction::State).await?;
    let standing = store::standing(app, report).await?;
    Ok(own(standing.report, standing.stage))
}

fn own(report: report::Model, stage: Option<Stage>) -> OwnReport {
    OwnReport {
        id: report.id,
        at: report.submitted_at.unwrap_or(report.started_at),
        state: neutral(State::parse(&report.state), stage),
        number: report.number,
    }
}

/// What a reporter is told: nothing of the measures (未成年人保护法第十一条).
pub(super) fn neutral(state: Option<State>, stage: Option<Stage>) -> &'static str {
    match (state, stage) {
        (Some(State::ScreenedOut | State::Answered | State::Referred | State::Dismissed), _)
        | (_, Some(Stage::Closed)) => "已办结",
        (_, None | Some(Stage::Assigned)) => "已收到",
        (_, Some(_)) => "处理中",
    }
}
