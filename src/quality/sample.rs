//! Drawing a sample: every report of a span that the drawer may see and did not
//! take goes into the frame, once for all; the seed decides.

use crate::casework::next_number;
use crate::clock;
use crate::ctx::Ctx;
use crate::db::insert_models;
use crate::entity::{quality_frame, quality_review, quality_sample, report};
use crate::error::{Error, FieldError, Result};
use crate::intake;
use crate::journal::{self, Act, Entry};
use crate::rules::policy;
use crate::rules::quality::{self, Candidate, Quota, ReviewState};
use crate::sight;
use crate::state::App;
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::sea_query::Query;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect, SqlErr};
use serde_json::json;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Prefix of the numbers of samples.
const PREFIX: &str = "CY";
/// The longest span.
const LONGEST: TimeDelta = TimeDelta::days(31);

/// From when until when reports were taken; the end is not in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// From then on.
    pub from: DateTime<Utc>,
    /// Until then.
    pub until: DateTime<Utc>,
}

impl Span {
    fn check(self, now: DateTime<Utc>) -> Result<()> {
        let fault = if self.from >= self.until {
            Some(("until", "时段止要晚于时段起，核对后重填".to_owned()))
        } else if self.until > now + TimeDelta::minutes(1) {
            Some(("until", format!("时段止不能晚于现在 {}", clock::minute(now))))
        } else if self.until - self.from > LONGEST {
            let text = format!("一次最多抽 {} 天，分几次抽取", LONGEST.num_days());
            Some(("from", text))
        } else {
            None
        };
        match fault {
            Some((field, text)) => Err(Error::Invalid(vec![FieldError::new(field, &text)])),
            None => Ok(()),
        }
    }
}

/// Draws a sample. The same id again, from the same person, is the same sample.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::Invalid`] for a span that makes no sense or
/// in which nothing is left to be drawn from; [`Error::Conflict`] when somebody
/// draws from the same reports at this moment.
pub async fn draw(app: &App, ctx: &Ctx, id: Option<Uuid>, span: Span) -> Result<quality_sample::Model> {
    if !policy::keeps_quality(ctx.actor.role) {
        return Err(Error::Forbidden(Error::denied("quality_sample.draw", None)));
    }
    let tx = app.db.begin().await?;
    if let Some(known) = drawn_before(&tx, ctx, id).await? {
        return Ok(known);
    }
    span.check(ctx.now)?;
    let frame = frame(&tx, ctx, span).await?;
    if frame.is_empty() {
        let text = "这个时段没有可抽的线索：还在草稿的、自己受理的、以前抽取时列入过的不再列入";
        return Err(Error::field("from", text));
    }
    let quota = super::sheet(&tx).await?.quota;
    let seed = seed()?;
    let drawn = quality::draw(&seed, quota, &frame);
    let sample = quality_sample::Model {
        id: id.unwrap_or_else(|| ctx.new_id()),
        number: next_number(&tx, PREFIX, ctx.now).await?,
        from_at: span.from,
        until_at: span.until,
        seed,
        least: i32::try_from(quota.least).unwrap_or_default(),
        percent: i32::try_from(quota.percent).unwrap_or_default(),
        size: i32::try_from(frame.len()).unwrap_or(i32::MAX),
        drawn: i32::try_from(drawn.len()).unwrap_or(i32::MAX),
        drawn_by: ctx.actor.account,
        drawn_at: ctx.now,
    };
    insert_models(&tx, vec![sample.clone()]).await.map_err(taken)?;
    write(&tx, ctx, &sample, (&frame, &drawn)).await?;
    let detail = json!({ "count": sample.drawn, "rows": sample.size });
    let entry = Entry::new(Act::QualitySampleDrawn).subject(sample.id);
    journal::commit(tx, ctx, entry.detail(detail)).await?;
    Ok(sample)
}

async fn drawn_before(tx: &impl ConnectionTrait, ctx: &Ctx, id: Option<Uuid>) -> Result<Option<quality_sample::Model>> {
    let Some(id) = id else { return Ok(None) };
    match quality_sample::Entity::find_by_id(id).one(tx).await? {
        Some(known) if known.drawn_by == ctx.actor.account => Ok(Some(known)),
        Some(_) => Err(Error::field("from", "该编号已用于其他抽样，重新打开页面后提交")),
        None => Ok(None),
    }
}

