//! Reading reviews: lists for those who score, one's own for whoever took the
//! calls, a review as a whole, and the counts per agent.

use super::review::{facts, fetch, sheet_for, slot, state_of};
use super::sheet::Sheet;
use crate::ctx::Ctx;
use crate::entity::{account, quality_review, quality_sample, report};
use crate::error::{Error, Result};
use crate::intake::{self, Reading};
use crate::journal::{self, Act, Entry};
use crate::rules::policy::{self, QualityAction};
use crate::rules::quality::{Marks, ReviewState};
use crate::state::App;
use crate::vault::Slot;
use anyhow::Context;
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use uuid::Uuid;

/// Reviews shown in a list.
const SHOWN: u64 = 200;
/// The counts look back so far.
const BACK: TimeDelta = TimeDelta::days(90);

/// The names of accounts.
pub(super) async fn names(app: &App, ids: BTreeSet<Uuid>) -> Result<HashMap<Uuid, String>> {
    let people = account::Entity::find()
        .filter(account::Column::Id.is_in(ids))
        .all(app.db.read())
        .await?;
    let mut names = HashMap::new();
    for person in people {
        let name = app.vault.open(Slot::new("account", "name", person.id), &person.name)?;
        names.insert(person.id, name);
    }
    Ok(names)
}

/// A review in a list.
#[derive(Debug, Clone)]
pub struct Listed {
    /// The row.
    pub row: quality_review::Model,
    /// Where it stands.
    pub state: ReviewState,
    /// The report's number.
    pub number: String,
    /// When the call came.
    pub at: DateTime<Utc>,
    /// What became of the report.
    pub outcome: &'static str,
    /// Who took it.
    pub agent: String,
    /// Whether the person may open the review.
    pub opens: bool,
}

impl Listed {
    /// `82/100`; nothing until it is finished.
    #[must_use]
    pub fn score(&self) -> String {
        match (self.row.points, self.row.full) {
            (Some(points), Some(full)) if self.state.is_told() => format!("{points}/{full}"),
            _ => String::new(),
        }
    }
}

/// Of some reviews those whose reports the person may see; the auditor, who
/// sees numbers alone, all of them.
async fn within(app: &App, ctx: &Ctx, rows: Vec<quality_review::Model>) -> Result<Vec<Listed>> {
    let db = app.db.read();
    let ids: BTreeSet<Uuid> = rows.iter().map(|row| row.report_id).collect();
    let reports = if policy::keeps_quality(ctx.actor.role) || policy::takes_reports(ctx.actor.role) {
        intake::within_reach(db, ctx, ids).await?
    } else {
        let all = report::Entity::find().filter(report::Column::Id.is_in(ids));
        all.all(db).await?
    };
    let reports: HashMap<Uuid, report::Model> = reports.into_iter().map(|report| (report.id, report)).collect();
    let names = names(app, rows.iter().map(|row| row.agent_id).collect()).await?;
    let mut listed = Vec::new();
    for row in rows {
        let Some(report) = reports.get(&row.report_id) else {
            continue;
        };
        listed.push(Listed {
            state: state_of(&row)?,
            number: report.number.clone(),
            at: report.started_at,
            outcome: intake::State::parse(&report.state).map_or("", intake::State::label),
            agent: names.get(&row.agent_id).cloned().unwrap_or_default(),
            opens: policy::quality_may(&ctx.actor, QualityAction::Read, &facts(&row)?),
            row,
        });
    }
    Ok(listed)
}

/// What waits to be scored or ruled on, oldest first. Recorded.
///
/// # Errors
/// When the database refuses.
pub async fn open(app: &App, ctx: &Ctx) -> Result<Vec<Listed>> {
    let waiting = [ReviewState::Waiting, ReviewState::Draft, ReviewState::Objected];
    let rows = quality_review::Entity::find()
        .filter(quality_review::Column::State.is_in(waiting.map(ReviewState::code)))
        .order_by_asc(quality_review::Column::Id)
        .limit(SHOWN)
        .all(app.db.read())
        .await?;
    recorded(app, ctx, within(app, ctx, rows).await?).await
}

