//! The clocks of a case: which milestones are owed at which level, and when.
//! Every amount is a row of `data/deadlines.csv`.

use std::collections::HashMap;
use std::sync::LazyLock;

use chrono::{DateTime, Utc};

use super::calendar::{Amount, TimeUnit};
use super::codes::{self, DeadlineRule};
use super::level::RiskLevel;
use super::rulebook::{Rule, Rulebook};

/// The families of rules that are this system's own, in words: their codes say
/// nothing to the people who work by them.
pub const FAMILIES: [(&str, &str); 9] = [
    ("DLC", "投诉办理"),
    ("RT10", "地址不详，人工定位"),
    ("VAC", "岗位空缺"),
    ("VST", "连续未见到儿童"),
    ("TRF", "个案移交"),
    ("TSK", "协办任务反馈"),
    ("TDR", "协办任务争议裁定"),
    ("SUP", "答复督办"),
    ("REF", "转介答复"),
];

/// Whether a family is one of the law's and documents' own (`DL01` …), by whose
/// code people speak of it.
#[must_use]
pub fn is_known_by_code(rule: &str) -> bool {
    let number = rule.strip_prefix("DL").unwrap_or_default();
    !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
}

/// A family in words; its code where people speak of it by that.
#[must_use]
pub fn family(rule: &str) -> &str {
    let own = FAMILIES.iter().find(|(code, _)| *code == rule);
    own.map_or(rule, |(_, words)| words)
}

/// A rule on screen: its name, after the code where people know that.
#[must_use]
pub fn named(rule: &str, name: &str) -> String {
    if is_known_by_code(rule) {
        format!("{rule} {name}")
    } else {
        name.to_owned()
    }
}

/// What is owed on a case (时限节点).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Milestone {
    /// 签收
    Sign,
    /// 首次联系、见到儿童
    Contact,
    /// 评估
    Assess,
    /// 办结、答复
    Resolve,
}

impl Milestone {
    /// Every milestone in the order in which they are reached.
    pub const ALL: [Self; 4] = [Self::Sign, Self::Contact, Self::Assess, Self::Resolve];

    /// The stored word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Sign => "sign",
            Self::Contact => "contact",
            Self::Assess => "assess",
            Self::Resolve => "resolve",
        }
    }

    /// The word on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Sign => "签收",
            Self::Contact => "首次联系",
            Self::Assess => "评估",
            Self::Resolve => "办结",
        }
    }

    /// Reads the stored word.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|milestone| milestone.code() == code)
    }
}

/// When a milestone is owed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MilestoneDue {
    /// `DL08` …
    pub rule: String,
    /// `DL08-tipoff-red-sign` …
    pub code: String,
    /// Which version of the rule it was counted by.
    pub version: i32,
    /// What is owed.
    pub milestone: Milestone,
    /// How long it may take.
    pub amount: Amount,
    /// The last moment.
    pub at: DateTime<Utc>,
    /// Whether it was counted through a year without a working calendar, which
    /// `text` then says.
    pub guessed: bool,
    /// The rule in words, for the screen.
    pub text: String,
}

/// The milestones owed for a report of this demand type at this level, in the
/// order of [`Milestone::ALL`]. Red and yellow are never without clocks: where
/// the demand type has no row of its own, those of a tip-off are used.
#[must_use]
pub fn dues(book: &Rulebook, demand: &str, level: RiskLevel, received_at: DateTime<Utc>) -> Vec<MilestoneDue> {
    let own = rows(demand, level);
    let rows = if own.is_empty() && level <= RiskLevel::Yellow {
        rows("tipoff", level)
    } else {
        own
    };
    let mut dues: Vec<MilestoneDue> = rows
        .into_iter()
        .filter_map(|row| due(book, book.held(row), received_at))
        .collect();
    dues.sort_by_key(|due| due.milestone);
    dues
}

