//! One event of a call, taken in one transaction: what was told before, what is
//! told now, what follows for the drafts, the missed callers and the pages.

use super::body::Event;
use super::number::Number;
use super::{extensions, returns};
use crate::accounts;
use crate::ctx::Ctx;
use crate::entity::{account, call_leg, phone_call};
use crate::error::{Error, Result};
use crate::intake;
use crate::journal::{self, Act, Entry};
use crate::rules::calls::{CallFacts, CallState, EventKind, LegFacts};
use crate::sight;
use crate::state::App;
use crate::vault::{Slot, Vault};
use anyhow::Context;
use chrono::{DateTime, Utc};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait, ActiveValue::NotSet, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder, QuerySelect,
};
use serde_json::json;
use std::collections::BTreeSet;
use uuid::Uuid;

/// The telephone of an event that names none.
const NOBODY: &str = "-";
/// A hangup for this reason ends the whole call, whatever telephone it names.
const CALLER_GAVE_UP: &str = "cancel";

/// What came of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Taken {
    /// Whether it told nothing new.
    pub(super) repeated: bool,
    /// How the call stands now.
    pub(super) state: CallState,
}

/// A call with its telephones, held until the transaction ends.
pub(super) struct Held {
    pub(super) call: phone_call::Model,
    pub(super) legs: Vec<call_leg::Model>,
}

impl Held {
    pub(super) fn facts(&self) -> CallFacts {
        CallFacts {
            legs: self.legs.iter().map(leg_facts).collect(),
            over: self.call.over_at.is_some(),
            outbound: self.call.outbound,
        }
    }
}

/// A telephone as the rules see it.
pub(super) fn leg_facts(leg: &call_leg::Model) -> LegFacts {
    LegFacts {
        rang: leg.rang_at.is_some(),
        transferred: leg.transferred,
        answered: leg.answered_at.is_some(),
        over: leg.over_at.is_some(),
        known: leg.account_id.is_some(),
    }
}

pub(super) fn number_slot(call: Uuid) -> Slot {
    Slot::new("phone_call", "number", call)
}

pub(super) fn seat_slot(leg: Uuid) -> Slot {
    Slot::new("call_leg", "seat", leg)
}

/// The number of a call, where it is known.
pub(super) fn number(vault: &Vault, call: &phone_call::Model) -> Result<Option<String>> {
    Ok(vault.open_some(number_slot(call.id), call.number.as_ref())?)
}

/// Takes an event. The same again changes nothing; the pages of everybody
/// concerned are told at once, after the commit.
///
/// # Errors
/// When the database refuses.
pub(super) async fn take(app: &App, ctx: &Ctx, exchange: Uuid, event: &Event) -> Result<Taken> {
    let tx = app.db.begin().await?;
    let mut held = hold(&tx, app, ctx, (exchange, event)).await?;
    let before = held.call.clone();
    let changed = tell(&tx, app, ctx, (&mut held, event)).await?;
    if !changed {
        // Nothing is written: the transaction is let go.
        let state = CallState::parse(&before.state).context("state of a call in the database")?;
        return Ok(Taken { repeated: true, state });
    }
    let entries = Box::pin(settle(&tx, app, ctx, (&before, &mut held, Some(event.kind)))).await?;
    let state = held.facts().state();
    let people = people(&held);
    journal::commit_all(tx, entries.into_iter().map(|entry| (ctx, entry)).collect()).await?;
    app.bell.call(people);
    Ok(Taken { repeated: false, state })
}

/// Ends a call whose exchange has told nothing for too long.
///
/// # Errors
/// When the database refuses.
pub(super) async fn give_up(app: &App, ctx: &Ctx, id: Uuid) -> Result<()> {
    let tx = app.db.begin().await?;
    let found = phone_call::Entity::find_by_id(id).lock_exclusive().one(&tx).await?;
    let Some(call) = found.filter(|call| call.ended_at.is_none()) else {
        return Ok(());
    };
    let mut held = with_legs(&tx, call).await?;
    let before = held.call.clone();
    held.call.over_at = Some(ctx.now);
    held.call.cause = Some("lost".to_owned());
    let entries = Box::pin(settle(&tx, app, ctx, (&before, &mut held, None))).await?;
    let people = people(&held);
    journal::commit_all(tx, entries.into_iter().map(|entry| (ctx, entry)).collect()).await?;
    app.bell.call(people);
    Ok(())
}

fn people(held: &Held) -> BTreeSet<Uuid> {
    held.legs.iter().filter_map(|leg| leg.account_id).collect()
}

