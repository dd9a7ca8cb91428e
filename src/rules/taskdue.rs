//! When a joint task is owed: by the row of `data/deadlines.csv` that its type
//! names, else by the one of its level.
//!
//! Source: 部门职责矩阵 and its deadlines (反家庭暴力法§28, 法律援助法§43 …);
//! the rows `TSK` and `TDR` are this system's own.

use super::codes::TaskType;
use super::level::RiskLevel;
use super::rulebook::{Rule, Rulebook};

/// The rule by which a task of this type is owed at this level.
#[must_use]
pub fn rule<'a>(book: &'a Rulebook, kind: &TaskType, level: RiskLevel) -> Option<Rule<'a>> {
    let red = Some(kind.due_red.as_str()).filter(|code| level == RiskLevel::Red && !code.is_empty());
    let own = Some(kind.due.as_str()).filter(|code| !code.is_empty());
    red.or(own)
        .and_then(|code| book.rule(code))
        .or_else(|| book.at_level("TSK", level))
}

/// Within which time the department may say that a task is not its own (DL09),
/// counted from the moment it was given: later it counts as taken on.
#[must_use]
pub fn refusing(book: &Rulebook, level: RiskLevel) -> Option<Rule<'_>> {
    book.at_level("DL09", level)
}

/// Within which time the arbiter rules.
#[must_use]
pub fn ruling(book: &Rulebook, level: RiskLevel) -> Option<Rule<'_>> {
    book.at_level("TDR", level)
}

/// The rules that run once the task's paper is there: what the department and
/// others owe then.
pub fn afterwards<'a>(book: &'a Rulebook, kind: &'a TaskType) -> impl Iterator<Item = Rule<'a>> {
    kind.after.iter().filter_map(|code| book.rule(code))
}

/// A rule in words: `人身安全保护令裁定 72小时（法定，反家庭暴力法§28）`.
#[must_use]
pub fn words(rule: Rule<'_>) -> String {
    let amount = match rule.time() {
        Some(amount) if amount.n == 0 => "立即".to_owned(),
        Some(amount) => amount.to_string(),
        None => format!("{}日", rule.amount().unsigned_abs()),
    };
    format!("{} {amount}（{}，{}）", rule.name(), rule.row().nature, rule.source())
}

#[cfg(test)]
mod tests {
    use super::super::codes;
    use super::*;

    fn owed(code: &str, level: RiskLevel) -> &'static str {
        let kind = codes::task_type(code).unwrap();
        rule(Rulebook::embedded(), kind, level).unwrap().code()
    }

    #[test]
    fn every_type_is_owed_at_every_level_and_by_law_where_the_law_says_when() {
        for kind in codes::task_types() {
            for level in RiskLevel::ALL {
                let rule = rule(Rulebook::embedded(), kind, level).unwrap();
                assert!(
                    rule.time().is_some_and(|amount| amount.n > 0),
                    "{} {level:?}",
                    kind.code
                );
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
            let rules = afterwards(Rulebook::embedded(), codes::task_type(code).unwrap());
            rules.map(|rule| rule.rule()).collect::<Vec<_>>()
        };
        assert_eq!(after("T10"), ["DL19", "DL19", "DL19"]);
        assert_eq!(after("T42"), ["DL21"]);
        assert!(after("T96").is_empty());
    }

    #[test]
    fn a_rule_says_its_amount_and_where_it_comes_from() {
        let rule = |code| Rulebook::embedded().rule(code).unwrap();
        assert_eq!(
            words(rule("DL13-normal")),
            "人身安全保护令裁定 72小时（法定，反家庭暴力法§28）"
        );
        assert!(words(rule("DL14-30")).contains("到期前提醒 30日"));
    }

    #[test]
    fn refusing_and_ruling_have_a_time_at_every_level() {
        for level in RiskLevel::ALL {
            let book = Rulebook::embedded();
            assert!(
                refusing(book, level).is_some() && ruling(book, level).is_some(),
                "{level:?}"
            );
        }
    }
}
