//! 退回: asked for by a unit with a reason of the list, decided by a dispatcher.

use super::{finish, words, words_if_any};
use crate::casework::{advance, fetch_for};
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

/// From this return on a ruling is forced (≥2次强制裁定).
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

/// Asks for the case to be taken back. The clocks run on; from the second
/// return on the timeline says that a ruling is due (强制裁定).
///
/// # Errors
/// Those of [`fetch_for`] and [`advance()`]; [`Error::Invalid`] for a reason that
/// is forbidden or not usable at the level, and for missing words.
pub async fn ask_return(app: &App, ctx: &Ctx, id: Uuid, seen: i32, ask: &ReturnAsk) -> Result<protection_case::Model> {
    let tx = app.db.begin().await?;
    let case = fetch_for(&tx, ctx, id, Action::Return).await?;
    let level = RiskLevel::from_number(case.level).unwrap_or(RiskLevel::Red);
    let reason = usable(&ask.reason, level)?;
    let explanation = words("explanation", "退回说明", &ask.explanation, 500)?;
    let done = if codes::acts_before_return(level) {
        Some(words(
            "done_first",
            "已先行处置的情况（红、黄须先处置后移交）",
            &ask.done_first,
            500,
        )?)
    } else {
        words_if_any("done_first", "已先行处置的情况", Some(&ask.done_first), 500)?
    };
    let count = case.return_count + 1;
    advance(&tx, &case, seen, &Step::Return, |row| {
        row.return_count = Set(count);
    })
    .await?;
    let mut text = format!("{} {}：{explanation}", reason.code, reason.name);
    if let Some(done) = done {
        text.push_str("\n已先行处置：");
        text.push_str(&done);
    }
    if count >= ARBITRATED {
        text = format!("{text}\n第{count}次退回，须强制裁定。");
    }
    let ask = Notice::new(Kind::ReturnAsked, To::Role(Role::Lead)).case(id);
    notices::tell(&tx, ctx, &ask).await?;
    let refs = json!({ "reason": reason.code, "count": count, "arbitration": count >= ARBITRATED });
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

/// Refuses the return: the unit keeps the case and signs it.
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
    let refs = json!({ "count": case.return_count });
    finish(tx, app, ctx, id, (Act::ReturnRefused, Some(&reason), refs)).await
}
