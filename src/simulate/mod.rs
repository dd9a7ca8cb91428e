//! The simulation: years of work on a virtual clock. People of every role do
//! their part through the operations that the screens use: late, absent,
//! forgetful, twice at once, on old pages, without the right to; and the
//! worker is killed, the database breaks and the clock jumps under them.
//! Afterwards [`check()`] asks the tables for what must hold. The same seed
//! gives the same trace on the same database.

mod answers;
mod aside;
mod calls;
mod chart;
mod check;
mod clockwork;
mod ending;
mod errands;
mod faults;
mod habits;
mod life;
mod moves;
mod orders;
mod papers;
mod people;
mod pressure;
mod queue;
mod staff;
mod summary;
mod support;
mod trace;
mod world;

pub use chart::Week;
pub use check::{Invariant, Verdict, check};
pub use summary::Outcome;

use crate::ctx::Ctx;
use crate::demo::Dice;
use crate::entity::protection_case;
use crate::error::{Error, Result};
use crate::network;
use crate::state::App;
use crate::worker;
use chrono::{DateTime, TimeDelta, Utc};
use clockwork::Clockwork;
use faults::Cut;
use people::People;
use queue::{Event, Queue};
use sea_orm::{EntityTrait, PaginatorTrait};
use trace::Trace;
use world::World;

/// So many things happen to a case beside its usual way, about.
const ASIDES: u64 = 3;

/// How much is simulated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Days from the moment that the clock shows.
    pub days: u32,
    /// Cases that open within them.
    pub cases: u32,
    /// The same seed gives the same history.
    pub seed: u64,
}

/// Simulates: from the moment that the application's clock shows, which must
/// stand still except when it is moved, on a database without cases. Tells
/// `tell` the virtual time now and then.
///
/// # Errors
/// [`Error::Conflict`] when there are cases; when the database refuses to be
/// read.
pub async fn run(app: &App, size: &Size, tell: impl FnMut(DateTime<Utc>)) -> Result<Outcome> {
    if protection_case::Entity::find().count(app.db.read()).await? > 0 {
        return Err(Error::Conflict("数据库中已有个案；模拟须用空的数据库".to_owned()));
    }
    let from = app.clock.now();
    network::found(app, &Ctx::system(from)).await?;
    let mut dice = Dice::new(size.seed);
    // Some thirty cases a year to each township, so that people are busy.
    let towns = usize::try_from(size.cases / 30 + 2).unwrap_or(usize::MAX);
    let people = people::settle(app, &mut dice, (towns, size.cases)).await?;
    let mut world = begin(app, (dice, people), size);
    world.go_on(tell).await?;
    let verdicts = check(app, app.clock.now()).await?;
    Outcome::of(world, verdicts, from).await
}

/// A round of the worker that is killed after so many polls, wherever it then
/// stands; answers whether it came to its end before.
pub async fn tick_cut(app: &App, polls: u64) -> bool {
    Cut::after(polls, worker::tick(app)).await
}

fn begin<'a>(app: &'a App, (dice, people): (Dice, People), size: &Size) -> World<'a> {
    let from = app.clock.now();
    let mut world = World {
        app,
        dice,
        until: from + TimeDelta::days(i64::from(size.days)),
        queue: Queue::default(),
        people,
        trace: Trace::default(),
        clockwork: Clockwork::begin(from),
        weeks: Vec::new(),
        calls: Vec::new(),
        cases: Vec::new(),
        tasks: Vec::new(),
        moves: Vec::new(),
        papers: Vec::new(),
        vacancies: Vec::new(),
    };
    plan(&mut world, size);
    world.later(TimeDelta::days(7), Event::Week);
    world
}

/// What comes from outside: calls and reports, faults, and people who leave.
fn plan(world: &mut World<'_>, size: &Size) {
    let (days, minutes) = (u64::from(size.days), u64::from(size.days) * 24 * 60);
    for _ in 0..size.cases {
        let event = if world.chance(200) { Event::Report } else { Event::Call };
        by_day(world, days, event);
    }
    for _ in 0..u64::from(size.cases) * ASIDES {
        sometime(world, minutes, Event::Aside);
    }
    for _ in 0..=days / 9 {
        sometime(world, minutes, Event::Kill);
    }
    for _ in 0..=days / 20 {
        sometime(world, minutes, Event::Break);
    }
    for _ in 0..=days / 60 {
        let hours = 2 + u32::try_from(world.dice.below(70)).unwrap_or(0);
        sometime(world, minutes, Event::Jump(hours));
    }
    let people = world.people.all.len();
    for who in 0..people {
        sometime(world, minutes.min(90 * 24 * 60), Event::Leave(who));
    }
    // Of six people one leaves in a year.
    for _ in 0..=days * u64::try_from(people).unwrap_or(0) / 2200 {
        sometime(world, minutes, Event::Resign);
    }
}

/// Plans an event on any of so many days, at night only now and then.
fn by_day(world: &mut World<'_>, days: u64, event: Event) {
    let hour = if world.chance(850) {
        8 + world.dice.below(13)
    } else {
        world.dice.below(24)
    };
    let minutes = (world.dice.below(days) * 24 + hour) * 60 + world.dice.below(60);
    world.later(TimeDelta::minutes(i64::try_from(minutes).unwrap_or(0)), event);
}

/// Plans an event at any time within so many minutes.
fn sometime(world: &mut World<'_>, minutes: u64, event: Event) {
    let after = i64::try_from(world.dice.below(minutes)).unwrap_or(0);
    world.later(TimeDelta::minutes(after), event);
}
