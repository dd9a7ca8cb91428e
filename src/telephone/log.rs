//! The log of calls, day by day, with the two rates. Operators see their own
//! calls, the shift lead all of them; a list that was shown is in the journal.

use super::number::masked;
use super::taking::{number, seat_slot};
use crate::clock;
use crate::ctx::Ctx;
use crate::entity::{call_leg, phone_call, report};
use crate::error::Result;
use crate::journal::{self, Act, Entry};
use crate::rules::calls::{CallState, CallTimes, Rates};
use crate::rules::policy;
use crate::state::App;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use sea_orm::sea_query::{Query, SelectStatement};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::json;
use std::collections::HashMap;
use uuid::Uuid;

/// Calls of a page.
pub(super) const SHOWN: u64 = 50;

/// What is looked for.
#[derive(Debug, Default)]
pub(super) struct Narrowing {
    pub(super) state: Option<CallState>,
    /// Only those of the person, for the shift lead too.
    pub(super) mine: bool,
    /// The day; none for today.
    pub(super) day: Option<NaiveDate>,
    /// After which call the page begins.
    pub(super) after: Option<(DateTime<Utc>, Uuid)>,
}

/// A call as the list shows it.
pub(super) struct Row {
    pub(super) call: phone_call::Model,
    pub(super) state: CallState,
    /// The number without its middle.
    pub(super) number: Option<String>,
    /// Its draft or report, where the person may open it.
    pub(super) report: Option<Uuid>,
    /// Telephones that nobody is known to sit at, for the shift lead.
    pub(super) strangers: Vec<String>,
}

/// The shift as it was and is: the calls of a day and the rates.
pub(super) struct Log {
    pub(super) rows: Vec<Row>,
    /// After which call the next page begins.
    pub(super) next: Option<(DateTime<Utc>, Uuid)>,
    pub(super) day: NaiveDate,
    pub(super) is_today: bool,
    /// Of the calls of that day.
    pub(super) in_time: Rates,
    /// Of the last 24 hours today, of the whole day otherwise.
    pub(super) connected: Rates,
}

/// The calls of a day, the latest first.
///
/// # Errors
/// When the database refuses.
pub(super) async fn of_day(app: &App, ctx: &Ctx, narrowing: &Narrowing) -> Result<Log> {
    let all = policy::leads_calls(ctx.actor.role) && !narrowing.mine;
    let today = clock::day(ctx.now);
    let day = narrowing.day.unwrap_or(today);
    let from = clock::midnight(day).unwrap_or(ctx.now);
    let until = day.succ_opt().and_then(clock::midnight).unwrap_or(ctx.now);
    let mut found = phone_call::Entity::find()
        .filter(phone_call::Column::StartedAt.gte(from))
        .filter(phone_call::Column::StartedAt.lt(until))
        .order_by_desc(phone_call::Column::StartedAt)
        .order_by_desc(phone_call::Column::Id)
        .limit(SHOWN + 1);
    if !all {
        found = found.filter(phone_call::Column::Id.in_subquery(own(ctx)));
    }
    if let Some(state) = narrowing.state {
        found = found.filter(phone_call::Column::State.eq(state.code()));
    }
    if let Some((at, id)) = narrowing.after {
        use phone_call::Column;
        let same = Condition::all().add(Column::StartedAt.eq(at)).add(Column::Id.lt(id));
        found = found.filter(Condition::any().add(Column::StartedAt.lt(at)).add(same));
    }
    let mut calls = found.all(app.db.read()).await?;
    let more = u64::try_from(calls.len()).is_ok_and(|count| count > SHOWN);
    calls.truncate(usize::try_from(SHOWN).unwrap_or(usize::MAX));
    let next = calls.last().filter(|_| more).map(|last| (last.started_at, last.id));
    let rows = rows(app, ctx, calls).await?;
    let entry = Entry::new(Act::CallsListed).detail(json!({ "count": rows.len(), "day": day.to_string() }));
    journal::viewed_span(&app.db, ctx, entry).await?;
    Ok(Log {
        rows,
        next,
        in_time: rates(app, (from, until)).await?,
        connected: if day == today {
            rates(app, (ctx.now - TimeDelta::days(1), until)).await?
        } else {
            rates(app, (from, until)).await?
        },
        day,
        is_today: day == today,
    })
}

fn own(ctx: &Ctx) -> SelectStatement {
    Query::select()
        .column(call_leg::Column::CallId)
        .from(call_leg::Entity)
        .and_where(call_leg::Column::AccountId.eq(ctx.actor.account))
        .to_owned()
}

async fn rows(app: &App, ctx: &Ctx, calls: Vec<phone_call::Model>) -> Result<Vec<Row>> {
    let leads = policy::leads_calls(ctx.actor.role);
    let mut legs: HashMap<Uuid, Vec<call_leg::Model>> = HashMap::new();
    let found = call_leg::Entity::find()
        .filter(call_leg::Column::CallId.is_in(calls.iter().map(|call| call.id)))
        .order_by_asc(call_leg::Column::Id)
        .all(app.db.read())
        .await?;
    let drafts: Vec<Uuid> = found.iter().filter_map(|leg| leg.report_id).collect();
    let there = there(app, drafts).await?;
    for leg in found {
        legs.entry(leg.call_id).or_default().push(leg);
    }
    let mut rows = Vec::new();
    for call in calls {
        let legs = legs.remove(&call.id).unwrap_or_default();
        let mine = |leg: &&call_leg::Model| leads || leg.account_id == ctx.account();
        let answered = legs.iter().filter(mine).filter(|leg| leg.answered_at.is_some());
        let mut opened = answered.chain(legs.iter().filter(mine)).filter_map(|leg| leg.report_id);
        let mut strangers = Vec::new();
        for leg in legs.iter().filter(|leg| leads && leg.account_id.is_none()) {
            strangers.extend(app.vault.open_some(seat_slot(leg.id), leg.seat.as_ref())?);
        }
        rows.push(Row {
            state: CallState::parse(&call.state).unwrap_or(CallState::Ended),
            number: number(&app.vault, &call)?.as_deref().map(masked),
            report: opened.find(|report| there.contains(report)),
            strangers,
            call,
        });
    }
    Ok(rows)
}

/// Which drafts and reports are there, and not taken off the list.
async fn there(app: &App, ids: Vec<Uuid>) -> Result<Vec<Uuid>> {
    Ok(report::Entity::find()
        .select_only()
        .column(report::Column::Id)
        .filter(report::Column::Id.is_in(ids))
        .filter(report::Column::WithdrawnAt.is_null())
        .into_tuple()
        .all(app.db.read())
        .await?)
}

/// The rates of the inbound calls between two times.
pub(super) async fn rates(app: &App, (since, until): (DateTime<Utc>, DateTime<Utc>)) -> Result<Rates> {
    type Times = (String, DateTime<Utc>, Option<DateTime<Utc>>);
    let calls: Vec<Times> = phone_call::Entity::find()
        .select_only()
        .column(phone_call::Column::State)
        .column(phone_call::Column::StartedAt)
        .column(phone_call::Column::AnsweredAt)
        .filter(phone_call::Column::StartedAt.gte(since))
        .filter(phone_call::Column::StartedAt.lt(until))
        .filter(phone_call::Column::Outbound.eq(false))
        .into_tuple()
        .all(app.db.read())
        .await?;
    let times = calls.into_iter().filter_map(|(state, started, answered)| {
        Some(CallTimes {
            state: CallState::parse(&state)?,
            started,
            answered,
        })
    });
    Ok(Rates::of(times))
}
