//! 风险等级: raised by anybody who works on the case, lowered only when the
//! county confirms what another person proposed. A case is one household, so
//! its level holds for every child of it.

use super::planning::{level_of, reclock};
use super::{finish, words};
use crate::casework::{advance, check_version, fetch_for, search, tell};
use crate::clocks;
use crate::ctx::Ctx;
use crate::entity::{case_event, protection_case};
use crate::error::{Error, Result};
use crate::journal::Act;
use crate::notices::{self, Kind, Notice, To};
use crate::rules::level::RiskLevel;
use crate::rules::policy::Action;
use crate::rules::workflow::Step;
use crate::state::App;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder,
};
use serde_json::json;
use uuid::Uuid;

/// A change of level.
#[derive(Debug, Clone, Default)]
pub struct RiskChange {
    /// `red`, `yellow`, `blue`, `green`.
    pub level: String,
    /// Why.
    pub reason: String,
}

fn wanted(change: &RiskChange) -> Result<RiskLevel> {
    RiskLevel::parse(&change.level).ok_or_else(|| Error::field("level", "选择风险等级"))
}

/// Raises the level. The clocks of the new level run from now; the child must
/// be seen again when it is red or yellow.
///
/// # Errors
/// Those of [`fetch_for`] and [`advance()`]; [`Error::Invalid`] when the level is
/// not above the present one or the reason is missing.
pub async fn raise_risk(
    app: &App,
    ctx: &Ctx,
    id: Uuid,
    seen: i32,
    change: &RiskChange,
) -> Result<protection_case::Model> {
    let (to, reason) = (wanted(change)?, words("reason", "上调理由", &change.reason, 500)?);
    let tx = app.db.begin().await?;
    let case = fetch_for(&tx, ctx, id, Action::RaiseRisk).await?;
    check_version(seen, case.version)?;
    let from = level_of(&case);
    if !to.above(from) {
        return Err(Error::field("level", "只能上调；降级由评估提出、县级确认"));
    }
    advance(&tx, &case, seen, &Step::ChangeRisk { to }, |row| raised(row, &case, to)).await?;
    let again: &[&str] = if to <= RiskLevel::Yellow { &["contact"] } else { &[] };
    reclock(&tx, ctx, &case, (to, ctx.now), again).await?;
    raised_told(&tx, ctx, &case).await?;
    let refs = json!({ "from": from.code(), "to": to.code() });
    finish(tx, app, ctx, id, (Act::RiskRaised, Some(&reason), refs)).await
}

/// Writes a raised level into a row that moves for another reason as well.
fn raised(row: &mut protection_case::ActiveModel, case: &protection_case::Model, to: RiskLevel) {
    row.level = Set(to.number());
    row.peak_level = Set(case.peak_level.min(to.number()));
    row.proposed_level = Set(None);
}

/// Raises the level within a step of another kind, such as an assessment that
/// found more than was known: level, peak and clocks; the timeline says so. The
/// caller has already moved the case, and ends the transaction.
///
/// # Errors
/// When the database or the vault refuses.
pub async fn raise_in(
    tx: &DatabaseTransaction,
    app: &App,
    ctx: &Ctx,
    case: &protection_case::Model,
    to: RiskLevel,
) -> Result<()> {
    let from = level_of(case);
    protection_case::Entity::update_many()
        .col_expr(protection_case::Column::Level, Expr::value(to.number()))
        .col_expr(
            protection_case::Column::PeakLevel,
            Expr::value(case.peak_level.min(to.number())),
        )
        .col_expr(protection_case::Column::ProposedLevel, Expr::value(None::<i16>))
        .filter(protection_case::Column::Id.eq(case.id))
        .exec(tx)
        .await?;
    reclock(tx, ctx, case, (to, ctx.now), &[]).await?;
    raised_told(tx, ctx, case).await?;
    let refs = json!({ "from": from.code(), "to": to.code() });
    tell(tx, &app.vault, ctx, case.id, (Act::RiskRaised, ctx.now, None, refs)).await
}

/// Those who work on the case and those who watch over it learn that it is worse.
async fn raised_told(tx: &impl ConnectionTrait, ctx: &Ctx, case: &protection_case::Model) -> Result<()> {
    let told = Notice::new(Kind::RiskRaised, To::Able(Action::ReadWork)).case(case.id);
    notices::tell(tx, ctx, &told).await
}

/// Proposes a lower level within a step of another kind (an assessment found
/// less). The level stays until the county confirms. The caller has already
/// moved the case, and ends the transaction.
///
/// # Errors
/// When the database or the vault refuses; [`Error::Invalid`] when the level is
/// not below the present one.
pub async fn propose_lowering_in(
    tx: &DatabaseTransaction,
    app: &App,
    ctx: &Ctx,
    case: &protection_case::Model,
    (to, reason): (RiskLevel, &str),
) -> Result<()> {
    let from = level_of(case);
    if !from.above(to) {
        return Err(Error::field("level", "建议等级应低于当前等级"));
    }
    protection_case::Entity::update_many()
        .col_expr(protection_case::Column::ProposedLevel, Expr::value(Some(to.number())))
        .filter(protection_case::Column::Id.eq(case.id))
        .exec(tx)
        .await?;
    search::index(tx, &app.vault, case.id, reason).await?;
    proposed_told(tx, ctx, case).await?;
    let refs = json!({ "from": from.code(), "to": to.code() });
    let told = (Act::LoweringProposed, ctx.now, Some(reason), refs);
    tell(tx, &app.vault, ctx, case.id, told).await
}

