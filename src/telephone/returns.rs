//! 待回拨: callers who were missed or gave up. One entry to a number; it is
//! withdrawn when the person calls again and is answered. Whether it may be
//! rung up the rules say ([`crate::rules::call_back`]).

use crate::clock;
use crate::ctx::Ctx;
use crate::db;
use crate::entity::{call_return, phone_call};
use crate::error::{Error, Result};
use crate::intake::{self, KnownNumber};
use crate::journal::{self, Act, Entry};
use crate::rules::call_back::{Limits, Mark, Outcome, Refusal, Wish, may_ring};
use crate::rules::calls::CallState;
use crate::rules::policy;
use crate::state::App;
use crate::vault::{Slot, Vault};
use chrono::TimeDelta;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::json;
use uuid::Uuid;

/// Whoever claimed an entry and let it lie so long loses it to the next.
const CLAIM: TimeDelta = TimeDelta::minutes(30);
/// Entries shown.
const SHOWN: u64 = 200;
/// Withdrawn because the person called again and was answered.
const CALLED_AGAIN: &str = "called_again";

fn slot(id: Uuid) -> Slot {
    Slot::new("call_return", "number", id)
}

fn why_slot(id: Uuid) -> Slot {
    Slot::new("call_return", "allowed_why", id)
}

/// The limits of this deployment.
pub(super) fn limits(app: &App) -> Limits {
    let hours = app.config.call_back_hours.value;
    Limits {
        attempts: app.config.call_back_attempts.value,
        from: hours.from,
        until: hours.until,
    }
}

/// What follows for the list from how a call stood and stands now.
pub(super) async fn follow(
    tx: &impl ConnectionTrait,
    app: &App,
    ctx: &Ctx,
    (before, call, entries): (&phone_call::Model, &phone_call::Model, &mut Vec<Entry>),
) -> Result<()> {
    let read = |call: &phone_call::Model| CallState::parse(&call.state).unwrap_or(CallState::Ringing);
    let (was, state) = (read(before), read(call));
    let is_news = before.answered_at.is_none() || before.number_index.is_none();
    if call.outbound && call.answered_at.is_some() && is_news {
        rung(tx, ctx, (call, entries)).await?;
    }
    let Some(index) = call.number_index.as_deref().filter(|_| !call.outbound || was.is_lost()) else {
        return Ok(());
    };
    // The number may come later than the end of the call.
    if state.is_lost() && (!was.is_lost() || before.number_index.is_none()) {
        return owe(tx, app, ctx, (call, index, entries)).await;
    }
    if state.is_lost() || (call.answered_at.is_none() && !was.is_lost()) {
        return Ok(());
    }
    // It was answered, late or again, or goes on ringing after all.
    let open = call_return::Entity::find()
        .filter(call_return::Column::OpenKey.eq(index))
        .lock_exclusive()
        .one(tx)
        .await?;
    let Some(open) = open else { return Ok(()) };
    if call.answered_at.is_none() && (open.call_id != call.id || open.attempts > 0) {
        return Ok(());
    }
    close(tx, ctx, &open, CALLED_AGAIN).await?;
    let detail = json!({ "outcome": CALLED_AGAIN });
    entries.push(Entry::new(Act::CallReturnEnded).subject(open.id).detail(detail));
    Ok(())
}

/// A call to somebody on the list was answered. Who answered a person says:
/// it may be whoever hurts the child, so the entry stays until its result is
/// written down, at the hand of whoever rang up.
async fn rung(
    tx: &impl ConnectionTrait,
    ctx: &Ctx,
    (call, entries): (&phone_call::Model, &mut Vec<Entry>),
) -> Result<()> {
    let Some(index) = call.number_index.as_deref() else {
        return Ok(());
    };
    let open = call_return::Entity::find()
        .filter(call_return::Column::OpenKey.eq(index))
        .lock_exclusive()
        .one(tx)
        .await?;
    let Some(open) = open else { return Ok(()) };
    let mut row = call_return::ActiveModel {
        rung_at: Set(call.answered_at),
        rung_by: Set(call.agent_id),
        ..Default::default()
    };
    if held_by(&open, ctx).is_none() && call.agent_id.is_some() {
        row.claimed_by = Set(call.agent_id);
        row.claimed_at = Set(Some(ctx.now));
    }
    db::update(tx, (open.id, open.version), row).await?;
    entries.push(Entry::new(Act::CallReturnRung).subject(open.id));
    Ok(())
}

