//! What rings or is spoken at a person's telephone at this moment, for the bar
//! above every page of the desk.

use super::taking::{Held, leg_facts, name_of, number};
use crate::ctx::Ctx;
use crate::entity::{call_leg, phone_call, report};
use crate::error::Result;
use crate::intake::{self, CallerHistory};
use crate::rules::calls::CallState;
use crate::state::App;
use chrono::TimeDelta;
use sea_orm::sea_query::{Query, SelectStatement};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

/// So long it is told that a caller has given up.
const TOLD: TimeDelta = TimeDelta::seconds(60);
/// Calls of one person at once.
const SHOWN: u64 = 5;

/// A call at a person's telephone.
pub(super) struct Present {
    pub(super) state: CallState,
    pub(super) number: Option<String>,
    pub(super) history: CallerHistory,
    /// The draft and its number.
    pub(super) draft: Option<(Uuid, String)>,
    /// Who put it through.
    pub(super) from: String,
}

/// The calls of the person at this moment.
///
/// # Errors
/// When the database refuses.
pub(super) async fn present(app: &App, ctx: &Ctx) -> Result<Vec<Present>> {
    let db = app.db.read();
    let lately = Condition::any()
        .add(phone_call::Column::EndedAt.is_null())
        .add(phone_call::Column::EndedAt.gt(ctx.now - TOLD));
    let calls = phone_call::Entity::find()
        .filter(lately)
        .filter(phone_call::Column::StartedAt.gt(ctx.now - TimeDelta::days(1)))
        .filter(phone_call::Column::Outbound.eq(false))
        .filter(phone_call::Column::Id.in_subquery(mine(ctx)))
        .order_by_desc(phone_call::Column::StartedAt)
        .limit(SHOWN)
        .all(db)
        .await?;
    let mut present = Vec::new();
    for call in calls {
        let legs = call_leg::Entity::find()
            .filter(call_leg::Column::CallId.eq(call.id))
            .order_by_asc(call_leg::Column::Id)
            .all(db)
            .await?;
        present.extend(of(app, ctx, Held { call, legs }).await?);
    }
    Ok(present)
}

fn mine(ctx: &Ctx) -> SelectStatement {
    Query::select()
        .column(call_leg::Column::CallId)
        .from(call_leg::Entity)
        .and_where(call_leg::Column::AccountId.eq(ctx.actor.account))
        .to_owned()
}

/// The call as the person hears it; none when it concerns them no more.
async fn of(app: &App, ctx: &Ctx, held: Held) -> Result<Option<Present>> {
    let facts = held.facts();
    let own: Vec<_> = held.legs.iter().filter(|leg| leg.account_id == ctx.account()).collect();
    let live = own.iter().find(|leg| facts.is_live_at(&leg_facts(leg)));
    let state = match live {
        Some(leg) if leg.answered_at.is_some() => CallState::Talking,
        Some(_) => CallState::Ringing,
        None if facts.state().is_lost() => facts.state(),
        None if facts.state() == CallState::Ended && own.iter().any(|leg| leg.answered_at.is_some()) => {
            CallState::Ended
        }
        None => return Ok(None),
    };
    let number = number(&app.vault, &held.call)?;
    let history = match &number {
        Some(number) if state.is_live() => intake::caller_history(app, ctx, number).await?,
        _ => CallerHistory::default(),
    };
    // A page that is open on the draft is told as well that the caller gave up.
    let draft = own.iter().find_map(|leg| leg.report_id);
    let draft = live.map_or(draft, |leg| leg.report_id);
    let others = held.legs.iter().filter(|leg| leg.account_id != ctx.account());
    let before = others
        .filter(|leg| leg.answered_at.is_some())
        .find_map(|leg| leg.account_id);
    let through = live.is_some_and(|leg| leg.transferred);
    Ok(Some(Present {
        state,
        number,
        history,
        draft: numbered(app, draft).await?,
        from: name_of(app, before.filter(|_| through)).await?,
    }))
}

async fn numbered(app: &App, draft: Option<Uuid>) -> Result<Option<(Uuid, String)>> {
    let Some(id) = draft else { return Ok(None) };
    let found = report::Entity::find_by_id(id).one(app.db.read()).await?;
    Ok(found.map(|report| (report.id, report.number)))
}
