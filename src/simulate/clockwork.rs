//! The hand of the clock: it jumps from one thing to the next, and the worker
//! has its round whenever something has become due.

use super::chart::Week;
use super::faults;
use super::queue::Event;
use super::world::World;
use crate::clock;
use crate::entity::{deadline, protection_case};
use crate::error::Result;
use crate::rules::workflow::Stage;
use crate::worker;
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select};
use std::collections::BTreeSet;
use uuid::Uuid;

/// The worker looks no more often than this.
const ROUND: TimeDelta = TimeDelta::minutes(5);
/// And no less often than this.
const REGULAR: TimeDelta = TimeDelta::hours(6);
/// After a kill it is started again when its leases have run out.
const RESTART: TimeDelta = TimeDelta::minutes(3);

/// One round takes only so much: at the end it has so many.
const LAST_ROUNDS: u32 = 100;

/// When the worker looked last, and what holds it up.
#[derive(Debug)]
pub(super) struct Clockwork {
    last: DateTime<Utc>,
    /// The clock shows at least this much.
    floor: DateTime<Utc>,
    /// The next round is killed after so many polls.
    kill: Option<u64>,
    /// The database takes nothing.
    broken: bool,
    weekly: DateTime<Utc>,
    /// The clocks that the last whole round has left where they stood, with
    /// their moments.
    left: BTreeSet<(Uuid, DateTime<Utc>)>,
}

impl Clockwork {
    pub(super) fn begin(at: DateTime<Utc>) -> Self {
        Self {
            last: at,
            floor: at,
            kill: None,
            broken: false,
            weekly: at,
            left: BTreeSet::new(),
        }
    }

    /// Whether the database takes nothing at the moment.
    pub(super) fn is_broken(&self) -> bool {
        self.broken
    }
}

/// Clocks that run.
fn running() -> Select<deadline::Entity> {
    deadline::Entity::find()
        .filter(deadline::Column::MetAt.is_null())
        .filter(deadline::Column::CancelledAt.is_null())
        .filter(deadline::Column::PausedAt.is_null())
}

