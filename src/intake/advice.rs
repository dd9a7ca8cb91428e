//! What the desk shows while somebody talks; nothing is stored.

use super::candidates::Candidate;
use super::facts::ReportInput;
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::rules::level::RiskLevel;
use crate::rules::routing::{Due, Plan};
use crate::rules::triage::Suggestion;
use crate::state::App;
use uuid::Uuid;

/// Level, plan, clocks, likely duplicates and gaps of what was said so far.
#[derive(Debug, Clone)]
pub struct Advice {
    /// The suggested level with its reasons.
    pub suggestion: Suggestion,
    /// The chosen level, or the suggested one.
    pub level: RiskLevel,
    /// Where it would go; nothing while the network has no unit.
    pub plan: Option<Plan>,
    /// The clocks that would start.
    pub dues: Vec<Due>,
    /// Cases that may be about the same child.
    pub duplicates: Vec<Candidate>,
    /// What is still missing, in words.
    pub gaps: Vec<String>,
    /// Whether nothing was said yet that a level could rest on.
    pub blank: bool,
}

/// Advises on a report in the making.
///
/// # Errors
/// When the database refuses.
pub async fn advice(app: &App, ctx: &Ctx, input: &ReportInput, report: Option<Uuid>) -> Result<Advice> {
    let _ = (app, ctx, input, report);
    Err(Error::Unavailable)
}
