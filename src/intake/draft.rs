//! Drafts: numbered from the pick-up on, sealed whole, kept over a closed browser.

use super::facts::ReportInput;
use super::{Seen, State, store};
use crate::casework;
use crate::ctx::Ctx;
use crate::entity::{CodeList, report};
use crate::error::{Error, Result};
use crate::journal::{self, Act, Entry};
use crate::rules::codes;
use crate::rules::level::Sensitivity;
use crate::rules::policy;
use crate::state::App;
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::json;

/// Prefix of the numbers of reports.
pub(super) const PREFIX: &str = "XS";

/// A draft with what was typed so far.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The row.
    pub report: report::Model,
    /// What was typed.
    pub input: ReportInput,
}

/// A draft is saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Saved {
    /// When.
    pub saved_at: DateTime<Utc>,
    /// Its version now.
    pub version: i32,
}

/// Two clicks within so many seconds are one pick-up.
const ONE_CLICK: i64 = 10;

/// Starts a report at the pick-up: it has its number from now on. A second
/// click gets the draft of the first, as long as nothing was typed into it.
///
/// # Errors
/// When the channel is unknown, the role takes no reports or the database refuses.
pub async fn begin(app: &App, ctx: &Ctx, channel: &str) -> Result<report::Model> {
    if !policy::takes_reports(ctx.actor.role) {
        return Err(Error::Forbidden(Error::denied("report Begin", None)));
    }
    if codes::channel(channel).is_none() {
        return Err(Error::field("channel", "选择来源渠道"));
    }
    let tx = app.db.begin().await?;
    // The counter makes two clicks at once follow each other.
    let number = casework::next_number(&tx, PREFIX, ctx.now).await?;
    if let Some(blank) = just_begun(&tx, ctx, channel).await? {
        return Ok(blank);
    }
    let row = blank(ctx, number, channel, ctx.now);
    let report = report::Entity::insert(row).exec_with_returning(&tx).await?;
    let entry = Entry::new(Act::DraftOpened).report(report.id);
    journal::commit(tx, ctx, entry).await?;
    Ok(report)
}

/// The person's draft of this very moment, untouched.
async fn just_begun(db: &impl ConnectionTrait, ctx: &Ctx, channel: &str) -> Result<Option<report::Model>> {
    Ok(report::Entity::find()
        .filter(report::Column::OpenedBy.eq(ctx.actor.account))
        .filter(report::Column::State.eq(State::Draft.code()))
        .filter(report::Column::Channel.eq(channel))
        .filter(report::Column::Form.is_null())
        .filter(report::Column::StartedAt.gte(ctx.now - TimeDelta::seconds(ONE_CLICK)))
        .order_by_desc(report::Column::Id)
        .one(db)
        .await?)
}

/// Writes a new draft with its number and nothing else.
///
/// # Errors
/// When the database refuses.
pub(super) async fn insert(
    tx: &impl ConnectionTrait,
    ctx: &Ctx,
    channel: &str,
    started_at: DateTime<Utc>,
) -> Result<report::Model> {
    let number = casework::next_number(tx, PREFIX, ctx.now).await?;
    let row = blank(ctx, number, channel, started_at);
    Ok(report::Entity::insert(row).exec_with_returning(tx).await?)
}

/// A report of which nothing is known yet.
pub(super) fn blank(ctx: &Ctx, number: String, channel: &str, started_at: DateTime<Utc>) -> report::ActiveModel {
    report::ActiveModel {
        id: Set(ctx.new_id()),
        number: Set(number),
        channel: Set(channel.to_owned()),
        state: Set(State::Draft.code().to_owned()),
        demand_type: Set("tipoff".to_owned()),
        case_types: Set(CodeList::default()),
        mandatory_situations: Set(CodeList::default()),
        danger_flags: Set(CodeList::default()),
        safety_answers: Set(json!({})),
        suggestion: Set(json!([])),
        sensitivity: Set(Sensitivity::L2.number()),
        confidential: Set(true),
        mandated: Set(false),
        cohabiting_suspect: Set("unknown".to_owned()),
        teaching_staff: Set(false),
        at_school: Set(false),
        reported_to_police: Set(false),
        started_at: Set(started_at),
        opened_by: Set(ctx.account()),
        unit_id: Set(ctx.actor.unit),
        version: Set(1),
        ..Default::default()
    }
}

/// Saves what was typed, right or wrong. The page saves from second to second:
/// one entry in the journal stands for ten minutes of it.
///
/// # Errors
/// [`Error::Stale`], [`Error::Hidden`]; when the report is no draft any more.
pub async fn save_draft(app: &App, ctx: &Ctx, seen: Seen, input: &ReportInput) -> Result<Saved> {
    store::fetch_draft(app.db.read(), ctx, seen).await?;
    let tx = app.db.begin().await?;
    let report = store::write_form(&tx, app, seen, input).await?;
    journal::commit_span(tx, ctx, Entry::new(Act::DraftSaved).report(seen.id)).await?;
    Ok(Saved {
        saved_at: ctx.now,
        version: report.version,
    })
}

/// The drafts of the person, latest first.
///
/// # Errors
/// When the database refuses.
pub async fn drafts(app: &App, ctx: &Ctx) -> Result<Vec<Draft>> {
    let reports = report::Entity::find()
        .filter(report::Column::OpenedBy.eq(ctx.actor.account))
        .filter(report::Column::State.eq(State::Draft.code()))
        .filter(super::ringing::withdrawn().not())
        .order_by_desc(report::Column::StartedAt)
        .order_by_desc(report::Column::Id)
        .limit(50)
        .all(app.db.read())
        .await?;
    reports
        .into_iter()
        .map(|report| {
            let input = store::open_form(&app.vault, &report)?;
            Ok(Draft { report, input })
        })
        .collect()
}
