//! Lists of reports: the desk's own, what waits for the second person, and the
//! reports of a case.

use super::State;
use crate::ctx::Ctx;
use crate::entity::{account, report};
use crate::error::{Error, Result};
use crate::journal::{self, Act, Entry};
use crate::rules::codes;
use crate::rules::level::RiskLevel;
use crate::rules::policy::{ReportAction, ReportFacts, may_report};
use crate::sight;
use crate::state::App;
use crate::vault::{Slot, Vault};
use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Query, SelectStatement};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::json;
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

const PAGE: u64 = 20;
const WAITING: u64 = 100;

/// A report as lists show it, ready for display.
#[derive(Debug, Clone)]
pub struct Listed {
    /// The report.
    pub id: Uuid,
    /// Its number.
    pub number: String,
    /// Its version.
    pub version: i32,
    /// When it was received.
    pub at: DateTime<Utc>,
    /// Channel in words.
    pub channel: String,
    /// State in words.
    pub state: &'static str,
    /// The level, 1 to 4; 0 for none.
    pub level: i16,
    /// Title, or the names of the types.
    pub what: String,
    /// Where the child is, twelve digits or empty.
    pub division: String,
    /// The case, where there is one.
    pub case: Option<Uuid>,
    /// Whether it is a mandatory report.
    pub mandated: bool,
}

/// A page of reports, latest first.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// The rows.
    pub rows: Vec<Listed>,
    /// The cursor of the next page.
    pub next: Option<String>,
}

/// What a list of reports is narrowed to; what is `None` narrows nothing.
#[derive(Debug, Clone, Default)]
pub struct Narrowing {
    /// What became of it.
    pub state: Option<State>,
    /// The confirmed level.
    pub level: Option<RiskLevel>,
    /// 来源渠道.
    pub channel: Option<String>,
    /// Received at or after.
    pub since: Option<DateTime<Utc>>,
}

impl Narrowing {
    fn condition(&self) -> Condition {
        Condition::all()
            .add_option(self.state.map(|state| report::Column::State.eq(state.code())))
            .add_option(self.level.map(|level| report::Column::Level.eq(level.number())))
            .add_option(
                self.channel
                    .as_ref()
                    .map(|channel| report::Column::Channel.eq(channel.as_str())),
            )
            .add_option(self.since.map(|since| report::Column::StartedAt.gte(since)))
    }
}

/// A report that waits for the second person.
#[derive(Debug, Clone)]
pub struct Proposal {
    /// The report.
    pub report: Listed,
    /// Why it is to be screened out.
    pub reason: String,
    /// Who proposed it.
    pub by: String,
}

/// Those of some reports that the person may see.
///
/// # Errors
/// When the database refuses.
pub async fn within_reach(db: &impl ConnectionTrait, ctx: &Ctx, ids: BTreeSet<Uuid>) -> Result<Vec<report::Model>> {
    Ok(report::Entity::find()
        .filter(report::Column::Id.is_in(ids))
        .filter(sight::reports(ctx))
        .all(db)
        .await?)
}

/// The reports of cases from which the person is kept out.
#[must_use]
pub fn blind_reports(ctx: &Ctx) -> SelectStatement {
    Query::select()
        .column(report::Column::Id)
        .from(report::Entity)
        .cond_where(report::Column::CaseId.in_subquery(sight::kept_out(ctx)))
        .to_owned()
}

/// Reports that left the draft: the operator's own, everybody's for lead and
/// city. Recorded.
///
/// # Errors
/// When the database refuses.
pub async fn reports(app: &App, ctx: &Ctx, narrowing: &Narrowing, cursor: Option<&str>) -> Result<Page> {
    let mut query = report::Entity::find()
        .filter(report::Column::State.ne(State::Draft.code()))
        .filter(sight::reports(ctx))
        .filter(narrowing.condition())
        .order_by_desc(report::Column::StartedAt)
        .order_by_desc(report::Column::Id)
        .limit(PAGE + 1);
    if let Some(cursor) = cursor {
        query = query.filter(after(cursor)?);
    }
    let mut found = query.all(app.db.read()).await?;
    let more = found.len() > usize::try_from(PAGE).unwrap_or(usize::MAX);
    found.truncate(usize::try_from(PAGE).unwrap_or(usize::MAX));
    let next = found.last().filter(|_| more).map(cursor_of);
    let rows = listed(&app.vault, found)?;
    let entry = Entry::new(Act::ReportsListed).detail(json!({ "count": rows.len() }));
    journal::viewed(&app.db, ctx, entry).await?;
    Ok(Page { rows, next })
}

