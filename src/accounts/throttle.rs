//! Growing delays after failed sign-ins, told alike whether or not the account
//! exists. The counter of an account with an address may grow long; the one of
//! an address alone stays short and never holds up an account that has signed
//! in from there before, so that nobody can keep the operator on duty out.

use super::visitor::Visitor;
use crate::db::Db;
use crate::entity::throttle::{ActiveModel, Column, Entity, Model};
use crate::error::{Error, Result};
use crate::state::App;
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, DbErr, EntityTrait, QueryFilter, SqlErr};

/// Failures are counted over this time, and forgotten after as much silence.
const WINDOW: TimeDelta = TimeDelta::minutes(15);
/// So many failures are free.
const FREE: i32 = 5;
/// Longest delay of an account with an address, in seconds.
const LONG: i64 = 15 * 60;
/// Longest delay of an address alone, in seconds.
const SHORT: i64 = 30;
/// An address where an account signed in is known for so long.
const KNOWN: TimeDelta = TimeDelta::days(30);
/// Attempts at one counter before giving up on it for now.
const TRIES: usize = 8;

/// The counters of one attempt.
#[derive(Debug)]
pub(super) struct Attempt {
    pair: String,
    place: String,
    known: String,
    now: DateTime<Utc>,
}

impl Attempt {
    fn new(app: &App, visitor: &Visitor, username: &str) -> Self {
        let address = &visitor.address;
        let key = |text: String| app.vault.index("throttle", &hex::encode(text));
        Self {
            pair: key(format!("pair {address} {username}")),
            place: key(format!("place {address}")),
            known: key(format!("known {address} {username}")),
            now: visitor.now,
        }
    }

    /// The password was right: the counter starts anew and the address is known.
    pub(super) async fn passed(&self, app: &App) -> Result<()> {
        let db = app.db.upkeep();
        Entity::delete_by_id(&self.pair).exec(db).await?;
        let known = Entity::update_many()
            .col_expr(Column::WindowFrom, Expr::value(self.now))
            .filter(Column::Key.eq(&self.known))
            .exec(db)
            .await?;
        if known.rows_affected == 0 {
            insert(&app.db, &self.known, 0, self.now, None).await?;
        }
        Ok(())
    }

    /// The password was wrong: the address is counted too.
    pub(super) async fn failed(&self, app: &App) -> Result<()> {
        count(&app.db, &self.place, self.now, SHORT).await.map(drop)
    }
}

/// Lets an attempt in or answers how long to wait. It counts as failed until
/// [`Attempt::passed`] says otherwise, so that attempts made at the same time
/// do not slip through together.
pub(super) async fn enter(app: &App, visitor: &Visitor, username: &str) -> Result<Attempt> {
    let attempt = Attempt::new(app, visitor, username);
    let place = row(&app.db, &attempt.place).await?;
    let known = row(&app.db, &attempt.known).await?;
    let is_known = known.is_some_and(|known| attempt.now - known.window_from < KNOWN);
    if !is_known {
        wait(place.as_ref(), attempt.now)?;
    }
    count(&app.db, &attempt.pair, attempt.now, LONG).await?;
    Ok(attempt)
}

/// Forgets counters that no longer matter; answers how many.
///
/// # Errors
/// When the database refuses.
pub async fn forget(db: &Db, now: DateTime<Utc>) -> Result<u64> {
    let gone = Entity::delete_many()
        .filter(Column::WindowFrom.lt(now - KNOWN))
        .exec(db.upkeep())
        .await?;
    Ok(gone.rows_affected)
}

async fn row(db: &Db, key: &str) -> Result<Option<Model>> {
    Ok(Entity::find_by_id(key.to_owned()).one(db.upkeep()).await?)
}

fn wait(row: Option<&Model>, now: DateTime<Utc>) -> Result<()> {
    let until = row.and_then(|row| row.blocked_until).filter(|until| *until > now);
    let Some(until) = until else { return Ok(()) };
    let seconds = (until - now).num_milliseconds().unsigned_abs().div_ceil(1000);
    Err(Error::TooMany(seconds.max(1)))
}

/// Adds one to a counter unless it is closed at the moment. The update names
/// the count it saw, so that no failure is lost between two processes.
async fn count(db: &Db, key: &str, now: DateTime<Utc>, longest: i64) -> Result<()> {
    for _ in 0..TRIES {
        let seen = row(db, key).await?;
        wait(seen.as_ref(), now)?;
        let (failures, from) = next(seen.as_ref(), now);
        let until = delay(failures, longest).map(|delay| now + delay);
        let counted = match seen {
            None => insert(db, key, failures, from, until).await?,
            Some(seen) => update(db, &seen, failures, from, until).await?,
        };
        if counted {
            return Ok(());
        }
    }
    Err(Error::TooMany(1))
}

/// The next count and the start of its window.
fn next(seen: Option<&Model>, now: DateTime<Utc>) -> (i32, DateTime<Utc>) {
    match seen {
        Some(row) if now - row.blocked_until.unwrap_or(row.window_from) < WINDOW => {
            (row.failures.saturating_add(1), row.window_from)
        }
        _ => (1, now),
    }
}

/// 1, 2, 4 … seconds from the fifth failure on.
fn delay(failures: i32, longest: i64) -> Option<TimeDelta> {
    let over = u32::try_from(failures - FREE).ok()?;
    let seconds = 2i64.checked_pow(over).unwrap_or(longest).min(longest);
    TimeDelta::try_seconds(seconds)
}

/// Whether the row was new.
async fn insert(db: &Db, key: &str, failures: i32, from: DateTime<Utc>, until: Option<DateTime<Utc>>) -> Result<bool> {
    let row = ActiveModel {
        key: Set(key.to_owned()),
        failures: Set(failures),
        window_from: Set(from),
        blocked_until: Set(until),
    };
    match Entity::insert(row).exec_without_returning(db.upkeep()).await {
        Ok(_) => Ok(true),
        Err(error) if is_taken(&error) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

async fn update(
    db: &Db,
    seen: &Model,
    failures: i32,
    from: DateTime<Utc>,
    until: Option<DateTime<Utc>>,
) -> Result<bool> {
    let done = Entity::update_many()
        .col_expr(Column::Failures, Expr::value(failures))
        .col_expr(Column::WindowFrom, Expr::value(from))
        .col_expr(Column::BlockedUntil, Expr::value(until))
        .filter(Column::Key.eq(&seen.key))
        .filter(Column::Failures.eq(seen.failures))
        .exec(db.upkeep())
        .await?;
    Ok(done.rows_affected == 1)
}

/// Whether a unique column already holds the value.
pub(super) fn is_taken(error: &DbErr) -> bool {
    matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delay_doubles_from_the_fifth_failure_to_its_cap() {
        let seconds = |failures, longest| delay(failures, longest).map(|delay| delay.num_seconds());
        assert_eq!(seconds(4, LONG), None);
        assert_eq!(seconds(5, LONG), Some(1));
        assert_eq!(seconds(8, LONG), Some(8));
        assert_eq!(seconds(40, LONG), Some(900));
        assert_eq!(seconds(i32::MAX, SHORT), Some(30));
    }

    #[test]
    fn a_quarter_of_an_hour_of_silence_forgives() {
        let start = DateTime::UNIX_EPOCH;
        let row = Model {
            key: String::new(),
            failures: 6,
            window_from: start,
            blocked_until: Some(start + TimeDelta::minutes(1)),
        };
        assert_eq!(next(Some(&row), start + TimeDelta::minutes(15)), (7, start));
        let later = start + TimeDelta::minutes(16);
        assert_eq!(next(Some(&row), later), (1, later));
    }
}
