//! What becomes of a transfer: confirmed, refused, taken back, disputed, ruled.
//! A confirmation moves the case in the same transaction.

use super::clock::{owe, subject};
use super::{RED_STAYS, fetch, is_outside, moving, state};
use crate::casework::steps::{TRANSFER_CLOCKS, move_to, pending_transfer, words, words_if_any};
use crate::casework::{check_version, tell};
use crate::clock;
use crate::clocks;
use crate::ctx::Ctx;
use crate::db;
use crate::entity::{protection_case, transfer};
use crate::error::{Error, Result};
use crate::journal::{self, Act, Entry};
use crate::network;
use crate::notices::{self, Kind, Notice, To};
use crate::rules::division::{Division, Tier};
use crate::rules::level::RiskLevel;
use crate::rules::policy::TransferAction;
use crate::rules::transferflow::{TransferReason, TransferState, TransferStep};
use crate::rules::workflow::Stage;
use crate::state::App;
use crate::vault::Slot;
use anyhow::Context;
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ActiveValue::Set, ConnectionTrait};
use serde_json::json;
use uuid::Uuid;

/// A step on a transfer with what it needs.
#[derive(Debug, Clone)]
pub struct Move {
    /// Which.
    pub step: TransferStep,
    /// The reason; of a confirmation a remark that may be empty.
    pub words: String,
    /// The answer by letter, outside the city.
    pub reply: Option<Reply>,
    /// The day of the phone call, outside the city.
    pub called_on: Option<NaiveDate>,
}

/// A letter that came back (回函).
#[derive(Debug, Clone, Default)]
pub struct Reply {
    /// Its number; sealed.
    pub number: String,
    /// Its day.
    pub on: Option<NaiveDate>,
}

/// Who takes the step: within the city the receiver answers, from outside the
/// sender records the letter.
pub(super) fn action(row: &transfer::Model, step: TransferStep) -> TransferAction {
    match step {
        TransferStep::Confirm | TransferStep::Refuse if !is_outside(row) => TransferAction::Answer,
        TransferStep::RuleMove | TransferStep::RuleKeep => TransferAction::Rule,
        _ => TransferAction::Send,
    }
}

/// Takes a step on a transfer.
///
/// # Errors
/// Those of [`fetch`]; [`Error::Stale`], [`Error::IllegalTransferStep`];
/// [`Error::Invalid`] for missing words, number or day; [`Error::Conflict`] for
/// a red case, a ruling before its time, a case that has gone another way.
pub async fn step(app: &App, ctx: &Ctx, id: Uuid, seen: i32, made: &Move) -> Result<transfer::Model> {
    let tx = app.db.begin().await?;
    let (row, case) = fetch(&tx, ctx, id, |row| action(row, made.step)).await?;
    check_version(seen, row.version)?;
    let next = state(&row)?.after(made.step)?;
    timely(&tx, ctx, (&row, &case), made).await?;
    let (mut change, text) = change(app, ctx, &row, made)?;
    change.state = Set(next.code().to_owned());
    if !next.is_pending() {
        change.ended_at = Set(Some(ctx.now));
    }
    let after = db::update(&tx, (id, seen), change).await?;
    clock_of(&tx, ctx, (&row, &case), (next, made.step)).await?;
    let moved = if next == TransferState::Confirmed && !is_outside(&row) {
        moved(&tx, app, ctx, (&row, &case)).await?
    } else {
        0
    };
    told(&tx, ctx, &row, (next, made.step)).await?;
    let act = act(made.step);
    let reason = TransferReason::parse(&row.reason).map_or("", TransferReason::label);
    let refs = json!({ "number": row.number, "type": reason });
    tell(&tx, &app.vault, ctx, case.id, (act, ctx.now, text.as_deref(), refs)).await?;
    let detail = json!({ "reason": reason, "from": row.from_place, "to": row.to_place, "count": moved });
    let entry = Entry::new(act).case(case.id).subject(id).detail(detail);
    journal::commit(tx, ctx, entry).await?;
    Ok(after)
}

fn act(step: TransferStep) -> Act {
    match step {
        TransferStep::Confirm => Act::TransferConfirmed,
        TransferStep::Refuse => Act::TransferRefused,
        TransferStep::Withdraw => Act::TransferWithdrawn,
        TransferStep::Dispute => Act::TransferDisputed,
        TransferStep::RuleMove => Act::TransferRuled,
        TransferStep::RuleKeep => Act::TransferKept,
        TransferStep::Note => Act::TransferContacted,
    }
}

