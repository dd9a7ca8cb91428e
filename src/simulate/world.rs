//! The world of a simulation: its clock, its people, what is to happen, and
//! the one way in which somebody does something.

use super::chart::Week;
use super::clockwork::Clockwork;
use super::habits;
use super::people::People;
use super::queue::{Event, Queue};
use super::staff::Vacancy;
use super::trace::{self, Trace};
use crate::clock;
use crate::ctx::Ctx;
use crate::demo::Dice;
use crate::entity::protection_case;
use crate::error::{Error, Result};
use crate::intake::ReportInput;
use crate::rules::level::RiskLevel;
use crate::rules::policy::Role;
use crate::state::App;
use chrono::{DateTime, Datelike, TimeDelta, Timelike, Utc, Weekday};
use sea_orm::EntityTrait;
use uuid::Uuid;

/// Who is late takes so many minutes longer at most: two weeks. Then somebody
/// asks, however long the matter may take by itself.
const LATEST: u64 = 14 * 24 * 60;

/// A call whose outcome is still to be decided.
#[derive(Debug)]
pub(super) struct Ringing {
    pub(super) report: Uuid,
    pub(super) version: i32,
    pub(super) who: usize,
    pub(super) input: ReportInput,
    pub(super) repeated: bool,
    /// How often its outcome was tried.
    pub(super) tries: u32,
}

/// A case that goes on.
#[derive(Debug)]
pub(super) struct Story {
    pub(super) id: Uuid,
    pub(super) number: String,
    /// How often somebody turned to it while it was supported.
    pub(super) rounds: u32,
    /// Whether its end was asked for: what is still missing comes soon.
    pub(super) ending: bool,
    /// How often it was followed up after its closing.
    pub(super) followed: u32,
    /// Whether somebody will turn to its order.
    pub(super) ordered: bool,
    /// How often somebody tried to put its order away.
    pub(super) filed: u32,
    /// Whether a place outside the city has taken it.
    pub(super) outside: bool,
}

impl Story {
    /// A case that has just been opened.
    pub(super) fn new(id: Uuid, number: String) -> Self {
        Self {
            id,
            number,
            rounds: 0,
            ending: false,
            followed: 0,
            ordered: true,
            filed: 0,
            outside: false,
        }
    }
}

/// A transfer or a measure that goes on, and the position of its case.
#[derive(Debug, Clone, Copy)]
pub(super) struct Course {
    pub(super) id: Uuid,
    pub(super) case: usize,
}

/// A joint task that goes on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Errand {
    pub(super) id: Uuid,
}

/// A simulation on its way.
#[derive(Debug)]
pub(super) struct World<'a> {
    pub(super) app: &'a App,
    pub(super) dice: Dice,
    pub(super) until: DateTime<Utc>,
    pub(super) queue: Queue,
    pub(super) people: People,
    pub(super) trace: Trace,
    pub(super) clockwork: Clockwork,
    pub(super) weeks: Vec<Week>,
    pub(super) calls: Vec<Ringing>,
    pub(super) cases: Vec<Story>,
    pub(super) tasks: Vec<Errand>,
    pub(super) moves: Vec<Course>,
    pub(super) papers: Vec<Course>,
    pub(super) vacancies: Vec<Vacancy>,
}