impl World<'_> {
    /// Everything that happens, in its order, up to the end.
    ///
    /// # Errors
    /// When the database refuses to be read.
    pub(super) async fn go_on(&mut self, mut tell: impl FnMut(DateTime<Utc>)) -> Result<()> {
        while let Some(at) = self.queue.next_at() {
            let at = at.max(self.clockwork.floor);
            self.rounds(at).await?;
            let Some((_, event)) = self.queue.take() else { break };
            self.move_to(at);
            Box::pin(self.happens(event)).await?;
            tell(at);
        }
        let end = self.until.max(self.clockwork.floor) + RESTART;
        self.rounds(end).await?;
        self.move_to(end);
        for _ in 0..LAST_ROUNDS {
            self.round().await?;
            if !self.has_due().await {
                break;
            }
        }
        Ok(())
    }

    async fn happens(&mut self, event: Event) -> Result<()> {
        match event {
            Event::Call => self.call().await,
            Event::Report => self.report().await,
            Event::Desk(at) => self.desk(at).await,
            Event::Case(at) => self.turn_to(at).await,
            Event::Task(at) => self.turn_to_task(at).await,
            Event::Order(at) => self.turn_to_order(at).await,
            Event::Transfer(at) => self.turn_to_transfer(at).await,
            Event::Measure(at) => self.turn_to_measure(at).await,
            Event::Aside => self.beside().await,
            Event::Leave(who) => self.leave(who).await,
            Event::Seat(who) => self.seated(who).await,
            Event::Resign => self.resigns().await,
            Event::Fill(at) => self.filled(at).await,
            Event::Kill => {
                self.clockwork.kill = Some(1 + self.dice.below(80));
                Ok(())
            }
            Event::Break => {
                self.clockwork.broken = true;
                self.broken().await
            }
            Event::Mend => {
                self.clockwork.broken = false;
                Ok(faults::mend(&self.app.db).await?)
            }
            Event::Jump(hours) => {
                let now = self.now();
                self.clockwork.floor = now + TimeDelta::hours(i64::from(hours));
                self.trace.fault(now, "clock_jumps");
                Ok(())
            }
            Event::Week => self.week().await,
        }
    }

    fn move_to(&mut self, at: DateTime<Utc>) {
        let ahead = at - self.now();
        if ahead > TimeDelta::zero() {
            self.app.clock.advance(ahead);
        }
    }

    /// The worker's rounds before a moment.
    async fn rounds(&mut self, before: DateTime<Utc>) -> Result<()> {
        loop {
            let regular = self.clockwork.last + REGULAR;
            let soonest = self.clockwork.last + ROUND;
            // Too early for a round whatever is due: nobody is asked.
            if soonest.max(self.clockwork.floor) > before {
                return Ok(());
            }
            let at = match self.next_due().await? {
                Some(due) => due.max(soonest).min(regular),
                None => regular,
            };
            let at = at.max(self.clockwork.floor);
            if at > before {
                return Ok(());
            }
            self.move_to(at);
            self.round().await?;
        }
    }

    /// When the next clock wants the worker.
    async fn next_due(&self) -> Result<Option<DateTime<Utc>>> {
        let first = running()
            .filter(deadline::Column::NextAt.is_not_null())
            .select_only()
            .column(deadline::Column::NextAt)
            .order_by_asc(deadline::Column::NextAt)
            .limit(1)
            .into_tuple()
            .one(self.app.db.read())
            .await?;
        Ok(first)
    }

    /// One round of the worker; one that is killed leaves off where it stands.
    async fn round(&mut self) -> Result<()> {
        let app = self.app;
        self.clockwork.last = self.now();
        let due = self.clockwork.kill.is_some() && self.has_due().await;
        match self.clockwork.kill.filter(|_| due) {
            Some(polls) => {
                self.clockwork.kill = None;
                super::tick_cut(app, polls).await;
                let now = self.now();
                self.trace.fault(now, "worker_killed");
                self.clockwork.floor = self.clockwork.floor.max(now + RESTART);
            }
            None => {
                worker::tick(app).await;
                if !self.clockwork.broken {
                    self.left_out().await?;
                }
            }
        }
        Ok(())
    }

    /// Clocks that two whole rounds running have left where they stood, though
    /// their moment had come before the first. One round may leave some, for it
    /// does only so many. Looked for behind rounds, because what is entered late
    /// may be owed since long before: it begins with its moment past.
    async fn left_out(&mut self) -> Result<()> {
        let left = running()
            .filter(deadline::Column::NextAt.lte(self.now()))
            .all(self.app.db.read())
            .await?;
        let moment = |clock: &deadline::Model| clock.next_at.map(|at| (clock.id, at));
        let again = |clock: &&deadline::Model| moment(clock).is_some_and(|at| self.clockwork.left.contains(&at));
        let named = |clock: &deadline::Model| format!("{} {}", clock.id, clock.milestone);
        let forgotten: Vec<String> = left.iter().filter(again).map(named).collect();
        self.trace.forgotten.extend(forgotten);
        self.clockwork.left = left.iter().filter_map(moment).collect();
        Ok(())
    }

    async fn has_due(&self) -> bool {
        matches!(self.next_due().await, Ok(Some(due)) if due <= self.now())
    }

    /// A week is over: what is open, and what was missed in it.
    async fn week(&mut self) -> Result<()> {
        let (from, now) = (self.clockwork.weekly, self.now());
        self.clockwork.weekly = now;
        let db = self.app.db.read();
        let open = Stage::ALL.into_iter().filter(|stage| stage.is_open()).map(Stage::code);
        let open = protection_case::Entity::find()
            .filter(protection_case::Column::Stage.is_in(open))
            .count(db)
            .await?;
        let breaches = deadline::Entity::find()
            .filter(deadline::Column::OverdueAt.gt(from))
            .filter(deadline::Column::OverdueAt.lte(now))
            .count(db)
            .await?;
        let ends = clock::day(now);
        self.weeks.push(Week { ends, open, breaches });
        self.later(TimeDelta::days(7), Event::Week);
        Ok(())
    }
}
