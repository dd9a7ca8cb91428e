//! What follows a referral: the receipt number, the answer, or that it is
//! withdrawn. Each ends, or leaves running, the clock of the answer.

use super::guard;
use super::kind::{Kind, State};
use super::record::timely;
use crate::casework::steps::words;
use crate::casework::{self, check_version};
use crate::clock;
use crate::clocks;
use crate::ctx::Ctx;
use crate::db;
use crate::entity::{referral, report};
use crate::error::{Error, FieldError, Result};
use crate::journal::{self, Act, Entry};
use crate::rules::policy::ReportAction;
use crate::sight;
use crate::state::App;
use crate::vault::Slot;
use anyhow::Context;
use chrono::{DateTime, Utc};
use sea_orm::{ActiveValue::Set, ConnectionTrait, DatabaseTransaction, EntityTrait};
use serde_json::json;
use uuid::Uuid;

/// What the other line answered.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    /// In words; sealed.
    pub text: String,
    /// When it came; none: now.
    pub at: Option<DateTime<Utc>>,
    /// Its receipt number, where it comes with the answer.
    pub receipt: String,
}

/// A step on a referral.
#[derive(Debug, Clone)]
pub enum Step {
    /// 补登回执号
    Receipt(String),
    /// 登记答复
    Answer(Answer),
    /// 撤回, with the reason; sealed.
    Withdraw(String),
}

/// A referral for one purpose, by the policy of its report.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Hidden`], [`Error::Forbidden`].
pub(super) async fn fetch(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    id: Uuid,
    action: ReportAction,
) -> Result<(referral::Model, report::Model)> {
    let row = referral::Entity::find_by_id(id).one(db).await?.ok_or(Error::NotFound)?;
    let report = sight::report(db, ctx, row.report_id, action).await?;
    Ok((row, report))
}

/// Takes a step. Its result is the row as it is then.
///
/// # Errors
/// Those of [`fetch`]; [`Error::Stale`]; [`Error::Conflict`] when nothing is
/// waited for any more; [`Error::Invalid`] with each wrong field.
pub async fn step(app: &App, ctx: &Ctx, id: Uuid, seen: i32, step: &Step) -> Result<referral::Model> {
    let (_, report) = fetch(app.db.read(), ctx, id, ReportAction::Work).await?;
    let tx = app.db.begin().await?;
    casework::hold(&tx, report.case_id.as_slice()).await?;
    let row = referral::Entity::find_by_id(id)
        .one(&tx)
        .await?
        .ok_or(Error::NotFound)?;
    check_version(seen, row.version)?;
    let state = State::parse(&row.state).context("state of a referral in the database")?;
    let (act, change) = match step {
        Step::Receipt(text) => (Act::ReferralReceipted, receipted(app, &row, state, text)?),
        Step::Answer(answer) => (
            Act::ReferralAnswered,
            answered(&tx, app, ctx, (&row, state, &report), answer).await?,
        ),
        Step::Withdraw(reason) => (
            Act::ReferralWithdrawn,
            withdrawn(&tx, app, ctx, (&row, state), reason).await?,
        ),
    };
    let after = db::update(&tx, (id, seen), change).await?;
    let mut entry = Entry::new(act).report(report.id).subject(id);
    if let Some(case) = report.case_id {
        entry = entry.case(case);
        let refs = json!({ "number": row.number });
        casework::tell(&tx, &app.vault, ctx, case, (act, ctx.now, None, refs)).await?;
    }
    journal::commit(tx, ctx, entry.detail(json!({ "line": row.line, "kind": row.kind }))).await?;
    Ok(after)
}

fn over(state: State) -> Error {
    let text = format!("该转介{}，不能再执行此操作；刷新查看最新状态", state.label());
    Error::Conflict(text)
}

fn receipted(app: &App, row: &referral::Model, state: State, text: &str) -> Result<referral::ActiveModel> {
    if state == State::Withdrawn {
        return Err(over(state));
    }
    let text = guard::receipt(text)?.ok_or_else(|| Error::field("receipt", "填写对方回执号"))?;
    let slot = Slot::new("referral", "receipt", row.id);
    Ok(referral::ActiveModel {
        receipt: Set(Some(app.vault.seal(slot, &text)?)),
        ..Default::default()
    })
}

async fn answered(
    tx: &DatabaseTransaction,
    app: &App,
    ctx: &Ctx,
    (row, state, report): (&referral::Model, State, &report::Model),
    answer: &Answer,
) -> Result<referral::ActiveModel> {
    if state != State::Open {
        return Err(over(state));
    }
    let at = answer.at.unwrap_or(ctx.now);
    let mut faults: Vec<FieldError> = Vec::new();
    let mut keep = |found: Result<()>| match found {
        Err(Error::Invalid(more)) => {
            faults.extend(more);
            Ok(())
        }
        other => other,
    };
    let text = words("answer", "对方答复", &answer.text, 1000);
    keep(text.as_ref().map(|_| ()).map_err(again))?;
    keep(timely("answered_at", at, (report.started_at, ctx.now)))?;
    if at < row.at {
        let told = format!("答复时间不能早于转介时间 {}", clock::minute(row.at));
        keep(Err(Error::field("answered_at", &told)))?;
    }
    let receipt = guard::receipt(&answer.receipt);
    keep(receipt.as_ref().map(|_| ()).map_err(again))?;
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    if let Some(clock) = row.clock_id {
        clocks::meet_of_report(tx, (row.report_id, clock), at).await?;
    }
    let slot = |column| Slot::new("referral", column, row.id);
    let mut change = referral::ActiveModel {
        state: Set(State::Answered.code().to_owned()),
        answer: Set(Some(app.vault.seal(slot("answer"), &text?)?)),
        answered_at: Set(Some(at)),
        answered_by: Set(ctx.account()),
        ..Default::default()
    };
    if let Some(receipt) = receipt? {
        change.receipt = Set(Some(app.vault.seal(slot("receipt"), &receipt)?));
    }
    Ok(change)
}

/// The same faults, to be listed beside others.
fn again(error: &Error) -> Error {
    match error {
        Error::Invalid(faults) => Error::Invalid(faults.clone()),
        other => Error::BadRequest(other.to_string()),
    }
}

async fn withdrawn(
    tx: &DatabaseTransaction,
    app: &App,
    ctx: &Ctx,
    (row, state): (&referral::Model, State),
    reason: &str,
) -> Result<referral::ActiveModel> {
    let told = Kind::parse(&row.kind) == Some(Kind::Told);
    if state != State::Open && !(told && state == State::Told) {
        return Err(over(state));
    }
    let reason = words("reason", "撤回理由", reason, 500)?;
    if let Some(clock) = row.clock_id {
        clocks::cancel_of_report(tx, (row.report_id, clock), ctx.now).await?;
    }
    let slot = Slot::new("referral", "withdrawal", row.id);
    Ok(referral::ActiveModel {
        state: Set(State::Withdrawn.code().to_owned()),
        withdrawal: Set(Some(app.vault.seal(slot, &reason)?)),
        withdrawn_by: Set(ctx.account()),
        withdrawn_at: Set(Some(ctx.now)),
        ..Default::default()
    })
}
