//! What is shown of tasks: rows for lists and case pages, one task in full.

use super::dispute::{self, DisputeView};
use super::fetch;
use super::moves::action;
use super::shared::{Detail, Shared};
use super::steps::level;
use crate::clock;
use crate::clocks;
use crate::ctx::Ctx;
use crate::entity::{deadline, task, unit};
use crate::error::Result;
use crate::journal::{self, Act, Entry};
use crate::measures::{self, MeasureRow};
use crate::network;
use crate::rules::codes::{self, TaskType};
use crate::rules::level::RiskLevel;
use crate::rules::policy::{self, Action, TaskAction, TaskFacts, task_may};
use crate::rules::rule_change::is_law;
use crate::rules::taskdue;
use crate::rules::taskflow::{TaskState, TaskStep};
use crate::state::App;
use crate::vault::Slot;
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use std::collections::HashMap;
use uuid::Uuid;

/// A task as lists and case pages show it.
#[derive(Debug, Clone)]
pub struct TaskRow {
    /// Its id.
    pub id: Uuid,
    /// `RW-20261123-0001`.
    pub number: String,
    /// A code of `data/task_types.csv`.
    pub type_code: String,
    /// The type in words.
    pub type_name: String,
    /// The unit that does it.
    pub unit: String,
    /// Its id.
    pub unit_id: Uuid,
    /// The stored word of the state.
    pub state: &'static str,
    /// The state in words.
    pub state_label: &'static str,
    /// `on`, `ok`, `wait`, `bad` or empty, for the mark.
    pub state_kind: &'static str,
    /// 1–4.
    pub level: i16,
    /// The level in words.
    pub level_label: &'static str,
    /// What was asked for.
    pub request: String,
    /// What was done, or empty.
    pub result: String,
    /// `2026-11-24 09:12`, or empty.
    pub due: String,
    /// `over`, `today`, `soon`, `later`, `done`, for the mark.
    pub due_state: &'static str,
    /// The time itself.
    pub due_at: Option<DateTime<Utc>>,
    /// How often the lead unit sent the result back.
    pub sent_back: i32,
    /// `2026-11-23 09:12`.
    pub created: String,
    /// The conference that decided on it.
    pub conference: Option<Uuid>,
    /// Its version.
    pub version: i32,
}

impl TaskRow {
    /// Whether something is still owed on it.
    #[must_use]
    pub fn is_open(&self) -> bool {
        TaskState::parse(self.state).is_some_and(TaskState::is_open)
    }
}

/// A task in full: what its department sees.
#[derive(Debug, Clone)]
pub struct TaskView {
    /// The row.
    pub row: TaskRow,
    /// The case's number, to speak about it.
    pub case_number: String,
    /// The case, for those who may see it.
    pub case: Option<Uuid>,
    /// The case whose reporter this person may open without seeing the case:
    /// the police that assist.
    pub reporter_of: Option<Uuid>,
    /// Where, as a path of divisions.
    pub place: String,
    /// Where in words, when the type needs it.
    pub address: Option<String>,
    /// The unit to speak to.
    pub lead: String,
    /// The children in short.
    pub children: Vec<String>,
    /// What else the type needs.
    pub details: Vec<Detail>,
    /// By which rule it is owed.
    pub rule: DueRule,
    /// `2026-11-23 09:30`, or empty.
    pub signed: String,
    /// The papers it brought.
    pub papers: Vec<MeasureRow>,
    /// What the lead unit said of the result, or empty.
    pub review_note: String,
    /// The kinds of paper of which one must be given.
    pub wanted: Vec<String>,
    /// Until when the department may say that the task is not its own.
    pub refuse_by: String,
    /// The latest dispute over who does it.
    pub dispute: Option<DisputeView>,
    /// The units to which an arbiter may give it instead, for the arbiter.
    pub others: Vec<(Uuid, String)>,
    /// The steps that this person may do now.
    pub steps: Vec<TaskStep>,
}

/// By which rule a task is owed, in words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DueRule {
    /// The row of `data/deadlines.csv`; empty for a time that was agreed on.
    pub code: String,
    /// Amount, nature and source.
    pub words: String,
    /// Whether no law sets it (本地可配置).
    pub local: bool,
    /// What runs once its paper is there.
    pub after: Vec<String>,
}