/// The call of an event, made when it is not known yet. Of several first
/// events at once one makes it, the others wait and find it.
async fn hold(tx: &impl ConnectionTrait, app: &App, ctx: &Ctx, (exchange, event): (Uuid, &Event)) -> Result<Held> {
    let key = app.vault.index("phone_call", &format!("{exchange}/{}", event.call_id));
    let row = phone_call::Model {
        id: ctx.new_id(),
        exchange_id: exchange,
        key: key.clone(),
        outbound: false,
        number: None,
        number_index: None,
        shown: Number::Withheld.code().to_owned(),
        state: CallState::Ringing.code().to_owned(),
        cause: None,
        started_at: ctx.now,
        answered_at: None,
        over_at: None,
        ended_at: None,
        changed_at: ctx.now,
        agent_id: None,
    };
    phone_call::Entity::insert(row.into_active_model().reset_all())
        .on_conflict(OnConflict::column(phone_call::Column::Key).do_nothing().to_owned())
        .exec_without_returning(tx)
        .await?;
    let call = phone_call::Entity::find()
        .filter(phone_call::Column::Key.eq(key))
        .lock_exclusive()
        .one(tx)
        .await?
        .context("the call that was just made")?;
    with_legs(tx, call).await
}

async fn with_legs(tx: &impl ConnectionTrait, call: phone_call::Model) -> Result<Held> {
    let legs = call_leg::Entity::find()
        .filter(call_leg::Column::CallId.eq(call.id))
        .order_by_asc(call_leg::Column::Id)
        .all(tx)
        .await?;
    Ok(Held { call, legs })
}

/// Puts what is told to what is known; answers whether it was news.
async fn tell(tx: &impl ConnectionTrait, app: &App, ctx: &Ctx, (held, event): (&mut Held, &Event)) -> Result<bool> {
    let mut news = held.legs.is_empty() && held.call.over_at.is_none();
    if event.outbound && !held.call.outbound {
        held.call.outbound = true;
        news = true;
    }
    news |= tell_number(&app.vault, &mut held.call, &event.other)?;
    let gave_up = event.cause.as_deref() == Some(CALLER_GAVE_UP);
    if event.kind == EventKind::Hangup {
        if (event.users.is_empty() || gave_up) && held.call.over_at.is_none() {
            held.call.over_at = Some(ctx.now);
            news = true;
        }
        if held.call.cause.is_none() && event.cause.is_some() {
            held.call.cause.clone_from(&event.cause);
            news = true;
        }
    }
    let nobody = [String::new()];
    let users: &[String] = match (event.users.is_empty(), event.kind) {
        // Where it rings is not known yet, or the whole of it ends.
        (true, EventKind::Hangup) => &[],
        (true, _) => &nobody,
        (false, _) => &event.users,
    };
    for user in users {
        let account = if user.is_empty() {
            None
        } else {
            extensions::whose(tx, &app.vault, user).await?.map(|account| account.id)
        };
        let at = leg_of(&app.vault, ctx, held, (user, account))?;
        let leg = &mut held.legs[at];
        news |= tell_leg(leg, event.kind, ctx.now);
        if leg.account_id.is_none() && account.is_some() {
            leg.account_id = account;
            news = true;
        }
    }
    Ok(news)
}

/// The first number that is told counts.
fn tell_number(vault: &Vault, call: &mut phone_call::Model, other: &Number) -> Result<bool> {
    match other {
        Number::Known(number) if call.number.is_none() => {
            call.number = Some(vault.seal(number_slot(call.id), number)?);
            call.number_index = vault.index_some("phone", Some(number));
        }
        Number::Garbled if call.shown == Number::Withheld.code() => {}
        _ => return Ok(false),
    }
    other.code().clone_into(&mut call.shown);
    Ok(true)
}

/// The place of a telephone among those of the call, made when it is new. One
/// person is one telephone, whether an event tells the extension or the name.
fn leg_of(vault: &Vault, ctx: &Ctx, held: &mut Held, (user, account): (&str, Option<Uuid>)) -> Result<usize> {
    let key = if user.is_empty() {
        NOBODY.to_owned()
    } else {
        extensions::key(vault, user)
    };
    let same = |leg: &call_leg::Model| leg.key == key || (account.is_some() && leg.account_id == account);
    if let Some(at) = held.legs.iter().position(same) {
        return Ok(at);
    }
    let id = ctx.new_id();
    held.legs.push(call_leg::Model {
        id,
        call_id: held.call.id,
        key,
        seat: vault.seal_some(seat_slot(id), Some(user))?,
        account_id: None,
        rang_at: None,
        transferred: false,
        answered_at: None,
        over_at: None,
        report_id: None,
    });
    Ok(held.legs.len() - 1)
}

/// Says of a telephone what an event tells; the first time counts.
fn tell_leg(leg: &mut call_leg::Model, kind: EventKind, now: DateTime<Utc>) -> bool {
    let at = match kind {
        EventKind::NewCall => &mut leg.rang_at,
        EventKind::Answer => &mut leg.answered_at,
        EventKind::Hangup => &mut leg.over_at,
        EventKind::Transfer => {
            let news = !leg.transferred;
            leg.transferred = true;
            leg.rang_at.get_or_insert(now);
            return news;
        }
    };
    let news = at.is_none();
    at.get_or_insert(now);
    news
}

