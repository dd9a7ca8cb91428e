//! 审批结案 and 重开: decided by another person than the one who asked.

use super::closing::may_close;
use super::planning::{self, level_of};
use super::{clear_routine_care, finish, words};
use crate::casework::order;
use crate::casework::{advance, check_version, fetch_for};
use crate::clocks;
use crate::ctx::Ctx;
use crate::entity::protection_case;
use crate::error::{Error, Result};
use crate::journal::Act;
use crate::network;
use crate::notices::{self, Kind, Notice, To};
use crate::rules::division::{Division, Tier};
use crate::rules::policy::Action;
use crate::rules::routing::Due;
use crate::rules::workflow::Step;
use crate::state::App;
use sea_orm::{ActiveValue::Set, ConnectionTrait};
use serde_json::json;
use uuid::Uuid;

/// Approves the closing after checking once more. All clocks stop; those of
/// the follow-up start (DL31), owed by the county's centre (县未保中心).
///
/// # Errors
/// Those of [`fetch_for`] and [`advance()`]; [`Error::Forbidden`] for the one who
/// asked; [`Error::Invalid`] with each check that is not met.
pub async fn approve_close(app: &App, ctx: &Ctx, id: Uuid, seen: i32) -> Result<protection_case::Model> {
    let tx = app.db.begin().await?;
    let case = fetch_for(&tx, ctx, id, Action::DecideClose).await?;
    check_version(seen, case.version)?;
    if case.close_asked_by.is_some() && case.close_asked_by == ctx.account() {
        return Err(Error::Forbidden(Error::denied("approve_close", Some(id))));
    }
    let closure_type = case.closure_type.clone().unwrap_or_default();
    let after = advance(&tx, &case, seen, &Step::ApproveClose, |row| {
        row.closed_at = Set(Some(ctx.now));
    })
    .await?;
    may_close(&tx, app, &case, &closure_type, ctx.now).await?;
    clocks::cancel_all(&tx, id, ctx.now).await?;
    order::case_closed(&tx, ctx, &after).await?;
    if case.follow_up_planned {
        follow_up(&tx, ctx, &after).await?;
    }
    ruled_told(&tx, ctx, &case).await?;
    let refs = json!({ "closure_type": closure_type });
    finish(tx, app, ctx, id, (Act::CloseApproved, None, refs)).await
}

/// The unit that leads and the one who asked learn what became of the wish.
async fn ruled_told(tx: &impl ConnectionTrait, ctx: &Ctx, case: &protection_case::Model) -> Result<()> {
    let who = std::iter::once(To::Unit(case.lead_unit)).chain(case.close_asked_by.map(To::Account));
    let told: Vec<_> = who.map(|to| Notice::new(Kind::CloseRuled, to).case(case.id)).collect();
    notices::tell_all(tx, ctx, &told).await
}

async fn follow_up(tx: &impl ConnectionTrait, ctx: &Ctx, case: &protection_case::Model) -> Result<()> {
    let county = Division::parse(&case.division)?.at(Tier::County);
    let centre = match &county {
        Some(county) => network::units_of(tx, "MPC", county).await?.into_iter().next(),
        None => None,
    };
    let owner = centre.map_or(case.lead_unit, |unit| unit.id);
    let book = clocks::book(tx, ctx.now).await?;
    let dues: Vec<Due> = book
        .of("DL31")
        .map(|rule| Due::under(&book, rule, ("follow_up", owner), ctx.now))
        .collect();
    let subject = clocks::Subject {
        case: Some(case.id),
        ..Default::default()
    };
    clocks::start(tx, subject, ctx.now, &dues).await
}

/// Refuses the closing: support goes on.
///
/// # Errors
/// Those of [`fetch_for`] and [`advance()`]; [`Error::Invalid`] without a reason.
pub async fn refuse_close(app: &App, ctx: &Ctx, id: Uuid, seen: i32, reason: &str) -> Result<protection_case::Model> {
    let reason = words("reason", "不批准的理由", reason, 500)?;
    let tx = app.db.begin().await?;
    let case = fetch_for(&tx, ctx, id, Action::DecideClose).await?;
    advance(&tx, &case, seen, &Step::RefuseClose, |row| {
        row.closure_type = Set(None);
        row.close_note = Set(None);
        row.close_asked_by = Set(None);
    })
    .await?;
    ruled_told(&tx, ctx, &case).await?;
    let refs = json!({ "closure_type": case.closure_type });
    finish(tx, app, ctx, id, (Act::CloseRefused, Some(&reason), refs)).await
}

/// Reopens a closed case: it is investigated again, under the level's clocks
/// from now, and must pass conference, spot check and follow-up plan anew.
///
/// # Errors
/// Those of [`fetch_for`] and [`advance()`]; [`Error::Invalid`] without a reason.
pub async fn reopen(app: &App, ctx: &Ctx, id: Uuid, seen: i32, reason: &str) -> Result<protection_case::Model> {
    let reason = words("reason", "重开理由", reason, 500)?;
    let tx = app.db.begin().await?;
    let case = fetch_for(&tx, ctx, id, Action::Reshape).await?;
    let after = advance(&tx, &case, seen, &Step::Reopen, |row| {
        row.closure_type = Set(None);
        row.close_note = Set(None);
        row.close_asked_by = Set(None);
        row.closed_at = Set(None);
        row.conference_on = Set(None);
        row.spot_checked_at = Set(None);
        row.follow_up_planned = Set(false);
        clear_routine_care(row);
    })
    .await?;
    clocks::cancel_all(&tx, id, ctx.now).await?;
    order::case_reopened(&tx, &after).await?;
    let mut dues = planning::dues(&tx, (&after, ctx.now), level_of(&case), ctx.now).await?;
    dues.retain(|due| due.milestone != "sign");
    let subject = clocks::Subject {
        case: Some(id),
        ..Default::default()
    };
    clocks::start(&tx, subject, ctx.now, &dues).await?;
    let refs = json!({ "closure_type": case.closure_type });
    finish(tx, app, ctx, id, (Act::CaseReopened, Some(&reason), refs)).await
}