impl DueRule {
    /// The rule by which the task's latest clock was started, as it stood then.
    async fn of(db: &impl ConnectionTrait, task: &task::Model, kind: Option<&TaskType>) -> Result<Self> {
        let clock = deadline::Entity::find()
            .filter(deadline::Column::TaskId.eq(task.id))
            .filter(deadline::Column::Milestone.eq("task_done"))
            .order_by_desc(deadline::Column::StartedAt)
            .order_by_desc(deadline::Column::Id)
            .one(db)
            .await?;
        let Some(clock) = clock else {
            return Ok(Self::default());
        };
        let book = clocks::book(db, clock.started_at).await?;
        let rule = book.rule(&clock.rule_code);
        let after = kind.into_iter().flat_map(|kind| taskdue::afterwards(&book, kind));
        Ok(Self {
            after: after.map(taskdue::words).collect(),
            words: rule.map_or_else(|| clock.rule.clone(), taskdue::words),
            local: rule.is_some_and(|rule| !is_law(&rule.row().nature)),
            code: clock.rule_code,
        })
    }
}

/// The tasks of a case, latest first.
///
/// # Errors
/// When the database refuses or a field cannot be opened.
pub async fn of_case(app: &App, db: &impl ConnectionTrait, case: Uuid) -> Result<Vec<TaskRow>> {
    let found = task::Entity::find()
        .filter(task::Column::CaseId.eq(case))
        .order_by_desc(task::Column::Id)
        .all(db)
        .await?;
    rows(app, db, found, app.clock.now()).await
}

pub(super) async fn rows(
    app: &App,
    db: &impl ConnectionTrait,
    found: Vec<task::Model>,
    now: DateTime<Utc>,
) -> Result<Vec<TaskRow>> {
    let units: HashMap<Uuid, String> = unit::Entity::find()
        .filter(unit::Column::Id.is_in(found.iter().map(|task| task.unit_id)))
        .all(db)
        .await?
        .into_iter()
        .map(|unit| (unit.id, unit.name))
        .collect();
    found
        .iter()
        .map(|task| row(app, task, units.get(&task.unit_id).cloned().unwrap_or_default(), now))
        .collect()
}

fn row(app: &App, task: &task::Model, unit: String, now: DateTime<Utc>) -> Result<TaskRow> {
    let slot = |column| Slot::new("task", column, task.id);
    let state = TaskState::parse(&task.state).unwrap_or(TaskState::Pending);
    let result = app.vault.open_some(slot("result"), task.result.as_ref())?;
    Ok(TaskRow {
        id: task.id,
        number: task.number.clone(),
        type_code: task.type_code.clone(),
        type_name: codes::task_type(&task.type_code).map_or_else(|| task.type_code.clone(), |kind| kind.name.clone()),
        unit,
        unit_id: task.unit_id,
        state: state.code(),
        state_label: state.label(),
        state_kind: mark(state),
        level: task.level,
        level_label: RiskLevel::from_number(task.level).map_or("", RiskLevel::label),
        request: app.vault.open(slot("request"), &task.request)?,
        result: result.unwrap_or_default(),
        due: task.due_at.map(clock::minute).unwrap_or_default(),
        due_state: due_state(state, task.due_at, now),
        due_at: task.due_at,
        sent_back: task.sent_back,
        created: clock::minute(task.created_at),
        conference: task.conference_id,
        version: task.version,
    })
}

fn mark(state: TaskState) -> &'static str {
    match state {
        TaskState::Pending | TaskState::Reported => "wait",
        TaskState::Working => "on",
        TaskState::Disputed => "bad",
        TaskState::Done => "ok",
        TaskState::Waived | TaskState::Cancelled => "",
    }
}

fn due_state(state: TaskState, due: Option<DateTime<Utc>>, now: DateTime<Utc>) -> &'static str {
    match due {
        _ if !state.is_open() || state == TaskState::Reported => "done",
        Some(at) if at < now => "over",
        Some(at) if clock::day(at) == clock::day(now) => "today",
        Some(at) if at < now + TimeDelta::days(3) => "soon",
        _ => "later",
    }
}