impl World<'_> {
    /// The moment of everything that happens now.
    pub(super) fn now(&self) -> DateTime<Utc> {
        self.app.clock.now()
    }

    /// Whether something of so many thousandths happens.
    pub(super) fn chance(&mut self, thousandths: u64) -> bool {
        self.dice.below(1000) < thousandths
    }

    /// Plans an event so long from now; what lies beyond the end never comes.
    pub(super) fn later(&mut self, wait: TimeDelta, event: Event) {
        let at = self.now() + wait;
        if at <= self.until {
            self.queue.plan(at, event);
        }
    }

    /// A wait around so many minutes, longer for those who are late.
    pub(super) fn wait(&mut self, role: Role, minutes: u64) -> TimeDelta {
        let habit = habits::of(role);
        let mut minutes = minutes * (30 + self.dice.below(140)) / 100 + 1;
        if self.chance(habit.late) {
            minutes = (minutes * (5 + self.dice.below(20))).min(minutes + LATEST);
        }
        TimeDelta::minutes(i64::try_from(minutes).unwrap_or(i64::MAX / 120_000))
    }

    /// The same in an office: what is not red waits for the morning, what is
    /// yellow only for the end of the night.
    pub(super) fn office(&mut self, role: Role, minutes: u64, level: RiskLevel) -> TimeDelta {
        let wait = self.wait(role, minutes);
        if level == RiskLevel::Red {
            return wait;
        }
        let local = (self.now() + wait).with_timezone(&clock::shanghai());
        let on_call = level == RiskLevel::Yellow && (7..22).contains(&local.hour());
        let closed = !(8..18).contains(&local.hour()) || matches!(local.weekday(), Weekday::Sat | Weekday::Sun);
        if on_call || !closed {
            return wait;
        }
        let hours = match local.hour() {
            before @ 0..8 => 8 - before,
            after => 32 - after,
        };
        let rest = match local.weekday() {
            Weekday::Fri if local.hour() >= 18 => 2,
            Weekday::Sat => 1 + u32::from(local.hour() < 8),
            Weekday::Sun => u32::from(local.hour() < 8),
            _ => 0,
        };
        let morning = TimeDelta::hours(i64::from(hours + 24 * rest));
        wait + morning + TimeDelta::minutes(i64::try_from(self.dice.below(90)).unwrap_or(0))
    }

    /// A case as it is now.
    ///
    /// # Errors
    /// When the database refuses.
    pub(super) async fn case(&self, at: usize) -> Result<protection_case::Model> {
        let id = self.cases[at].id;
        let found = protection_case::Entity::find_by_id(id).one(self.app.db.read()).await?;
        found.ok_or(Error::NotFound)
    }

    /// Somebody takes a step on a case, now and then from a page that was
    /// opened before somebody else changed it.
    ///
    /// # Errors
    /// What the operation refuses.
    pub(super) async fn step<T, F, Fut>(
        &mut self,
        who: usize,
        name: &'static str,
        (number, version): (&str, i32),
        work: F,
    ) -> Result<T>
    where
        T: PartialEq,
        F: Fn(Ctx, i32) -> Fut,
        Fut: Future<Output = Result<T>>,
    {
        let habit = habits::of(self.people.all[who].role());
        let old = version > 1 && self.chance(habit.stale);
        let seen = if old { version - 1 } else { version };
        let outcome = self.act(who, (name, number), |ctx| work(ctx, seen)).await;
        if old && outcome.is_ok() {
            self.trace.unnoticed.push(format!("{name} {number}"));
        }
        outcome
    }

    /// Somebody does something, perhaps by two clicks at once. What it was and
    /// what came of it goes into the trace.
    ///
    /// # Errors
    /// What the operation refuses.
    pub(super) async fn act<T, F, Fut>(&mut self, who: usize, (name, on): (&'static str, &str), work: F) -> Result<T>
    where
        T: PartialEq,
        F: Fn(Ctx) -> Fut,
        Fut: Future<Output = Result<T>>,
    {
        let person = &self.people.all[who];
        debug_assert!(!person.gone, "whoever left does nothing more");
        let (role, username) = (person.role(), person.username.clone());
        let ctx = person.at(self.now());
        let outcome = if self.chance(habits::of(role).twice) {
            let both = tokio::join!(Box::pin(work(ctx.clone())), Box::pin(work(ctx)));
            self.once(name, on, both)
        } else {
            Box::pin(work(ctx)).await
        };
        let word = match &outcome {
            Ok(_) => "done",
            Err(error) => trace::reason(error),
        };
        match &outcome {
            Ok(_) => {
                *self.trace.acts.entry(name).or_default() += 1;
                *self.trace.by_role.entry(role).or_default() += 1;
            }
            Err(error) => {
                *self.trace.refusals.entry((name, word)).or_default() += 1;
                if let Error::Internal(cause) = error {
                    self.trace.broken.push(format!("{name} {on}: {cause:#}"));
                }
            }
        }
        let now = self.now();
        self.trace.line(now, &[&username, name, on, word]);
        outcome
    }

    /// What two clicks at once amount to: one of them counts.
    fn once<T: PartialEq>(&mut self, name: &str, on: &str, both: (Result<T>, Result<T>)) -> Result<T> {
        match both {
            (Ok(one), Ok(other)) => {
                if one == other {
                    self.trace.absorbed += 1;
                } else {
                    self.trace.doubled.push(format!("{name} {on}"));
                }
                Ok(one)
            }
            (Ok(one), Err(_)) | (Err(_), Ok(one)) => {
                self.trace.absorbed += 1;
                Ok(one)
            }
            (Err(error), Err(_)) => Err(error),
        }
    }
}