/// Puts a caller on the list, or counts one more missed call of theirs.
async fn owe(
    tx: &impl ConnectionTrait,
    app: &App,
    ctx: &Ctx,
    (call, index, entries): (&phone_call::Model, &str, &mut Vec<Entry>),
) -> Result<()> {
    use call_return::Column;
    let Some(number) = super::taking::number(&app.vault, call)? else {
        return Ok(());
    };
    let urgency = urgency(intake::known_number(tx, app, &number).await?);
    let id = ctx.new_id();
    let row = call_return::ActiveModel {
        id: Set(id),
        call_id: Set(call.id),
        number: Set(app.vault.seal(slot(id), &number)?),
        number_index: Set(index.to_owned()),
        open_key: Set(Some(index.to_owned())),
        first_at: Set(call.started_at),
        last_at: Set(call.started_at),
        missed: Set(0),
        urgency: Set(urgency),
        attempts: Set(0),
        version: Set(1),
        ..Default::default()
    };
    call_return::Entity::insert(row)
        .on_conflict(OnConflict::column(Column::OpenKey).do_nothing().to_owned())
        .exec_without_returning(tx)
        .await?;
    let open = call_return::Entity::find()
        .filter(Column::OpenKey.eq(index))
        .lock_exclusive()
        .one(tx)
        .await?
        .ok_or(Error::NotFound)?;
    let more = call_return::ActiveModel {
        call_id: Set(call.id),
        last_at: Set(open.last_at.max(call.started_at)),
        missed: Set(open.missed + 1),
        urgency: Set(open.urgency.min(urgency)),
        ..Default::default()
    };
    db::update(tx, (open.id, open.version), more).await?;
    entries.push(Entry::new(Act::CallReturnOwed).subject(open.id));
    Ok(())
}

/// Red before children before the rest.
fn urgency(known: KnownNumber) -> i16 {
    match (known.red, known.child) {
        (true, _) => 0,
        (false, true) => 1,
        (false, false) => 2,
    }
}

async fn close(tx: &impl ConnectionTrait, ctx: &Ctx, open: &call_return::Model, result: &str) -> Result<()> {
    let row = call_return::ActiveModel {
        open_key: Set(None),
        result: Set(Some(result.to_owned())),
        closed_at: Set(Some(ctx.now)),
        claimed_by: Set(None),
        ..Default::default()
    };
    db::update(tx, (open.id, open.version), row).await?;
    Ok(())
}

/// A missed caller as the list shows it.
pub(super) struct Owed {
    pub(super) row: call_return::Model,
    pub(super) number: String,
    pub(super) mark: Mark,
    /// Why it may not be rung up now.
    pub(super) refusal: Option<Refusal>,
}

impl Owed {
    /// Whether the person has claimed it.
    pub(super) fn is_mine(&self, ctx: &Ctx) -> bool {
        held_by(&self.row, ctx) == Some(ctx.actor.account)
    }
}

/// Who holds an entry now.
pub(super) fn held_by(row: &call_return::Model, ctx: &Ctx) -> Option<Uuid> {
    let fresh = row.claimed_at.is_some_and(|at| ctx.now - at < CLAIM);
    row.claimed_by.filter(|_| fresh)
}

/// Whoever is owed a call: red first, then children, then the rest, the oldest
/// first. Recorded.
///
/// # Errors
/// When the database refuses.
pub(super) async fn open(app: &App, ctx: &Ctx) -> Result<Vec<Owed>> {
    let rows = call_return::Entity::find()
        .filter(call_return::Column::OpenKey.is_not_null())
        .order_by_asc(call_return::Column::Urgency)
        .order_by_asc(call_return::Column::FirstAt)
        .order_by_asc(call_return::Column::Id)
        .limit(SHOWN)
        .all(app.db.read())
        .await?;
    let mut owed = Vec::new();
    for row in rows {
        owed.push(standing(app.db.read(), app, ctx, row).await?);
    }
    let entry = Entry::new(Act::CallReturnsListed).detail(json!({ "count": owed.len() }));
    journal::viewed_span(&app.db, ctx, entry).await?;
    Ok(owed)
}

async fn standing(db: &impl ConnectionTrait, app: &App, ctx: &Ctx, row: call_return::Model) -> Result<Owed> {
    let number = number(&app.vault, &row)?;
    let mark = intake::known_number(db, app, &number).await?.mark;
    let wish = Wish {
        mark,
        allowed: row.allowed_by.is_some(),
        attempts: u32::try_from(row.attempts).unwrap_or(u32::MAX),
        at: ctx.now.with_timezone(&clock::shanghai()).time(),
    };
    let refusal = may_ring(&wish, &limits(app)).err();
    Ok(Owed {
        row,
        number,
        mark,
        refusal,
    })
}

