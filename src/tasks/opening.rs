//! Opening a task by a person on a case.

use super::dues;
use super::shared::Shared;
use crate::casework::steps::has_control;
use crate::casework::{self, fetch_for, next_number, tell};
use crate::clock;
use crate::clocks::{self, Subject};
use crate::ctx::Ctx;
use crate::db::insert_models;
use crate::entity::{deadline, protection_case, task, unit};
use crate::error::{Error, FieldError, Result};
use crate::journal::{self, Act, Entry};
use crate::measures::open_stage;
use crate::network;
use crate::rules::codes::{self, TaskType};
use crate::rules::deadlines::Milestone;
use crate::rules::division::{Division, Tier};
use crate::rules::level::RiskLevel;
use crate::rules::policy::Action;
use crate::rules::rulebook::Rulebook;
use crate::rules::taskdue;
use crate::rules::taskflow::TaskState;
use crate::state::App;
use crate::vault::{Slot, Vault};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::json;
use std::collections::BTreeSet;
use uuid::Uuid;

/// The rule of `data/deadlines.csv` for complaints about a unit.
const COMPLAINT_RULE: &str = "DLC";
/// A task due later than this is a slip of the finger.
const FARTHEST: TimeDelta = TimeDelta::days(731);

/// A task to be opened.
#[derive(Debug, Clone, Default)]
pub struct NewTask {
    /// Made by the client, so that a second click is the same task.
    pub id: Option<Uuid>,
    /// A code of `data/task_types.csv`.
    pub type_code: String,
    /// The unit that does it; the county's own of the type's kind when empty.
    pub unit_id: Option<Uuid>,
    /// What is asked for, 500 characters at most.
    pub request: String,
    /// Until when; by the type's rule when empty.
    pub due_at: Option<DateTime<Utc>>,
}

/// Opens a task on a case.
///
/// # Errors
/// [`Error::Invalid`] with the faults; what the policy and the stage refuse.
pub async fn open(app: &App, ctx: &Ctx, case_id: Uuid, new: NewTask) -> Result<task::Model> {
    let tx = app.db.begin().await?;
    let case = fetch_for(&tx, ctx, case_id, Action::OpenTask).await?;
    open_stage(&case)?;
    if let Some(known) = sent_before(&tx, ctx, &case, new.id).await? {
        return Ok(known);
    }
    let (kind, unit) = checked(&tx, ctx, &case, &new).await?;
    let row = add(&tx, app, ctx, &case, (kind, unit, &new)).await?;
    passed_on(&tx, ctx, case.id).await?;
    journal::commit(tx, ctx, entry(&row)).await?;
    Ok(row)
}

/// The task of this id, when the same person has opened it on this case.
async fn sent_before(
    tx: &impl ConnectionTrait,
    ctx: &Ctx,
    case: &protection_case::Model,
    id: Option<Uuid>,
) -> Result<Option<task::Model>> {
    let Some(id) = id else { return Ok(None) };
    match task::Entity::find_by_id(id).one(tx).await? {
        Some(known) if known.case_id == case.id && known.created_by == ctx.account() => Ok(Some(known)),
        Some(_) => Err(Error::field("id", "该编号已用于其他任务，重新打开页面后提交")),
        None => Ok(None),
    }
}

/// A complaint (投诉) is owed to be passed on to whoever supervises the unit
/// complained about; giving somebody a task does that.
async fn passed_on(tx: &impl ConnectionTrait, ctx: &Ctx, case: Uuid) -> Result<()> {
    let known = clocks::of_case(tx, case).await?;
    let owed = known.iter().find(|clock| {
        let running = clock.met_at.is_none() && clock.cancelled_at.is_none();
        running && clock.rule == COMPLAINT_RULE && clock.milestone == Milestone::Contact.code()
    });
    match owed {
        Some(clock) => clocks::meet_one(tx, (case, clock.id), ctx.now).await,
        None => Ok(()),
    }
}

