//! A department says that a task is not its own: who rules, by when, what was
//! ruled; and the way up when nobody ruled in time.

use super::checks::{candidates, unit_for};
use super::moves::{Move, Refusal};
use super::steps::{level, subject};
use crate::casework;
use crate::casework::tell;
use crate::clock;
use crate::clocks::{self, Begin};
use crate::ctx::Ctx;
use crate::entity::{protection_case, task, task_dispute, unit};
use crate::error::{Error, Result};
use crate::journal::{self, Act, Entry};
use crate::network;
use crate::notices::{self, Kind, Notice, To};
use crate::rules::arbiter::{Arbiter, Side};
use crate::rules::codes;
use crate::rules::division::Division;
use crate::rules::policy::{CaseFacts, TaskAction, TaskFacts, task_may};
use crate::rules::rulebook::Rulebook;
use crate::rules::taskdue;
use crate::rules::taskflow::TaskState;
use crate::state::App;
use crate::vault::Slot;
use anyhow::Context;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use serde_json::json;
use uuid::Uuid;

/// The source of what the arbiter's word is worth.
const DESIGNATED: &str = "已经裁定由本单位承办，不得再提异议（指定后不得退回，参照潍坊市12345条例§22）";

/// The dispute of a task that nobody has ruled on.
pub(super) async fn open_of(db: &impl ConnectionTrait, task: Uuid) -> Result<Option<task_dispute::Model>> {
    Ok(task_dispute::Entity::find()
        .filter(task_dispute::Column::TaskId.eq(task))
        .filter(task_dispute::Column::RuledAt.is_null())
        .one(db)
        .await?)
}

/// A dispute over a task that waits for a ruling.
#[derive(Debug, Clone)]
pub struct Disputed {
    /// The task.
    pub task: Uuid,
    /// Its type in words.
    pub kind: String,
    /// 县级 or 市级.
    pub arbiter: &'static str,
    /// By when a ruling is owed.
    pub due_at: chrono::DateTime<chrono::Utc>,
    /// Whether the person who looks rules.
    pub yours: bool,
}

/// The disputes over a case's tasks that nobody has ruled on.
///
/// # Errors
/// When the database refuses.
pub async fn disputed(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    (case, known): (Uuid, &CaseFacts),
) -> Result<Vec<Disputed>> {
    let open = task::Entity::find()
        .filter(task::Column::CaseId.eq(case))
        .filter(task::Column::State.eq(TaskState::Disputed.code()));
    let mut all = Vec::new();
    for task in open.all(db).await? {
        let Some(row) = open_of(db, task.id).await? else {
            continue;
        };
        let arbiter = Arbiter::parse(&row.arbiter);
        let kind = codes::task_type(&task.type_code).map(|kind| kind.name.clone());
        let facts = TaskFacts {
            unit: task.unit_id,
            arbiter,
            case: known.clone(),
        };
        all.push(Disputed {
            task: task.id,
            kind: kind.unwrap_or(task.number),
            arbiter: arbiter.map_or("", Arbiter::label),
            due_at: row.due_at,
            yours: task_may(&ctx.actor, TaskAction::Rule, &facts),
        });
    }
    Ok(all)
}

/// The latest dispute of a task.
pub(super) async fn latest(db: &impl ConnectionTrait, task: Uuid) -> Result<Option<task_dispute::Model>> {
    Ok(task_dispute::Entity::find()
        .filter(task_dispute::Column::TaskId.eq(task))
        .order_by_desc(task_dispute::Column::Id)
        .one(db)
        .await?)
}

/// Refuses who was named by an arbiter, and who is late (DL09: 超期视为接收).
fn may_refuse(ctx: &Ctx, book: &Rulebook, task: &task::Model) -> Result<()> {
    if task.designated {
        return Err(Error::field("reason", DESIGNATED));
    }
    let Some(rule) = taskdue::refusing(book, level(task)) else {
        return Ok(());
    };
    let last = book.due(rule, task.created_at).at;
    if ctx.now > last {
        let text = format!(
            "已过提出异议的时限 {}，视为接收：{}",
            clock::minute(last),
            taskdue::words(rule)
        );
        return Err(Error::field("reason", &text));
    }
    Ok(())
}