/// The rows that are milestones, by demand type.
static MILESTONES: LazyLock<HashMap<&str, Vec<&DeadlineRule>>> = LazyLock::new(|| {
    let mut by_demand: HashMap<_, Vec<_>> = HashMap::new();
    for row in codes::deadline_rules().iter().filter(|row| !row.milestone.is_empty()) {
        by_demand.entry(row.demand.as_str()).or_default().push(row);
    }
    by_demand
});

fn rows(demand: &str, level: RiskLevel) -> Vec<&'static DeadlineRule> {
    let of_demand = MILESTONES.get(demand).into_iter().flatten().copied();
    of_demand.filter(|row| row.level == Some(level)).collect()
}

fn due(book: &Rulebook, rule: Rule<'_>, from: DateTime<Utc>) -> Option<MilestoneDue> {
    let counted = book.due(rule, from);
    Some(MilestoneDue {
        rule: rule.rule().to_owned(),
        code: rule.code().to_owned(),
        version: rule.version(),
        milestone: Milestone::parse(&rule.row().milestone)?,
        amount: rule.time()?,
        at: counted.at,
        guessed: counted.guessed.is_some(),
        text: in_words(rule.name(), counted.guessed),
    })
}

/// A rule in words, with what the year lacks.
#[must_use]
pub fn in_words(name: &str, guessed: Option<i32>) -> String {
    match guessed {
        Some(year) => format!("{name}（{year} 年的工作日历尚未导入，暂按周一至周五推算）"),
        None => name.to_owned(),
    }
}

/// The amount of the first row of a rule at a level.
fn amount(book: &Rulebook, rule: &str, level: RiskLevel) -> Option<Amount> {
    book.at_level(rule, level).and_then(|rule| rule.time())
}

/// How often a child at this level is visited (DL29).
#[must_use]
pub fn visit_interval(book: &Rulebook, level: RiskLevel) -> Amount {
    amount(book, "DL29", level).unwrap_or(Amount::new(7, TimeUnit::NaturalDays))
}

/// How often the risk is reviewed (DL30).
#[must_use]
pub fn review_interval(book: &Rulebook, level: RiskLevel) -> Amount {
    amount(book, "DL30", level).unwrap_or(Amount::new(1, TimeUnit::Months))
}

/// After how long the child of a closed case is followed up (DL31), in words:
/// `30日`.
#[must_use]
pub fn follow_up_days(book: &Rulebook) -> Vec<String> {
    let times = book.of("DL31").filter_map(|rule| rule.time());
    times.map(|time| time.to_string()).collect()
}

/// Whether a clock at this level may be extended (DL10): never at red.
#[must_use]
pub fn may_extend(level: RiskLevel) -> bool {
    level != RiskLevel::Red
}

