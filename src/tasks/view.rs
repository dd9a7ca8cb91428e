//! What is shown of tasks: rows for lists and case pages, one task in full.

use super::fetch;
use crate::casework;
use crate::clock;
use crate::ctx::Ctx;
use crate::entity::{protection_case, recusal, task, unit};
use crate::error::{Error, Result};
use crate::journal::{self, Act, Entry};
use crate::measures::{self, MeasureRow};
use crate::network;
use crate::rules::codes;
use crate::rules::level::RiskLevel;
use crate::rules::policy::{self, Action, Role, TaskAction, TaskFacts, task_may};
use crate::rules::taskflow::{TaskState, TaskStep};
use crate::state::App;
use crate::vault::Slot;
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::sea_query::{Expr, Query};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::HashMap;
use uuid::Uuid;

/// What the department is told of the case, kept sealed with the task.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Shared {
    pub(super) case_number: String,
    pub(super) place: String,
    pub(super) address: Option<String>,
    pub(super) lead: String,
    pub(super) children: Vec<SharedChild>,
}

/// A child in short.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct SharedChild {
    pub(super) sex: String,
    pub(super) age: Option<i16>,
    pub(super) feature: Option<String>,
    pub(super) name: Option<String>,
}

impl SharedChild {
    fn line(&self) -> String {
        let sex = match self.sex.as_str() {
            "1" => "男",
            "2" => "女",
            _ => "性别不详",
        };
        let age = self.age.map_or("年龄不详".to_owned(), |age| format!("{age}岁"));
        let parts = [self.name.clone(), Some(age), Some(sex.to_owned()), self.feature.clone()];
        parts.into_iter().flatten().collect::<Vec<_>>().join("，")
    }
}

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
    /// `2026-11-23 09:12`.
    pub created: String,
    /// Its version.
    pub version: i32,
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
    /// `2026-11-23 09:30`, or empty.
    pub signed: String,
    /// The papers it brought.
    pub papers: Vec<MeasureRow>,
    /// What the lead unit said of the result, or empty.
    pub review_note: String,
    /// The kinds of paper of which one must be given.
    pub wanted: Vec<String>,
    /// The steps that this person may do now.
    pub steps: Vec<TaskStep>,
}

/// Which tasks are asked for.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// `open`, or the word of a state; every state when empty.
    pub state: Option<String>,
    /// Only those of the person's own unit.
    pub mine: bool,
    /// Where the last page ended.
    pub cursor: Option<String>,
    /// 1–100.
    pub limit: u64,
}

/// One page of a list.
#[derive(Debug, Clone)]
pub struct Page {
    /// The rows, next due first.
    pub rows: Vec<TaskRow>,
    /// The cursor of the next page.
    pub next: Option<String>,
}

/// The tasks that the person may see, next due first: those of their unit and
/// those of the cases they may see.
///
/// # Errors
/// [`Error::Invalid`] for an unknown state or a cursor that is none.
pub async fn list(app: &App, ctx: &Ctx, asked: &Asked) -> Result<Page> {
    let limit = asked.limit.clamp(1, 100);
    let mut query = task::Entity::find().filter(seen(ctx, asked.mine));
    if let Some(states) = states(asked.state.as_deref())? {
        query = query.filter(task::Column::State.is_in(states));
    }
    if let Some(cursor) = &asked.cursor {
        let (due, id) = read_cursor(cursor).ok_or_else(|| Error::field("cursor", "翻页参数无效，从第一页重新查询"))?;
        query = query.filter(
            Condition::any().add(task::Column::DueAt.gt(due)).add(
                Condition::all()
                    .add(task::Column::DueAt.eq(due))
                    .add(task::Column::Id.gt(id)),
            ),
        );
    }
    let db = app.db.read();
    let mut found = query
        .order_by_asc(task::Column::DueAt)
        .order_by_asc(task::Column::Id)
        .limit(limit + 1)
        .all(db)
        .await?;
    let more = u64::try_from(found.len()).unwrap_or(u64::MAX) > limit;
    if more {
        found.pop();
    }
    let next = found
        .last()
        .filter(|_| more)
        .and_then(|row| Some(format!("{}.{}", row.due_at?.timestamp_micros(), row.id)));
    let rows = rows(app, db, found, ctx.now).await?;
    journal::viewed(
        &app.db,
        ctx,
        Entry::new(Act::TasksListed).detail(json!({ "rows": rows.len() })),
    )
    .await?;
    Ok(Page { rows, next })
}

fn read_cursor(text: &str) -> Option<(DateTime<Utc>, Uuid)> {
    let (due, id) = text.split_once('.')?;
    Some((
        DateTime::from_timestamp_micros(due.parse().ok()?)?,
        Uuid::parse_str(id).ok()?,
    ))
}

