//! The two outcomes that reach a case: a new one opens, an open one is joined.

use super::Seen;
use super::facts::ReportInput;
use crate::ctx::Ctx;
use crate::entity::{protection_case, report};
use crate::error::{Error, Result};
use crate::rules::routing::Plan;
use crate::rules::triage::Suggestion;
use crate::state::App;
use uuid::Uuid;

/// A case was opened.
#[derive(Debug, Clone)]
pub struct Opened {
    /// The report as it is now.
    pub report: report::Model,
    /// The case.
    pub case: protection_case::Model,
    /// Where it went.
    pub plan: Plan,
    /// What the rules suggested.
    pub suggestion: Suggestion,
    /// What is still missing; noted on the case.
    pub gaps: Vec<String>,
}

/// A report joined an open case.
#[derive(Debug, Clone)]
pub struct Joined {
    /// The report as it is now.
    pub report: report::Model,
    /// The case as it is now.
    pub case: protection_case::Model,
    /// Whether the report raised the case's level.
    pub raised: bool,
}

/// Which case a report joins.
#[derive(Debug, Clone)]
pub enum Target {
    /// By its id, as the candidates give it.
    Id(Uuid),
    /// By its number, as typed.
    Number(String),
}

/// 转办立案: opens a case by the routing plan. Sent twice, it happens once.
///
/// # Errors
/// [`Error::Invalid`] for faults (lowering without a reason, no content …),
/// [`Error::Stale`], [`Error::Hidden`].
pub async fn route(app: &App, ctx: &Ctx, seen: Seen, input: &ReportInput) -> Result<Opened> {
    let _ = (app, ctx, seen, input);
    Err(Error::Unavailable)
}

/// 并入: adds the report to an open case that the person may see or that is a
/// candidate of this report. A repeated report raises the case's level to its
/// own at least, and never merges silently.
///
/// # Errors
/// As [`route`]; [`Error::NotFound`] for a case that is closed or out of reach.
pub async fn join(app: &App, ctx: &Ctx, seen: Seen, input: &ReportInput, target: &Target) -> Result<Joined> {
    let _ = (app, ctx, seen, input, target);
    Err(Error::Unavailable)
}