/// Refuses what the state allows but the moment does not.
async fn timely(
    tx: &impl ConnectionTrait,
    ctx: &Ctx,
    (row, case): (&transfer::Model, &protection_case::Model),
    made: &Move,
) -> Result<()> {
    let conflict = |text: String| Err(Error::Conflict(text));
    let moves = matches!(made.step, TransferStep::Confirm | TransferStep::RuleMove);
    if moves && case.level == RiskLevel::Red.number() {
        return conflict(RED_STAYS.to_owned());
    }
    let rules = matches!(made.step, TransferStep::RuleMove | TransferStep::RuleKeep);
    if rules && state(row)? == TransferState::Asked && row.due_at > ctx.now {
        let until = clock::minute(row.due_at);
        return conflict(format!("移入方可在 {until} 前答复，逾期或提请裁定后再裁定"));
    }
    if made.step == TransferStep::Note && !is_outside(row) {
        return conflict("联系情况只在外地移交时登记，本市移交由移入方在系统中答复".to_owned());
    }
    if made.step == TransferStep::Dispute {
        if is_outside(row) {
            return conflict("外地不同意的不在本市裁定：继续办理，或商定后另行发函".to_owned());
        }
        let open = Stage::parse(&case.stage).is_some_and(Stage::is_open);
        let stays = case.division == row.from_place && case.lead_unit == row.from_unit;
        if !open || !stays || pending_transfer(tx, case.id).await?.is_some() {
            return conflict("个案已另行办理，不能再就这次移交提请裁定".to_owned());
        }
    }
    Ok(())
}

/// The columns that the step writes, and the words for the timeline.
fn change(app: &App, ctx: &Ctx, row: &transfer::Model, made: &Move) -> Result<(transfer::ActiveModel, Option<String>)> {
    let mut change = transfer::ActiveModel::default();
    let seal = |column, text: &str| app.vault.seal(Slot::new("transfer", column, row.id), text);
    let required = |label: &str| words("reason", label, &made.words, 500);
    let text = match made.step {
        TransferStep::Confirm => words_if_any("reason", "接收意见", Some(&made.words), 500)?,
        TransferStep::Refuse => Some(required("不同意的理由")?),
        TransferStep::Withdraw => Some(required("撤回的理由")?),
        TransferStep::Dispute => Some(required("提请裁定的理由")?),
        TransferStep::RuleMove | TransferStep::RuleKeep => Some(required("裁定意见")?),
        TransferStep::Note => Some(required("联系情况、省平台登记号")?),
    };
    let sealed = |column| text.as_deref().map(|text| seal(column, text)).transpose();
    match made.step {
        TransferStep::Confirm | TransferStep::Refuse => {
            change.answer = Set(sealed("answer")?);
            change.answered_by = Set(ctx.account());
            change.answered_at = Set(Some(ctx.now));
            if is_outside(row) {
                let (number, on) = reply(ctx, row, made)?;
                change.reply_no = Set(Some(seal("reply_no", &number)?));
                change.reply_on = Set(Some(on));
            }
        }
        TransferStep::Withdraw => change.withdrawal = Set(sealed("withdrawal")?),
        TransferStep::Dispute => {
            change.dispute = Set(sealed("dispute")?);
            change.disputed_at = Set(Some(ctx.now));
        }
        TransferStep::RuleMove | TransferStep::RuleKeep => {
            change.ruling = Set(sealed("ruling")?);
            change.ruled_by = Set(ctx.account());
            change.ruled_at = Set(Some(ctx.now));
        }
        TransferStep::Note => {
            change.contact = Set(sealed("contact")?);
            change.called_on = Set(Some(day_of(ctx, row, ("called_on", "电话联系"), made.called_on)?));
        }
    }
    Ok((change, text))
}

/// The letter that came back: without number and day it answers nothing.
fn reply(ctx: &Ctx, row: &transfer::Model, made: &Move) -> Result<(String, NaiveDate)> {
    let reply = made.reply.clone().unwrap_or_default();
    let number = words("reply_no", "回函文号", &reply.number, 60)?;
    Ok((number, day_of(ctx, row, ("reply_on", "回函"), reply.on)?))
}

