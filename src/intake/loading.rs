//! Many calls of the past in one transaction: for loading, where nobody waits
//! for one of them. What becomes of each is what [`super::begin`] and
//! [`super::route`] would make of it.

use super::arriving::NewReport;
use super::facts::ReportInput;
use super::outcome::{self, Network, Ready};
use super::store::{Decided, State};
use super::{draft, planning};
use crate::casework::{self, NewCase};
use crate::clocks;
use crate::ctx::Ctx;
use crate::error::Result;
use crate::journal::{self, Act, Entry};
use crate::state::App;
use crate::tasks::FirstTasks;
use sea_orm::ConnectionTrait;

/// A call of the past.
#[derive(Debug)]
pub struct PastCall {
    /// Who picked up, and when.
    pub taken: Ctx,
    /// Who sent it on its way, and when.
    pub routed: Ctx,
    /// What was said.
    pub input: ReportInput,
}

/// Loads calls; what it read of the network stays for the next ones.
#[derive(Debug, Default)]
pub struct Loader {
    network: Network,
}

/// All rows of some calls, not written yet.
#[derive(Default)]
struct Rows<'a> {
    reports: Vec<NewReport>,
    cases: Vec<NewCase>,
    tasks: Vec<FirstTasks>,
    entries: Vec<(&'a Ctx, Entry)>,
}

impl Loader {
    /// Takes and routes calls: all or none. Clocks that have run out since are
    /// marked by `now`, the system's context, as the worker would.
    ///
    /// # Errors
    /// What [`super::route`] refuses; when the database refuses.
    pub async fn load(&mut self, app: &App, now: &Ctx, calls: &[PastCall]) -> Result<()> {
        let mut ready = Vec::with_capacity(calls.len());
        for call in calls {
            let graded = planning::grade(app, &call.routed, &call.input, None).await?;
            let facts = (graded, Some(call.taken.now), Vec::new());
            ready.push(outcome::ready(app, &call.routed, &call.input, facts, &mut self.network).await?);
        }
        let tx = app.db.begin().await?;
        let rows = compose(&tx, app, now, calls.iter().zip(ready).collect()).await?;
        NewReport::write_all(&tx, rows.reports).await?;
        NewCase::write(&tx, rows.cases).await?;
        FirstTasks::write(&tx, rows.tasks).await?;
        journal::commit_all(tx, rows.entries).await
    }
}

async fn compose<'a>(
    tx: &impl ConnectionTrait,
    app: &App,
    now: &'a Ctx,
    calls: Vec<(&'a PastCall, Ready)>,
) -> Result<Rows<'a>> {
    let mut wanted = Vec::new();
    for (call, ready) in &calls {
        wanted.push((draft::PREFIX, call.taken.now));
        wanted.extend(outcome::numbers(&call.routed, ready));
    }
    let mut numbers = casework::next_numbers(tx, &wanted).await?.into_iter();
    let mut rows = Rows::default();
    for (call, ready) in calls {
        let own = 1 + outcome::numbers(&call.routed, &ready).count();
        let own: Vec<String> = numbers.by_ref().take(own).collect();
        add(&mut rows, (tx, app, now), (call, &ready), own).await?;
    }
    Ok(rows)
}

async fn add<'a>(
    rows: &mut Rows<'a>,
    (tx, app, now): (&impl ConnectionTrait, &App, &'a Ctx),
    (call, ready): (&'a PastCall, &Ready),
    mut numbers: Vec<String>,
) -> Result<()> {
    let number = numbers.remove(0);
    let blank = draft::blank(&call.taken, number, call.input.channel(), call.taken.now);
    let id = blank.id.clone().take().unwrap_or_default();
    let (mut case, first) = outcome::compose(tx, app, &call.routed, (&call.input, ready), numbers).await?;
    let decided = Decided {
        case: Some(case.case().id),
        ..Decided::new(State::Routed, "route", call.routed.now)
    };
    let entry = outcome::line((id, case.case(), ready.graded().suggestion.level), ready.plan());
    rows.entries
        .push((&call.taken, Entry::new(Act::DraftOpened).report(id)));
    rows.entries.extend(first.entries().map(|entry| (&call.routed, entry)));
    rows.entries.push((&call.routed, entry));
    rows.entries.extend(
        case.run_out(now.now)
            .into_iter()
            .map(|clock| (now, clocks::missed(&clock))),
    );
    rows.reports.push(NewReport::compose(
        &app.vault,
        (id, blank),
        (&call.input, ready.graded()),
        decided,
    )?);
    rows.cases.push(case);
    rows.tasks.push(first);
    Ok(())
}
