//! Opening a task: by a person on a case, or for every department of a plan
//! when the case opens.

use super::view::{Shared, SharedChild};
use crate::casework::steps::has_control;
use crate::casework::{self, fetch_for, next_number, tell};
use crate::clocks::{self, Subject};
use crate::ctx::Ctx;
use crate::entity::{case_child, child, protection_case, task, unit};
use crate::error::{Error, FieldError, Result};
use crate::journal::{self, Act, Entry};
use crate::measures::open_stage;
use crate::network;
use crate::rules::calendar::Calendar;
use crate::rules::codes::{self, TaskType};
use crate::rules::deadlines::{self, Milestone};
use crate::rules::division::{Division, Tier};
use crate::rules::level::RiskLevel;
use crate::rules::policy::Action;
use crate::rules::routing::{Due, Plan};
use crate::rules::taskflow::TaskState;
use crate::state::App;
use crate::vault::{Slot, Vault};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder,
};
use serde_json::json;
use std::collections::BTreeSet;
use uuid::Uuid;

/// A task due later than this is a slip of the finger.
const FARTHEST: TimeDelta = TimeDelta::days(731);

/// A task to be opened.
#[derive(Debug, Clone, Default)]
pub struct NewTask {
    /// A code of `data/task_types.csv`.
    pub type_code: String,
    /// The unit that does it; the county's own of the type's kind when empty.
    pub unit_id: Option<Uuid>,
    /// What is asked for, 500 characters at most.
    pub request: String,
    /// Until when; by the level when empty.
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
    let (kind, unit) = checked(&tx, ctx, &case, &new).await?;
    let row = add(&tx, app, ctx, &case, (kind, unit, &new)).await?;
    let entry = Entry::new(Act::TaskOpened)
        .case(case.id)
        .subject(row.id)
        .detail(json!({ "type": row.type_code, "unit": unit }));
    journal::commit(tx, ctx, entry).await?;
    Ok(row)
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

/// Opens the first task of every department that the plan names, in the
/// transaction that opens the case. The caller commits.
///
/// # Errors
/// When the database or the vault refuses.
pub async fn first_response(
    tx: &impl ConnectionTrait,
    app: &App,
    ctx: &Ctx,
    case: &protection_case::Model,
    plan: &Plan,
) -> Result<Vec<task::Model>> {
    let mut opened = Vec::new();
    let mut seen = BTreeSet::new();
    for assignment in std::iter::once(&plan.lead).chain(&plan.assists) {
        let kind = codes::first_task(&assignment.unit_kind).and_then(|first| codes::task_type(&first.code));
        let Some(kind) = kind.filter(|_| seen.insert(assignment.unit)) else {
            continue;
        };
        let new = NewTask {
            request: format!("按职责立即办理“{}”，反馈处置情况和文书号。", kind.name),
            ..NewTask::default()
        };
        let row = add(tx, app, ctx, case, (kind, assignment.unit, &new)).await?;
        let entry = Entry::new(Act::TaskOpened)
            .case(case.id)
            .subject(row.id)
            .detail(json!({ "type": row.type_code, "unit": assignment.unit }));
        journal::note(tx, ctx, entry).await?;
        opened.push(row);
    }
    Ok(opened)
}

async fn add(
    tx: &impl ConnectionTrait,
    app: &App,
    ctx: &Ctx,
    case: &protection_case::Model,
    (kind, unit, new): (&TaskType, Uuid, &NewTask),
) -> Result<task::Model> {
    let id = ctx.new_id();
    let slot = |column| Slot::new("task", column, id);
    let level = RiskLevel::from_number(case.level).unwrap_or(RiskLevel::Red);
    let dues = dues(level, unit, ctx.now, new.due_at);
    let shared = serde_json::to_string(&shared(tx, &app.vault, case, kind).await?).map_err(anyhow::Error::new)?;
    let row = task::ActiveModel {
        id: Set(id),
        number: Set(next_number(tx, "RW", ctx.now).await?),
        case_id: Set(case.id),
        type_code: Set(kind.code.clone()),
        unit_id: Set(unit),
        state: Set(TaskState::Pending.code().to_owned()),
        request: Set(app.vault.seal(slot("request"), new.request.trim())?),
        shared: Set(app.vault.seal(slot("shared"), &shared)?),
        level: Set(case.level),
        created_by: Set(ctx.account()),
        created_at: Set(ctx.now),
        due_at: Set(dues.last().and_then(|due| due.at)),
        signed_at: Set(None),
        signed_by: Set(None),
        result: Set(None),
        done_at: Set(None),
        done_by: Set(None),
        review_note: Set(None),
        version: Set(1),
    };
    let row = row.insert(tx).await?;
    let subject = Subject {
        case: Some(case.id),
        task: Some(id),
        ..Subject::default()
    };
    clocks::start(tx, subject, ctx.now, &dues).await?;
    let unit_name = network::unit_name(tx, unit).await?;
    let refs = json!({ "task": id, "number": row.number, "type": kind.name, "unit": unit_name });
    tell(tx, &app.vault, ctx, case.id, (Act::TaskOpened, ctx.now, None, refs)).await?;
    Ok(row)
}

/// The two clocks of a task: signed as any order (DL08), done by the time
/// agreed or, by default, when an assessment at this level would be due.
fn dues(level: RiskLevel, owner: Uuid, now: DateTime<Utc>, agreed: Option<DateTime<Utc>>) -> Vec<Due> {
    let sign = codes::deadline_rule(&format!("DL08-{}", level.code()));
    let at = sign
        .and_then(codes::DeadlineRule::time)
        .and_then(|amount| Calendar::embedded().add(now, amount).ok());
    vec![
        Due {
            rule: sign.map(|row| row.rule.clone()).unwrap_or_default(),
            milestone: "task_sign".to_owned(),
            owner,
            at,
            text: "协办任务签收".to_owned(),
        },
        done_due(level, owner, now, agreed),
    ]
}

/// The clock within which a result is owed.
pub(super) fn done_due(level: RiskLevel, owner: Uuid, now: DateTime<Utc>, agreed: Option<DateTime<Utc>>) -> Due {
    let owed = deadlines::dues("tipoff", level, now, &Calendar::embedded());
    let by_level = owed
        .iter()
        .find(|due| due.milestone == Milestone::Assess)
        .or(owed.last());
    let (rule, at) = match (agreed, by_level) {
        (Some(at), _) => ("约定时限".to_owned(), Some(at)),
        (None, Some(due)) => (due.rule.clone(), due.at),
        (None, None) => (String::new(), None),
    };
    Due {
        rule,
        milestone: "task_done".to_owned(),
        owner,
        at: at.or(Some(now)),
        text: "协办任务反馈".to_owned(),
    }
}

/// What the department is told: no more than the type of task needs.
async fn shared(
    tx: &impl ConnectionTrait,
    vault: &Vault,
    case: &protection_case::Model,
    kind: &TaskType,
) -> Result<Shared> {
    let shares = |what: &str| kind.shares.iter().any(|share| share == what);
    let links = case_child::Entity::find()
        .filter(case_child::Column::CaseId.eq(case.id))
        .all(tx)
        .await?;
    let ids = links.iter().map(|link| link.child_id);
    let children = child::Entity::find()
        .filter(child::Column::Id.is_in(ids))
        .all(tx)
        .await?
        .iter()
        .map(|row| in_short(vault, row, shares("name")))
        .collect::<Result<Vec<_>>>()?;
    let address = if shares("address") {
        vault.open_some(Slot::new("protection_case", "address", case.id), case.address.as_ref())?
    } else {
        None
    };
    Ok(Shared {
        case_number: case.number.clone(),
        place: network::path_of(tx, &Division::parse(&case.division)?).await?,
        address,
        lead: network::unit_name(tx, case.lead_unit).await?,
        children,
    })
}

fn in_short(vault: &Vault, row: &child::Model, named: bool) -> Result<SharedChild> {
    let slot = |column| Slot::new("child", column, row.id);
    let name = if named {
        vault.open_some(slot("name"), row.name.as_ref())?
    } else {
        None
    };
    Ok(SharedChild {
        sex: row.sex.clone(),
        age: row.age_at_intake,
        feature: vault.open_some(slot("feature"), row.feature.as_ref())?,
        name,
    })
}