/// Opens a dispute: it goes to the arbiter with a clock of its own. The
/// task's own clock runs on.
pub(super) async fn open(
    tx: &impl ConnectionTrait,
    app: &App,
    ctx: &Ctx,
    (case, task): (&protection_case::Model, &task::Model),
    refusal: &Refusal,
) -> Result<()> {
    let book = clocks::book(tx, ctx.now).await?;
    may_refuse(ctx, &book, task)?;
    let arbiter = Arbiter::between(&side(tx, case.lead_unit).await?, &side(tx, task.unit_id).await?);
    let id = ctx.new_id();
    let clock = owe_ruling(tx, ctx, (case, task), arbiter).await?;
    let row = task_dispute::ActiveModel {
        id: Set(id),
        task_id: Set(task.id),
        unit_id: Set(task.unit_id),
        reason_code: Set(refusal.reason.clone()),
        basis: Set(app
            .vault
            .seal(Slot::new("task_dispute", "basis", id), &refusal.words())?),
        raised_by: Set(ctx.actor.account),
        raised_at: Set(ctx.now),
        arbiter: Set(arbiter.code().to_owned()),
        due_at: Set(clock),
        ..Default::default()
    };
    task_dispute::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}

async fn side(tx: &impl ConnectionTrait, id: Uuid) -> Result<Side> {
    let unit = network::unit(tx, id).await?;
    Ok(Side {
        place: Division::parse(&unit.division)?,
        kind: unit.kind,
    })
}

/// Tells the arbiter and starts its clock; answers when it runs out.
async fn owe_ruling(
    tx: &impl ConnectionTrait,
    ctx: &Ctx,
    (case, task): (&protection_case::Model, &task::Model),
    arbiter: Arbiter,
) -> Result<chrono::DateTime<chrono::Utc>> {
    let owner = office(tx, case, arbiter).await?.unwrap_or(case.lead_unit);
    let notice = Notice::new(Kind::DisputeOpened, To::Unit(owner)).task(case.id, task.id);
    notices::tell(tx, ctx, &notice).await?;
    let begin = Begin {
        subject: subject(task),
        code: &format!("TDR-{}", level(task).code()),
        milestone: "task_ruling",
        from: ctx.now,
        owner,
    };
    Ok(clocks::begin(tx, ctx, begin).await?.due_at)
}

/// The unit in which the arbiter sits.
async fn office(tx: &impl ConnectionTrait, case: &protection_case::Model, arbiter: Arbiter) -> Result<Option<Uuid>> {
    let Some(top) = Division::parse(&case.division)?.at(arbiter.tier()) else {
        return Ok(None);
    };
    for kind in arbiter.offices() {
        let units = network::units_of(tx, kind, &top).await?;
        let own = units.iter().find(|unit| unit.division == top.code());
        if let Some(unit) = own {
            return Ok(Some(unit.id));
        }
    }
    Ok(None)
}

/// The unit that the arbiter names, when it does tasks of this type and may
/// know of the case.
pub(super) async fn named(
    tx: &impl ConnectionTrait,
    case: &protection_case::Model,
    task: &task::Model,
    unit: Uuid,
) -> Result<Uuid> {
    let kind = codes::task_type(&task.type_code).context("task type in the database")?;
    let found = unit_for(tx, case, kind, Some(unit)).await?;
    let recused = casework::facts(tx, case).await?.recused_units;
    match found {
        Some(unit) if recused.contains(&unit) => Err(Error::field("unit", "该单位已登记回避，另选单位")),
        Some(unit) => Ok(unit),
        None => Err(Error::field(
            "unit",
            &format!("所选单位不承办“{}”，另选单位", kind.name),
        )),
    }
}

/// Ends the open dispute of a task with what became of it.
pub(super) async fn end(
    tx: &impl ConnectionTrait,
    app: &App,
    ctx: &Ctx,
    task: &task::Model,
    (step, moved): (&Move, Option<Uuid>),
) -> Result<()> {
    let Some(open) = open_of(tx, task.id).await? else {
        return Ok(());
    };
    let decision = match (step, moved) {
        (Move::Rule { .. }, Some(_)) => "moves",
        (Move::Rule { .. }, None) => "stays",
        (Move::Drop { .. }, _) => "dropped",
        _ => "withdrawn",
    };
    let slot = Slot::new("task_dispute", "ruling", open.id);
    let row = task_dispute::ActiveModel {
        id: Set(open.id),
        decision: Set(Some(decision.to_owned())),
        to_unit: Set(moved),
        ruling: Set(app.vault.seal_some(slot, step.words().as_deref())?),
        ruled_by: Set(ctx.account()),
        ruled_at: Set(Some(ctx.now)),
        ..Default::default()
    };
    row.update(tx).await?;
    Ok(())
}