/// Where the page after this report begins: its time and its id.
pub(super) fn cursor_of(last: &report::Model) -> String {
    format!("{}.{}", last.started_at.timestamp_micros(), last.id)
}

/// The reports after a cursor, in the order of the list.
///
/// # Errors
/// [`Error::BadRequest`] when it is no cursor.
pub(super) fn after(cursor: &str) -> Result<Condition> {
    beyond(cursor).ok_or_else(|| Error::BadRequest("翻页参数无效，从第一页重新打开".to_owned()))
}

fn beyond(cursor: &str) -> Option<Condition> {
    let (at, id) = cursor.split_once('.')?;
    let at = DateTime::from_timestamp_micros(at.parse().ok()?)?;
    let id = Uuid::parse_str(id).ok()?;
    let same = Condition::all()
        .add(report::Column::StartedAt.eq(at))
        .add(report::Column::Id.lt(id));
    Some(Condition::any().add(report::Column::StartedAt.lt(at)).add(same))
}

fn listed(vault: &Vault, reports: Vec<report::Model>) -> Result<Vec<Listed>> {
    reports.into_iter().map(|report| row(vault, report)).collect()
}

fn row(vault: &Vault, report: report::Model) -> Result<Listed> {
    let title = vault.open_some(Slot::new("report", "title", report.id), report.title.as_ref())?;
    let types = report.case_types.0.iter().filter_map(|code| codes::case_type(code));
    let names: Vec<&str> = types.map(|kind| kind.name.as_str()).collect();
    let what = match (title, names.is_empty()) {
        (Some(title), _) => title,
        (None, false) => names.join("、"),
        (None, true) => codes::demand_type(&report.demand_type).map_or_else(String::new, |demand| demand.name.clone()),
    };
    Ok(Listed {
        id: report.id,
        number: report.number,
        version: report.version,
        at: report.started_at,
        channel: codes::channel(&report.channel).map_or_else(String::new, |channel| channel.name.clone()),
        state: State::parse(&report.state).map_or("", State::label),
        level: report.level.unwrap_or_default(),
        what,
        division: report.child_location.unwrap_or_default(),
        case: report.case_id,
        mandated: report.mandated,
    })
}

/// What waits for the second person; empty for those who may not confirm.
///
/// # Errors
/// When the database refuses.
pub async fn proposals(app: &App, ctx: &Ctx) -> Result<Vec<Proposal>> {
    let nobodys = ReportFacts {
        opened_by: None,
        reporter_account: None,
        recused: false,
    };
    if !may_report(&ctx.actor, ReportAction::Confirm, &nobodys) {
        return Ok(Vec::new());
    }
    let db = app.db.read();
    let waiting = report::Entity::find()
        .filter(report::Column::State.eq(State::Screening.code()))
        .filter(sight::reports(ctx))
        .order_by_asc(report::Column::StartedAt)
        .limit(WAITING)
        .all(db)
        .await?;
    let people = account::Entity::find()
        .filter(account::Column::Id.is_in(waiting.iter().filter_map(|report| report.proposed_by)))
        .all(db)
        .await?;
    let mut names = HashMap::new();
    for person in people {
        let name = app.vault.open(Slot::new("account", "name", person.id), &person.name)?;
        names.insert(person.id, name);
    }
    let mut proposals = Vec::new();
    for report in waiting {
        let slot = Slot::new("report", "outcome_note", report.id);
        let reason = app.vault.open_some(slot, report.outcome_note.as_ref())?;
        let by = report.proposed_by.and_then(|by| names.get(&by).cloned());
        proposals.push(Proposal {
            report: row(&app.vault, report)?,
            reason: reason.unwrap_or_default(),
            by: by.unwrap_or_default(),
        });
    }
    Ok(proposals)
}

/// The reports of a case, earliest first. Who may see the case may see that
/// they exist; the reporter is not in them.
///
/// # Errors
/// When the database refuses.
pub async fn of_case(app: &App, db: &impl ConnectionTrait, case: Uuid) -> Result<Vec<Listed>> {
    let reports = report::Entity::find()
        .filter(report::Column::CaseId.eq(case))
        .order_by_asc(report::Column::StartedAt)
        .order_by_asc(report::Column::Id)
        .all(db)
        .await?;
    listed(&app.vault, reports)
}
