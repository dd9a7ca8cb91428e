//! What goes wrong on purpose: the worker killed in the middle of a round, a
//! database that takes nothing, a clock that jumps, people who are away.

use super::habits;
use super::queue::Event;
use super::world::World;
use crate::clock;
use crate::db::Db;
use crate::entity::{account, post};
use crate::error::Result;
use crate::network::{self, PostChange};
use crate::rules::policy::Role;
use chrono::TimeDelta;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder};
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

    /// Somebody goes on leave, some with a stand-in that the post names.
    ///
    /// # Errors
    /// When the database refuses to be read.
    pub(super) async fn leave(&mut self, who: usize) -> Result<()> {
        let habit = habits::of(self.people.all[who].role());
        let days = i64::try_from(1 + self.dice.below(habit.leave_days)).unwrap_or(1);
        self.people.all[who].away = Some(self.now() + TimeDelta::days(days));
        let next = habit.leave_every * (50 + self.dice.below(100)) / 100;
        let next = TimeDelta::days(days + i64::try_from(next).unwrap_or(30));
        self.later(next, Event::Leave(who));
        if self.chance(400) {
            self.said_so(who, days).await?;
        }
        Ok(())
    }

    /// The leave is entered at the post that the person holds.
    async fn said_so(&mut self, who: usize, days: i64) -> Result<()> {
        let app = self.app;
        let holder = self.people.all[who].actor().account;
        let held = post::Entity::find()
            .filter(post::Column::HolderId.eq(holder))
            .order_by_asc(post::Column::Id)
            .one(app.db.read())
            .await?;
        let above = self.people.present_as(Role::City, self.now());
        let (Some(post), false) = (held, above.is_empty()) else {
            return Ok(());
        };
        let unit = post.unit_id;
        let colleagues = self.people.of(unit).iter().filter(|other| **other != who);
        let stand_in = colleagues.copied().next();
        let today = clock::day(self.now());
        let change = &PostChange {
            holder: account::Entity::find_by_id(holder)
                .one(app.db.read())
                .await?
                .map(|account| account.username),
            stand_in: stand_in.map(|other| self.people.all[other].username.clone()),
            leave_from: Some(today),
            leave_until: Some(today + TimeDelta::days(days)),
            version: post.version,
        };
        let by = *self.dice.pick(&above);
        let id = post.id;
        let entered = self
            .act(by, ("leave", ""), |ctx| async move {
                network::change_post(app, &ctx, id, change).await
            })
            .await;
        drop(entered);
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
