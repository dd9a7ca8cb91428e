//! The board of whoever sits in a unit: to sign, in hand, due soon, overdue,
//! sent back, waiting for others; the cases it leads or assists in and its
//! joint tasks.

use crate::casework;
use crate::clock;
use crate::ctx::Ctx;
use crate::entity::{case_unit, protection_case, task, unit, work_order};
use crate::error::Result;
use crate::rules::codes;
use crate::rules::level::RiskLevel;
use crate::rules::orderflow::OrderState;
use crate::rules::policy::{Action, Part, Role, reach};
use crate::rules::taskflow::TaskState;
use crate::rules::workflow::Stage;
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::sea_query::Query;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// Due within this time counts as soon.
const SOON: TimeDelta = TimeDelta::hours(24);
/// Rows that are looked at; a unit with more works through its lists.
const LOOK: u64 = 500;
/// Rows that one lane shows.
pub(super) const SHOWN: usize = 20;

/// Where a row stands on the board.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lane {
    /// 已超期
    Over,
    /// 待签收
    Unsigned,
    /// 即将到期
    Soon,
    /// 被退回
    SentBack,
    /// 办理中
    InHand,
    /// 等待他方
    Waiting,
}

impl Lane {
    /// Every lane, the most pressing first.
    pub const ALL: [Self; 6] = [
        Self::Over,
        Self::Unsigned,
        Self::Soon,
        Self::SentBack,
        Self::InHand,
        Self::Waiting,
    ];

    /// Its place in an address.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Over => "over",
            Self::Unsigned => "unsigned",
            Self::Soon => "soon",
            Self::SentBack => "back",
            Self::InHand => "hand",
            Self::Waiting => "waiting",
        }
    }

    /// The words on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Over => "已超期",
            Self::Unsigned => "待签收",
            Self::Soon => "即将到期",
            Self::SentBack => "被退回",
            Self::InHand => "办理中",
            Self::Waiting => "等待他方",
        }
    }

    /// What an empty lane says.
    #[must_use]
    pub fn empty(self) -> &'static str {
        match self {
            Self::Over => "没有超期的事项",
            Self::Unsigned => "没有待签收的事项",
            Self::Soon => "24小时内没有到期的事项",
            Self::SentBack => "没有被退回的事项",
            Self::InHand => "没有其他办理中的事项",
            Self::Waiting => "没有等待他方的事项",
        }
    }
}

/// One thing to do.
#[derive(Debug, Clone)]
pub struct Todo {
    /// Where it is.
    pub href: String,
    /// The number of the case or the task.
    pub number: String,
    /// 主办, 协办 or the type of the task.
    pub what: String,
    /// The level's number.
    pub level: i16,
    /// The level in words.
    pub level_label: &'static str,
    /// Where it stands, in words.
    pub state: &'static str,
    /// When it is due.
    pub due: Option<DateTime<Utc>>,
}

impl Todo {
    /// The due time on screen.
    #[must_use]
    pub fn due_text(&self) -> String {
        self.due.map_or_else(|| "未定".to_owned(), clock::minute)
    }
}

/// The board.
#[derive(Debug, Clone, Default)]
pub struct Board {
    lanes: HashMap<Lane, Vec<Todo>>,
}

impl Board {
    /// The rows of a lane, the most pressing first.
    #[must_use]
    pub fn lane(&self, lane: Lane) -> &[Todo] {
        self.lanes.get(&lane).map(Vec::as_slice).unwrap_or_default()
    }

    fn put(&mut self, lane: Lane, todo: Todo) {
        self.lanes.entry(lane).or_default().push(todo);
    }

    /// By due time; what is overdue by level first: a red case is not looked for
    /// below green ones that are late for longer.
    fn sort(&mut self) {
        for (lane, rows) in &mut self.lanes {
            rows.sort_by(|a, b| {
                let late = if *lane == Lane::Over {
                    a.level.cmp(&b.level)
                } else {
                    Ordering::Equal
                };
                late.then_with(|| {
                    (a.due.is_none(), a.due, a.level, &a.number).cmp(&(b.due.is_none(), b.due, b.level, &b.number))
                })
            });
        }
    }
}

