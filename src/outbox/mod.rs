//! The outbox at work: messages for partners are claimed by lease, sent outside
//! any transaction, tried again after growing pauses, and laid aside when the
//! last try failed. A message may arrive twice when a worker dies between
//! sending and noting it, so every one carries its id. Messages of one lane go
//! out in their order: one that has not arrived holds back those behind it.

pub mod address;
mod get;
mod pages;
mod post;
pub mod sign;

pub use get::{Get, Limits, Missed, Unreadable};
pub use post::{Post, Sent};

use crate::ctx::Ctx;
use crate::entity::outbox;
use crate::error::{Error, Result};
use crate::journal::{self, Act, Entry};
use crate::state::App;
use crate::web::Routes;
use chrono::TimeDelta;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};
use serde_json::json;
use uuid::Uuid;

/// Whoever has claimed a message has so long to deliver it.
const LEASE: TimeDelta = TimeDelta::seconds(60);
/// The pauses after the first, second … failure; after the last the message is
/// laid aside until a person repeats it.
pub const RETRY: [TimeDelta; 6] = [
    TimeDelta::seconds(10),
    TimeDelta::minutes(1),
    TimeDelta::minutes(5),
    TimeDelta::minutes(30),
    TimeDelta::hours(2),
    TimeDelta::hours(8),
];
/// Messages of one round.
const ROUND: u64 = 50;

/// The routes of the feature.
#[must_use]
pub fn routes() -> Routes {
    pages::routes()
}

/// What became of one try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The partner has it.
    Delivered,
    /// There is nobody to deliver it to any more.
    Moot(&'static str),
    /// Not this time. The words go into the table: never a person's data.
    Failed(String),
    /// It was not tried: the partner does not answer at the moment.
    Later,
}

fn waiting() -> Select<outbox::Entity> {
    outbox::Entity::find()
        .filter(outbox::Column::DeliveredAt.is_null())
        .filter(outbox::Column::DeadAt.is_null())
}

/// Delivers what is due of a topic, each message by one worker; answers how
/// many went out. One failure never stops the rest.
///
/// # Errors
/// When the database refuses.
pub async fn deliver<F>(app: &App, ctx: &Ctx, topic: &str, send: impl Fn(outbox::Model) -> F) -> Result<u64>
where
    F: Future<Output = Result<Outcome>>,
{
    let due = waiting()
        .filter(outbox::Column::Topic.eq(topic))
        .filter(outbox::Column::AvailableAt.lte(ctx.now))
        .filter(free(ctx))
        .filter(first_of_its_lane())
        .order_by_asc(outbox::Column::AvailableAt)
        .order_by_asc(outbox::Column::Id)
        .limit(ROUND)
        .all(app.db.read())
        .await?;
    let mut delivered = 0;
    for message in due {
        if !claim(app, ctx, message.id).await? {
            continue;
        }
        let (id, tries) = (message.id, message.attempts + 1);
        let outcome = match send(message).await {
            Ok(outcome) => outcome,
            Err(error) => {
                tracing::error!(message = %id, error = %error, "delivery");
                Outcome::Failed("本系统内部错误".to_owned())
            }
        };
        delivered += u64::from(outcome == Outcome::Delivered);
        note(app, (id, tries), &outcome).await?;
    }
    Ok(delivered)
}

/// Not in another worker's hands.
fn free(ctx: &Ctx) -> Condition {
    Condition::any()
        .add(outbox::Column::ClaimedUntil.is_null())
        .add(outbox::Column::ClaimedUntil.lt(ctx.now))
}

/// In no lane, or nothing before it in its lane is still to arrive.
fn first_of_its_lane() -> Condition {
    let earlier = || Alias::new("earlier");
    let before = Query::select()
        .expr(Expr::value(1))
        .from_as(outbox::Entity, earlier())
        .and_where(Expr::col((earlier(), outbox::Column::Lane)).equals((outbox::Entity, outbox::Column::Lane)))
        .and_where(
            Expr::col((earlier(), outbox::Column::LaneSeq)).lt(Expr::col((outbox::Entity, outbox::Column::LaneSeq))),
        )
        .and_where(Expr::col((earlier(), outbox::Column::DeliveredAt)).is_null())
        .to_owned();
    Condition::any()
        .add(outbox::Column::Lane.is_null())
        .add(Expr::exists(before).not())
}

/// Whether a try that fails is the last one: after it the message is laid aside.
#[must_use]
pub fn is_last_try(message: &outbox::Model) -> bool {
    usize::try_from(message.attempts).is_ok_and(|tried| tried >= RETRY.len())
}

/// Takes a message for the length of the lease; false when another worker has.
async fn claim(app: &App, ctx: &Ctx, id: Uuid) -> Result<bool> {
    // From now, not from when the round began: those before it took their time.
    let until = app.clock.now() + LEASE;
    let claimed = outbox::Entity::update_many()
        .col_expr(outbox::Column::ClaimedUntil, Expr::value(Some(until)))
        .col_expr(outbox::Column::Attempts, Expr::col(outbox::Column::Attempts).add(1))
        .filter(outbox::Column::Id.eq(id))
        .filter(outbox::Column::DeliveredAt.is_null())
        .filter(outbox::Column::DeadAt.is_null())
        .filter(free(ctx))
        .exec(app.db.upkeep())
        .await?;
    Ok(claimed.rows_affected == 1)
}

/// Notes what became of a try.
async fn note(app: &App, (id, tries): (Uuid, i32), outcome: &Outcome) -> Result<()> {
    let now = app.clock.now();
    let mut row = outbox::ActiveModel {
        claimed_until: Set(None),
        ..Default::default()
    };
    match outcome {
        Outcome::Delivered => {
            row.delivered_at = Set(Some(now));
            row.failure = Set(None);
        }
        Outcome::Moot(why) => {
            row.delivered_at = Set(Some(now));
            row.failure = Set(Some((*why).to_owned()));
        }
        Outcome::Later => row.attempts = Set(tries - 1),
        Outcome::Failed(why) => {
            row.failure = Set(Some(why.chars().take(200).collect()));
            let pause = usize::try_from(tries - 1).ok().and_then(|at| RETRY.get(at));
            match pause {
                Some(pause) => row.available_at = Set(now + *pause),
                None => row.dead_at = Set(Some(now)),
            }
        }
    }
    outbox::Entity::update_many()
        .set(row)
        .filter(outbox::Column::Id.eq(id))
        .exec(app.db.upkeep())
        .await?;
    Ok(())
}

/// Lets a message that was laid aside, or that waits for its next try, go out
/// at once, with all its tries before it.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Conflict`] for one that has arrived.
pub async fn repeat(app: &App, ctx: &Ctx, id: Uuid) -> Result<()> {
    let tx = app.db.begin().await?;
    let message = outbox::Entity::find_by_id(id).one(&tx).await?.ok_or(Error::NotFound)?;
    if message.delivered_at.is_some() {
        return Err(Error::Conflict("该消息已送达，无需重发".to_owned()));
    }
    let row = outbox::ActiveModel {
        dead_at: Set(None),
        attempts: Set(0),
        available_at: Set(ctx.now),
        ..Default::default()
    };
    outbox::Entity::update_many()
        .set(row)
        .filter(outbox::Column::Id.eq(id))
        .filter(outbox::Column::DeliveredAt.is_null())
        .exec(&tx)
        .await?;
    let entry = Entry::new(Act::MessageRepeated)
        .subject(id)
        .detail(json!({ "topic": message.topic }));
    journal::commit(tx, ctx, entry).await
}
