//! The eight checks before a case may be closed (结案条件).

use chrono::{DateTime, Utc};

use super::codes::ClosureType;
use super::level::RiskLevel;

/// A review of the risk (复评).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Review {
    /// When it was made.
    pub at: DateTime<Utc>,
    /// The level it found.
    pub level: RiskLevel,
}

/// What is known of a case that is to be closed.
#[derive(Debug, Clone)]
pub struct ClosingFacts {
    /// Now.
    pub now: DateTime<Utc>,
    /// A code of `data/closure_types.csv`.
    pub closure_type: String,
    /// The level now.
    pub current_level: RiskLevel,
    /// The most urgent level the case ever had.
    pub highest_level: RiskLevel,
    /// All reviews, in any order.
    pub reviews: Vec<Review>,
    /// Core goals not reached.
    pub open_goals: Vec<String>,
    /// The child goes over to routine care, so open goals do not hold it up.
    pub routine_care: bool,
    /// Names of papers in force and procedures not ended.
    pub open_legal: Vec<String>,
    /// Names of papers that are missing.
    pub missing_papers: Vec<String>,
    /// The child was heard, or the reason why not is written down.
    pub child_heard: bool,
    /// A follow-up is planned.
    pub follow_up_planned: bool,
    /// The county held its conference.
    pub county_conference: bool,
    /// The city made its spot check.
    pub city_check: bool,
    /// Numbers of work orders and reports that are still open.
    pub open_orders: Vec<String>,
}

/// One of the eight checks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// 1–8.
    pub number: u8,
    /// The words on screen.
    pub title: &'static str,
    /// Whether it is met.
    pub met: bool,
    /// What is missing, or what met it.
    pub detail: String,
}

/// A way of closing that does not exist.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refused(pub String);

/// The way of closing, if there is one of this code.
///
/// # Errors
/// [`Refused`] for an unknown code and for 无法联系、监护人拒绝, which must be
/// escalated instead.
pub fn closure_type(code: &str) -> Result<&'static ClosureType, Refused> {
    Err(Refused(code.to_owned()))
}

/// The eight checks in order, each met or not.
#[must_use]
pub fn checks(_facts: &ClosingFacts) -> Vec<Check> {
    Vec::new()
}
