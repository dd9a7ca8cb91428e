//! The service plan (个案计划): up to five goals with means, people and dates.
//! The plan of a red case is confirmed by the county.

mod input;
mod pages;
mod view;

pub use input::{DIMENSIONS, NewGoal};
pub use view::{GoalRow, confirmed, of_case};

use crate::casework::steps::{clear_routine_care, words};
use crate::casework::{advance, check_version, fetch_for, search, tell};
use crate::ctx::Ctx;
use crate::db;
use crate::entity::{plan_goal, protection_case};
use crate::error::{Error, FieldError, Result};
use crate::journal::{self, Act, Entry};
use crate::rules::level::RiskLevel;
use crate::rules::policy::Action;
use crate::rules::workflow::Step;
use crate::state::App;
use crate::vault::Slot;
use crate::web::Routes;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter,
};
use serde_json::json;
use uuid::Uuid;

/// The most goals that may be open at a time.
pub const MOST: usize = 5;

/// The routes of the feature.
#[must_use]
pub fn routes() -> Routes {
    pages::routes()
}

/// Makes the plan, or adds goals to it. Answers the case as it is then.
///
/// # Errors
/// [`Error::Invalid`] with the faults of the goals or when more than five would
/// be open, [`Error::Stale`], what the policy and the stage refuse.
pub async fn make(app: &App, ctx: &Ctx, case_id: Uuid, seen: i32, goals: &[NewGoal]) -> Result<protection_case::Model> {
    let tx = app.db.begin().await?;
    let case = fetch_for(&tx, ctx, case_id, Action::Plan).await?;
    check_version(seen, case.version)?;
    let open = usize::try_from(open_goals(&tx, case.id).await?).unwrap_or(MOST);
    let faults = input::faults(goals, open, crate::clock::day(ctx.now));
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    // A new goal is part of the case again, whatever was handed over before.
    let after = advance(&tx, &case, seen, &Step::Plan, clear_routine_care).await?;
    for goal in goals {
        insert(&tx, app, ctx, case.id, goal).await?;
        search::index(&tx, &app.vault, case.id, &goal.goal).await?;
    }
    let red = case.level == RiskLevel::Red.number();
    let refs = json!({ "goals": goals.len(), "needs_confirmation": red });
    tell(
        &tx,
        &app.vault,
        ctx,
        case.id,
        (Act::PlanMade, ctx.now, None, refs.clone()),
    )
    .await?;
    let entry = Entry::new(Act::PlanMade).case(case.id).detail(refs);
    journal::commit(tx, ctx, entry).await?;
    Ok(after)
}

async fn open_goals(db: &impl ConnectionTrait, case: Uuid) -> Result<u64> {
    Ok(plan_goal::Entity::find()
        .filter(plan_goal::Column::CaseId.eq(case))
        .filter(plan_goal::Column::DoneAt.is_null())
        .filter(plan_goal::Column::DroppedAt.is_null())
        .count(db)
        .await?)
}

async fn insert(tx: &impl ConnectionTrait, app: &App, ctx: &Ctx, case: Uuid, goal: &NewGoal) -> Result<()> {
    let id = ctx.new_id();
    let slot = |column| Slot::new("plan_goal", column, id);
    let responsible = Some(goal.responsible.trim()).filter(|text| !text.is_empty());
    let row = plan_goal::ActiveModel {
        id: Set(id),
        case_id: Set(case),
        dimension: Set(goal.dimension.clone()),
        goal: Set(app.vault.seal(slot("goal"), goal.goal.trim())?),
        means: Set(app.vault.seal(slot("means"), goal.means.trim())?),
        responsible: Set(app.vault.seal_some(slot("responsible"), responsible)?),
        due_on: Set(goal.due_on),
        core: Set(goal.core),
        done_at: Set(None),
        dropped_at: Set(None),
        created_by: Set(ctx.actor.account),
        created_at: Set(ctx.now),
        version: Set(1),
    };
    row.insert(tx).await?;
    Ok(())
}

