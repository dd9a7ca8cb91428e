//! What goes with a case that moves: tasks that nobody has begun go to the
//! same department of the new county; whoever has begun one finishes it.

use super::clock::{owe, subject};
use crate::casework;
use crate::clocks;
use crate::ctx::Ctx;
use crate::db;
use crate::entity::{deadline, protection_case, task, transfer, unit};
use crate::error::Result;
use crate::network;
use crate::rules::division::{Division, Tier};
use crate::rules::level::RiskLevel;
use crate::rules::taskflow::TaskState;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

/// Hands the tasks that nobody has signed to the new county's departments;
/// answers how many. Within one county the departments stay the same.
pub(super) async fn tasks(
    tx: &impl ConnectionTrait,
    ctx: &Ctx,
    (row, case): (&transfer::Model, &protection_case::Model),
) -> Result<usize> {
    let from = Division::parse(&row.from_place)?.at(Tier::County);
    let to = Division::parse(&case.division)?.at(Tier::County);
    let (Some(from), Some(to)) = (from, to) else {
        return Ok(0);
    };
    if from == to {
        return Ok(0);
    }
    let recused = casework::facts(tx, case).await?.recused_units;
    let waiting = task::Entity::find()
        .filter(task::Column::CaseId.eq(case.id))
        .filter(task::Column::State.eq(TaskState::Pending.code()))
        .order_by_asc(task::Column::Id)
        .all(tx)
        .await?;
    let mut moved = 0;
    for task in waiting {
        let Some(unit) = counterpart(tx, &task, (&from, &to)).await? else {
            continue;
        };
        if !recused.contains(&unit) {
            hand(tx, ctx, &task, unit).await?;
            moved += 1;
        }
    }
    Ok(moved)
}

/// The unit of the new county that does what the task's unit does in the old.
async fn counterpart(
    tx: &impl ConnectionTrait,
    task: &task::Model,
    (from, to): (&Division, &Division),
) -> Result<Option<Uuid>> {
    let Some(unit) = unit::Entity::find_by_id(task.unit_id).one(tx).await? else {
        return Ok(None);
    };
    if !from.contains(&Division::parse(&unit.division)?) {
        return Ok(None);
    }
    let units = network::units_of(tx, &unit.kind, to).await?;
    let own = units.iter().find(|unit| unit.division == to.code());
    Ok(own.map(|unit| unit.id))
}

/// Gives a task to another unit: its time to sign begins anew, the time by
/// which it must be done stays.
async fn hand(tx: &impl ConnectionTrait, ctx: &Ctx, task: &task::Model, unit: Uuid) -> Result<()> {
    let row = task::ActiveModel {
        unit_id: Set(unit),
        ..Default::default()
    };
    db::update(tx, (task.id, task.version), row).await?;
    let running = || {
        deadline::Entity::update_many()
            .filter(deadline::Column::TaskId.eq(task.id))
            .filter(deadline::Column::MetAt.is_null())
            .filter(deadline::Column::CancelledAt.is_null())
    };
    running()
        .col_expr(deadline::Column::CancelledAt, Expr::value(ctx.now))
        .filter(deadline::Column::Milestone.eq("task_sign"))
        .exec(tx)
        .await?;
    running()
        .col_expr(deadline::Column::OwnerUnit, Expr::value(unit))
        .exec(tx)
        .await?;
    let level = RiskLevel::from_number(task.level).unwrap_or(RiskLevel::Red);
    let subject = clocks::Subject {
        task: Some(task.id),
        ..subject(task.case_id)
    };
    let code = format!("DL08-{}", level.code());
    owe(tx, ctx, subject, (&code, "task_sign", unit)).await.map(drop)
}
