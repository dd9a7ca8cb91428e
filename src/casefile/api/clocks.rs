//! The clocks of a case for machines: what runs, by which rule and version, and
//! what happens next.

use crate::casefile::clock_page::{next, task_names};
use crate::casefile::clockwork;
use crate::casefile::names::Names;
use crate::casefile::page::reduced;
use crate::casework;
use crate::clocks::{self, Rules};
use crate::ctx::Ctx;
use crate::entity::deadline;
use crate::error::Result;
use crate::journal::{self, Act, Entry};
use crate::rules::escalation::Stage;
use crate::rules::policy::Action;
use crate::state::App;
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;
use std::collections::BTreeSet;
use utoipa::ToSchema;
use uuid::Uuid;

/// By which rule a clock was counted.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CountedOut {
    /// The row of the table; empty for a time that was agreed on.
    #[schema(example = "DL08-tipoff-red-sign")]
    code: String,
    version: i32,
    /// In words.
    name: String,
    /// `72小时`; empty for a time that was agreed on.
    time: String,
    /// What happens when it passes.
    on_expiry: String,
}

/// A clock with everything that is known of it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FullClockOut {
    /// `sign`, `contact`, `assess`, `resolve`, `supervision`, `task_done` …
    milestone: String,
    /// In words.
    what: String,
    /// The unit that owes it.
    unit: String,
    owner: Uuid,
    started_at: DateTime<Utc>,
    due_at: DateTime<Utc>,
    /// Counted through a year without a working calendar.
    guessed: bool,
    /// `running`, `paused`, `met`, `cancelled`.
    state: &'static str,
    overdue: bool,
    met_at: Option<DateTime<Utc>>,
    cancelled_at: Option<DateTime<Utc>>,
    paused_at: Option<DateTime<Utc>>,
    /// `warn`, `due`, `stand_in`, `head`, `township`, `county`, `city`; null
    /// where nothing more happens by itself.
    next_step: Option<&'static str>,
    /// When it does.
    next_at: Option<DateTime<Utc>>,
    /// The same in words.
    next: String,
    /// Null for whoever is told what and until when, and no more.
    rule: Option<CountedOut>,
}

/// The clocks of a case, the earliest due first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CaseClocks {
    items: Vec<FullClockOut>,
}

/// Reads the clocks of a case; the view stands in the journal.
pub(super) async fn of_case(app: &App, ctx: &Ctx, id: Uuid) -> Result<CaseClocks> {
    let db = app.db.read();
    casework::fetch_for(db, ctx, id, Action::View).await?;
    let entry = Entry::new(Act::CaseViewed).case(id).detail(json!({ "list": "clocks" }));
    journal::viewed(&app.db, ctx, entry).await?;
    let all = clocks::of_case(db, id).await?;
    let units = all.iter().map(|clock| clock.owner_unit).collect();
    let names = Names::load(db, &app.vault, units, BTreeSet::new()).await?;
    let (tasks, rules) = (task_names(db, &all).await?, Rules::of(db, &all).await?);
    let plain = reduced(ctx.actor.role);
    let out = |clock: &deadline::Model| FullClockOut {
        what: clockwork::purpose(clock, &tasks),
        unit: names.unit(clock.owner_unit),
        rule: (!plain).then(|| counted(clock, &rules)),
        next: next(ctx, clock),
        ..bare(ctx, clock)
    };
    Ok(CaseClocks {
        items: all.iter().map(out).collect(),
    })
}

fn bare(ctx: &Ctx, clock: &deadline::Model) -> FullClockOut {
    let runs = clock.met_at.is_none() && clock.cancelled_at.is_none();
    let state = match (clock.met_at, clock.cancelled_at, clock.paused_at) {
        (Some(_), ..) => "met",
        (None, Some(_), _) => "cancelled",
        (None, None, Some(_)) => "paused",
        (None, None, None) => "running",
    };
    let next_at = clock.next_at.filter(|_| state == "running");
    FullClockOut {
        milestone: clock.milestone.clone(),
        what: String::new(),
        unit: String::new(),
        owner: clock.owner_unit,
        started_at: clock.started_at,
        due_at: clock.due_at,
        guessed: clock.calendar_guessed,
        state,
        overdue: runs && clock.due_at <= ctx.now,
        met_at: clock.met_at,
        cancelled_at: clock.cancelled_at,
        paused_at: clock.paused_at,
        next_step: next_at.and_then(|_| Stage::after(clock.escalation)).map(Stage::code),
        next_at,
        next: String::new(),
        rule: None,
    }
}

fn counted(clock: &deadline::Model, rules: &Rules) -> CountedOut {
    let by = rules.by(clock);
    CountedOut {
        code: clock.rule_code.clone(),
        version: clock.rule_version,
        name: by.name,
        time: by.time,
        on_expiry: by.on_expiry,
    }
}
