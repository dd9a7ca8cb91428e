//! 退回与仲裁: asked for by a unit with a reason of the list; the first time
//! a dispatcher rules, from the second time on the city, for good.

use super::dispatch::{by_hand, hand_over, sign_again};
use super::{finish, words, words_if_any};
use crate::casework::order::{self, Ruling};
use crate::casework::{advance, check_version, fetch_for};
use crate::ctx::Ctx;
use crate::entity::protection_case;
use crate::error::{Error, Result};
use crate::journal::Act;
use crate::notices::{self, Kind, Notice, To};
use crate::rules::codes::{self, ReturnReason};
use crate::rules::level::RiskLevel;
use crate::rules::policy::{Action, Role};
use crate::rules::workflow::Step;
use crate::state::App;
use sea_orm::ActiveValue::Set;
use serde_json::json;
use uuid::Uuid;

/// From this return on the city rules (≥2次强制裁定).
const ARBITRATED: i32 = 2;

/// What a unit says when it sends a case back.
#[derive(Debug, Clone, Default)]
pub struct ReturnAsk {
    /// `R01`–`R07` of `data/return_reasons.csv`.
    pub reason: String,
    /// What the reason requires: evidence, basis, number.
    pub explanation: String,
    /// What was done before handing over; required at red and yellow.
    pub done_first: String,
}

/// Asks for the case to be taken back. The clocks run on. The first return is
/// ruled by a dispatcher; the second goes to the city (强制裁定).
///
/// # Errors
/// Those of [`fetch_for`] and [`advance()`]; [`Error::Invalid`] for a reason that
/// is forbidden or not usable at the level, for missing words, past the time of
/// DL09, and once the city has designated a unit.
pub async fn ask_return(app: &App, ctx: &Ctx, id: Uuid, seen: i32, ask: &ReturnAsk) -> Result<protection_case::Model> {
    let tx = app.db.begin().await?;
    let case = fetch_for(&tx, ctx, id, Action::Return).await?;
    check_version(seen, case.version)?;
    let level = RiskLevel::from_number(case.level).unwrap_or(RiskLevel::Red);
    let reason = usable(&ask.reason, level)?;
    let explanation = words("explanation", "退回说明", &ask.explanation, 500)?;
    let done = if codes::acts_before_return(level) {
        let label = "已先行处置的情况（红、黄须先处置后移交）";
        Some(words("done_first", label, &ask.done_first, 500)?)
    } else {
        words_if_any("done_first", "已先行处置的情况", Some(&ask.done_first), 500)?
    };
    let count = case.return_count + 1;
    let forced = count >= ARBITRATED;
    let step = if forced { Step::Dispute } else { Step::Return };
    advance(&tx, &case, seen, &step, |row| {
        row.return_count = Set(count);
    })
    .await?;
    order::may_return(&tx, &case, &order::of(&tx, id).await?, ctx.now).await?;
    let mut text = format!("{} {}：{explanation}", reason.code, reason.name);
    if let Some(done) = done {
        text.push_str("\n已先行处置：");
        text.push_str(&done);
    }
    if forced {
        text = format!("{text}\n第{count}次退回，由市级仲裁，指定后不得再退。");
    }
    let asked = if forced {
        Notice::new(Kind::DisputeOpened, To::Role(Role::City))
    } else {
        Notice::new(Kind::ReturnAsked, To::Role(Role::Lead))
    };
    notices::tell(&tx, ctx, &asked.case(id)).await?;
    order::file(&tx, (&app.vault, ctx), &case, (Some(&reason.code), &text), forced).await?;
    let refs = json!({ "reason": reason.code, "count": count, "arbitration": forced });
    finish(tx, app, ctx, id, (Act::ReturnAsked, Some(&text), refs)).await
}

fn usable(code: &str, level: RiskLevel) -> Result<&'static ReturnReason> {
    let wrong = |message: &str| Err(Error::field("reason", message));
    match codes::return_reason(code) {
        None => wrong("选择退回理由"),
        Some(row) if !row.allowed => wrong(&format!("不得以“{}”为由退回", row.name)),
        Some(row) if !row.usable_at(level) => wrong(&format!("“{}”不适用于当前等级（{}）", row.name, level.label())),
        Some(row) => Ok(row),
    }
}

