//! 反馈与审核: the lead hands in the result; somebody above and apart accepts
//! it (办结) or sends it back to be done again. What the hotline or a unit of
//! the city leads, the city reviews.

use super::callback;
use super::extension;
use super::holding::{Held, finish, hold, not_own};
use super::pause::drop_pause;
use super::state::change;
use crate::casework::steps::{words, words_if_any};
use crate::clocks;
use crate::ctx::Ctx;
use crate::entity::{feedback, order_extension, protection_case};
use crate::error::{Error, Result};
use crate::journal::Act;
use crate::network;
use crate::notices::{self, Kind, Notice, To};
use crate::rules::division::{Division, Tier};
use crate::rules::orderflow::{OrderState, OrderStep};
use crate::rules::policy::{Action, Role};
use crate::state::App;
use crate::vault::Slot;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::json;
use uuid::Uuid;

/// A result.
#[derive(Debug, Clone, Default)]
pub struct HandIn {
    /// What was done and what came of it; sealed.
    pub summary: String,
    /// Numbers of the papers, where there are some; sealed.
    pub papers: String,
}

/// Every result of a case, latest first.
///
/// # Errors
/// When the database refuses.
pub async fn results(db: &impl ConnectionTrait, case: Uuid) -> Result<Vec<feedback::Model>> {
    Ok(feedback::Entity::find()
        .filter(feedback::Column::CaseId.eq(case))
        .order_by_desc(feedback::Column::Round)
        .all(db)
        .await?)
}

/// Hands in the result.
///
/// # Errors
/// Those of [`crate::casework::fetch_for`]; [`Error::Stale`];
/// [`Error::IllegalOrderStep`]; [`Error::Invalid`] without words.
pub async fn hand_in(app: &App, ctx: &Ctx, id: Uuid, seen: i32, result: &HandIn) -> Result<protection_case::Model> {
    let summary = words("summary", "办理结果", &result.summary, 2000)?;
    let papers = words_if_any("papers", "文书编号", Some(&result.papers), 500)?;
    let held = hold(app, ctx, (id, seen), (Action::Apply, OrderStep::HandIn)).await?;
    let tx = &held.tx;
    let round = results(tx, id).await?.first().map_or(1, |last| last.round + 1);
    let row_id = ctx.new_id();
    let row = feedback::ActiveModel {
        id: Set(row_id),
        case_id: Set(id),
        round: Set(round),
        summary: Set(app.vault.seal(Slot::new("feedback", "summary", row_id), &summary)?),
        papers: Set(app
            .vault
            .seal_some(Slot::new("feedback", "papers", row_id), papers.as_deref())?),
        handed_by: Set(ctx.account()),
        handed_unit: Set(ctx.actor.unit),
        handed_at: Set(ctx.now),
        state: Set("open".to_owned()),
        reviewed_by: Set(None),
        reviewed_at: Set(None),
        note: Set(None),
    };
    row.insert(tx).await?;
    change(tx, &held.order, |row| row.state = Set(held.next.code().to_owned())).await?;
    let notice = Notice::new(Kind::ResultHandedIn, To::Able(Action::ReviewResult)).case(id);
    notices::tell(tx, ctx, &notice).await?;
    let refs = json!({ "count": round });
    finish(held, app, ctx, (Act::ResultHandedIn, Some(&summary), refs)).await
}

/// Refuses whoever may not review this result: the unit itself, and for what
/// is led at the city's own level everybody but the city.
async fn may_review(held: &Held, ctx: &Ctx, row: &feedback::Model) -> Result<()> {
    let id = held.case.id;
    not_own(ctx, "review_result", (id, row.handed_by, row.handed_unit))?;
    not_own(ctx, "review_result", (id, None, Some(held.case.lead_unit)))?;
    let lead = network::unit(&held.tx, held.case.lead_unit).await?;
    let of_city = Division::parse(&lead.division)?.tier() == Tier::City;
    if of_city && ctx.actor.role != Role::City {
        return Err(Error::Forbidden(Error::denied("review_result", Some(id))));
    }
    Ok(())
}

/// Accepts the result: the order is resolved, its end is met, the callbacks
/// are owed from now (DL11). The protection of the child goes on.
///
/// # Errors
/// Those of [`crate::casework::fetch_for`]; [`Error::Stale`];
/// [`Error::IllegalOrderStep`]; [`Error::Forbidden`] for whoever may not review.
pub async fn accept_result(app: &App, ctx: &Ctx, id: Uuid, seen: i32, note: &str) -> Result<protection_case::Model> {
    let note = words_if_any("reason", "审核意见", Some(note), 500)?;
    let held = hold(app, ctx, (id, seen), (Action::ReviewResult, OrderStep::Accept)).await?;
    let row = waiting(&held).await?;
    may_review(&held, ctx, &row).await?;
    let tx = &held.tx;
    review(app, ctx, tx, (&row, "accepted", note.as_deref())).await?;
    drop_pause(tx, ctx, id).await?;
    clocks::meet(tx, id, &["resolve"], ctx.now).await?;
    close_wishes(tx, ctx, id).await?;
    change(tx, &held.order, |row| {
        row.state = Set(held.next.code().to_owned());
        row.resolved_at = Set(Some(ctx.now));
    })
    .await?;
    callback::owe(tx, ctx, &held.case).await?;
    told(tx, ctx, &held.case).await?;
    let refs = json!({ "count": row.round });
    finish(held, app, ctx, (Act::ResultAccepted, note.as_deref(), refs)).await
}