/// Confirms the plan of a red case (审定红案计划).
///
/// # Errors
/// [`Error::Conflict`] when nothing waits for it; [`Error::Stale`]; what the
/// policy and the stage refuse.
pub async fn confirm(app: &App, ctx: &Ctx, case_id: Uuid, seen: i32) -> Result<protection_case::Model> {
    let tx = app.db.begin().await?;
    let case = fetch_for(&tx, ctx, case_id, Action::Confirm).await?;
    check_version(seen, case.version)?;
    if confirmed(&tx, &case).await? != Some(false) {
        return Err(Error::Conflict("没有待审定的计划，刷新后查看".to_owned()));
    }
    let after = advance(&tx, &case, seen, &Step::Record, |_| {}).await?;
    let happened = (Act::PlanConfirmed, ctx.now, None, json!({}));
    tell(&tx, &app.vault, ctx, case.id, happened).await?;
    journal::commit(tx, ctx, Entry::new(Act::PlanConfirmed).case(case.id)).await?;
    Ok(after)
}

/// A goal is reached.
///
/// # Errors
/// [`Error::Stale`], [`Error::Conflict`] when it is over, what the policy
/// refuses.
pub async fn goal_done(app: &App, ctx: &Ctx, key: (Uuid, Uuid), seen: i32) -> Result<()> {
    let change = |row: &mut plan_goal::ActiveModel| row.done_at = Set(Some(ctx.now));
    end_goal(app, ctx, key, seen, (Act::GoalDone, None, change)).await
}

/// A goal is given up, with the reason.
///
/// # Errors
/// Those of [`goal_done`]; [`Error::Invalid`] without a reason.
pub async fn goal_dropped(app: &App, ctx: &Ctx, key: (Uuid, Uuid), seen: i32, reason: &str) -> Result<()> {
    let reason = words("reason", "取消理由", reason, 200)?;
    let change = |row: &mut plan_goal::ActiveModel| row.dropped_at = Set(Some(ctx.now));
    end_goal(app, ctx, key, seen, (Act::GoalDropped, Some(reason), change)).await
}

/// Ends a goal, named by its case and its id.
async fn end_goal(
    app: &App,
    ctx: &Ctx,
    (case, id): (Uuid, Uuid),
    seen: i32,
    (act, reason, change): (Act, Option<String>, impl FnOnce(&mut plan_goal::ActiveModel) + Send),
) -> Result<()> {
    let tx = app.db.begin().await?;
    let case = fetch_for(&tx, ctx, case, Action::Plan).await?;
    let goal = one(&tx, case.id, id).await?;
    check_version(seen, goal.version)?;
    if goal.done_at.is_some() || goal.dropped_at.is_some() {
        return Err(Error::Conflict("该目标已完成或已取消，刷新后查看".to_owned()));
    }
    let mut row = <plan_goal::ActiveModel as Default>::default();
    change(&mut row);
    db::update(&tx, (id, seen), row).await?;
    let refs = json!({ "goal": id, "dimension": input::dimension(&goal.dimension) });
    tell(&tx, &app.vault, ctx, case.id, (act, ctx.now, reason.as_deref(), refs)).await?;
    journal::commit(tx, ctx, Entry::new(act).case(case.id).subject(id)).await
}

/// The version of a goal of a case.
///
/// # Errors
/// [`Error::NotFound`] when the case has no such goal.
pub async fn goal_version(db: &impl ConnectionTrait, case: Uuid, goal: Uuid) -> Result<i32> {
    Ok(one(db, case, goal).await?.version)
}

async fn one(db: &impl ConnectionTrait, case: Uuid, id: Uuid) -> Result<plan_goal::Model> {
    plan_goal::Entity::find_by_id(id)
        .filter(plan_goal::Column::CaseId.eq(case))
        .one(db)
        .await?
        .ok_or(Error::NotFound)
}

/// A fault of one goal: `goals/0/goal`.
pub(crate) fn fault(at: usize, field: &str, text: &str) -> FieldError {
    FieldError::new(&format!("goals/{at}/{field}"), text)
}
