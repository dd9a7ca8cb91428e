//! The eight checks before a case may be closed (结案条件).

use chrono::{DateTime, Months, Utc};

use super::codes::{self, ClosureType};
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
    /// Numbers of joint tasks that the lead unit waived.
    pub waived_tasks: Vec<String>,
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
    match codes::closure_type(code) {
        Some(row) if row.allowed => Ok(row),
        Some(row) => Err(Refused(format!("不得以“{}”结案：{}", row.name, row.note))),
        None => Err(Refused("请选择结案类型".to_owned())),
    }
}

/// Whether the case may be closed: the way exists and all its checks are met.
///
/// # Errors
/// [`Refused`] with the way that does not exist or the checks that are not met.
pub fn may_close(facts: &ClosingFacts) -> Result<(), Refused> {
    closure_type(&facts.closure_type)?;
    let open: Vec<_> = checks(facts)
        .into_iter()
        .filter(|check| !check.met)
        .map(|check| check.title)
        .collect();
    if open.is_empty() {
        Ok(())
    } else {
        Err(Refused(format!("尚未满足：{}", open.join("、"))))
    }
}

/// The eight checks in order, each met or not. A check that the way of closing
/// does not ask for is met and says so; an unknown way asks for all of them.
#[must_use]
pub fn checks(facts: &ClosingFacts) -> Vec<Check> {
    let asked = closure_type(&facts.closure_type).ok().map(|row| row.checks.as_slice());
    let red = facts.highest_level == RiskLevel::Red;
    let found = [
        ("风险已降至蓝色以下并稳定", stable(facts)),
        ("核心目标完成或转常规关爱", goals(facts)),
        ("没有未办结的法律程序", none_of(&facts.open_legal, "未办结")),
        ("文书齐全", none_of(&facts.missing_papers, "缺")),
        (
            "已听取儿童意见",
            given(facts.child_heard, "尚未听取儿童意见，也未写明不适宜询问的理由"),
        ),
        (
            "已建跟踪计划",
            given(facts.follow_up_planned, "尚未建立第30、90、180日的跟踪计划"),
        ),
        ("红案已经县会商、市抽查", conference(facts, red)),
        ("工单全部闭环", orders(facts)),
    ];
    (1u8..)
        .zip(found)
        .map(|(number, (title, (met, detail)))| {
            if asked.is_none_or(|numbers| numbers.contains(&number)) {
                Check {
                    number,
                    title,
                    met,
                    detail,
                }
            } else {
                Check {
                    number,
                    title,
                    met: true,
                    detail: "本结案类型不要求".to_owned(),
                }
            }
        })
        .collect()
}

type Found = (bool, String);

fn given(met: bool, missing: &str) -> Found {
    (
        met,
        if met {
            "已满足".to_owned()
        } else {
            missing.to_owned()
        },
    )
}

fn none_of(open: &[String], word: &str) -> Found {
    if open.is_empty() {
        given(true, "")
    } else {
        (false, format!("{word}：{}", open.join("、")))
    }
}

fn goals(facts: &ClosingFacts) -> Found {
    if facts.routine_care {
        return (true, "转常规关爱".to_owned());
    }
    none_of(&facts.open_goals, "未完成")
}

/// What was waived is no longer owed, and said.
fn orders(facts: &ClosingFacts) -> Found {
    let (met, detail) = none_of(&facts.open_orders, "未闭环");
    if facts.waived_tasks.is_empty() {
        (met, detail)
    } else {
        (
            met,
            format!("{detail}；主办单位免办：{}", facts.waived_tasks.join("、")),
        )
    }
}

fn conference(facts: &ClosingFacts, red: bool) -> Found {
    match (red, facts.county_conference, facts.city_check) {
        (false, ..) => (true, "从未列为红色，不要求".to_owned()),
        (true, false, _) => (false, "尚无县会商记录".to_owned()),
        (true, true, false) => (false, "尚无市抽查记录".to_owned()),
        (true, true, true) => given(true, ""),
    }
}

/// A parameter of `data/closing.csv`; the fallback is the same number, for the
/// compiler's sake.
fn parameter(code: &str, fallback: u32) -> u32 {
    codes::closing_rule(code).map_or(fallback, |row| row.value)
}

/// Blue or green now, the last reviews blue or green without a break, and that
/// for six months after red and three after yellow, counted from the first of
/// these reviews.
fn stable(facts: &ClosingFacts) -> Found {
    let wanted = parameter("stable_reviews", 2);
    let months = match facts.highest_level {
        RiskLevel::Red => parameter("stable_months_red", 6),
        RiskLevel::Yellow => parameter("stable_months_yellow", 3),
        RiskLevel::Blue | RiskLevel::Green => 0,
    };
    if facts.current_level < RiskLevel::Blue {
        return (false, format!("当前等级为{}", facts.current_level.label()));
    }
    let mut reviews = facts.reviews.clone();
    reviews.sort_by_key(|review| review.at);
    let calm: Vec<_> = reviews
        .iter()
        .rev()
        .take_while(|review| review.level >= RiskLevel::Blue)
        .collect();
    let since = calm.last().map(|review| review.at);
    if u32::try_from(calm.len()).unwrap_or(u32::MAX) < wanted {
        return (false, format!("须连续{wanted}次复评稳定，现有{}次", calm.len()));
    }
    let until = since.and_then(|since| since.checked_add_months(Months::new(months)));
    if until.is_some_and(|until| facts.now >= until) {
        (true, format!("连续{}次复评稳定", calm.len()))
    } else {
        (false, format!("{}案须稳定满{months}个月", colour(facts.highest_level)))
    }
}

fn colour(level: RiskLevel) -> &'static str {
    match level {
        RiskLevel::Red => "红",
        RiskLevel::Yellow => "黄",
        RiskLevel::Blue => "蓝",
        RiskLevel::Green => "绿",
    }
}

#[cfg(test)]
mod tests;
