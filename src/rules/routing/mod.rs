//! Who gets a report: facts and roster in, an ordered and explained plan out.
//! Rules RT01–RT11, the order of jurisdiction, vacancy and recusal.

mod draft;
mod facts;
mod finish;
mod lead;
mod places;
mod plan;
mod planner;
mod roster;
mod seek;
#[cfg(test)]
mod tests;

pub use facts::{Person, PostFacts, Recused, Roster, RoutingFacts, UnitFacts};
pub use plan::{Assignment, Due, NoOwner, Plan, Skip, Step};
pub use roster::RosterIndex;

use super::rulebook::Rulebook;

/// Plans the route of a report. Pure: nothing is stored or sent.
///
/// # Errors
/// [`NoOwner`] when the roster has no unit that may own the case.
pub fn plan(facts: &RoutingFacts, roster: &Roster, book: &Rulebook) -> Result<Plan, NoOwner> {
    plan_with(facts, &RosterIndex::new(roster), book)
}

/// As [`plan()`], with an index made once for many plans.
///
/// # Errors
/// [`NoOwner`] when the roster has no unit that may own the case.
pub fn plan_with(facts: &RoutingFacts, roster: &RosterIndex<'_>, book: &Rulebook) -> Result<Plan, NoOwner> {
    planner::plan(facts, roster, book)
}