/// One task in full, with its entry in the journal.
///
/// # Errors
/// `Error::NotFound` or `Error::Hidden` where the person may not see it.
pub async fn view(app: &App, ctx: &Ctx, id: Uuid) -> Result<TaskView> {
    let db = app.db.read();
    let (task, case) = fetch(db, ctx, id, TaskAction::View).await?;
    let facts = super::facts(db, &task, &case).await?;
    let slot = |column| Slot::new("task", column, task.id);
    let kind = codes::task_type(&task.type_code);
    let shared = shared(app, &task, kind)?;
    let book = clocks::book(db, ctx.now).await?;
    let refuse_by = taskdue::refusing(&book, level(&task)).map(|rule| book.due(rule, task.created_at).at);
    let mut dispute = dispute::view(app, db, task.id).await?;
    let note = app.vault.open_some(slot("review_note"), task.review_note.as_ref())?;
    let may = |action| policy::reach(&ctx.actor, action).covers(&facts.case);
    let (may_see_case, may_open) = (may(Action::View), may(Action::OpenReporter));
    // What one department wrote is not for the one that takes over from it.
    if let Some(dispute) = dispute
        .as_mut()
        .filter(|row| !may_see_case && ctx.unit_name != row.unit)
    {
        dispute.basis.clear();
    }
    let steps = steps(ctx, &task, &facts, refuse_by);
    let others = if steps.contains(&TaskStep::Rule) {
        let units = dispute::others(db, &case, &task).await?;
        units.into_iter().map(|unit| (unit.id, unit.name)).collect()
    } else {
        Vec::new()
    };
    let view = TaskView {
        row: row(app, &task, network::unit_name(db, task.unit_id).await?, ctx.now)?,
        case_number: shared.case_number.clone(),
        case: may_see_case.then_some(case.id),
        reporter_of: (!may_see_case && may_open).then_some(case.id),
        place: shared.place.clone(),
        address: shared.address.clone(),
        lead: shared.lead.clone(),
        children: kind.map(|kind| shared.lines(kind)).unwrap_or_default(),
        details: shared.details(),
        rule: DueRule::of(db, &task, kind).await?,
        signed: task.signed_at.map(clock::minute).unwrap_or_default(),
        papers: measures::of_task(app, db, task.id).await?,
        review_note: note.unwrap_or_default(),
        wanted: wanted(&task.type_code),
        refuse_by: refuse_by.map(clock::minute).unwrap_or_default(),
        dispute,
        others,
        steps,
    };
    let entry = Entry::new(Act::TaskViewed).case(case.id).subject(task.id);
    journal::viewed(&app.db, ctx, entry).await?;
    Ok(view)
}

/// What the task was told, as far as its type may know it today: the only way
/// to it for page and interface alike.
fn shared(app: &App, task: &task::Model, kind: Option<&TaskType>) -> Result<Shared> {
    let slot = Slot::new("task", "shared", task.id);
    let kept: Shared = serde_json::from_str(&app.vault.open(slot, &task.shared)?).map_err(anyhow::Error::new)?;
    Ok(match kind {
        Some(kind) => kept.only(kind),
        None => Shared::default(),
    })
}

fn wanted(code: &str) -> Vec<String> {
    let kinds = codes::task_type(code).map_or(&[][..], |kind| &kind.artifacts);
    kinds.iter().map(|kind| measures::kind_name(kind)).collect()
}

/// The steps that this person may do now. A department refuses in time or not
/// at all, and not where an arbiter has named it.
fn steps(ctx: &Ctx, task: &task::Model, facts: &TaskFacts, refuse_by: Option<DateTime<Utc>>) -> Vec<TaskStep> {
    let Some(state) = TaskState::parse(&task.state) else {
        return Vec::new();
    };
    let late = refuse_by.is_none_or(|last| ctx.now > last);
    TaskStep::ALL
        .into_iter()
        .filter(|step| state.after(*step).is_ok() && task_may(&ctx.actor, action(*step), facts))
        .filter(|step| *step != TaskStep::Refuse || !(late || task.designated))
        .collect()
}
