//! What the worker does for the telephone: ends calls of which nothing more is
//! heard, takes away empty drafts, forgets calls of which no report came.

use super::taking;
use crate::ctx::Ctx;
use crate::db::due_again;
use crate::entity::{call_leg, call_return, phone_call, report};
use crate::error::Result;
use crate::intake;
use crate::journal::{self, Act, Entry};
use crate::rules::calls::CallState;
use crate::state::App;
use chrono::TimeDelta;
use sea_orm::sea_query::{Query, SelectStatement};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::json;
use uuid::Uuid;

/// Nobody lets it ring so long.
const RINGS: TimeDelta = TimeDelta::minutes(10);
/// No conversation lasts so long.
const LASTS: TimeDelta = TimeDelta::hours(6);
/// The setting that tells when calls were last taken away.
const PURGED: &str = "calls_purged";
/// How often that is done.
const EVERY: TimeDelta = TimeDelta::hours(1);
/// So many at once; more wait for the next time.
const BATCH: u64 = 500;

/// Ends, takes away, forgets; answers how many calls were forgotten.
///
/// # Errors
/// When the database refuses.
pub async fn tidy(app: &App, ctx: &Ctx) -> Result<usize> {
    let too_long = |state: CallState, limit| {
        Condition::all()
            .add(phone_call::Column::State.eq(state.code()))
            .add(phone_call::Column::ChangedAt.lt(ctx.now - limit))
    };
    let silent: Vec<Uuid> = phone_call::Entity::find()
        .select_only()
        .column(phone_call::Column::Id)
        .filter(phone_call::Column::EndedAt.is_null())
        .filter(
            Condition::any()
                .add(too_long(CallState::Ringing, RINGS))
                .add(too_long(CallState::Talking, LASTS)),
        )
        .limit(BATCH)
        .into_tuple()
        .all(app.db.read())
        .await?;
    for id in silent {
        taking::give_up(app, ctx, id).await?;
    }
    intake::drop_withdrawn(app, ctx).await?;
    purge(app, ctx).await
}

/// Takes away calls of long ago of which no report came: whoever called and
/// said nothing is not kept. A call with a report stays with it.
async fn purge(app: &App, ctx: &Ctx) -> Result<usize> {
    if !due_again(&app.db, PURGED, EVERY, ctx.now).await? {
        return Ok(0);
    }
    let before = ctx.now - TimeDelta::days(i64::from(app.config.call_days.value));
    let old: Vec<Uuid> = phone_call::Entity::find()
        .select_only()
        .column(phone_call::Column::Id)
        .filter(phone_call::Column::StartedAt.lt(before))
        .filter(phone_call::Column::EndedAt.is_not_null())
        .filter(phone_call::Column::Id.not_in_subquery(with_report()))
        .filter(phone_call::Column::Id.not_in_subquery(owed()))
        .order_by_asc(phone_call::Column::StartedAt)
        .limit(BATCH)
        .into_tuple()
        .all(app.db.read())
        .await?;
    if old.is_empty() {
        return Ok(0);
    }
    let tx = app.db.begin().await?;
    call_return::Entity::delete_many()
        .filter(call_return::Column::CallId.is_in(old.iter().copied()))
        .exec(&tx)
        .await?;
    call_leg::Entity::delete_many()
        .filter(call_leg::Column::CallId.is_in(old.iter().copied()))
        .exec(&tx)
        .await?;
    phone_call::Entity::delete_many()
        .filter(phone_call::Column::Id.is_in(old.iter().copied()))
        .exec(&tx)
        .await?;
    let entry = Entry::new(Act::CallsPurged).detail(json!({ "count": old.len() }));
    journal::commit(tx, ctx, entry).await?;
    Ok(old.len())
}

/// Calls of which a report came.
fn with_report() -> SelectStatement {
    let reports = Query::select()
        .column(report::Column::Id)
        .from(report::Entity)
        .to_owned();
    Query::select()
        .column(call_leg::Column::CallId)
        .from(call_leg::Entity)
        .and_where(call_leg::Column::ReportId.in_subquery(reports))
        .to_owned()
}

/// Calls whose caller is still owed one.
fn owed() -> SelectStatement {
    Query::select()
        .column(call_return::Column::CallId)
        .from(call_return::Entity)
        .and_where(call_return::Column::OpenKey.is_not_null())
        .to_owned()
}
