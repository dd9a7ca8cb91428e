//! 停表: for three grounds only, never at red or yellow; asked for by the lead,
//! granted by the county. While it lasts the lead's clocks stand still; then
//! each runs on for what was left of it.

use super::holding::{finish, hold, not_own};
use crate::casework::steps::{words, words_if_any};
use crate::clocks::{self, PauseReason};
use crate::ctx::Ctx;
use crate::entity::{deadline, order_pause, protection_case};
use crate::error::{Error, Result};
use crate::journal::Act;
use crate::notices::{self, Kind, Notice, To};
use crate::rules::deadlines::may_pause;
use crate::rules::level::RiskLevel;
use crate::rules::orderflow::OrderStep;
use crate::rules::policy::{Action, Role};
use crate::state::App;
use crate::vault::Slot;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::json;
use uuid::Uuid;

/// The clocks that stand still with an order.
const PAUSED: [&str; 3] = ["contact", "assess", "resolve"];

const SOURCE: &str =
    "停表规则：只限等待法定机关裁决、儿童住院、异地移交确认三类，红色、黄色不可停；本系统默认，本地可配置";

/// A wish that the clocks stand still.
#[derive(Debug, Clone, Default)]
pub struct PauseAsk {
    /// `ruling`, `hospital`, `transfer`.
    pub ground: String,
    /// What is waited for; sealed.
    pub reason: String,
}

/// The pause that is asked for (`open`) or lasts (`running`).
///
/// # Errors
/// When the database refuses.
pub(super) async fn pause_of(db: &impl ConnectionTrait, case: Uuid) -> Result<Option<order_pause::Model>> {
    Ok(order_pause::Entity::find()
        .filter(order_pause::Column::CaseId.eq(case))
        .filter(order_pause::Column::State.is_in(["open", "running"]))
        .order_by_desc(order_pause::Column::Id)
        .one(db)
        .await?)
}

fn level_of(case: &protection_case::Model) -> RiskLevel {
    RiskLevel::from_number(case.level).unwrap_or(RiskLevel::Red)
}

fn refuse_urgent(case: &protection_case::Model) -> Result<()> {
    if may_pause(level_of(case)) {
        return Ok(());
    }
    Err(Error::field("", &format!("红色、黄色个案的时限不得停表（{SOURCE}）")))
}

/// Asks for a pause.
///
/// # Errors
/// Those of [`crate::casework::fetch_for`]; [`Error::Stale`]; [`Error::Invalid`]
/// at red or yellow, for another ground, or where one is asked for or lasts.
pub async fn ask_pause(app: &App, ctx: &Ctx, id: Uuid, seen: i32, ask: &PauseAsk) -> Result<protection_case::Model> {
    let reason = words("reason", "停表说明", &ask.reason, 500)?;
    let ground = PauseReason::parse(&ask.ground).ok_or_else(|| Error::field("ground", "选择停表事由"))?;
    let held = hold(app, ctx, (id, seen), (Action::Apply, OrderStep::AskPause)).await?;
    let tx = &held.tx;
    refuse_urgent(&held.case)?;
    if pause_of(tx, id).await?.is_some() {
        return Err(Error::field("", "停表已申请或正在停表，刷新后查看"));
    }
    let row_id = ctx.new_id();
    let row = order_pause::ActiveModel {
        id: Set(row_id),
        case_id: Set(id),
        ground: Set(ground.code().to_owned()),
        reason: Set(app.vault.seal(Slot::new("order_pause", "reason", row_id), &reason)?),
        state: Set("open".to_owned()),
        asked_by: Set(ctx.account()),
        asked_unit: Set(ctx.actor.unit),
        asked_at: Set(ctx.now),
        ruled_by: Set(None),
        ruled_at: Set(None),
        note: Set(None),
        ended_by: Set(None),
        ended_at: Set(None),
    };
    row.insert(tx).await?;
    let asked = Notice::new(Kind::PauseAsked, To::Able(Action::RulePause)).case(id);
    notices::tell(tx, ctx, &asked).await?;
    let refs = json!({ "ground": ground.code() });
    finish(held, app, ctx, (Act::PauseAsked, Some(&reason), refs)).await
}

