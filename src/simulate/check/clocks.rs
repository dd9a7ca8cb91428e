//! Whether every clock did what it had to, once and not in silence.

use super::list;
use crate::error::Result;
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, Value};

const CLOCK_FORGOTTEN: &str = "SELECT coalesce(c.number, '') || ' ' || d.milestone AS what FROM deadline d \
    LEFT JOIN protection_case c ON c.id = d.case_id WHERE d.met_at IS NULL AND d.cancelled_at IS NULL \
    AND d.paused_at IS NULL AND (d.next_at <= $1 OR (d.overdue_at IS NULL AND d.due_at <= $1)) ORDER BY 1";

/// A clock that is moved warns, runs out and climbs anew by its new end: twice
/// is the same stage for the same end.
const FIRED_TWICE: &str = "SELECT coalesce(c.number, '') || ' ' || d.milestone AS what FROM deadline d \
    LEFT JOIN protection_case c ON c.id = d.case_id WHERE d.id IN (SELECT subject FROM journal_entry \
    WHERE act IN ('deadline_warned', 'deadline_missed', 'deadline_escalated') AND subject IS NOT NULL \
    GROUP BY subject, act, detail ->> 'due', detail ->> 'rung' HAVING count(*) > 1) ORDER BY 1";

const FIRED_SILENTLY: &str = "SELECT coalesce(c.number, '') || ' ' || d.milestone AS what FROM deadline d \
    LEFT JOIN protection_case c ON c.id = d.case_id WHERE d.overdue_at IS NOT NULL \
    AND d.id NOT IN (SELECT subject FROM journal_entry WHERE act = 'deadline_missed' AND subject IS NOT NULL) ORDER BY 1";

/// Clocks whose moment has passed and that did nothing.
pub(super) async fn forgotten(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<Vec<String>> {
    list(db, CLOCK_FORGOTTEN, [Value::from(now)]).await
}

/// Clocks that did the same twice, or ran out without an entry.
pub(super) async fn fired(db: &impl ConnectionTrait) -> Result<Vec<String>> {
    let mut found = list(db, FIRED_TWICE, []).await?;
    found.extend(list(db, FIRED_SILENTLY, []).await?);
    Ok(found)
}