fn number(vault: &Vault, row: &call_return::Model) -> Result<String> {
    Ok(vault.open(slot(row.id), &row.number)?)
}

/// What somebody does with an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deed<'a> {
    /// 认领
    Claim,
    /// 放回
    Release,
    /// 核准回拨, with a reason
    Allow(&'a str),
    /// 登记结果
    Result(Outcome),
}

/// Does it.
///
/// # Errors
/// [`Error::Invalid`] with the reason where the rules forbid it;
/// [`Error::Conflict`] when it is settled or somebody else has it;
/// [`Error::Stale`], [`Error::NotFound`], [`Error::Forbidden`].
pub(super) async fn act(app: &App, ctx: &Ctx, (id, seen): (Uuid, i32), deed: Deed<'_>) -> Result<()> {
    let tx = app.db.begin().await?;
    let row = call_return::Entity::find_by_id(id)
        .one(&tx)
        .await?
        .ok_or(Error::NotFound)?;
    if row.open_key.is_none() {
        return Err(Error::Conflict("该来电已了结或来电人已再次来电，刷新查看".to_owned()));
    }
    let owed = standing(&tx, app, ctx, row).await?;
    let holder = held_by(&owed.row, ctx);
    if holder.is_some_and(|holder| holder != ctx.actor.account) && !matches!(deed, Deed::Allow(_)) {
        return Err(Error::Conflict("已由他人认领，刷新查看".to_owned()));
    }
    let (change, entry) = match deed {
        Deed::Claim => claim(ctx),
        Deed::Release => release(),
        Deed::Allow(why) => allow(app, ctx, &owed, why)?,
        Deed::Result(outcome) => result(app, ctx, &owed, outcome)?,
    };
    db::update(&tx, (id, seen), change).await?;
    journal::commit(tx, ctx, entry.subject(id)).await
}

type Change = (call_return::ActiveModel, Entry);

fn claim(ctx: &Ctx) -> Change {
    let row = call_return::ActiveModel {
        claimed_by: Set(ctx.account()),
        claimed_at: Set(Some(ctx.now)),
        ..Default::default()
    };
    (row, Entry::new(Act::CallReturnClaimed))
}

fn release() -> Change {
    let row = call_return::ActiveModel {
        claimed_by: Set(None),
        claimed_at: Set(None),
        ..Default::default()
    };
    (row, Entry::new(Act::CallReturnReleased))
}

/// The shift lead lets a number be rung up that nobody has marked; never one
/// that was marked unsafe.
fn allow(app: &App, ctx: &Ctx, owed: &Owed, why: &str) -> Result<Change> {
    if !policy::leads_calls(ctx.actor.role) {
        return Err(Error::Forbidden(Error::denied("call return Allow", None)));
    }
    if owed.mark == Mark::Unsafe {
        return Err(Error::field("why", Refusal::Unsafe.label()));
    }
    let why = why.trim();
    if why.is_empty() || why.chars().count() > 200 {
        return Err(Error::field("why", "写明核准回拨的理由，200 字以内"));
    }
    let row = call_return::ActiveModel {
        allowed_by: Set(ctx.account()),
        allowed_why: Set(Some(app.vault.seal(why_slot(owed.row.id), why)?)),
        ..Default::default()
    };
    Ok((row, Entry::new(Act::CallReturnAllowed)))
}

/// What became of it. Ringing up is refused where the rules forbid it, so that
/// no attempt is recorded that must not have been made.
fn result(app: &App, ctx: &Ctx, owed: &Owed, outcome: Outcome) -> Result<Change> {
    if !owed.is_mine(ctx) {
        return Err(Error::field("result", "先认领，再登记结果"));
    }
    if let Some(refusal) = owed.refusal.filter(|_| outcome.rang()) {
        return Err(Error::field("result", refusal.label()));
    }
    let attempts = owed.row.attempts + i32::from(outcome.rang());
    let settled = outcome.settles(u32::try_from(attempts).unwrap_or(u32::MAX), &limits(app));
    let mut row = call_return::ActiveModel {
        attempts: Set(attempts),
        claimed_by: Set(None),
        claimed_at: Set(None),
        result: Set(Some(outcome.code().to_owned())),
        rung_at: Set(None),
        rung_by: Set(None),
        ..Default::default()
    };
    if settled {
        row.open_key = Set(None);
        row.closed_at = Set(Some(ctx.now));
    }
    let detail = json!({ "outcome": outcome.code() });
    Ok((row, Entry::new(Act::CallReturned).detail(detail)))
}
