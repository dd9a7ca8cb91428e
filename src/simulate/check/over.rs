//! What is over: a closed case holds nothing open, a measure that has run out
//! is not in force.

use super::list;
use crate::clock;
use crate::error::Result;
use crate::rules::measures::{self, PROCEDURES, State};
use crate::rules::taskflow::TaskState;
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ConnectionTrait, Statement, Value};

const CLOSED_OVER_TASK: &str = "SELECT c.number || ' ' || t.number AS what FROM task t \
    JOIN protection_case c ON c.id = t.case_id WHERE c.stage = 'closed' AND t.state = $1 ORDER BY 1";

/// Measures that the law ends with their validity. A round of the worker marks
/// so many: asked for after its last one.
const EXPIRED: &str = "SELECT c.number || ' ' || m.kind AS what FROM measure m \
    JOIN protection_case c ON c.id = m.case_id WHERE m.kind = $1 AND m.state = $2 AND m.expires_on < $3 ORDER BY 1";

/// Closed cases with something still open.
pub(super) async fn undone(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for state in TaskState::ALL.into_iter().filter(|state| state.is_open()) {
        found.extend(list(db, CLOSED_OVER_TASK, [Value::from(state.code())]).await?);
    }
    found.extend(in_force(db, clock::day(now)).await?);
    Ok(found)
}

/// Papers in force, of the kinds that hold a case open, on closed cases.
async fn in_force(db: &impl ConnectionTrait, today: NaiveDate) -> Result<Vec<String>> {
    let sql = "SELECT c.number AS what, m.kind AS kind, m.state AS state, m.expires_on AS last FROM measure m \
        JOIN protection_case c ON c.id = m.case_id WHERE c.stage = 'closed' ORDER BY 1";
    let rows = db
        .query_all_raw(Statement::from_string(db.get_database_backend(), sql))
        .await?;
    let mut found = Vec::new();
    for row in rows {
        let kind: String = row.try_get("", "kind")?;
        let last: Option<NaiveDate> = row.try_get("", "last")?;
        let state: String = row.try_get("", "state")?;
        if measures::blocks_closing(&kind, measures::standing(&kind, &state, last, today)) {
            let number: String = row.try_get("", "what")?;
            found.push(format!("{number} {kind}"));
        }
    }
    Ok(found)
}

/// Measures in force after their last day.
pub(super) async fn expired(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for procedure in PROCEDURES.into_iter().filter(|procedure| procedure.lapses) {
        let values = [
            Value::from(procedure.kind),
            Value::from(State::InForce.code()),
            Value::from(clock::day(now)),
        ];
        found.extend(list(db, EXPIRED, values).await?);
    }
    Ok(found)
}
