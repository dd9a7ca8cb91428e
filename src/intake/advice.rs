//! What the desk shows while somebody talks; nothing is stored.

use super::candidates::{Candidate, candidates};
use super::facts::ReportInput;
use super::{emergency, planning, store};
use crate::clocks;
use crate::ctx::Ctx;
use crate::error::Result;
use crate::rules::level::RiskLevel;
use crate::rules::policy::ReportAction;
use crate::rules::routing::{self, Due, Plan};
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
/// [`Error::Hidden`](crate::error::Error::Hidden) for another's report; when
/// the database refuses.
pub async fn advice(app: &App, ctx: &Ctx, input: &ReportInput, report: Option<Uuid>) -> Result<Advice> {
    let called = match report {
        Some(report) => {
            store::fetch(app.db.read(), ctx, report, ReportAction::View).await?;
            !emergency::emergency_calls(app, report).await?.is_empty()
        }
        None => false,
    };
    let graded = planning::grade(app, ctx, input, report).await?;
    let received_at = input.received_at.unwrap_or(ctx.now);
    let facts = planning::routing_facts(app, ctx, input, (&graded, received_at)).await?;
    let roster = planning::roster(app, ctx, &facts).await?;
    let plan = routing::plan(&facts, &roster, &clocks::book(app.db.read(), ctx.now).await?).ok();
    let mut gaps = planning::gaps(input, &graded, called);
    gaps.extend(planning::namesakes(app, ctx, input, &facts).await?);
    Ok(Advice {
        dues: plan.as_ref().map(|plan| plan.dues.clone()).unwrap_or_default(),
        duplicates: candidates(app, ctx, input, report).await?,
        blank: graded.suggestion.reasons.is_empty() && input.chosen().is_none(),
        level: graded.level,
        suggestion: graded.suggestion,
        plan,
        gaps,
    })
}