/// The reviews of a sample with the sample. Recorded.
///
/// # Errors
/// [`Error::NotFound`]; when the database refuses.
pub async fn listed(app: &App, ctx: &Ctx, sample: Uuid) -> Result<(quality_sample::Model, Vec<Listed>)> {
    let db = app.db.read();
    let sample = quality_sample::Entity::find_by_id(sample).one(db).await?;
    let sample = sample.ok_or(Error::NotFound)?;
    let rows = quality_review::Entity::find()
        .filter(quality_review::Column::SampleId.eq(sample.id))
        .order_by_asc(quality_review::Column::Id)
        .all(db)
        .await?;
    let rows = recorded(app, ctx, within(app, ctx, rows).await?).await?;
    Ok((sample, rows))
}

/// The finished reviews of the person's own calls, latest first. Recorded.
///
/// # Errors
/// When the database refuses.
pub async fn own(app: &App, ctx: &Ctx) -> Result<Vec<Listed>> {
    let told = ReviewState::ALL.into_iter().filter(|state| state.is_told());
    let rows = quality_review::Entity::find()
        .filter(quality_review::Column::AgentId.eq(ctx.actor.account))
        .filter(quality_review::Column::State.is_in(told.map(ReviewState::code)))
        .order_by_desc(quality_review::Column::FinishedAt)
        .order_by_desc(quality_review::Column::Id)
        .limit(SHOWN)
        .all(app.db.read())
        .await?;
    recorded(app, ctx, within(app, ctx, rows).await?).await
}

async fn recorded(app: &App, ctx: &Ctx, rows: Vec<Listed>) -> Result<Vec<Listed>> {
    let entry = Entry::new(Act::QualityListed).detail(json!({ "count": rows.len() }));
    journal::viewed(&app.db, ctx, entry).await?;
    Ok(rows)
}

/// A review as a whole.
#[derive(Debug)]
pub struct Card {
    /// The row.
    pub row: quality_review::Model,
    /// Where it stands.
    pub state: ReviewState,
    /// Its sheet.
    pub sheet: Sheet,
    /// What was found.
    pub marks: Marks,
    /// What was said of items.
    pub notes: BTreeMap<String, String>,
    /// 总体意见
    pub comment: String,
    /// 申诉理由
    pub objection: String,
    /// 裁定意见
    pub ruling_note: String,
    /// The report's number.
    pub number: String,
    /// Who took it.
    pub agent: String,
    /// Whether it is the person's own call.
    pub own: bool,
    /// What the person may do to it now.
    pub may: Vec<QualityAction>,
    /// The report without who called, for whoever judges.
    pub reading: Option<Reading>,
}

impl Card {
    /// Whether the person may do this to it now.
    #[must_use]
    pub fn may(&self, action: QualityAction) -> bool {
        self.may.contains(&action)
    }
}

