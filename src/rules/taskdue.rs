//! When a joint task is owed: the row of `data/deadlines.csv` that its type
//! names, else one by the level of the case.
//!
//! Source: 部门职责矩阵 and its deadlines (反家庭暴力法§28, 法律援助法§43 …);
//! the rows `TSK` are this system's own.

use super::calendar::Calendar;
use super::codes::{self, DeadlineRule, TaskType};
use super::level::RiskLevel;
use chrono::{DateTime, Utc};

/// What stands in place of a row's code where people agreed on a time.
pub const AGREED: &str = "agreed";

/// The row by which a task of this type is owed at this level.
#[must_use]
pub fn row(kind: &TaskType, level: RiskLevel) -> Option<&'static DeadlineRule> {
    let red = Some(kind.due_red.as_str()).filter(|code| level == RiskLevel::Red && !code.is_empty());
    let own = Some(kind.due.as_str()).filter(|code| !code.is_empty());
    red.or(own)
        .and_then(codes::deadline_rule)
        .or_else(|| codes::deadline_rule(&format!("TSK-{}", level.code())))
}

/// Within which time the department may say that a task is not its own (DL09),
/// counted from the moment it was given: later it counts as taken on.
#[must_use]
pub fn refuse_row(level: RiskLevel) -> Option<&'static DeadlineRule> {
    codes::deadline_rule(&format!("DL09-{}", level.code()))
}

/// Within which time the arbiter rules (`TDR`).
#[must_use]
pub fn ruling_row(level: RiskLevel) -> Option<&'static DeadlineRule> {
    codes::deadline_rule(&format!("TDR-{}", level.code()))
}

/// The last moment by a row; nothing where the working calendar does not reach.
#[must_use]
pub fn moment(row: &DeadlineRule, from: DateTime<Utc>, calendar: &Calendar) -> Option<DateTime<Utc>> {
    calendar.add(from, row.time()?).ok()
}

/// The rows that run once the task's paper is there: what the department and
/// others owe then.
pub fn afterwards(kind: &TaskType) -> impl Iterator<Item = &'static DeadlineRule> {
    kind.after.iter().filter_map(|code| codes::deadline_rule(code))
}

/// A row in words: `人身安全保护令裁定 72小时（法定，反家庭暴力法§28）`.
#[must_use]
pub fn words(row: &DeadlineRule) -> String {
    let amount = match row.time() {
        Some(amount) if amount.n == 0 => "立即".to_owned(),
        Some(amount) => amount.to_string(),
        None => format!("到期前{}日", row.amount.unsigned_abs()),
    };
    format!("{} {amount}（{}，{}）", row.name, row.nature, row.source)
}

impl DeadlineRule {
    /// Whether a law or a local law sets it: it may not be made longer. What
    /// is not law is 本地可配置.
    #[must_use]
    pub fn is_law(&self) -> bool {
        self.nature == "法定" || self.nature == "地方法定"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owed(code: &str, level: RiskLevel) -> &'static str {
        row(codes::task_type(code).unwrap(), level).unwrap().code.as_str()
    }

    #[test]
    fn every_type_is_owed_at_every_level_and_by_law_where_the_law_says_when() {
        for kind in codes::task_types() {
            for level in RiskLevel::ALL {
                let row = row(kind, level).unwrap();
                assert!(row.time().is_some_and(|amount| amount.n > 0), "{} {level:?}", kind.code);
            }
        }
        let table = [
            ("T50", RiskLevel::Red, "DL13-urgent"),
            ("T50", RiskLevel::Blue, "DL13-normal"),
            ("T37", RiskLevel::Red, "DL16"),
            ("T60", RiskLevel::Yellow, "DL20-review"),
            ("T70", RiskLevel::Blue, "DL40"),
            ("T13", RiskLevel::Green, "DL24-county"),
            ("T31", RiskLevel::Red, "DL32-03"),
            ("T31", RiskLevel::Yellow, "DL32-07"),
            ("T30", RiskLevel::Red, "DL03-arrive"),
            ("T80", RiskLevel::Yellow, "TSK-yellow"),
            ("T96", RiskLevel::Green, "TSK-green"),
        ];
        for (code, level, rule) in table {
            assert_eq!(owed(code, level), rule, "{code} {level:?}");
        }
    }

    #[test]
    fn what_follows_a_paper_is_named() {
        let after = |code| {
            let rows = afterwards(codes::task_type(code).unwrap());
            rows.map(|row| row.rule.as_str()).collect::<Vec<_>>()
        };
        assert_eq!(after("T10"), ["DL19", "DL19", "DL19"]);
        assert_eq!(after("T42"), ["DL21"]);
        assert!(after("T96").is_empty());
    }

    #[test]
    fn a_row_says_its_amount_and_where_it_comes_from() {
        let row = |code| codes::deadline_rule(code).unwrap();
        assert_eq!(
            words(row("DL13-normal")),
            "人身安全保护令裁定 72小时（法定，反家庭暴力法§28）"
        );
        assert!(words(row("DL14-30")).contains("到期前30日"));
        assert!(row("DL13-normal").is_law() && row("DL16").is_law() && !row("TSK-red").is_law());
    }

    #[test]
    fn refusing_and_ruling_have_a_time_at_every_level() {
        for level in RiskLevel::ALL {
            assert!(refuse_row(level).is_some() && ruling_row(level).is_some(), "{level:?}");
        }
    }
}
