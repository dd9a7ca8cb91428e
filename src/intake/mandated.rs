//! Mandatory reports: sent by the obliged unit itself and routed at once, so
//! that nobody waits for a person. The reporter sees a neutral state only.

use super::facts::ReportInput;
use super::gathering::{self, Sent};
use super::idempotent::Key;
use super::outcome::{self, Opened};
use super::{State, lists, store};
use crate::ctx::Ctx;
use crate::entity::{protection_case, report};
use crate::error::{Error, Result};
use crate::journal::{self, Act, Entry};
use crate::rules::policy::{ReportAction, Role};
use crate::rules::workflow::Stage;
use crate::state::App;
use anyhow::Context;
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use uuid::Uuid;

/// Rows of a reporter's own list.
const PAGE: u64 = 50;

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

impl Receipt {
    fn of(ctx: &Ctx, opened: &Opened) -> Self {
        Self {
            id: opened.report.id,
            number: opened.report.number.clone(),
            at: ctx.now,
            lines: opened.plan.lines.clone(),
        }
    }
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

/// Takes a mandatory report and routes it at once (RT03). The same form sent
/// twice is one report: `submission` is the form's own number.
///
/// # Errors
/// [`Error::Invalid`] for faults; [`Error::Forbidden`] for other roles;
/// [`Error::Conflict`] when the form was sent before with other content.
pub async fn submit(app: &App, ctx: &Ctx, input: &ReportInput, submission: Uuid) -> Result<Receipt> {
    if ctx.actor.role != Role::Reporter {
        return Err(Error::Forbidden(Error::denied("report Submit", None)));
    }
    let input = as_mandated(input);
    let key = Key::new("portal", submission, (&app.vault, ctx), &input)?;
    if let Some(receipt) = earlier(app.db.read(), app, &key).await? {
        return Ok(receipt);
    }
    match Box::pin(send(app, ctx, input, key.clone())).await {
        Ok(receipt) => Ok(receipt),
        // The form may have come twice at once: then the other's receipt holds.
        Err(error) => earlier(app.db.read(), app, &key).await?.ok_or(error),
    }
}

async fn send(app: &App, ctx: &Ctx, input: ReportInput, key: Key) -> Result<Receipt> {
    let ready = outcome::prepare(app, ctx, &input, None).await?;
    let sent = Sent {
        ctx: ctx.clone(),
        input,
        ready,
        key: Some(key),
        answer: |ctx, opened| Ok(serde_json::to_value(Receipt::of(ctx, opened)).context("receipt")?),
    };
    let kept = gathering::send(app, sent).await?;
    Ok(serde_json::from_value(kept).context("receipt")?)
}

async fn earlier(db: &impl ConnectionTrait, app: &App, key: &Key) -> Result<Option<Receipt>> {
    match key.find(db, &app.vault).await? {
        Some(kept) => Ok(Some(serde_json::from_value(kept).context("kept receipt")?)),
        None => Ok(None),
    }
}

/// The report as the channel of obliged reporters has it.
pub(super) fn as_mandated(input: &ReportInput) -> ReportInput {
    let mut input = input.clone();
    "mandated".clone_into(&mut input.channel);
    // The level is not theirs to choose.
    input.urgency = None;
    input
}

/// A report of an obliged reporter opens its case by itself: who sent it stands
/// in the reporters' vault and in the journal, and nowhere on the case.
pub(super) fn unnamed(ctx: &Ctx) -> Ctx {
    let mut desk = ctx.clone();
    if ctx.actor.role == Role::Reporter {
        desk.actor = Ctx::system(ctx.now).actor;
    }
    desk
}

/// The reporter's own reports, latest first, and the cursor of the next page.
///
/// # Errors
/// [`Error::BadRequest`] for a cursor that is none; when the database refuses.
pub async fn own_reports(app: &App, ctx: &Ctx, cursor: Option<&str>) -> Result<(Vec<OwnReport>, Option<String>)> {
    let db = app.db.read();
    let mut query = report::Entity::find()
        .filter(report::Column::ReporterAccount.eq(ctx.actor.account))
        .order_by_desc(report::Column::StartedAt)
        .order_by_desc(report::Column::Id)
        .limit(PAGE + 1);
    if let Some(cursor) = cursor {
        query = query.filter(lists::after(cursor)?);
    }
    let mut reports = query.all(db).await?;
    let full = usize::try_from(PAGE).unwrap_or(usize::MAX);
    let more = reports.len() > full;
    reports.truncate(full);
    let next = reports.last().filter(|_| more).map(lists::cursor_of);
    let cases = protection_case::Entity::find()
        .filter(protection_case::Column::Id.is_in(reports.iter().filter_map(|report| report.case_id)))
        .all(db)
        .await?;
    let stages: HashMap<Uuid, Option<Stage>> = cases.iter().map(|case| (case.id, Stage::parse(&case.stage))).collect();
    let stage = |report: &report::Model| report.case_id.and_then(|case| stages.get(&case).copied().flatten());
    let rows = reports.into_iter().map(|report| {
        let stage = stage(&report);
        own(report, stage)
    });
    Ok((rows.collect(), next))
}

/// One of the reporter's own reports; another's does not exist for them.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Hidden`]; when the database refuses.
pub async fn own_report(app: &App, ctx: &Ctx, id: Uuid) -> Result<OwnReport> {
    let report = store::fetch(app.db.read(), ctx, id, ReportAction::State).await?;
    let standing = store::standing(app, report).await?;
    journal::viewed(&app.db, ctx, Entry::new(Act::ReportViewed).report(id)).await?;
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
