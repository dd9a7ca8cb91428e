//! What goes wrong on purpose: the worker killed in the middle of a round, a
//! database that takes nothing, a clock that jumps.

use super::queue::Event;
use super::world::World;
use crate::db::Db;
use crate::error::Result;
use chrono::TimeDelta;
use sea_orm::{ConnectionTrait, DbErr};
use std::pin::Pin;
use std::task::{Context, Poll};

/// A future that is dropped after so many polls, wherever it then stands; tells
/// whether it came to its end.
pub(super) struct Cut<F> {
    inner: Option<Pin<Box<F>>>,
    polls: u64,
}

impl<F> Cut<F> {
    pub(super) fn after(polls: u64, inner: F) -> Self {
        Self {
            inner: Some(Box::pin(inner)),
            polls,
        }
    }
}

impl<F: Future<Output = ()>> Future for Cut<F> {
    type Output = bool;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<bool> {
        if self.polls == 0 {
            self.inner = None;
        }
        self.polls = self.polls.saturating_sub(1);
        match &mut self.inner {
            Some(inner) => inner.as_mut().poll(context).map(|()| true),
            None => Poll::Ready(false),
        }
    }
}

/// Makes the database refuse every write from now on, as a full or failing
/// disk does, or a server that has become somebody's standby.
///
/// # Errors
/// When it does not let itself be broken.
pub(super) async fn break_down(db: &Db) -> Result<(), DbErr> {
    if db.is_sqlite() {
        db.upkeep().execute_unprepared("PRAGMA query_only = on").await?;
        return Ok(());
    }
    let name = own_name(db).await?;
    let order = format!("ALTER DATABASE \"{name}\" SET default_transaction_read_only = on");
    db.upkeep().execute_unprepared(&order).await?;
    hang_up(db).await;
    Ok(())
}

/// Lets it work again.
///
/// # Errors
/// When it stays broken.
pub(super) async fn mend(db: &Db) -> Result<(), DbErr> {
    if db.is_sqlite() {
        db.upkeep().execute_unprepared("PRAGMA query_only = off").await?;
        return Ok(());
    }
    let name = own_name(db).await?;
    let order = format!("BEGIN READ WRITE; ALTER DATABASE \"{name}\" RESET default_transaction_read_only; COMMIT");
    db.upkeep().execute_unprepared(&order).await?;
    hang_up(db).await;
    Ok(())
}

async fn own_name(db: &Db) -> Result<String, DbErr> {
    let ask = sea_orm::Statement::from_string(sea_orm::DbBackend::Postgres, "SELECT current_database()::text AS name");
    let row = db.read().query_one_raw(ask).await?;
    row.ok_or_else(|| DbErr::Custom("no database".to_owned()))?
        .try_get("", "name")
}

/// Ends every connection to this database, the one that says so as well: new
/// ones begin under the new rule.
async fn hang_up(db: &Db) {
    let all = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
               WHERE datname = current_database() ORDER BY pid = pg_backend_pid()";
    // The answer is lost with the connection.
    drop(db.upkeep().execute_unprepared(all).await);
}

impl World<'_> {
    /// The database breaks; hours later it works again.
    ///
    /// # Errors
    /// When it does not let itself be broken.
    pub(super) async fn broken(&mut self) -> Result<()> {
        break_down(&self.app.db).await?;
        let now = self.now();
        self.trace.fault(now, "database_refuses");
        // Not by `later`: it must be mended also after the end.
        self.queue.plan(now + TimeDelta::hours(4), Event::Mend);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    #[tokio::test]
    async fn what_is_cut_goes_no_further() {
        let steps = AtomicU32::new(0);
        let work = async {
            for _ in 0..10 {
                steps.fetch_add(1, Ordering::Relaxed);
                tokio::task::yield_now().await;
            }
        };
        assert!(!Cut::after(3, work).await);
        assert_eq!(steps.load(Ordering::Relaxed), 3);
        assert!(Cut::after(30, async {}).await);
    }
}