/// Grants or refuses a pause.
///
/// # Errors
/// Those of [`crate::casework::fetch_for`]; [`Error::Stale`]; [`Error::Forbidden`]
/// for whoever asked and their unit; [`Error::Invalid`] when nothing waits, at
/// red or yellow, or for a refusal without a reason.
pub async fn rule_pause(
    app: &App,
    ctx: &Ctx,
    id: Uuid,
    seen: i32,
    (grant, note): (bool, &str),
) -> Result<protection_case::Model> {
    let note = if grant {
        words_if_any("reason", "裁定意见", Some(note), 500)?
    } else {
        Some(words("reason", "不同意的理由", note, 500)?)
    };
    let held = hold(app, ctx, (id, seen), (Action::RulePause, OrderStep::RulePause)).await?;
    let tx = &held.tx;
    let Some(row) = pause_of(tx, id).await?.filter(|row| row.state == "open") else {
        return Err(Error::field("", "没有待裁定的停表申请，刷新后查看"));
    };
    not_own(ctx, "rule_pause", (id, row.asked_by, row.asked_unit))?;
    if grant {
        refuse_urgent(&held.case)?;
        let ground = PauseReason::parse(&row.ground).unwrap_or(PauseReason::Ruling);
        for clock in clocks_of(tx, id, false).await? {
            clocks::pause(tx, ctx, clock.id, ground).await?;
        }
    }
    let state = if grant { "running" } else { "refused" };
    let mut change = order_pause::Entity::update_many()
        .col_expr(order_pause::Column::State, Expr::value(state))
        .col_expr(order_pause::Column::RuledBy, Expr::value(ctx.account()))
        .col_expr(order_pause::Column::RuledAt, Expr::value(ctx.now));
    if let Some(note) = &note {
        let sealed = app.vault.seal(Slot::new("order_pause", "note", row.id), note)?;
        change = change.col_expr(order_pause::Column::Note, Expr::value(sealed));
    }
    change.filter(order_pause::Column::Id.eq(row.id)).exec(tx).await?;
    let ruled = Notice::new(Kind::PauseRuled, To::Unit(held.case.lead_unit)).case(id);
    notices::tell(tx, ctx, &ruled).await?;
    let refs = json!({ "ground": row.ground, "granted": grant });
    finish(held, app, ctx, (Act::PauseRuled, note.as_deref(), refs)).await
}

/// The lead's running clocks that stand still, or that may.
async fn clocks_of(tx: &impl ConnectionTrait, case: Uuid, still: bool) -> Result<Vec<deadline::Model>> {
    let found = deadline::Entity::find()
        .filter(deadline::Column::CaseId.eq(case))
        .filter(deadline::Column::TaskId.is_null())
        .filter(deadline::Column::Milestone.is_in(PAUSED))
        .filter(deadline::Column::MetAt.is_null())
        .filter(deadline::Column::CancelledAt.is_null())
        .all(tx)
        .await?;
    Ok(found
        .into_iter()
        .filter(|clock| clock.paused_at.is_some() == still)
        .collect())
}

/// Lets the clocks run again; by the lead, or by whoever may grant a pause.
///
/// # Errors
/// Those of [`crate::casework::fetch_for`]; [`Error::Stale`]; [`Error::Invalid`]
/// when nothing stands still or without a word on why.
pub async fn end_pause(app: &App, ctx: &Ctx, id: Uuid, seen: i32, reason: &str) -> Result<protection_case::Model> {
    let reason = words("reason", "恢复计时的原因", reason, 500)?;
    let action = match ctx.actor.role {
        Role::County | Role::City => Action::RulePause,
        _ => Action::Apply,
    };
    let held = hold(app, ctx, (id, seen), (action, OrderStep::EndPause)).await?;
    let tx = &held.tx;
    if pause_of(tx, id).await?.is_none_or(|row| row.state != "running") {
        return Err(Error::field("", "当前没有停表，刷新后查看"));
    }
    drop_pause(tx, ctx, id).await?;
    finish(held, app, ctx, (Act::PauseEnded, Some(&reason), json!({}))).await
}

/// Ends what is asked for or lasts, because the clocks run on, start anew or
/// end: another level, the result accepted, the case closed.
///
/// # Errors
/// When the database refuses.
pub async fn drop_pause(tx: &impl ConnectionTrait, ctx: &Ctx, case: Uuid) -> Result<()> {
    let Some(row) = pause_of(tx, case).await? else {
        return Ok(());
    };
    for clock in clocks_of(tx, case, true).await? {
        clocks::unpause(tx, ctx, clock.id).await?;
    }
    order_pause::Entity::update_many()
        .col_expr(order_pause::Column::State, Expr::value("ended"))
        .col_expr(order_pause::Column::EndedBy, Expr::value(ctx.account()))
        .col_expr(order_pause::Column::EndedAt, Expr::value(ctx.now))
        .filter(order_pause::Column::Id.eq(row.id))
        .exec(tx)
        .await?;
    Ok(())
}