async fn checked(
    tx: &impl ConnectionTrait,
    ctx: &Ctx,
    case: &protection_case::Model,
    new: &NewTask,
) -> Result<(&'static TaskType, Uuid)> {
    let mut faults = Vec::new();
    let mut fault = |field: &str, text: &str| faults.push(FieldError::new(field, text));
    let request = new.request.trim();
    if request.is_empty() || request.chars().count() > 500 || has_control(request) {
        fault("request", "写明请对方做什么，500字以内，不含不可见的控制字符");
    }
    if new.due_at.is_some_and(|at| at <= ctx.now || at > ctx.now + FARTHEST) {
        fault("due_at", "时限应晚于现在、在两年以内");
    }
    let kind = codes::task_type(&new.type_code);
    let book = clocks::book(tx, ctx.now).await?;
    let level = RiskLevel::from_number(case.level).unwrap_or(RiskLevel::Red);
    if let Some(text) = kind.and_then(|kind| beyond_law(&book, (kind, level), (ctx.now, new.due_at?))) {
        fault("due_at", &text);
    }
    let mut unit = None;
    if let Some(kind) = kind {
        unit = unit_for(tx, case, kind, new.unit_id).await?;
        let wanted = codes::unit_kind(&kind.kind).map_or(kind.kind.as_str(), |row| row.name.as_str());
        match unit {
            None => fault("unit_id", &format!("“{}”由{wanted}承办，另选单位或任务", kind.name)),
            Some(unit) if casework::facts(tx, case).await?.recused_units.contains(&unit) => {
                fault("unit_id", "该单位已登记回避，另选单位");
            }
            Some(_) => {}
        }
    } else {
        fault("type_code", "选择任务类型");
    }
    match (kind, unit, faults.is_empty()) {
        (Some(kind), Some(unit), true) => Ok((kind, unit)),
        _ => Err(Error::Invalid(faults)),
    }
}

/// A time agreed on beyond what the law allows, in words.
fn beyond_law(
    book: &Rulebook,
    (kind, level): (&TaskType, RiskLevel),
    (now, agreed): (DateTime<Utc>, DateTime<Utc>),
) -> Option<String> {
    let rule = taskdue::rule(book, kind, level).filter(|rule| taskdue::is_law(rule.row()))?;
    let last = book.due(rule, now).at;
    (agreed > last).then(|| format!("时限不得晚于 {}：{}", clock::minute(last), taskdue::words(rule)))
}

/// The unit chosen when it is of the right kind; without a choice the one of
/// the child's county, else the city's.
async fn unit_for(
    tx: &impl ConnectionTrait,
    case: &protection_case::Model,
    kind: &TaskType,
    chosen: Option<Uuid>,
) -> Result<Option<Uuid>> {
    if let Some(id) = chosen {
        let unit = unit::Entity::find_by_id(id).one(tx).await?;
        return Ok(unit
            .filter(|unit| unit.active && unit.kind == kind.kind)
            .map(|unit| unit.id));
    }
    let place = Division::parse(&case.division)?;
    for tier in [Tier::County, Tier::City] {
        let Some(top) = place.at(tier) else { continue };
        let units = network::units_of(tx, &kind.kind, &top).await?;
        let own = units.iter().find(|unit| unit.division == top.code()).or(units.first());
        if let Some(unit) = own {
            return Ok(Some(unit.id));
        }
    }
    Ok(None)
}

/// The departments that may be asked: those of the child's county and the
/// city's own.
pub(super) async fn candidates(db: &impl ConnectionTrait, case: &protection_case::Model) -> Result<Vec<unit::Model>> {
    let place = Division::parse(&case.division)?;
    let kinds: BTreeSet<&str> = codes::task_types().iter().map(|kind| kind.kind.as_str()).collect();
    let mut within = Condition::any();
    if let Some(county) = place.at(Tier::County) {
        let (first, last) = county.range();
        within = within.add(unit::Column::Division.between(first, last));
    }
    if let Some(city) = place.at(Tier::City) {
        within = within.add(unit::Column::Division.eq(city.code()));
    }
    Ok(unit::Entity::find()
        .filter(unit::Column::Active.eq(true))
        .filter(unit::Column::Kind.is_in(kinds))
        .filter(within)
        .order_by_desc(unit::Column::Division)
        .order_by_asc(unit::Column::Kind)
        .all(db)
        .await?)
}