/// What follows from what is known now: state and times, drafts, missed
/// callers; written down. Answers what the journal is told.
async fn settle(
    tx: &impl ConnectionTrait,
    app: &App,
    ctx: &Ctx,
    (before, held, kind): (&phone_call::Model, &mut Held, Option<EventKind>),
) -> Result<Vec<Entry>> {
    let state = held.facts().state();
    let first = held
        .legs
        .iter()
        .filter_map(|leg| Some((leg.answered_at?, leg.account_id)));
    let first = first.min_by_key(|(at, _)| *at);
    let rang = held.legs.iter().rev().find_map(|leg| leg.account_id);
    let call = &mut held.call;
    call.answered_at = first.map(|(at, _)| at);
    call.agent_id = first.and_then(|(_, agent)| agent).or(rang);
    state.code().clone_into(&mut call.state);
    call.ended_at = Some(call.ended_at.unwrap_or(ctx.now)).filter(|_| !state.is_live());
    call.changed_at = ctx.now;
    let mut entries = vec![told(call, kind)];
    drafts(tx, app, ctx, (&mut *held, &mut entries)).await?;
    write(tx, held).await?;
    returns::follow(tx, app, ctx, (before, &held.call, &mut entries)).await?;
    Ok(entries)
}

fn told(call: &phone_call::Model, kind: Option<EventKind>) -> Entry {
    let act = match kind {
        Some(EventKind::NewCall) => Act::CallRang,
        Some(EventKind::Answer) => Act::CallAnswered,
        Some(EventKind::Transfer) => Act::CallTransferred,
        Some(EventKind::Hangup) | None => Act::CallEnded,
    };
    let entry = Entry::new(act).subject(call.id);
    let state = CallState::parse(&call.state).filter(|state| !state.is_live());
    match state {
        Some(state) if act == Act::CallEnded => entry.detail(json!({ "outcome": state.code() })),
        _ => entry,
    }
}

/// Opens a draft where it rings, takes it off the list where it has fallen
/// silent, puts it back where it was answered after all.
async fn drafts(
    tx: &impl ConnectionTrait,
    app: &App,
    ctx: &Ctx,
    (held, entries): (&mut Held, &mut Vec<Entry>),
) -> Result<()> {
    let facts = held.facts();
    let number = number(&app.vault, &held.call)?;
    for leg in &mut held.legs {
        let wants = facts.wants_draft(&leg_facts(leg));
        match (leg.report_id, leg.account_id) {
            (Some(report), _) => intake::withdraw_ringing(tx, ctx, report, !wants).await?,
            (None, Some(account)) if wants => {
                let Some(agent) = agent(tx, ctx, account).await? else {
                    continue;
                };
                let opening = intake::open_ringing(tx, app, &agent, number.as_deref());
                leg.report_id = Box::pin(opening).await?;
                if let Some(report) = leg.report_id {
                    let entry = Entry::new(Act::DraftOpened).report(report).subject(held.call.id);
                    entries.push(entry.detail(json!({ "account": account })));
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// In whose name a draft is opened.
async fn agent(tx: &impl ConnectionTrait, ctx: &Ctx, account: Uuid) -> Result<Option<Ctx>> {
    let found = account::Entity::find_by_id(account).one(tx).await?;
    let people: Vec<account::Model> = found.into_iter().collect();
    let actors = sight::actors(tx, &people, ctx.now).await?;
    let agent = |actor| Ctx { actor, ..ctx.clone() };
    Ok(actors.into_iter().next().map(agent))
}

async fn write(tx: &impl ConnectionTrait, held: &Held) -> Result<()> {
    use call_leg::Column;
    let mut call = held.call.clone().into_active_model().reset_all();
    call.id = NotSet;
    call.key = NotSet;
    phone_call::Entity::update_many()
        .set(call)
        .filter(phone_call::Column::Id.eq(held.call.id))
        .exec(tx)
        .await?;
    let changing = [
        Column::AccountId,
        Column::RangAt,
        Column::Transferred,
        Column::AnsweredAt,
        Column::OverAt,
        Column::ReportId,
    ];
    for leg in &held.legs {
        call_leg::Entity::insert(leg.clone().into_active_model().reset_all())
            .on_conflict(OnConflict::column(Column::Id).update_columns(changing).to_owned())
            .exec_without_returning(tx)
            .await?;
    }
    Ok(())
}

/// The name of whoever sits at a telephone.
///
/// # Errors
/// When the database refuses.
pub(super) async fn name_of(app: &App, account: Option<Uuid>) -> Result<String> {
    let Some(id) = account else {
        return Ok(String::new());
    };
    let found = accounts::find(&app.db, id).await?.ok_or(Error::NotFound)?;
    accounts::name(app, &found)
}
