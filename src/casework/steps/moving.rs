//! 移交: a case goes to another place with its lead, its clocks and its parts;
//! and what a transfer that is still waiting means for other steps.

use super::dispatch::{NewLead, hand_over};
use super::planning::{self, NewPart, begin, standing};
use crate::clocks;
use crate::ctx::Ctx;
use crate::entity::{protection_case, transfer};
use crate::error::{Error, Result};
use crate::journal::{self, Act, Entry};
use crate::rules::division::Division;
use crate::rules::policy::Part;
use crate::rules::transferflow::{TransferReason, TransferState};
use crate::rules::workflow::Step;
use crate::state::App;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

/// The clocks of a transfer: until the receiver answers, until the tier above
/// both has ruled.
pub const TRANSFER_CLOCKS: [&str; 2] = ["move_confirm", "move_rule"];

/// The transfer of a case on which somebody still has to say something.
///
/// # Errors
/// When the database refuses.
pub async fn pending_transfer(db: &impl ConnectionTrait, case: Uuid) -> Result<Option<transfer::Model>> {
    let pending = TransferState::ALL.into_iter().filter(|state| state.is_pending());
    Ok(transfer::Entity::find()
        .filter(transfer::Column::CaseId.eq(case))
        .filter(transfer::Column::State.is_in(pending.map(TransferState::code)))
        .one(db)
        .await?)
}

/// Whether a place outside the city has confirmed in writing that it takes the
/// case.
pub(super) async fn confirmed_outside(db: &impl ConnectionTrait, case: Uuid) -> Result<bool> {
    let found = transfer::Entity::find()
        .filter(transfer::Column::CaseId.eq(case))
        .filter(transfer::Column::ToUnit.is_null())
        .filter(transfer::Column::State.eq(TransferState::Confirmed.code()))
        .one(db)
        .await?;
    Ok(found.is_some())
}

/// Takes back a transfer that still waits, because the case goes another way.
pub(super) async fn drop_transfer(tx: &impl ConnectionTrait, ctx: &Ctx, case: Uuid) -> Result<()> {
    let Some(waiting) = pending_transfer(tx, case).await? else {
        return Ok(());
    };
    let row = transfer::ActiveModel {
        state: Set(TransferState::Withdrawn.code().to_owned()),
        ended_at: Set(Some(ctx.now)),
        ..Default::default()
    };
    crate::db::update(tx, (waiting.id, waiting.version), row).await?;
    clocks::cancel(tx, case, &TRANSFER_CLOCKS, ctx.now).await?;
    let entry = Entry::new(Act::TransferWithdrawn).case(case).subject(waiting.id);
    journal::note(tx, ctx, entry).await
}

/// Moves a case to a place that has taken it: routing plans anew there, the
/// clocks run on with the new lead, the old lead is informed from now on and
/// answers no longer. The caller has held the case, asked the policy, tells
/// the timeline and commits.
///
/// # Errors
/// [`Error::Conflict`] where no unit can take it, what
/// [`advance()`](crate::casework::advance()) refuses.
pub async fn move_to(
    tx: &impl ConnectionTrait,
    app: &App,
    ctx: &Ctx,
    case: &protection_case::Model,
    (place, reason): (&Division, TransferReason),
) -> Result<protection_case::Model> {
    let code = || Some(place.code().to_owned());
    let mut there = case.clone();
    match reason {
        TransferReason::Household => there.domicile = code(),
        TransferReason::Residence | TransferReason::Guardian => there.residence = code(),
        TransferReason::School | TransferReason::Incident => {}
    }
    // Whoever has confirmed leads: also what goes by where the child lives is
    // looked after there from now on, and not sent back to whoever asked.
    let taken = protection_case::Model {
        residence: code(),
        ..there.clone()
    };
    let plan = planning::replan(tx, app, ctx, &taken, Some(place)).await?;
    planning::take_plan(tx, ctx, case.id, &plan).await?;
    let new = NewLead {
        unit: plan.lead.unit,
        account: plan.lead.person.as_ref().map(|person| person.account),
        rule: plan.lead.rule.clone(),
        division: code(),
        homes: Some((there.residence, there.domicile)),
        village_allowed: Some(plan.village_allowed),
    };
    hand_over(tx, ctx, case, case.version, (&new, &Step::Redispatch)).await?;
    let takes_part = standing(tx, case.id).await?;
    if takes_part.iter().all(|row| row.unit_id != case.lead_unit) {
        let informed = NewPart {
            unit: case.lead_unit,
            part: Part::Informed,
            account: case.assignee,
            rule: "移交",
            why: "移出方，移交后只抄送",
        };
        begin(tx, ctx, case.id, &informed).await?;
    }
    let after = protection_case::Entity::find_by_id(case.id).one(tx).await?;
    after.ok_or(Error::NotFound)
}
