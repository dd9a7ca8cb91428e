//! What every step on an order begins and ends with.

use super::{Order, of};
use crate::casework::{advance, check_version, fetch_for, steps};
use crate::ctx::Ctx;
use crate::entity::protection_case;
use crate::error::{Error, Result};
use crate::journal::Act;
use crate::rules::orderflow::{OrderState, OrderStep};
use crate::rules::policy::{Action, Role};
use crate::rules::workflow::Step;
use crate::state::App;
use sea_orm::DatabaseTransaction;
use serde_json::Value;
use uuid::Uuid;

/// An order held for a step: nobody else changes its case meanwhile.
pub(super) struct Held {
    pub(super) tx: DatabaseTransaction,
    pub(super) case: protection_case::Model,
    pub(super) order: Order,
    /// The state after the step.
    pub(super) next: OrderState,
}

/// Loads an order for a step that its state must allow.
pub(super) async fn hold(
    app: &App,
    ctx: &Ctx,
    (id, seen): (Uuid, i32),
    (action, step): (Action, OrderStep),
) -> Result<Held> {
    let tx = app.db.begin().await?;
    let case = fetch_for(&tx, ctx, id, action).await?;
    check_version(seen, case.version)?;
    let order = of(&tx, id).await?;
    let next = order.after(&case, step)?;
    Ok(Held { tx, case, order, next })
}

/// Ends a step: the case's version moves on, the timeline and the journal are
/// told.
pub(super) async fn finish(
    held: Held,
    app: &App,
    ctx: &Ctx,
    (act, text, refs): (Act, Option<&str>, Value),
) -> Result<protection_case::Model> {
    let Held { tx, case, .. } = held;
    advance(&tx, &case, case.version, &Step::Order, |_| {}).await?;
    steps::finish(tx, app, ctx, case.id, (act, text, refs)).await
}

/// Refuses whoever asked, and the people of their unit: another one rules. The
/// city stands above its own units and rules what a colleague asked.
pub(super) fn not_own(ctx: &Ctx, what: &str, (case, asker, unit): (Uuid, Option<Uuid>, Option<Uuid>)) -> Result<()> {
    let same_unit = unit.is_some() && unit == ctx.actor.unit && ctx.actor.role != Role::City;
    if same_unit || (asker.is_some() && asker == ctx.account()) {
        return Err(Error::Forbidden(Error::denied(what, Some(case))));
    }
    Ok(())
}
