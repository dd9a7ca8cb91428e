//! The two clocks of a task: signed as any order (DL08), done by the time that
//! its type names or that people agreed on.

use crate::rules::calendar::Calendar;
use crate::rules::codes::{self, TaskType};
use crate::rules::level::RiskLevel;
use crate::rules::routing::Due;
use crate::rules::taskdue;
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// Within which time the unit signs.
pub(super) fn sign(level: RiskLevel, owner: Uuid, now: DateTime<Utc>) -> Due {
    let row = codes::deadline_rule(&format!("DL08-{}", level.code()));
    Due {
        rule: row.map(|row| row.rule.clone()).unwrap_or_default(),
        milestone: "task_sign".to_owned(),
        owner,
        at: row.and_then(|row| taskdue::moment(row, now, Calendar::shared())),
        text: "协办任务签收".to_owned(),
    }
}

/// By when a result is owed, and the code of the rule that says so.
pub(super) fn done(
    kind: Option<&TaskType>,
    (level, owner): (RiskLevel, Uuid),
    now: DateTime<Utc>,
    agreed: Option<DateTime<Utc>>,
) -> (String, Due) {
    let row = kind.and_then(|kind| taskdue::row(kind, level));
    let (code, rule, at) = match (agreed, row) {
        (Some(at), _) => (taskdue::AGREED.to_owned(), "约定时限".to_owned(), Some(at)),
        (None, Some(row)) => {
            let at = taskdue::moment(row, now, Calendar::shared());
            (row.code.clone(), row.rule.clone(), at)
        }
        (None, None) => Default::default(),
    };
    let due = Due {
        rule,
        milestone: "task_done".to_owned(),
        owner,
        at: at.or(Some(now)),
        text: "协办任务反馈".to_owned(),
    };
    (code, due)
}