fn states(word: Option<&str>) -> Result<Option<Vec<&'static str>>> {
    let open = |state: &TaskState| state.is_open();
    match word.filter(|word| !word.is_empty()) {
        None => Ok(None),
        Some("open") => Ok(Some(
            TaskState::ALL.into_iter().filter(open).map(TaskState::code).collect(),
        )),
        Some(word) => TaskState::parse(word)
            .map(|state| Some(vec![state.code()]))
            .ok_or_else(|| Error::field("state", "没有这一任务状态")),
    }
}

/// The policy of [`task_may`] as a WHERE clause.
fn seen(ctx: &Ctx, mine: bool) -> Condition {
    let mut any = Condition::any().add(Expr::value(false));
    let works = matches!(
        ctx.actor.role,
        Role::Handler | Role::City | Role::County | Role::Township | Role::Village
    );
    if works {
        any = any.add(task::Column::UnitId.is_in(ctx.actor.units()));
    }
    if !mine {
        let mut visible = Query::select();
        visible
            .column(protection_case::Column::Id)
            .from(protection_case::Entity)
            .cond_where(casework::scope(&policy::reach(&ctx.actor, Action::ReadWork)));
        any = any.add(task::Column::CaseId.in_subquery(visible));
    }
    let blind = Condition::any()
        .add(recusal::Column::AccountId.eq(ctx.actor.account))
        .add_option(ctx.actor.unit.map(|unit| recusal::Column::UnitId.eq(unit)));
    let mut recused = Query::select();
    recused
        .column(recusal::Column::CaseId)
        .from(recusal::Entity)
        .cond_where(blind);
    Condition::all()
        .add(any)
        .add(task::Column::CaseId.not_in_subquery(recused))
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

async fn rows(
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
        created: clock::minute(task.created_at),
        version: task.version,
    })
}

fn mark(state: TaskState) -> &'static str {
    match state {
        TaskState::Pending | TaskState::Reported => "wait",
        TaskState::Working => "on",
        TaskState::Done => "ok",
        TaskState::Cancelled => "",
    }
}

fn due_state(state: TaskState, due: Option<DateTime<Utc>>, now: DateTime<Utc>) -> &'static str {
    match due {
        _ if !matches!(state, TaskState::Pending | TaskState::Working) => "done",
        Some(at) if at < now => "over",
        Some(at) if clock::day(at) == clock::day(now) => "today",
        Some(at) if at < now + TimeDelta::days(3) => "soon",
        _ => "later",
    }
}

/// One task in full, with its entry in the journal.
///
/// # Errors
/// [`Error::NotFound`] or [`Error::Hidden`] where the person may not see it.
pub async fn view(app: &App, ctx: &Ctx, id: Uuid) -> Result<TaskView> {
    let db = app.db.read();
    let (task, case) = fetch(db, ctx, id, TaskAction::View).await?;
    let facts = TaskFacts {
        unit: task.unit_id,
        case: casework::facts(db, &case).await?,
    };
    let slot = |column| Slot::new("task", column, task.id);
    let shared: Shared =
        serde_json::from_str(&app.vault.open(slot("shared"), &task.shared)?).map_err(anyhow::Error::new)?;
    let note = app.vault.open_some(slot("review_note"), task.review_note.as_ref())?;
    let may = |action| policy::reach(&ctx.actor, action).covers(&facts.case);
    let (may_see_case, may_open) = (may(Action::View), may(Action::OpenReporter));
    let view = TaskView {
        row: row(app, &task, network::unit_name(db, task.unit_id).await?, ctx.now)?,
        case_number: shared.case_number,
        case: may_see_case.then_some(case.id),
        reporter_of: (!may_see_case && may_open).then_some(case.id),
        place: shared.place,
        address: shared.address,
        lead: shared.lead,
        children: shared.children.iter().map(SharedChild::line).collect(),
        signed: task.signed_at.map(clock::minute).unwrap_or_default(),
        papers: measures::of_task(app, db, task.id).await?,
        review_note: note.unwrap_or_default(),
        wanted: wanted(&task.type_code),
        steps: steps(ctx, &task, &facts),
    };
    let entry = Entry::new(Act::TaskViewed).case(case.id).subject(task.id);
    journal::viewed(&app.db, ctx, entry).await?;
    Ok(view)
}

fn wanted(code: &str) -> Vec<String> {
    let kinds = codes::task_type(code).map_or(&[][..], |kind| &kind.artifacts);
    kinds.iter().map(|kind| measures::kind_name(kind)).collect()
}

fn steps(ctx: &Ctx, task: &task::Model, facts: &TaskFacts) -> Vec<TaskStep> {
    let Some(state) = TaskState::parse(&task.state) else {
        return Vec::new();
    };
    let action = |step| match step {
        TaskStep::Sign | TaskStep::Report => TaskAction::Work,
        TaskStep::Accept | TaskStep::Reject | TaskStep::Cancel => TaskAction::Judge,
    };
    TaskStep::ALL
        .into_iter()
        .filter(|step| state.after(*step).is_ok() && task_may(&ctx.actor, action(*step), facts))
        .collect()
}
