//! What is checked before tasks are opened: the request, the time, the unit,
//! and that nobody is asked twice for the same.

use super::opening::NewTask;
use crate::casework;
use crate::casework::steps::has_control;
use crate::clock;
use crate::clocks;
use crate::ctx::Ctx;
use crate::entity::{protection_case, task, unit};
use crate::error::{Error, FieldError, Result};
use crate::network;
use crate::rules::codes::{self, TaskType};
use crate::rules::division::{Division, Tier};
use crate::rules::level::RiskLevel;
use crate::rules::rule_change::is_law;
use crate::rules::rulebook::Rulebook;
use crate::rules::taskdue;
use crate::rules::taskflow::TaskState;
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

/// A task due later than this is a slip of the finger.
const FARTHEST: TimeDelta = TimeDelta::days(731);

/// A task that may be opened, or one that was.
pub(super) enum Checked {
    /// The same person sent it before.
    Known(Box<task::Model>),
    /// Its type and the unit that does it.
    New(&'static TaskType, Uuid),
}

/// What the checks of several tasks have in common.
struct Ground {
    level: RiskLevel,
    book: Rulebook,
    recused: Vec<Uuid>,
    /// Numbers of open tasks by type and unit.
    open: HashMap<(String, Uuid), String>,
}

/// Checks every task; the faults of all are named together.
pub(super) async fn all(
    tx: &impl ConnectionTrait,
    ctx: &Ctx,
    case: &protection_case::Model,
    news: &[NewTask],
) -> Result<Vec<Checked>> {
    let mut ground = Ground {
        level: RiskLevel::from_number(case.level).unwrap_or(RiskLevel::Red),
        book: clocks::book(tx, ctx.now).await?,
        recused: casework::facts(tx, case).await?.recused_units,
        open: open_numbers(tx, case.id).await?,
    };
    let (mut checked, mut faults) = (Vec::new(), Vec::new());
    for (at, new) in news.iter().enumerate() {
        if let Some(known) = sent_before(tx, ctx, case, new.id).await? {
            checked.push(Checked::Known(Box::new(known)));
            continue;
        }
        match one(tx, (ctx, &ground), case, new).await? {
            Ok((kind, unit)) => {
                let same = (kind.code.clone(), unit);
                ground.open.insert(same, "（同一次提交）".to_owned());
                checked.push(Checked::New(kind, unit));
            }
            Err(own) => faults.extend(own.into_iter().map(|fault| FieldError {
                field: format!("tasks/{at}/{}", fault.field),
                ..fault
            })),
        }
    }
    if faults.is_empty() {
        Ok(checked)
    } else {
        Err(Error::Invalid(faults))
    }
}

async fn open_numbers(tx: &impl ConnectionTrait, case: Uuid) -> Result<HashMap<(String, Uuid), String>> {
    let open = task::Entity::find()
        .filter(task::Column::CaseId.eq(case))
        .filter(task::Column::State.is_in(TaskState::open_codes()))
        .order_by_desc(task::Column::Id)
        .all(tx)
        .await?;
    let pairs = open
        .into_iter()
        .map(|task| ((task.type_code, task.unit_id), task.number));
    Ok(pairs.collect())
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

type Ordered = std::result::Result<(&'static TaskType, Uuid), Vec<FieldError>>;

async fn one(
    tx: &impl ConnectionTrait,
    (ctx, ground): (&Ctx, &Ground),
    case: &protection_case::Model,
    new: &NewTask,
) -> Result<Ordered> {
    let mut faults = asked(ctx, ground, new);
    let mut fault = |field: &str, text: &str| faults.push(FieldError::new(field, text));
    let Some(kind) = codes::task_type(&new.type_code) else {
        fault("type_code", "选择任务类型");
        return Ok(Err(faults));
    };
    let Some(unit) = unit_for(tx, case, kind, new.unit_id).await? else {
        let wanted = codes::unit_kind(&kind.kind).map_or(kind.kind.as_str(), |row| row.name.as_str());
        fault("unit_id", &format!("“{}”由{wanted}承办，另选单位或任务", kind.name));
        return Ok(Err(faults));
    };
    if ground.recused.contains(&unit) {
        fault("unit_id", "该单位已登记回避，另选单位");
    }
    if let Some(number) = ground.open.get(&(kind.code.clone(), unit)) {
        let text = format!("“{}”已由该单位办理，任务 {number} 未办结，不重复发起", kind.name);
        fault("type_code", &text);
    }
    Ok(if faults.is_empty() {
        Ok((kind, unit))
    } else {
        Err(faults)
    })
}

/// What is wrong with the request and the time.
fn asked(ctx: &Ctx, ground: &Ground, new: &NewTask) -> Vec<FieldError> {
    let mut faults = Vec::new();
    let request = new.request.trim();
    if request.is_empty() || request.chars().count() > 500 || has_control(request) {
        let text = "写明请对方做什么，500字以内，不含不可见的控制字符";
        faults.push(FieldError::new("request", text));
    }
    if new.due_at.is_some_and(|at| at <= ctx.now || at > ctx.now + FARTHEST) {
        faults.push(FieldError::new("due_at", "时限应晚于现在、在两年以内"));
    }
    let kind = codes::task_type(&new.type_code);
    if let Some(text) = kind.and_then(|kind| beyond_law(&ground.book, (kind, ground.level), (ctx.now, new.due_at?))) {
        faults.push(FieldError::new("due_at", &text));
    }
    faults
}

/// A time agreed on beyond what the law allows, in words.
fn beyond_law(
    book: &Rulebook,
    (kind, level): (&TaskType, RiskLevel),
    (now, agreed): (DateTime<Utc>, DateTime<Utc>),
) -> Option<String> {
    let rule = taskdue::rule(book, kind, level).filter(|rule| is_law(&rule.row().nature))?;
    let last = book.due(rule, now).at;
    (agreed > last).then(|| format!("时限不得晚于 {}：{}", clock::minute(last), taskdue::words(rule)))
}

/// The unit chosen when it is of the right kind; without a choice the one of
/// the child's county, else the city's.
pub(super) async fn unit_for(
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