/// Whether a clock at this level may be paused: never at red or yellow.
#[must_use]
pub fn may_pause(level: RiskLevel) -> bool {
    level > RiskLevel::Yellow
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        DateTime::parse_from_rfc3339(text).unwrap().with_timezone(&Utc)
    }

    /// Milestone and last moment, in Shanghai.
    fn owed(demand: &str, level: RiskLevel) -> Vec<(&'static str, String)> {
        let zone = chrono::FixedOffset::east_opt(8 * 3600).unwrap();
        dues(Rulebook::embedded(), demand, level, at("2026-11-23T09:12:00+08:00"))
            .into_iter()
            .map(|due| {
                (
                    due.milestone.code(),
                    due.at.with_timezone(&zone).format("%m-%d %H:%M").to_string(),
                )
            })
            .collect()
    }

    #[test]
    fn a_red_tip_off_runs_in_natural_time() {
        let red = owed("tipoff", RiskLevel::Red);
        let times: Vec<_> = red.iter().map(|(code, at)| (*code, at.as_str())).collect();
        assert_eq!(
            times,
            [
                ("sign", "11-23 09:42"),
                ("contact", "11-23 11:12"),
                ("assess", "11-24 09:12"),
                ("resolve", "12-08 23:59")
            ]
        );
    }

    #[test]
    fn lower_levels_have_more_time_and_green_is_answered_in_five_working_days() {
        assert_eq!(
            owed("tipoff", RiskLevel::Yellow)[1],
            ("contact", "11-24 09:12".to_owned())
        );
        assert_eq!(
            owed("tipoff", RiskLevel::Blue)[1],
            ("contact", "11-26 23:59".to_owned())
        );
        assert_eq!(
            owed("help_request", RiskLevel::Green)[1],
            ("resolve", "11-30 23:59".to_owned())
        );
        assert_eq!(
            owed("inquiry", RiskLevel::Green),
            [("resolve", "11-26 23:59".to_owned())]
        );
    }

    #[test]
    fn red_and_yellow_are_never_without_a_clock() {
        for demand in codes::demand_types() {
            for level in RiskLevel::ALL {
                let owed = dues(
                    Rulebook::embedded(),
                    &demand.code,
                    level,
                    at("2026-11-23T09:12:00+08:00"),
                );
                assert!(!owed.is_empty(), "{} {level:?}", demand.code);
                assert!(owed.is_sorted_by_key(|due| due.milestone));
                let working = owed.iter().any(|due| due.amount.unit == TimeUnit::WorkingDays);
                assert!(level != RiskLevel::Red || !working, "红色一律自然时：{}", demand.code);
            }
        }
    }

    #[test]
    fn a_more_urgent_level_is_never_owed_later() {
        for demand in ["tipoff", "help_request"] {
            for pair in RiskLevel::ALL.windows(2) {
                for first in dues(Rulebook::embedded(), demand, pair[0], at("2026-11-23T09:12:00+08:00")) {
                    let second = dues(Rulebook::embedded(), demand, pair[1], at("2026-11-23T09:12:00+08:00"))
                        .into_iter()
                        .find(|due| due.milestone == first.milestone && due.milestone != Milestone::Resolve);
                    assert!(
                        second.is_none_or(|second| first.at <= second.at),
                        "{demand} {:?}",
                        first.milestone
                    );
                }
            }
        }
    }

    #[test]
    fn the_forty_rules_are_there() {
        let rules: BTreeSet<_> = codes::deadline_rules().iter().map(|row| row.rule.as_str()).collect();
        for number in 1..=40 {
            assert!(rules.contains(format!("DL{number:02}").as_str()), "DL{number:02}");
        }
    }

    #[test]
    fn a_family_is_known_by_its_code_or_has_words() {
        for row in codes::deadline_rules() {
            let known = is_known_by_code(&row.rule);
            assert_eq!(known, family(&row.rule) == row.rule, "{}", row.code);
            assert_eq!(named(&row.rule, &row.name).contains(&row.rule), known, "{}", row.code);
        }
        assert_eq!(named("DL08", "红色工单签收"), "DL08 红色工单签收");
        assert_eq!(named("TSK", "协办任务反馈（红色）"), "协办任务反馈（红色）");
        assert!(!is_known_by_code("DL") && !is_known_by_code("DLC") && !is_known_by_code("约定时限"));
    }

    #[test]
    fn visits_and_reviews_come_more_often_at_higher_levels() {
        let visits: Vec<_> = RiskLevel::ALL
            .map(|level| visit_interval(Rulebook::embedded(), level))
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(visits, ["7日", "15日", "1个月", "3个月"]);
        let reviews: Vec<_> = RiskLevel::ALL
            .map(|level| review_interval(Rulebook::embedded(), level))
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(reviews, ["1个月", "3个月", "6个月", "12个月"]);
        assert_eq!(follow_up_days(Rulebook::embedded()), ["30日", "90日", "180日"]);
    }

    #[test]
    fn red_is_never_extended_and_red_and_yellow_never_pause() {
        assert_eq!(RiskLevel::ALL.map(may_extend), [false, true, true, true]);
        assert_eq!(RiskLevel::ALL.map(may_pause), [false, false, true, true]);
    }
}
