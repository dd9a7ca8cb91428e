//! 转常规关爱: what the plan leaves open is carried on outside the case, by the
//! regular care for children of the place, so that it no longer holds the case
//! open. Whoever approves the closing sees who carries on and how.

use super::{finish, words};
use crate::casework::{advance, check_version, fetch_for};
use crate::ctx::Ctx;
use crate::entity::{plan_goal, protection_case};
use crate::error::{Error, Result};
use crate::journal::Act;
use crate::rules::policy::Action;
use crate::rules::workflow::Step;
use crate::state::App;
use crate::vault::Slot;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::json;
use uuid::Uuid;

/// Hands the open goals over to routine care. A goal set later is part of the
/// case again and takes this back.
///
/// # Errors
/// Those of [`fetch_for`] and [`advance()`]; [`Error::Invalid`] without words on
/// who carries on; [`Error::Conflict`] without an open goal or a second time.
pub async fn begin_routine_care(
    app: &App,
    ctx: &Ctx,
    id: Uuid,
    seen: i32,
    note: &str,
) -> Result<protection_case::Model> {
    let note = words("note", "由谁接续、怎样关爱", note, 500)?;
    let tx = app.db.begin().await?;
    let case = fetch_for(&tx, ctx, id, Action::Plan).await?;
    check_version(seen, case.version)?;
    if case.routine_care_at.is_some() {
        return Err(Error::Conflict("已转常规关爱，刷新后查看".to_owned()));
    }
    let sealed = app
        .vault
        .seal(Slot::new("protection_case", "routine_care_note", id), &note)?;
    advance(&tx, &case, seen, &Step::RoutineCare, |row| {
        row.routine_care_at = Set(Some(ctx.now));
        row.routine_care_note = Set(Some(sealed));
    })
    .await?;
    let goals = open_goals(&tx, id).await?;
    if goals == 0 {
        return Err(Error::Conflict("没有未完成的目标，不需要转常规关爱".to_owned()));
    }
    let refs = json!({ "goals": goals });
    finish(tx, app, ctx, id, (Act::RoutineCareBegun, Some(&note), refs)).await
}

async fn open_goals(tx: &impl ConnectionTrait, case: Uuid) -> Result<u64> {
    Ok(plan_goal::Entity::find()
        .filter(plan_goal::Column::CaseId.eq(case))
        .filter(plan_goal::Column::DoneAt.is_null())
        .filter(plan_goal::Column::DroppedAt.is_null())
        .count(tx)
        .await?)
}

/// Takes the open goals back into the case.
///
/// # Errors
/// Those of [`fetch_for`] and [`advance()`]; [`Error::Invalid`] without a reason;
/// [`Error::Conflict`] when nothing was handed over.
pub async fn end_routine_care(
    app: &App,
    ctx: &Ctx,
    id: Uuid,
    seen: i32,
    reason: &str,
) -> Result<protection_case::Model> {
    let reason = words("reason", "撤回的理由", reason, 500)?;
    let tx = app.db.begin().await?;
    let case = fetch_for(&tx, ctx, id, Action::Plan).await?;
    check_version(seen, case.version)?;
    if case.routine_care_at.is_none() {
        return Err(Error::Conflict("没有转常规关爱，刷新后查看".to_owned()));
    }
    advance(&tx, &case, seen, &Step::RoutineCare, clear_routine_care).await?;
    finish(tx, app, ctx, id, (Act::RoutineCareEnded, Some(&reason), json!({}))).await
}

/// Writes into a row that moves for another reason that nothing is handed over.
pub fn clear_routine_care(row: &mut protection_case::ActiveModel) {
    row.routine_care_at = Set(None);
    row.routine_care_note = Set(None);
}
