//! The first task of every department that a plan names: composed with the
//! case that opens, and written with it.

use super::opening::{Order, compose, entry, given, refs};
use super::shared::Shared;
use crate::casework::{NewCase, Opening};
use crate::ctx::Ctx;
use crate::db::insert_models;
use crate::entity::task;
use crate::error::Result;
use crate::journal::{Act, Entry};
use crate::notices::Notice;
use crate::rules::codes::{self, TaskType};
use crate::rules::routing::{Assignment, Plan};
use crate::rules::rulebook::Rulebook;
use crate::state::App;
use sea_orm::ConnectionTrait;
use std::collections::BTreeSet;

/// The first task of every department that the plan names, in the plan's
/// order: its unit and its kind.
fn first_kinds(plan: &Plan) -> impl Iterator<Item = (&Assignment, &'static TaskType)> {
    let mut seen = BTreeSet::new();
    std::iter::once(&plan.lead)
        .chain(&plan.assists)
        .filter_map(move |assignment| {
            let kind = codes::first_task(&assignment.unit_kind).and_then(|first| codes::task_type(&first.code));
            kind.filter(|_| seen.insert(assignment.unit))
                .map(|kind| (assignment, kind))
        })
}

/// The tasks that come with a case in the making, not written yet.
#[derive(Debug, Default)]
pub struct FirstTasks {
    rows: Vec<task::Model>,
}

impl FirstTasks {
    /// How many numbers of the prefix `RW` the tasks of a plan need.
    #[must_use]
    pub fn count(plan: &Plan) -> usize {
        first_kinds(plan).count()
    }

    /// Composes them: their clocks and their lines of the timeline go to the
    /// case. `place` is where the case is, as a path of names; `book` the rules
    /// of time.
    ///
    /// # Errors
    /// When the vault refuses.
    pub fn compose(
        app: &App,
        ctx: &Ctx,
        case: &mut NewCase,
        opening: &Opening<'_>,
        (book, place, numbers): (&Rulebook, &str, impl IntoIterator<Item = String>),
    ) -> Result<Self> {
        let mut first = Self::default();
        for ((assignment, kind), number) in first_kinds(opening.plan).zip(numbers) {
            let order = Order {
                id: None,
                number,
                kind,
                unit: assignment.unit,
                request: &format!("按职责立即办理“{}”，反馈处置情况和文书号。", kind.name),
                agreed: None,
                conference: None,
            };
            let shared = Shared::of_opening(case.case(), opening, place).only(kind);
            let (row, clocks) = compose((&app.vault, book), ctx, case.case(), (&order, &shared))?;
            case.owe(clocks);
            let refs = refs(&row, kind, &assignment.unit_name);
            case.tell(&app.vault, ctx, (Act::TaskOpened, ctx.now, None, refs))?;
            first.rows.push(row);
        }
        Ok(first)
    }

    /// The journal's lines for them.
    pub fn entries(&self) -> impl Iterator<Item = Entry> {
        self.rows.iter().map(entry)
    }

    /// What the departments are to be told once they are written.
    pub fn notices(&self) -> impl Iterator<Item = Notice> {
        self.rows.iter().map(given)
    }

    /// Writes them, after their cases. The caller commits.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn write(tx: &impl ConnectionTrait, all: Vec<Self>) -> Result<()> {
        let rows = all.into_iter().flat_map(|first| first.rows).collect();
        Ok(insert_models(tx, rows).await?)
    }
}
