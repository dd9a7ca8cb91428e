//! The law of the service, readable in one sitting: pure functions over plain
//! data. Nothing here awaits, reads a file at run time, or knows SQL or HTTP.

pub mod arbiter;
pub mod assessment;
pub mod calendar;
pub mod call_back;
pub mod calls;
pub mod closing;
pub mod codes;
pub mod deadlines;
pub mod division;
pub mod escalation;
pub mod idcard;
pub mod level;
pub mod orderflow;
pub mod measures;
pub mod policy;
pub mod quality;
pub mod routing;
pub mod rule_change;
pub mod rulebook;
pub mod taskdue;
pub mod taskflow;
pub mod taskshare;
pub mod transferflow;
pub mod triage;
pub mod workflow;