/// Refuses the return: the unit keeps the case and signs it anew.
///
/// # Errors
/// Those of [`fetch_for`] and [`advance()`]; [`Error::Invalid`] without a reason.
pub async fn refuse_return(app: &App, ctx: &Ctx, id: Uuid, seen: i32, reason: &str) -> Result<protection_case::Model> {
    let reason = words("reason", "驳回理由", reason, 500)?;
    let tx = app.db.begin().await?;
    let case = fetch_for(&tx, ctx, id, Action::Dispatch).await?;
    advance(&tx, &case, seen, &Step::RefuseReturn, |_| {}).await?;
    let ruled = Notice::new(Kind::ReturnRuled, To::Unit(case.lead_unit)).case(id);
    notices::tell(&tx, ctx, &ruled).await?;
    sign_again(&tx, ctx, &case).await?;
    order::rule(&tx, (&app.vault, ctx), id, (Ruling::Refused, case.lead_unit), &reason).await?;
    let refs = json!({ "count": case.return_count });
    finish(tx, app, ctx, id, (Act::ReturnRefused, Some(&reason), refs)).await
}

/// Lays a dispute over who is responsible (职责交叉) before the city.
///
/// # Errors
/// Those of [`fetch_for`] and [`advance()`]; [`Error::Invalid`] without a reason.
pub async fn open_dispute(app: &App, ctx: &Ctx, id: Uuid, seen: i32, reason: &str) -> Result<protection_case::Model> {
    let reason = words("reason", "争议情况", reason, 500)?;
    let tx = app.db.begin().await?;
    let case = fetch_for(&tx, ctx, id, Action::Dispatch).await?;
    advance(&tx, &case, seen, &Step::Dispute, |_| {}).await?;
    order::file(&tx, (&app.vault, ctx), &case, (None, &reason), true).await?;
    let opened = Notice::new(Kind::DisputeOpened, To::Role(Role::City)).case(id);
    notices::tell(&tx, ctx, &opened).await?;
    let refs = json!({ "count": case.return_count });
    finish(tx, app, ctx, id, (Act::DisputeOpened, Some(&reason), refs)).await
}

/// What the city rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arbitration {
    /// The unit designated; absent is the one that holds the case.
    pub unit: Option<Uuid>,
    /// Why; sealed.
    pub reason: String,
}

/// Designates who handles the case. Whoever is designated signs, and neither
/// they nor anybody after them may send it back.
///
/// # Errors
/// Those of [`fetch_for`] and [`advance()`]; [`Error::Invalid`] without a reason or
/// for a unit that may not take it.
pub async fn arbitrate(
    app: &App,
    ctx: &Ctx,
    id: Uuid,
    seen: i32,
    ruling: &Arbitration,
) -> Result<protection_case::Model> {
    let reason = words("reason", "仲裁理由", &ruling.reason, 500)?;
    let tx = app.db.begin().await?;
    let case = fetch_for(&tx, ctx, id, Action::Arbitrate).await?;
    check_version(seen, case.version)?;
    let to = ruling.unit.unwrap_or(case.lead_unit);
    if to == case.lead_unit {
        advance(&tx, &case, seen, &Step::Arbitrate, |_| {}).await?;
        sign_again(&tx, ctx, &case).await?;
    } else {
        let new = by_hand(&tx, ctx, &case, (to, "仲裁", "市级仲裁指定承办，不得退回")).await?;
        hand_over(&tx, ctx, &case, seen, (&new, &Step::Arbitrate)).await?;
    }
    let known = order::of(&tx, id).await?;
    order::change(&tx, &known, |row| {
        row.arbitrated_at = Set(Some(ctx.now));
        row.designated_unit = Set(Some(to));
    })
    .await?;
    order::rule(&tx, (&app.vault, ctx), id, (Ruling::Designated, to), &reason).await?;
    let ruled = [case.lead_unit, to].map(|unit| Notice::new(Kind::DisputeRuled, To::Unit(unit)).case(id));
    notices::tell_all(&tx, ctx, &ruled).await?;
    let refs = json!({ "from": case.lead_unit, "to": to, "count": case.return_count });
    finish(tx, app, ctx, id, (Act::DisputeRuled, Some(&reason), refs)).await
}