/// Hands every dispute that the county left unruled to the city, earliest due
/// first; answers how many. Each goes up once, however many workers run.
///
/// # Errors
/// When the disputes cannot be read.
pub async fn climb(app: &App, ctx: &Ctx) -> Result<u64> {
    let late = task_dispute::Entity::find()
        .filter(task_dispute::Column::RuledAt.is_null())
        .filter(task_dispute::Column::ClimbedAt.is_null())
        .filter(task_dispute::Column::Arbiter.eq(Arbiter::County.code()))
        .filter(task_dispute::Column::DueAt.lte(ctx.now))
        .order_by_asc(task_dispute::Column::DueAt)
        .limit(200)
        .all(app.db.read())
        .await?;
    let mut climbed = 0;
    for dispute in late {
        match climb_one(app, ctx, &dispute).await {
            Ok(done) => climbed += u64::from(done),
            Err(error) => tracing::error!(dispute = %dispute.id, error = %error, "dispute not handed up"),
        }
    }
    Ok(climbed)
}

async fn climb_one(app: &App, ctx: &Ctx, dispute: &task_dispute::Model) -> Result<bool> {
    let tx = app.db.begin().await?;
    let task = task::Entity::find_by_id(dispute.task_id).one(&tx).await?;
    let task = task.context("task of a dispute")?;
    // Held as by whoever rules: the two never act at once.
    let case = casework::load(&tx, task.case_id).await?;
    let still = open_of(&tx, task.id).await?;
    if still.is_none_or(|open| open.climbed_at.is_some()) {
        return Ok(false);
    }
    clocks::cancel_ruling(&tx, (task.case_id, task.id), ctx.now).await?;
    let due_at = owe_ruling(&tx, ctx, (&case, &task), Arbiter::City).await?;
    let row = task_dispute::ActiveModel {
        id: Set(dispute.id),
        arbiter: Set(Arbiter::City.code().to_owned()),
        climbed_at: Set(Some(ctx.now)),
        due_at: Set(due_at),
        ..Default::default()
    };
    row.update(&tx).await?;
    let refs = json!({ "task": task.id, "number": task.number });
    tell(&tx, &app.vault, ctx, case.id, (Act::TaskClimbed, ctx.now, None, refs)).await?;
    let entry = Entry::new(Act::TaskClimbed).case(case.id).subject(task.id);
    journal::commit(tx, ctx, entry).await?;
    Ok(true)
}

/// A dispute as the page shows it.
#[derive(Debug, Clone)]
pub struct DisputeView {
    /// The unit that says the task is not its own.
    pub unit: String,
    /// Reason and basis.
    pub basis: String,
    /// `2026-11-23 09:30`.
    pub raised: String,
    /// 县级 or 市级.
    pub arbiter: &'static str,
    /// By when a ruling is owed.
    pub due: String,
    /// Since when it lies with the city because the county did not rule, or empty.
    pub climbed: String,
    /// What was ruled, or empty.
    pub decision: &'static str,
    /// Why, or empty.
    pub ruling: String,
    /// When, or empty.
    pub ruled: String,
}

/// The latest dispute of a task in words.
pub(super) async fn view(app: &App, db: &impl ConnectionTrait, task: Uuid) -> Result<Option<DisputeView>> {
    let Some(row) = latest(db, task).await? else {
        return Ok(None);
    };
    let slot = |column| Slot::new("task_dispute", column, row.id);
    let minute = |at: Option<chrono::DateTime<chrono::Utc>>| at.map(clock::minute).unwrap_or_default();
    Ok(Some(DisputeView {
        unit: network::unit_name(db, row.unit_id).await?,
        basis: app.vault.open(slot("basis"), &row.basis)?,
        raised: clock::minute(row.raised_at),
        arbiter: Arbiter::parse(&row.arbiter).map_or("", Arbiter::label),
        due: clock::minute(row.due_at),
        climbed: minute(row.climbed_at),
        decision: row.decision.as_deref().map_or("", decision),
        ruling: app
            .vault
            .open_some(slot("ruling"), row.ruling.as_ref())?
            .unwrap_or_default(),
        ruled: minute(row.ruled_at),
    }))
}

fn decision(code: &str) -> &'static str {
    match code {
        "stays" => "仍由原单位承办",
        "moves" => "改由其他单位承办",
        "dropped" => "不再办理",
        _ => "主办单位收回，不再裁定",
    }
}

/// The units to which the arbiter may give a task: of its kind, in the case's
/// county or the city's own.
pub(super) async fn others(
    db: &impl ConnectionTrait,
    case: &protection_case::Model,
    task: &task::Model,
) -> Result<Vec<unit::Model>> {
    let kind = codes::task_type(&task.type_code).map_or("", |kind| kind.kind.as_str());
    let all = candidates(db, case).await?;
    Ok(all
        .into_iter()
        .filter(|unit| unit.kind == kind && unit.id != task.unit_id)
        .collect())
}
