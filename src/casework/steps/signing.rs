//! 签收 and 指定承办人.

use super::finish;
use crate::casework::{advance, check_version, facts, fetch_for};
use crate::clocks;
use crate::ctx::Ctx;
use crate::entity::{account, case_unit, protection_case};
use crate::error::{Error, Result};
use crate::journal::Act;
use crate::rules::policy::{Action, Part};
use crate::rules::workflow::Step;
use crate::state::App;
use sea_orm::sea_query::{Expr, LockType};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use serde_json::json;
use uuid::Uuid;

/// Signs for the actor's own unit. The lead unit's signature moves the case to
/// 已签收 and meets the clock `sign`; an assisting unit's only marks its row.
///
/// # Errors
/// Those of [`fetch_for`] and [`advance()`]; [`Error::Conflict`] when the unit
/// has signed already.
pub async fn sign(app: &App, ctx: &Ctx, id: Uuid, seen: i32) -> Result<protection_case::Model> {
    let tx = app.db.begin().await?;
    let case = fetch_for(&tx, ctx, id, Action::Sign).await?;
    check_version(seen, case.version)?;
    let own = own_part(&tx, ctx, id).await?;
    if own.signed_at.is_some() {
        return Err(Error::Conflict("本单位已经签收，无需重复签收".to_owned()));
    }
    still_in(&tx, ctx.actor.account).await?;
    let leads = own.unit_id == case.lead_unit;
    let step = if leads { Step::Sign } else { Step::Record };
    let assignee = case.assignee.or(ctx.account());
    advance(&tx, &case, seen, &step, |row| {
        if leads {
            row.assignee = Set(assignee);
        }
    })
    .await?;
    case_unit::Entity::update_many()
        .col_expr(case_unit::Column::SignedAt, Expr::value(ctx.now))
        .col_expr(case_unit::Column::SignedBy, Expr::value(ctx.account()))
        .filter(case_unit::Column::Id.eq(own.id))
        .exec(&tx)
        .await?;
    if leads {
        clocks::meet(&tx, id, &["sign"], ctx.now).await?;
    }
    let refs = json!({ "part": own.part, "unit": own.unit_id });
    finish(tx, app, ctx, id, (Act::CaseSigned, None, refs)).await
}

/// Holds an account as it is until the transaction ends: whoever is being
/// disabled or moved at this moment is given nothing more.
async fn still_in(tx: &impl ConnectionTrait, account: Uuid) -> Result<()> {
    let found = account::Entity::find_by_id(account)
        .lock(LockType::Share)
        .one(tx)
        .await?;
    match found {
        Some(row) if row.disabled_at.is_some() => Err(Error::SignedOut),
        _ => Ok(()),
    }
}

/// The row by which a unit of the actor's takes part, a working part first.
async fn own_part(tx: &impl ConnectionTrait, ctx: &Ctx, case: Uuid) -> Result<case_unit::Model> {
    let nobody = || Error::field("", "本单位未承接该个案，无需签收");
    let rows = case_unit::Entity::find()
        .filter(case_unit::Column::CaseId.eq(case))
        .filter(case_unit::Column::UnitId.is_in(ctx.actor.units()))
        .filter(case_unit::Column::Until.is_null())
        .all(tx)
        .await?;
    let rank = |row: &case_unit::Model| {
        let part = match Part::parse(&row.part) {
            Some(Part::Lead) => 0,
            Some(Part::Assist) => 1,
            _ => 2,
        };
        // Whoever serves two of them signs for the one that has not signed.
        (row.signed_at.is_some(), part)
    };
    rows.into_iter().min_by_key(rank).ok_or_else(nobody)
}

/// Names who in the lead unit answers for the case.
///
/// # Errors
/// Those of [`fetch_for`] and [`advance()`]; [`Error::Invalid`] for an account
/// outside the lead unit, a disabled one, or one that must not know of it.
pub async fn assign(app: &App, ctx: &Ctx, id: Uuid, seen: i32, account: Uuid) -> Result<protection_case::Model> {
    let tx = app.db.begin().await?;
    let case = fetch_for(&tx, ctx, id, Action::Assign).await?;
    let person = account::Entity::find_by_id(account)
        .lock(LockType::Share)
        .one(&tx)
        .await?
        .filter(|person| person.unit_id == Some(case.lead_unit) && person.disabled_at.is_none())
        .ok_or_else(|| Error::field("account", "选择主办单位的在用人员"))?;
    if facts(&tx, &case).await?.recused_accounts.contains(&person.id) {
        return Err(Error::field("account", "选择主办单位的在用人员"));
    }
    advance(&tx, &case, seen, &Step::Assign, |row| {
        row.assignee = Set(Some(person.id));
    })
    .await?;
    case_unit::Entity::update_many()
        .col_expr(case_unit::Column::AccountId, Expr::value(Some(person.id)))
        .filter(case_unit::Column::CaseId.eq(id))
        .filter(case_unit::Column::UnitId.eq(case.lead_unit))
        .filter(case_unit::Column::Part.eq(Part::Lead.code()))
        .filter(case_unit::Column::Until.is_null())
        .exec(&tx)
        .await?;
    let refs = json!({ "account": person.id });
    finish(tx, app, ctx, id, (Act::CaseAssigned, None, refs)).await
}
