//! The two clocks of a task: signed as any order (DL08), done by the rule of
//! its type or the time that people agreed on.

use crate::rules::codes::TaskType;
use crate::rules::level::RiskLevel;
use crate::rules::routing::Due;
use crate::rules::rulebook::Rulebook;
use crate::rules::taskdue;
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// What the department is said to owe with an agreed time.
const REPORT: &str = "协办任务反馈";

/// Within which time the unit signs.
pub(super) fn sign(book: &Rulebook, (level, owner): (RiskLevel, Uuid), now: DateTime<Utc>) -> Option<Due> {
    let rule = book.at_level("DL08", level)?;
    Some(Due::under(book, rule, ("task_sign", owner), now))
}

/// By when a result is owed.
pub(super) fn done(
    book: &Rulebook,
    kind: Option<&TaskType>,
    (level, owner): (RiskLevel, Uuid),
    now: DateTime<Utc>,
    agreed: Option<DateTime<Utc>>,
) -> Due {
    let rule = kind.and_then(|kind| taskdue::rule(book, kind, level));
    match (agreed, rule) {
        (None, Some(rule)) => Due::under(book, rule, ("task_done", owner), now),
        (at, _) => Due::agreed(("task_done", owner), at.unwrap_or(now), REPORT),
    }
}
