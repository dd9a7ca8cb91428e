//! 回避: whoever has an interest in a case neither handles nor sees it.

use super::dispatch::{by_place, hand_over};
use super::planning::{end, standing};
use super::{finish, words};
use crate::casework::{advance, check_version, fetch_for};
use crate::ctx::Ctx;
use crate::entity::{account, case_unit, protection_case, recusal, unit};
use crate::error::{Error, Result};
use crate::journal::Act;
use crate::rules::policy::{Action, Role};
use crate::rules::workflow::Step;
use crate::state::App;
use crate::vault::{Slot, Vault};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use serde_json::json;
use uuid::Uuid;

/// Who is kept out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whom {
    /// The actor.
    Myself,
    /// A unit with all its people.
    Unit(Uuid),
    /// One account.
    Account(Uuid),
}

/// A declaration of recusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recuse {
    /// Who.
    pub whom: Whom,
    /// The interest; sealed.
    pub reason: String,
}

/// Keeps an account or a unit out of a case: from then on it does not exist for
/// them. When that is the lead unit, routing plans anew around it (RT04) and
/// the new lead must sign; the old plan's clocks run on.
///
/// # Errors
/// Those of [`fetch_for`] and [`advance()`]; [`Error::Invalid`] for an unknown
/// unit or account, and for others than oneself below the county.
pub async fn declare_recusal(
    app: &App,
    ctx: &Ctx,
    id: Uuid,
    seen: i32,
    recuse: &Recuse,
) -> Result<protection_case::Model> {
    let reason = words("reason", "回避理由（利害关系）", &recuse.reason, 500)?;
    let tx = app.db.begin().await?;
    let case = fetch_for(&tx, ctx, id, Action::Recuse).await?;
    check_version(seen, case.version)?;
    let (account, unit) = found(&tx, ctx, recuse.whom).await?;
    row(&app.vault, ctx, id, (account, unit), &reason)?.insert(&tx).await?;
    let mut refs = json!({ "account": account, "unit": unit, "lead": unit == Some(case.lead_unit) });
    if unit == Some(case.lead_unit) {
        let new = by_place(&tx, app, ctx, &case, None).await?;
        hand_over(&tx, ctx, &case, seen, (&new, &Step::Reroute)).await?;
        refs["to"] = json!(new.unit);
        refs["rule"] = json!(new.rule);
    } else {
        withdraw(&tx, ctx, id, (account, unit)).await?;
        let left = case.assignee.filter(|assignee| Some(*assignee) != account);
        advance(&tx, &case, seen, &Step::Record, |row| row.assignee = Set(left)).await?;
    }
    // The reason stays with the recusal: the timeline is read by many.
    finish(tx, app, ctx, id, (Act::RecusalDeclared, None, refs)).await
}

/// Takes them out of the parts they have.
async fn withdraw(
    tx: &impl ConnectionTrait,
    ctx: &Ctx,
    case: Uuid,
    (account, unit): (Option<Uuid>, Option<Uuid>),
) -> Result<()> {
    for row in standing(tx, case).await? {
        if Some(row.unit_id) == unit {
            end(tx, ctx, row.id).await?;
        }
    }
    if let Some(account) = account {
        case_unit::Entity::update_many()
            .col_expr(case_unit::Column::AccountId, Expr::value(None::<Uuid>))
            .filter(case_unit::Column::CaseId.eq(case))
            .filter(case_unit::Column::AccountId.eq(account))
            .exec(tx)
            .await?;
    }
    Ok(())
}

async fn found(tx: &impl ConnectionTrait, ctx: &Ctx, whom: Whom) -> Result<(Option<Uuid>, Option<Uuid>)> {
    let wide = matches!(ctx.actor.role, Role::Lead | Role::City | Role::County);
    match whom {
        Whom::Myself => Ok((Some(ctx.actor.account), None)),
        Whom::Unit(id) => {
            let known = unit::Entity::find_by_id(id).one(tx).await?.is_some();
            if known && (wide || ctx.actor.unit == Some(id)) {
                Ok((None, Some(id)))
            } else {
                Err(Error::field("unit", "只能为本人或本单位登记回避，其他由县级以上登记"))
            }
        }
        Whom::Account(id) => {
            let known = account::Entity::find_by_id(id).one(tx).await?.is_some();
            if known && (wide || ctx.actor.account == id) {
                Ok((Some(id), None))
            } else {
                Err(Error::field(
                    "account",
                    "只能为本人或本单位登记回避，其他由县级以上登记",
                ))
            }
        }
    }
}

fn row(
    vault: &Vault,
    ctx: &Ctx,
    case: Uuid,
    (account, unit): (Option<Uuid>, Option<Uuid>),
    reason: &str,
) -> Result<recusal::ActiveModel> {
    let id = Uuid::now_v7();
    Ok(recusal::ActiveModel {
        id: Set(id),
        case_id: Set(case),
        account_id: Set(account),
        unit_id: Set(unit),
        rule: Set("RT04".to_owned()),
        note: Set(Some(vault.seal(Slot::new("recusal", "note", id), reason)?)),
        declared_by: Set(ctx.account()),
        at: Set(ctx.now),
    })
}
