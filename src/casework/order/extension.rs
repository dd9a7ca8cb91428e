//! 延期 (DL10): asked for once, before the end, never at red; ruled by
//! somebody else than whoever asked; refused by itself when nobody rules.

use super::holding::{finish, hold, not_own};
use crate::casework::steps::{words, words_if_any};
use crate::clock;
use crate::clocks;
use crate::ctx::Ctx;
use crate::entity::{deadline, order_extension, protection_case};
use crate::error::{Error, Result};
use crate::journal::{self, Act, Entry};
use crate::notices::{self, Kind, Notice, To};
use crate::rules::calendar::{Amount, TimeUnit};
use crate::rules::deadlines::may_extend;
use crate::rules::level::RiskLevel;
use crate::rules::orderflow::OrderStep;
use crate::rules::policy::Action;
use crate::state::App;
use crate::vault::Slot;
use chrono::{DateTime, Utc};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder, QuerySelect,
};
use serde_json::json;
use uuid::Uuid;

/// What a unit asks for.
#[derive(Debug, Clone, Default)]
pub struct ExtensionAsk {
    /// Working days more.
    pub days: u32,
    /// Why; sealed.
    pub reason: String,
}

/// The clock that is extended: the running end of the order.
pub(super) async fn resolving(db: &impl ConnectionTrait, case: Uuid) -> Result<Option<deadline::Model>> {
    Ok(deadline::Entity::find()
        .filter(deadline::Column::CaseId.eq(case))
        .filter(deadline::Column::TaskId.is_null())
        .filter(deadline::Column::Milestone.eq("resolve"))
        .filter(deadline::Column::MetAt.is_null())
        .filter(deadline::Column::CancelledAt.is_null())
        .order_by_asc(deadline::Column::DueAt)
        .one(db)
        .await?)
}

/// Asks for more time.
///
/// # Errors
/// Those of [`crate::casework::fetch_for`]; [`Error::Stale`]; [`Error::Invalid`]
/// at red, past the end, the second time, or for too many days, with the source.
pub async fn ask_extension(
    app: &App,
    ctx: &Ctx,
    id: Uuid,
    seen: i32,
    ask: &ExtensionAsk,
) -> Result<protection_case::Model> {
    let reason = words("reason", "延期理由", &ask.reason, 500)?;
    let held = hold(app, ctx, (id, seen), (Action::Apply, OrderStep::AskExtension)).await?;
    let tx = &held.tx;
    let (end, after) = longer(tx, ctx, &held.case, ask.days).await?;
    let row_id = ctx.new_id();
    let row = order_extension::ActiveModel {
        id: Set(row_id),
        case_id: Set(id),
        clock_id: Set(end.id),
        days: Set(i32::try_from(ask.days).unwrap_or(i32::MAX)),
        reason: Set(app
            .vault
            .seal(Slot::new("order_extension", "reason", row_id), &reason)?),
        due_before: Set(end.due_at),
        due_after: Set(after),
        state: Set("open".to_owned()),
        asked_by: Set(ctx.account()),
        asked_unit: Set(ctx.actor.unit),
        asked_at: Set(ctx.now),
        ruled_by: Set(None),
        ruled_at: Set(None),
        note: Set(None),
    };
    row.insert(tx).await?;
    let asked = Notice::new(Kind::ExtensionAsked, To::Able(Action::RuleExtension)).case(id);
    notices::tell(tx, ctx, &asked).await?;
    let refs = json!({ "days": ask.days, "due": after });
    finish(held, app, ctx, (Act::ExtensionAsked, Some(&reason), refs)).await
}

/// The end that runs, and the one that so many days more lead to.
async fn longer(
    tx: &impl ConnectionTrait,
    ctx: &Ctx,
    case: &protection_case::Model,
    days: u32,
) -> Result<(deadline::Model, DateTime<Utc>)> {
    let wrong = |field: &str, message: &str| Err(Error::field(field, message));
    let level = RiskLevel::from_number(case.level).unwrap_or(RiskLevel::Red);
    let book = clocks::book(tx, ctx.now).await?;
    let Some(rule) = book.at_level("DL10", level).filter(|_| may_extend(level)) else {
        return wrong(
            "",
            "红色工单不得延期；先处置，再说明情况（依据：DL10，本系统默认，本地可配置）",
        );
    };
    let source = format!("依据：DL10，{}", rule.source());
    let most = rule.time().map_or(10, |time| time.n);
    if days == 0 || days > most {
        return wrong("days", &format!("延期填 1 至 {most} 个工作日（{source}）"));
    }
    if of_case(tx, case.id).await?.is_some() {
        return wrong("", &format!("延期限申请一次，本案已申请过（{source}）"));
    }
    let Some(end) = resolving(tx, case.id).await? else {
        return wrong("", "没有在计的办结时限，无需延期");
    };
    if ctx.now > end.due_at {
        let due = clock::minute(end.due_at);
        return wrong("", &format!("办结时限 {due} 已过，延期须在到期前提出（{source}）"));
    }
    let after = book.reckon(end.due_at, Amount::new(days, TimeUnit::WorkingDays)).at;
    Ok((end, after))
}