pub(super) fn entry(row: &task::Model) -> Entry {
    Entry::new(Act::TaskOpened)
        .case(row.case_id)
        .subject(row.id)
        .detail(json!({ "type": row.type_code, "unit": row.unit_id }))
}

pub(super) fn refs(row: &task::Model, kind: &TaskType, unit: &str) -> serde_json::Value {
    json!({ "task": row.id, "number": row.number, "type": kind.name, "unit": unit })
}

async fn add(
    tx: &impl ConnectionTrait,
    app: &App,
    ctx: &Ctx,
    case: &protection_case::Model,
    (kind, unit, new): (&TaskType, Uuid, &NewTask),
) -> Result<task::Model> {
    let order = Order {
        id: new.id,
        number: next_number(tx, "RW", ctx.now).await?,
        kind,
        unit,
        request: new.request.trim(),
        agreed: new.due_at,
    };
    let shared = Shared::of_case(tx, &app.vault, case).await?.only(kind);
    let book = clocks::book(tx, ctx.now).await?;
    let (row, clocks) = compose((&app.vault, &book), ctx, case, (&order, &shared))?;
    insert_models(tx, vec![row.clone()]).await?;
    insert_models(tx, clocks).await?;
    clocks::refresh(tx, Some(case.id)).await?;
    let refs = refs(&row, kind, &network::unit_name(tx, unit).await?);
    tell(tx, &app.vault, ctx, case.id, (Act::TaskOpened, ctx.now, None, refs)).await?;
    Ok(row)
}

/// What is asked of whom.
pub(super) struct Order<'a> {
    pub(super) id: Option<Uuid>,
    pub(super) number: String,
    pub(super) kind: &'a TaskType,
    pub(super) unit: Uuid,
    pub(super) request: &'a str,
    pub(super) agreed: Option<DateTime<Utc>>,
}

/// A task with its clocks, not written yet.
pub(super) fn compose(
    (vault, book): (&Vault, &Rulebook),
    ctx: &Ctx,
    case: &protection_case::Model,
    (order, shared): (&Order<'_>, &Shared),
) -> Result<(task::Model, Vec<deadline::Model>)> {
    let id = order.id.unwrap_or_else(|| ctx.new_id());
    let slot = |column| Slot::new("task", column, id);
    let level = RiskLevel::from_number(case.level).unwrap_or(RiskLevel::Red);
    let sign = dues::sign(book, (level, order.unit), ctx.now);
    let done = dues::done(book, Some(order.kind), (level, order.unit), ctx.now, order.agreed);
    let shared = serde_json::to_string(shared).map_err(anyhow::Error::new)?;
    let row = task::Model {
        id,
        number: order.number.clone(),
        case_id: case.id,
        type_code: order.kind.code.clone(),
        unit_id: order.unit,
        state: TaskState::Pending.code().to_owned(),
        request: vault.seal(slot("request"), order.request)?,
        shared: vault.seal(slot("shared"), &shared)?,
        level: case.level,
        created_by: ctx.account(),
        created_at: ctx.now,
        due_at: Some(done.at),
        signed_at: None,
        signed_by: None,
        result: None,
        done_at: None,
        done_by: None,
        review_note: None,
        version: 1,
    };
    let subject = Subject {
        case: Some(case.id),
        task: Some(id),
        ..Subject::default()
    };
    let dues = sign.into_iter().chain([done]);
    let clocks = dues.map(|due| clocks::new(subject, ctx.now, &due)).collect();
    Ok((row, clocks))
}
