//! How the telephone stands: for the hotline's board. Numbers alone, nobody's
//! calls.

use super::log::rates;
use crate::clock;
use crate::ctx::Ctx;
use crate::entity::{call_exchange, call_return, phone_call};
use crate::error::Result;
use crate::rules::calls::{CallState, Rates};
use crate::state::App;
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};

/// How long a call may go on before nobody believes that it does: its end was
/// never told.
const FORGOTTEN: TimeDelta = TimeDelta::hours(12);

/// The telephone now and today.
#[derive(Debug, Clone, Default)]
pub struct Figures {
    /// 振铃中, inbound.
    pub ringing: u64,
    /// Since when the one that waits longest rings.
    pub ringing_since: Option<DateTime<Utc>>,
    /// 通话中, inbound or not.
    pub talking: u64,
    /// Today's inbound calls.
    pub today: Rates,
    /// Those of the last 24 hours.
    pub day: Rates,
    /// Callers who are to be rung up.
    pub owed: u64,
    /// Since when the first of them waits.
    pub owed_since: Option<DateTime<Utc>>,
    /// Exchanges in use.
    pub exchanges: u64,
    /// When one of them told something last.
    pub last: Option<DateTime<Utc>>,
}

/// How the telephone stands.
///
/// # Errors
/// When the database refuses.
pub async fn figures(app: &App, ctx: &Ctx) -> Result<Figures> {
    use phone_call::Column;
    let db = app.db.read();
    let midnight = clock::midnight(clock::day(ctx.now)).unwrap_or(ctx.now);
    let tomorrow = midnight + TimeDelta::days(1);
    let live: Vec<(String, DateTime<Utc>, bool)> = phone_call::Entity::find()
        .select_only()
        .columns([Column::State, Column::StartedAt, Column::Outbound])
        .filter(Column::EndedAt.is_null())
        .filter(Column::StartedAt.gte(ctx.now - FORGOTTEN))
        .order_by_asc(Column::StartedAt)
        .into_tuple()
        .all(db)
        .await?;
    let in_state = |state: CallState| live.iter().filter(move |call| call.0 == state.code());
    let ringing: Vec<_> = in_state(CallState::Ringing).filter(|call| !call.2).collect();
    let owed = || call_return::Entity::find().filter(call_return::Column::OpenKey.is_not_null());
    let oldest: Option<DateTime<Utc>> = owed()
        .select_only()
        .column(call_return::Column::FirstAt)
        .order_by_asc(call_return::Column::FirstAt)
        .limit(1)
        .into_tuple()
        .one(db)
        .await?;
    let exchanges = call_exchange::Entity::find().filter(call_exchange::Column::DisabledAt.is_null());
    let last = phone_call::Entity::find()
        .select_only()
        .column(Column::ChangedAt)
        .order_by_desc(Column::ChangedAt)
        .limit(1)
        .into_tuple::<DateTime<Utc>>()
        .one(db)
        .await?;
    Ok(Figures {
        ringing: count(ringing.len()),
        ringing_since: ringing.first().map(|call| call.1),
        talking: count(in_state(CallState::Talking).count()),
        today: rates(app, (midnight, tomorrow)).await?,
        day: rates(app, (ctx.now - TimeDelta::days(1), tomorrow)).await?,
        owed: owed().count(db).await?,
        owed_since: oldest,
        exchanges: exchanges.count(db).await?,
        last,
    })
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