/// The board of the units for which the actor sits today, their own and those
/// where they stand in; empty for whoever belongs to none.
///
/// # Errors
/// When the database refuses.
pub async fn board(db: &impl ConnectionTrait, ctx: &Ctx) -> Result<Board> {
    let mut board = Board::default();
    let seats = Seats::load(db, ctx).await?;
    if seats.units.is_empty() {
        return Ok(board);
    }
    let taken = cases(db, ctx, &seats.units).await?;
    let redone = redone(db, taken.iter().map(|taken| taken.case.id).collect()).await?;
    for taken in taken {
        let redo = taken.part == Part::Lead && redone.contains(&taken.case.id);
        let todo = of_case(&taken, redo);
        board.put(case_lane(&taken, redo, ctx.now), seats.told(taken.unit, todo));
    }
    for task in own_tasks(db, ctx, &seats.units).await? {
        board.put(task_lane(&task, ctx.now), seats.told(task.unit_id, of_task(&task)));
    }
    for task in asked_tasks(db, ctx, &seats.units).await? {
        board.put(Lane::Waiting, of_task(&task));
    }
    board.sort();
    Ok(board)
}

/// The units for which a person sits today.
struct Seats {
    units: Vec<Uuid>,
    /// Those besides their own, by name.
    others: HashMap<Uuid, String>,
}

impl Seats {
    async fn load(db: &impl ConnectionTrait, ctx: &Ctx) -> Result<Self> {
        let found = unit::Entity::find().filter(unit::Column::Id.is_in(ctx.actor.also.iter().copied()));
        let others = if ctx.actor.also.is_empty() {
            HashMap::new()
        } else {
            found
                .all(db)
                .await?
                .into_iter()
                .map(|unit| (unit.id, unit.name))
                .collect()
        };
        Ok(Self {
            units: ctx.actor.units().collect(),
            others,
        })
    }

    /// What is another unit's says whose it is.
    fn told(&self, unit: Uuid, mut todo: Todo) -> Todo {
        if let Some(name) = self.others.get(&unit) {
            todo.what = format!("{} · {name}", todo.what);
        }
        todo
    }
}

/// A case in which a unit works.
struct Taken {
    case: protection_case::Model,
    unit: Uuid,
    part: Part,
    signed: bool,
}

/// The open cases in which the units work and which the person may see; one in
/// which several do stands under the one that leads it.
async fn cases(db: &impl ConnectionTrait, ctx: &Ctx, units: &[Uuid]) -> Result<Vec<Taken>> {
    let working = [Part::Lead.code(), Part::Assist.code()];
    let mut parts = case_unit::Entity::find()
        .filter(case_unit::Column::UnitId.is_in(units.iter().copied()))
        .filter(case_unit::Column::Until.is_null())
        .filter(case_unit::Column::Part.is_in(working))
        .filter(case_unit::Column::Stage.is_not_in([Stage::Closed.code(), Stage::Merged.code()]))
        .order_by_asc(case_unit::Column::NextDueAt)
        .limit(LOOK)
        .all(db)
        .await?;
    let found = casework::visible(ctx)
        .filter(protection_case::Column::Id.is_in(parts.iter().map(|row| row.case_id)))
        .all(db)
        .await?;
    let mut by_id: HashMap<Uuid, protection_case::Model> = found.into_iter().map(|case| (case.id, case)).collect();
    parts.sort_by_key(|row| row.part != Part::Lead.code());
    let taken = parts.into_iter().filter_map(|row| {
        Some(Taken {
            case: by_id.remove(&row.case_id)?,
            unit: row.unit_id,
            part: Part::parse(&row.part)?,
            signed: row.signed_at.is_some(),
        })
    });
    Ok(taken.collect())
}

/// The cases whose result was sent back, or found not to have solved the
/// matter, and is not handed in again (重办).
async fn redone(db: &impl ConnectionTrait, cases: Vec<Uuid>) -> Result<HashSet<Uuid>> {
    let orders = work_order::Entity::find()
        .filter(work_order::Column::CaseId.is_in(cases))
        .filter(work_order::Column::State.eq(OrderState::Handling.code()))
        .filter(work_order::Column::Redone.gt(0));
    Ok(orders.all(db).await?.into_iter().map(|row| row.case_id).collect())
}

fn case_lane(taken: &Taken, redo: bool, now: DateTime<Utc>) -> Lane {
    let leads = taken.part == Part::Lead;
    let stage = Stage::parse(&taken.case.stage);
    match (stage, taken.case.next_due_at.filter(|_| leads)) {
        // The ruling is another's to make; the clocks run on, but not the unit's.
        (Some(Stage::Returning | Stage::Closing), _) if leads => Lane::Waiting,
        (_, Some(due)) if due <= now => Lane::Over,
        _ if !taken.signed => Lane::Unsigned,
        _ if redo => Lane::SentBack,
        (_, Some(due)) if due <= now + SOON => Lane::Soon,
        _ => Lane::InHand,
    }
}