/// Proposes a lower level as a step of its own.
///
/// # Errors
/// Those of [`fetch_for`], [`advance()`] and [`propose_lowering_in`].
pub async fn propose_lowering(
    app: &App,
    ctx: &Ctx,
    id: Uuid,
    seen: i32,
    change: &RiskChange,
) -> Result<protection_case::Model> {
    let (to, reason) = (wanted(change)?, words("reason", "降级理由", &change.reason, 500)?);
    let tx = app.db.begin().await?;
    let case = fetch_for(&tx, ctx, id, Action::Assess).await?;
    let from = level_of(&case);
    if !from.above(to) {
        return Err(Error::field("level", "建议等级应低于当前等级"));
    }
    advance(&tx, &case, seen, &Step::ChangeRisk { to }, |row| {
        row.proposed_level = Set(Some(to.number()));
    })
    .await?;
    proposed_told(&tx, ctx, &case).await?;
    let refs = json!({ "from": from.code(), "to": to.code() });
    finish(tx, app, ctx, id, (Act::LoweringProposed, Some(&reason), refs)).await
}

/// Whoever may confirm a lower level learns that one is proposed.
async fn proposed_told(tx: &impl ConnectionTrait, ctx: &Ctx, case: &protection_case::Model) -> Result<()> {
    let told = Notice::new(Kind::LoweringProposed, To::Able(Action::Confirm)).case(case.id);
    notices::tell(tx, ctx, &told).await
}

/// The unit that leads and the one who proposed learn what became of it.
async fn ruled_told(
    tx: &impl ConnectionTrait,
    ctx: &Ctx,
    case: &protection_case::Model,
    proposer: Option<Uuid>,
) -> Result<()> {
    let who = std::iter::once(To::Unit(case.lead_unit)).chain(proposer.map(To::Account));
    let told: Vec<_> = who
        .map(|to| Notice::new(Kind::LoweringRuled, to).case(case.id))
        .collect();
    notices::tell_all(tx, ctx, &told).await
}

/// Confirms a proposed lower level. What is not yet met is owed by the new
/// level's times, counted from when the clocks first started.
///
/// # Errors
/// Those of [`fetch_for`] and [`advance()`]; [`Error::Forbidden`] for the one who
/// proposed; [`Error::Conflict`] when nothing is proposed.
pub async fn confirm_lowering(app: &App, ctx: &Ctx, id: Uuid, seen: i32) -> Result<protection_case::Model> {
    let tx = app.db.begin().await?;
    let case = fetch_for(&tx, ctx, id, Action::Confirm).await?;
    check_version(seen, case.version)?;
    let to = proposed(&case)?;
    let asked = proposer(&tx, id).await?;
    if asked == ctx.account() {
        return Err(Error::Forbidden(Error::denied("confirm_lowering", Some(id))));
    }
    advance(&tx, &case, seen, &Step::ChangeRisk { to }, |row| {
        row.level = Set(to.number());
        row.proposed_level = Set(None);
    })
    .await?;
    let known = clocks::of_case(&tx, id).await?;
    let start = known
        .iter()
        .map(|clock| clock.started_at)
        .min()
        .unwrap_or(case.opened_at);
    reclock(&tx, ctx, &case, (to, start), &[]).await?;
    ruled_told(&tx, ctx, &case, asked).await?;
    let refs = json!({ "from": level_of(&case).code(), "to": to.code() });
    finish(tx, app, ctx, id, (Act::LoweringConfirmed, None, refs)).await
}

/// Refuses a proposed lower level; the level stays.
///
/// # Errors
/// Those of [`fetch_for`] and [`advance()`]; [`Error::Invalid`] without a reason;
/// [`Error::Conflict`] when nothing is proposed.
pub async fn refuse_lowering(
    app: &App,
    ctx: &Ctx,
    id: Uuid,
    seen: i32,
    reason: &str,
) -> Result<protection_case::Model> {
    let reason = words("reason", "不同意降级的理由", reason, 500)?;
    let tx = app.db.begin().await?;
    let case = fetch_for(&tx, ctx, id, Action::Confirm).await?;
    check_version(seen, case.version)?;
    let to = proposed(&case)?;
    advance(&tx, &case, seen, &Step::Record, |row| row.proposed_level = Set(None)).await?;
    let asked = proposer(&tx, id).await?;
    ruled_told(&tx, ctx, &case, asked).await?;
    let refs = json!({ "level": level_of(&case).code(), "proposed": to.code() });
    finish(tx, app, ctx, id, (Act::LoweringRefused, Some(&reason), refs)).await
}

fn proposed(case: &protection_case::Model) -> Result<RiskLevel> {
    case.proposed_level
        .and_then(RiskLevel::from_number)
        .ok_or_else(|| Error::Conflict("没有待确认的降级建议".to_owned()))
}

async fn proposer(tx: &impl ConnectionTrait, case: Uuid) -> Result<Option<Uuid>> {
    let event = case_event::Entity::find()
        .filter(case_event::Column::CaseId.eq(case))
        .filter(case_event::Column::Kind.eq(Act::LoweringProposed.code()))
        .order_by_desc(case_event::Column::EnteredAt)
        .order_by_desc(case_event::Column::Id)
        .one(tx)
        .await?;
    Ok(event.and_then(|event| event.actor_id))
}