/// A day between the letter and today.
fn day_of(ctx: &Ctx, row: &transfer::Model, (field, what): (&str, &str), day: Option<NaiveDate>) -> Result<NaiveDate> {
    let fits = |day: &NaiveDate| *day >= clock::day(row.asked_at) && *day <= clock::day(ctx.now);
    day.filter(fits)
        .ok_or_else(|| Error::field(field, &format!("填写{what}日期，在发函之后、不晚于今天")))
}

/// An answer meets its clock; whatever ends without one cancels it; a dispute
/// starts the clock of the ruling.
async fn clock_of(
    tx: &impl ConnectionTrait,
    ctx: &Ctx,
    (row, case): (&transfer::Model, &protection_case::Model),
    (next, step): (TransferState, TransferStep),
) -> Result<()> {
    match (next, step) {
        (_, TransferStep::Note) => Ok(()),
        (_, TransferStep::Withdraw) => clocks::cancel(tx, case.id, &TRANSFER_CLOCKS, ctx.now).await,
        (TransferState::Disputed, _) => {
            let owner = arbiter(tx, row).await?;
            owe(tx, ctx, subject(case.id), ("TRF-rule", "move_rule", owner))
                .await
                .map(drop)
        }
        _ => clocks::meet(tx, case.id, &TRANSFER_CLOCKS, ctx.now).await,
    }
}

/// Whose turn it is, and the other side; none of it about the case, which not
/// everybody of them sees. The new lead is told of the case itself.
async fn told(
    tx: &impl ConnectionTrait,
    ctx: &Ctx,
    row: &transfer::Model,
    (next, step): (TransferState, TransferStep),
) -> Result<()> {
    if is_outside(row) {
        return Ok(());
    }
    let other = match step {
        TransferStep::Withdraw | TransferStep::Dispute => row.to_unit,
        _ => Some(row.from_unit),
    };
    let mut all: Vec<Notice> = other
        .map(|unit| Notice::new(Kind::TransferAnswered, To::Unit(unit)))
        .into_iter()
        .collect();
    if next == TransferState::Disputed {
        all.push(Notice::new(Kind::DisputeOpened, To::Unit(arbiter(tx, row).await?)));
    }
    notices::tell_all(tx, ctx, &all).await
}

/// The unit of the tier above both: the county's 未保中心 between its
/// townships, the city's 未保办 between counties.
async fn arbiter(tx: &impl ConnectionTrait, row: &transfer::Model) -> Result<Uuid> {
    let from = Division::parse(&row.from_place)?;
    let area = row.to_area.as_deref().map(Division::parse).transpose()?;
    let within = area.filter(|area| area.tier() == Tier::Township);
    let county = within.and_then(|area| area.at(Tier::County));
    if let Some(county) = county
        && let Ok(unit) = network::unit_at(tx, "MPC", &county).await
    {
        return Ok(unit.id);
    }
    let city = from.at(Tier::City).context("a division stands in a city")?;
    Ok(network::unit_at(tx, "MPO", &city).await?.id)
}

/// Moves the case to the place that has taken it; answers how many tasks went
/// with it.
async fn moved(
    tx: &impl ConnectionTrait,
    app: &App,
    ctx: &Ctx,
    (row, case): (&transfer::Model, &protection_case::Model),
) -> Result<usize> {
    let place = row
        .to_place
        .as_deref()
        .context("a transfer within the city has a place")?;
    let reason = TransferReason::parse(&row.reason).context("transfer reason in the database")?;
    let after = move_to(tx, app, ctx, case, (&Division::parse(place)?, reason)).await?;
    let tasks = moving::tasks(tx, ctx, (row, &after)).await?;
    clocks::refresh(tx, Some(case.id)).await?;
    Ok(tasks)
}

/// Whether the step is worth offering: a ruling waits for its time, contacts
/// and letters belong to places outside the city.
pub(super) fn fits(row: &transfer::Model, step: TransferStep, now: DateTime<Utc>) -> bool {
    let answering = TransferState::parse(&row.state) == Some(TransferState::Asked);
    match step {
        TransferStep::RuleMove | TransferStep::RuleKeep => !answering || row.due_at <= now,
        TransferStep::Note => is_outside(row),
        TransferStep::Dispute => !is_outside(row),
        _ => true,
    }
}