/// Sends the result back to be done again.
///
/// # Errors
/// Those of [`accept_result`]; [`Error::Invalid`] without a reason.
pub async fn send_back_result(
    app: &App,
    ctx: &Ctx,
    id: Uuid,
    seen: i32,
    reason: &str,
) -> Result<protection_case::Model> {
    let reason = words("reason", "退回重办的理由", reason, 500)?;
    let held = hold(app, ctx, (id, seen), (Action::ReviewResult, OrderStep::SendBack)).await?;
    let row = waiting(&held).await?;
    may_review(&held, ctx, &row).await?;
    let tx = &held.tx;
    review(app, ctx, tx, (&row, "sent_back", Some(&reason))).await?;
    change(tx, &held.order, |change| {
        change.state = Set(held.next.code().to_owned());
        change.redone = Set(held.order.row.redone + 1);
    })
    .await?;
    told(tx, ctx, &held.case).await?;
    let refs = json!({ "count": row.round });
    finish(held, app, ctx, (Act::ResultSentBack, Some(&reason), refs)).await
}

async fn waiting(held: &Held) -> Result<feedback::Model> {
    let rows = results(&held.tx, held.case.id).await?;
    let open = rows.into_iter().find(|row| row.state == "open");
    open.ok_or_else(|| Error::field("", "没有待审核的办理结果，刷新后查看"))
}

async fn review(
    app: &App,
    ctx: &Ctx,
    tx: &impl ConnectionTrait,
    (row, state, note): (&feedback::Model, &str, Option<&str>),
) -> Result<()> {
    let sealed = app.vault.seal_some(Slot::new("feedback", "note", row.id), note)?;
    feedback::Entity::update_many()
        .col_expr(feedback::Column::State, Expr::value(state))
        .col_expr(feedback::Column::Note, Expr::value(sealed))
        .col_expr(feedback::Column::ReviewedBy, Expr::value(ctx.account()))
        .col_expr(feedback::Column::ReviewedAt, Expr::value(ctx.now))
        .filter(feedback::Column::Id.eq(row.id))
        .exec(tx)
        .await?;
    Ok(())
}

async fn told(tx: &impl ConnectionTrait, ctx: &Ctx, case: &protection_case::Model) -> Result<()> {
    let notice = Notice::new(Kind::ResultReviewed, To::Unit(case.lead_unit)).case(case.id);
    notices::tell(tx, ctx, &notice).await
}

/// A wish for more time says nothing any more once the order has ended.
async fn close_wishes(tx: &impl ConnectionTrait, ctx: &Ctx, case: Uuid) -> Result<()> {
    if extension::of_case(tx, case).await?.is_none() {
        return Ok(());
    }
    order_extension::Entity::update_many()
        .col_expr(order_extension::Column::State, Expr::value("lapsed"))
        .col_expr(order_extension::Column::RuledAt, Expr::value(ctx.now))
        .filter(order_extension::Column::CaseId.eq(case))
        .filter(order_extension::Column::State.eq("open"))
        .exec(tx)
        .await?;
    Ok(())
}

/// The case was closed, which the county approved: what was not handed in is
/// resolved with it, and the callbacks are owed.
///
/// # Errors
/// When the database refuses.
pub async fn case_closed(tx: &impl ConnectionTrait, ctx: &Ctx, case: &protection_case::Model) -> Result<()> {
    let order = super::of(tx, case.id).await?;
    let next = order.after(case, OrderStep::CloseCase)?;
    drop_pause(tx, ctx, case.id).await?;
    close_wishes(tx, ctx, case.id).await?;
    if order.state != next {
        feedback::Entity::update_many()
            .col_expr(feedback::Column::State, Expr::value("accepted"))
            .col_expr(feedback::Column::ReviewedBy, Expr::value(ctx.account()))
            .col_expr(feedback::Column::ReviewedAt, Expr::value(ctx.now))
            .filter(feedback::Column::CaseId.eq(case.id))
            .filter(feedback::Column::State.eq("open"))
            .exec(tx)
            .await?;
        change(tx, &order, |row| {
            row.state = Set(next.code().to_owned());
            row.resolved_at = Set(Some(ctx.now));
        })
        .await?;
    }
    // The clocks of a case stop with it; the callbacks that are left do not.
    if next == OrderState::Resolved {
        callback::owe(tx, ctx, case).await?;
    }
    Ok(())
}

/// The case was reopened: its order is in hand again.
///
/// # Errors
/// When the database refuses.
pub async fn case_reopened(tx: &impl ConnectionTrait, case: &protection_case::Model) -> Result<()> {
    let order = super::of(tx, case.id).await?;
    let next = order.after(case, OrderStep::ReopenCase)?;
    if order.state == next {
        return Ok(());
    }
    change(tx, &order, |row| {
        row.state = Set(next.code().to_owned());
        row.redone = Set(order.row.redone + 1);
        row.archived_at = Set(None);
    })
    .await
}

/// Another unit leads now: what the one before handed in is not its result.
///
/// # Errors
/// When the database refuses.
pub async fn handed_over(tx: &impl ConnectionTrait, ctx: &Ctx, case: Uuid) -> Result<()> {
    let order = super::of(tx, case).await?;
    if order.state != OrderState::Feedback {
        return Ok(());
    }
    feedback::Entity::update_many()
        .col_expr(feedback::Column::State, Expr::value("sent_back"))
        .col_expr(feedback::Column::ReviewedAt, Expr::value(ctx.now))
        .filter(feedback::Column::CaseId.eq(case))
        .filter(feedback::Column::State.eq("open"))
        .exec(tx)
        .await?;
    change(tx, &order, |row| {
        row.state = Set(OrderState::Handling.code().to_owned());
    })
    .await
}