/// The reports that may be drawn, in no order.
async fn frame(tx: &impl ConnectionTrait, ctx: &Ctx, span: Span) -> Result<Vec<Candidate>> {
    use report::Column;
    let finished = intake::State::ALL
        .into_iter()
        .filter(|state| *state != intake::State::Draft);
    let before = Query::select()
        .column(quality_frame::Column::ReportId)
        .from(quality_frame::Entity)
        .to_owned();
    let found: Vec<(Uuid, Option<Uuid>, String)> = report::Entity::find()
        .select_only()
        .columns([Column::Id, Column::OpenedBy, Column::State])
        .filter(Column::State.is_in(finished.map(intake::State::code)))
        .filter(Column::StartedAt.gte(span.from))
        .filter(Column::StartedAt.lt(span.until))
        .filter(Column::OpenedBy.is_not_null())
        .filter(Column::OpenedBy.ne(ctx.actor.account))
        .filter(Column::WithdrawnAt.is_null())
        .filter(sight::reports(ctx))
        .filter(Column::Id.not_in_subquery(before))
        .into_tuple()
        .all(tx)
        .await?;
    let candidate = |(report, agent, outcome): (Uuid, Option<Uuid>, String)| {
        Some(Candidate {
            report,
            agent: agent?,
            outcome,
        })
    };
    Ok(found.into_iter().filter_map(candidate).collect())
}

fn seed() -> Result<String> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("randomness: {error}"))?;
    Ok(hex::encode(bytes))
}

/// Of two who draw from the same reports at once one is told.
fn taken(error: DbErr) -> Error {
    match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(_)) => {
            Error::Conflict("同一时段的线索刚由他人抽取，刷新后查看抽样".to_owned())
        }
        _ => error.into(),
    }
}

async fn write(
    tx: &impl ConnectionTrait,
    ctx: &Ctx,
    sample: &quality_sample::Model,
    (frame, drawn): (&[Candidate], &BTreeSet<Uuid>),
) -> Result<()> {
    let rows = frame.iter().map(|one| quality_frame::Model {
        report_id: one.report,
        sample_id: sample.id,
        agent_id: one.agent,
        outcome: one.outcome.clone(),
        drawn: drawn.contains(&one.report),
    });
    insert_models(tx, rows.collect()).await.map_err(taken)?;
    let picked = frame.iter().filter(|one| drawn.contains(&one.report));
    let rows = picked.map(|one| quality_review::Model {
        id: ctx.new_id(),
        sample_id: sample.id,
        report_id: one.report,
        agent_id: one.agent,
        state: ReviewState::Waiting.code().to_owned(),
        sheet_version: None,
        marks: "{}".to_owned(),
        points: None,
        full: None,
        fatal: false,
        notes: None,
        comment: None,
        scorer: None,
        finished_at: None,
        objection: None,
        objected_at: None,
        ruling: None,
        ruling_note: None,
        ruled_by: None,
        ruled_at: None,
        marks_before: None,
        points_before: None,
        version: 1,
    });
    insert_models(tx, rows.collect()).await.map_err(taken)?;
    Ok(())
}

/// Draws a kept sample again: whether its seed gives the very reports that
/// were reviewed.
///
/// # Errors
/// When the database refuses.
pub async fn holds(db: &impl ConnectionTrait, sample: &quality_sample::Model) -> Result<bool> {
    let rows = quality_frame::Entity::find()
        .filter(quality_frame::Column::SampleId.eq(sample.id))
        .all(db)
        .await?;
    let reviewed: Vec<Uuid> = quality_review::Entity::find()
        .select_only()
        .column(quality_review::Column::ReportId)
        .filter(quality_review::Column::SampleId.eq(sample.id))
        .into_tuple()
        .all(db)
        .await?;
    let marked: BTreeSet<Uuid> = rows.iter().filter(|row| row.drawn).map(|row| row.report_id).collect();
    let candidates: Vec<Candidate> = rows
        .into_iter()
        .map(|row| Candidate {
            report: row.report_id,
            agent: row.agent_id,
            outcome: row.outcome,
        })
        .collect();
    let quota = Quota {
        least: u32::try_from(sample.least).unwrap_or_default(),
        percent: u32::try_from(sample.percent).unwrap_or_default(),
    };
    let again = quality::draw(&sample.seed, quota, &candidates);
    let reviewed: BTreeSet<Uuid> = reviewed.into_iter().collect();
    Ok(again == marked && again == reviewed)
}