fn of_case(taken: &Taken, redo: bool) -> Todo {
    let (case, part) = (&taken.case, taken.part);
    let stage = Stage::parse(&case.stage).map_or("未知", Stage::label);
    Todo {
        href: format!("/cases/{}", case.id),
        number: case.number.clone(),
        what: format!("个案（{}）", part.label()),
        level: case.level,
        level_label: level_label(case.level),
        state: if redo { "退回重办" } else { stage },
        due: case.next_due_at.filter(|_| part == Part::Lead),
    }
}

fn level_label(level: i16) -> &'static str {
    RiskLevel::from_number(level).map_or("未定", RiskLevel::label)
}

/// The cases from which the person is kept out.
fn not_blind(ctx: &Ctx) -> Condition {
    use crate::entity::recusal::{Column, Entity};
    let blind = Condition::any()
        .add(Column::AccountId.eq(ctx.actor.account))
        .add_option(ctx.actor.unit.map(|unit| Column::UnitId.eq(unit)));
    let mut recused = Query::select();
    recused.column(Column::CaseId).from(Entity).cond_where(blind);
    Condition::all().add(task::Column::CaseId.not_in_subquery(recused))
}

fn open_states() -> impl Iterator<Item = &'static str> {
    TaskState::ALL
        .into_iter()
        .filter(|state| state.is_open())
        .map(TaskState::code)
}

/// The joint tasks that the units themselves do, as far as the role works on
/// any.
async fn own_tasks(db: &impl ConnectionTrait, ctx: &Ctx, units: &[Uuid]) -> Result<Vec<task::Model>> {
    if matches!(ctx.actor.role, Role::Lead | Role::Operator) {
        return Ok(Vec::new());
    }
    Ok(task::Entity::find()
        .filter(task::Column::UnitId.is_in(units.iter().copied()))
        .filter(task::Column::State.is_in(open_states()))
        .filter(not_blind(ctx))
        .order_by_asc(task::Column::DueAt)
        .limit(LOOK)
        .all(db)
        .await?)
}

/// The joint tasks that others do for the cases that the units lead.
async fn asked_tasks(db: &impl ConnectionTrait, ctx: &Ctx, units: &[Uuid]) -> Result<Vec<task::Model>> {
    let reads = casework::scope(&reach(&ctx.actor, Action::ReadWork));
    let mut led = Query::select();
    led.column(protection_case::Column::Id)
        .from(protection_case::Entity)
        .cond_where(
            Condition::all()
                .add(protection_case::Column::LeadUnit.is_in(units.iter().copied()))
                .add(reads),
        );
    Ok(task::Entity::find()
        .filter(task::Column::CaseId.in_subquery(led))
        .filter(task::Column::UnitId.is_not_in(units.iter().copied()))
        .filter(task::Column::State.is_in(open_states()))
        .order_by_asc(task::Column::DueAt)
        .limit(LOOK)
        .all(db)
        .await?)
}

fn task_lane(task: &task::Model, now: DateTime<Utc>) -> Lane {
    let state = TaskState::parse(&task.state);
    match (state, task.due_at) {
        // A result waits for the lead, a dispute for whoever rules.
        (Some(TaskState::Reported | TaskState::Disputed), _) => Lane::Waiting,
        (_, Some(due)) if due <= now => Lane::Over,
        (Some(TaskState::Pending), _) => Lane::Unsigned,
        // Somebody has said what is missing.
        _ if task.review_note.is_some() => Lane::SentBack,
        (_, Some(due)) if due <= now + SOON => Lane::Soon,
        _ => Lane::InHand,
    }
}

fn of_task(task: &task::Model) -> Todo {
    let kind = codes::task_type(&task.type_code).map_or(task.type_code.as_str(), |kind| &kind.name);
    Todo {
        href: format!("/tasks/{}", task.id),
        number: task.number.clone(),
        what: format!("协办：{kind}"),
        level: task.level,
        level_label: level_label(task.level),
        state: TaskState::parse(&task.state).map_or("未知", TaskState::label),
        due: task.due_at,
    }
}