/// Reads a review; whoever judges also reads the report. Recorded.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Hidden`].
pub async fn view(app: &App, ctx: &Ctx, id: Uuid) -> Result<Card> {
    let db = app.db.read();
    let row = fetch(db, ctx, id, QualityAction::Read).await?;
    let own = row.agent_id == ctx.actor.account;
    let reading = if own {
        None
    } else {
        Some(intake::read_without_caller(app, ctx, row.report_id).await?)
    };
    let number = report::Entity::find_by_id(row.report_id).one(db).await?;
    let number = number.ok_or(Error::NotFound)?.number;
    let names = names(app, BTreeSet::from([row.agent_id])).await?;
    let (facts, state) = (facts(&row)?, state_of(&row)?);
    let may = |action: &QualityAction| {
        let now = match action {
            QualityAction::Read => true,
            QualityAction::Score => !state.is_told(),
            QualityAction::Object => state == ReviewState::Finished,
            QualityAction::Rule => state == ReviewState::Objected,
        };
        now && policy::quality_may(&ctx.actor, *action, &facts)
    };
    let text = |column, sealed| app.vault.open_some(slot(column, id), sealed);
    let notes = text("notes", row.notes.as_ref())?;
    let entry = Entry::new(Act::QualityReviewViewed).report(row.report_id).subject(id);
    journal::viewed(&app.db, ctx, entry).await?;
    Ok(Card {
        state,
        sheet: sheet_for(db, &row).await?,
        marks: serde_json::from_str(&row.marks).context("marks of a review")?,
        notes: match notes {
            Some(text) => serde_json::from_str(&text).context("remarks of a review")?,
            None => BTreeMap::new(),
        },
        comment: text("comment", row.comment.as_ref())?.unwrap_or_default(),
        objection: text("objection", row.objection.as_ref())?.unwrap_or_default(),
        ruling_note: text("ruling_note", row.ruling_note.as_ref())?.unwrap_or_default(),
        number,
        agent: names.get(&row.agent_id).cloned().unwrap_or_default(),
        own,
        may: QualityAction::ALL
            .iter()
            .filter(|action| may(action))
            .copied()
            .collect(),
        reading,
        row,
    })
}

/// What an agent's reviews came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// Who.
    pub agent: String,
    /// Finished.
    pub reviewed: u32,
    /// Points given.
    pub points: u64,
    /// Of so many.
    pub full: u64,
    /// 一票否决
    pub fatal: u32,
    /// 申诉
    pub objected: u32,
    /// 改判
    pub changed: u32,
}

impl Counts {
    /// Points per hundred, in words.
    #[must_use]
    pub fn share(&self) -> String {
        let permille = (self.points * 1000 + self.full / 2).checked_div(self.full);
        permille.map_or_else(|| "—".to_owned(), |share| format!("{}.{}%", share / 10, share % 10))
    }
}

/// Agent, points, full points, fatal, when it was objected to, the ruling.
type Figures = (
    Uuid,
    Option<i32>,
    Option<i32>,
    bool,
    Option<DateTime<Utc>>,
    Option<String>,
);

/// The reviews finished in the last 90 days, by agent, in the order of their
/// names: no ranking.
///
/// # Errors
/// [`Error::Forbidden`] for whoever does not keep them.
pub async fn counts(app: &App, ctx: &Ctx) -> Result<Vec<Counts>> {
    use quality_review::Column;
    if !policy::keeps_quality(ctx.actor.role) {
        return Err(Error::Forbidden(Error::denied("quality.counts", None)));
    }
    let told = ReviewState::ALL.into_iter().filter(|state| state.is_told());
    let recent = Condition::all()
        .add(Column::State.is_in(told.map(ReviewState::code)))
        .add(Column::FinishedAt.gte(ctx.now - BACK));
    let rows: Vec<Figures> = quality_review::Entity::find()
        .select_only()
        .columns([Column::AgentId, Column::Points, Column::Full, Column::Fatal])
        .columns([Column::ObjectedAt, Column::Ruling])
        .filter(recent)
        .into_tuple()
        .all(app.db.read())
        .await?;
    let names = names(app, rows.iter().map(|row| row.0).collect()).await?;
    let mut by_agent: BTreeMap<(String, Uuid), Counts> = BTreeMap::new();
    for (agent, points, full, fatal, objected, ruling) in rows {
        let name = names.get(&agent).cloned().unwrap_or_default();
        let counts = by_agent.entry((name.clone(), agent)).or_default();
        counts.agent = name;
        counts.reviewed += 1;
        counts.points += points.and_then(|points| u64::try_from(points).ok()).unwrap_or_default();
        counts.full += full.and_then(|full| u64::try_from(full).ok()).unwrap_or_default();
        counts.fatal += u32::from(fatal);
        counts.objected += u32::from(objected.is_some());
        counts.changed += u32::from(ruling.as_deref() == Some("changed"));
    }
    Ok(by_agent.into_values().collect())
}