/// The extension of a case, asked for once at most.
///
/// # Errors
/// When the database refuses.
pub(super) async fn of_case(db: &impl ConnectionTrait, case: Uuid) -> Result<Option<order_extension::Model>> {
    Ok(order_extension::Entity::find()
        .filter(order_extension::Column::CaseId.eq(case))
        .one(db)
        .await?)
}

/// Grants or refuses an extension. Granted, the end moves; the row keeps the
/// old one.
///
/// # Errors
/// Those of [`crate::casework::fetch_for`]; [`Error::Stale`]; [`Error::Forbidden`]
/// for whoever asked and their unit; [`Error::Invalid`] when nothing waits, when
/// the end has passed, or for a refusal without a reason.
pub async fn rule_extension(
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
    let held = hold(app, ctx, (id, seen), (Action::RuleExtension, OrderStep::RuleExtension)).await?;
    let tx = &held.tx;
    let waiting = of_case(tx, id).await?.filter(|row| row.state == "open");
    let Some(row) = waiting else {
        return Err(Error::field("", "没有待裁定的延期申请，刷新后查看"));
    };
    not_own(ctx, "rule_extension", (id, row.asked_by, row.asked_unit))?;
    let end = resolving(tx, id).await?.filter(|end| end.id == row.clock_id);
    let end = end.filter(|end| ctx.now <= end.due_at);
    let Some(end) = end else {
        return Err(Error::field(
            "",
            "办结时限已过或已办结，延期申请视为驳回（依据：DL10 到期未批自动驳回）",
        ));
    };
    let mut ruled = row.clone();
    ruled.due_before = end.due_at;
    if grant { "granted" } else { "refused" }.clone_into(&mut ruled.state);
    if grant {
        // A pause meanwhile may have moved the end that the days are added to.
        if end.due_at != row.due_before {
            let days = Amount::new(u32::try_from(row.days).unwrap_or_default(), TimeUnit::WorkingDays);
            ruled.due_after = clocks::book(tx, ctx.now).await?.reckon(end.due_at, days).at;
        }
        clocks::move_due(tx, &end, ruled.due_after).await?;
    }
    ruled.note = app
        .vault
        .seal_some(Slot::new("order_extension", "note", row.id), note.as_deref())?;
    ruled.ruled_by = ctx.account();
    ruled.ruled_at = Some(ctx.now);
    ruled.into_active_model().reset_all().update(tx).await?;
    told(tx, ctx, (&row, held.case.lead_unit)).await?;
    let refs = json!({ "days": row.days, "granted": grant });
    finish(held, app, ctx, (Act::ExtensionRuled, note.as_deref(), refs)).await
}

async fn told(tx: &impl ConnectionTrait, ctx: &Ctx, (row, lead): (&order_extension::Model, Uuid)) -> Result<()> {
    let notice = Notice::new(Kind::ExtensionRuled, To::Unit(lead)).case(row.case_id);
    notices::tell(tx, ctx, &notice).await
}

/// Refuses by itself what nobody ruled before the end (到期自动驳回). Answers
/// how many.
///
/// # Errors
/// When the database refuses.
pub(super) async fn lapse(app: &App, ctx: &Ctx) -> Result<u64> {
    let late = order_extension::Entity::find()
        .filter(order_extension::Column::State.eq("open"))
        .filter(order_extension::Column::DueBefore.lt(ctx.now))
        .order_by_asc(order_extension::Column::DueBefore)
        .limit(100)
        .all(app.db.read())
        .await?;
    let mut count = 0;
    for row in late {
        let tx = app.db.begin().await?;
        let case = crate::casework::load(&tx, row.case_id).await?;
        // A pause moved the end: the wish may still be ruled.
        if resolving(&tx, row.case_id)
            .await?
            .is_some_and(|end| end.id == row.clock_id && end.due_at >= ctx.now)
        {
            continue;
        }
        let changed = order_extension::Entity::update_many()
            .col_expr(order_extension::Column::State, Expr::value("lapsed"))
            .col_expr(order_extension::Column::RuledAt, Expr::value(ctx.now))
            .filter(order_extension::Column::Id.eq(row.id))
            .filter(order_extension::Column::State.eq("open"))
            .exec(&tx)
            .await?;
        if changed.rows_affected == 0 {
            continue;
        }
        told(&tx, ctx, (&row, case.lead_unit)).await?;
        let refs = json!({ "days": row.days });
        crate::casework::tell(
            &tx,
            &app.vault,
            ctx,
            case.id,
            (Act::ExtensionLapsed, ctx.now, None, refs.clone()),
        )
        .await?;
        journal::commit(tx, ctx, Entry::new(Act::ExtensionLapsed).case(case.id).detail(refs)).await?;
        count += 1;
    }
    Ok(count)
}
