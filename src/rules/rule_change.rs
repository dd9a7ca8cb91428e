//! What a change of a deadline rule may say. A limit that the law sets may be
//! made stricter here, never looser: 「法定」 is not for this system to change.

use super::calendar::TimeUnit;
use super::codes::{self, LegalLimit};
use super::level::RiskLevel;
use super::rulebook::Rule;

/// No rule counts more than this, in whatever unit.
const LARGEST: u32 = 100_000;
/// Longest texts, in characters.
const NAME: usize = 60;
const WORDS: usize = 200;

/// What somebody wants a rule to say, as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RuleWish {
    /// The rule in words.
    pub name: String,
    /// Who owes it.
    pub owner: String,
    /// How many units, a whole number; before the event where the rule is.
    pub amount: String,
    /// The stored word of the unit.
    pub unit: String,
    /// What happens when it passes.
    pub on_expiry: String,
    /// What the figure rests on.
    pub source: String,
    /// Why it is changed.
    pub reason: String,
}

/// A fault of one field, in words.
pub type Fault = (&'static str, String);

/// Whether the nature of a rule is law; everything else is for the place to
/// set (本地可配置).
#[must_use]
pub fn is_law(nature: &str) -> bool {
    ["法定", "地方法定", "规定"].iter().any(|law| nature.starts_with(law))
}

/// The amount that a wish asks for, negative where the rule lies before its
/// event; or every fault.
///
/// # Errors
/// Each field that cannot be kept, with what to do and, for a limit of the law,
/// its source.
pub fn check(rule: Rule<'_>, wish: &RuleWish) -> Result<i32, Vec<Fault>> {
    let mut faults: Vec<Fault> = Vec::new();
    for (field, label, text, longest) in [
        ("name", "规则名称", &wish.name, NAME),
        ("owner", "责任角色", &wish.owner, NAME),
        ("on_expiry", "到期动作", &wish.on_expiry, NAME),
        ("source", "依据与来源", &wish.source, WORDS),
        ("reason", "变更理由", &wish.reason, WORDS),
    ] {
        let length = text.trim().chars().count();
        if length == 0 || length > longest || text.chars().any(char::is_control) {
            faults.push((field, format!("填写{label}，{longest}字以内，不含换行和不可见字符")));
        }
    }
    let unit = TimeUnit::parse(&wish.unit);
    let amount = wish.amount.trim().parse::<u32>().ok().filter(|n| *n <= LARGEST);
    match (amount, unit) {
        (Some(n), Some(unit)) => faults.extend(counted(rule, n, unit)),
        (n, unit) => {
            if n.is_none() {
                faults.push(("amount", format!("时限填整数，0 至 {LARGEST}")));
            }
            if unit.is_none() {
                faults.push(("unit", "选择时限的单位".to_owned()));
            }
        }
    }
    let n = amount.and_then(|n| i32::try_from(n).ok()).unwrap_or_default();
    let n = if rule.row().amount < 0 { -n } else { n };
    if faults.is_empty() && unchanged(rule, n, wish) {
        faults.push(("amount", "没有改动，修改后再保存，或返回".to_owned()));
    }
    if faults.is_empty() { Ok(n) } else { Err(faults) }
}

fn unchanged(rule: Rule<'_>, n: i32, wish: &RuleWish) -> bool {
    let now = [rule.name(), rule.owner(), rule.unit(), rule.on_expiry(), rule.source()];
    let then = [&wish.name, &wish.owner, &wish.unit, &wish.on_expiry, &wish.source];
    rule.amount() == n && now.iter().zip(then).all(|(now, then)| *now == then.trim())
}

/// What forbids an amount.
fn counted(rule: Rule<'_>, n: u32, unit: TimeUnit) -> Option<Fault> {
    let row = rule.row();
    if row.amount < 0 && n == 0 {
        return Some(("amount", "提醒应在事件之前，至少提前 1".to_owned()));
    }
    if row.level == Some(RiskLevel::Red) && unit.is_working() {
        let why = "红色一律按自然时计，7×24（时限规则的历法规则）；改用分钟、小时、日或月";
        return Some(("unit", why.to_owned()));
    }
    let limit = codes::legal_limit(&row.code)?;
    let (Some(least), Some(most)) = (shortest(n, unit), longest(n, unit)) else {
        let why = format!("法定期限不按工作日计：{}；改用自然时间", limit.source);
        return Some(("unit", why));
    };
    let bound = TimeUnit::parse(&limit.unit)?;
    let same = unit == bound;
    let broken = match limit.bound.as_str() {
        "least" if same => n < limit.amount,
        "least" => least < longest(limit.amount, bound)?,
        _ if same => n > limit.amount,
        _ => most > shortest(limit.amount, bound)?,
    };
    broken.then(|| ("amount", against(limit, bound)))
}

fn against(limit: &LegalLimit, unit: TimeUnit) -> String {
    let (n, unit, source) = (limit.amount, unit.label(), &limit.source);
    match limit.bound.as_str() {
        "least" => format!("不得少于法定的 {n}{unit}：{source}"),
        _ if n == 0 => format!("法定“立即”，不得设等待时间：{source}"),
        _ => format!("不得长于法定的 {n}{unit}：{source}"),
    }
}

/// The least that an amount can come to, in minutes.
fn shortest(n: u32, unit: TimeUnit) -> Option<u64> {
    let n = u64::from(n);
    Some(match unit {
        TimeUnit::Minutes => n,
        TimeUnit::Hours => n * 60,
        TimeUnit::NaturalDays => n * 24 * 60,
        TimeUnit::Months => n * 28 * 24 * 60,
        TimeUnit::WorkingHours | TimeUnit::WorkingDays => return None,
    })
}

/// The most that an amount can come to: a day that is counted to its end adds
/// the rest of the day on which it began.
fn longest(n: u32, unit: TimeUnit) -> Option<u64> {
    let rest = if n == 0 { 0 } else { 24 * 60 };
    Some(match unit {
        TimeUnit::NaturalDays => shortest(n, unit)? + rest,
        TimeUnit::Months => u64::from(n) * 31 * 24 * 60 + rest,
        _ => shortest(n, unit)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::rulebook::Rulebook;

    fn wish(code: &str, amount: &str, unit: &str) -> (Rule<'static>, RuleWish) {
        let rule = Rulebook::embedded().rule(code).unwrap();
        let wish = RuleWish {
            name: rule.name().to_owned(),
            owner: rule.owner().to_owned(),
            amount: amount.to_owned(),
            unit: unit.to_owned(),
            on_expiry: rule.on_expiry().to_owned(),
            source: rule.source().to_owned(),
            reason: "市级会议纪要第3号".to_owned(),
        };
        (rule, wish)
    }

    fn refused(code: &str, amount: &str, unit: &str) -> String {
        let (rule, wish) = wish(code, amount, unit);
        let faults = check(rule, &wish).unwrap_err();
        faults[0].1.clone()
    }

    fn kept(code: &str, amount: &str, unit: &str) -> i32 {
        let (rule, wish) = wish(code, amount, unit);
        check(rule, &wish).unwrap()
    }

    #[test]
    fn a_legal_limit_is_never_made_longer_and_the_source_is_told() {
        for (code, amount, unit, source) in [
            ("DL13-normal", "73", "hours", "反家庭暴力法§28"),
            ("DL13-normal", "3", "natural_days", "反家庭暴力法§28"),
            ("DL13-urgent", "3", "working_days", "反家庭暴力法§28"),
            ("DL16", "2", "natural_days", "山西省家庭暴力预防和处置办法§17"),
            ("DL17-07", "91", "natural_days", "山西省家庭暴力预防和处置办法§16"),
            ("DL18", "25", "hours", "山西省家庭暴力预防和处置办法§19"),
            ("DL20-review", "8", "natural_days", "法律援助法§43"),
            ("DL20-review", "7", "working_days", "法律援助法§43"),
            ("DL21", "2", "months", "未成年人保护法§114"),
            ("DL21", "30", "natural_days", "未成年人保护法§114"),
            ("DL01", "1", "minutes", "立即"),
            ("DL38", "35", "months", "个人信息保护法§56"),
            ("DL39", "180", "natural_days", "网络安全法§21"),
        ] {
            let why = refused(code, amount, unit);
            assert!(why.contains(source), "{code} {amount} {unit}: {why}");
        }
    }

    #[test]
    fn a_legal_limit_may_be_made_stricter_and_a_local_one_anything() {
        for (code, amount, unit, n) in [
            ("DL13-normal", "48", "hours", 48),
            ("DL13-normal", "1", "natural_days", 1),
            ("DL17-07", "10", "natural_days", 10),
            ("DL21", "20", "natural_days", 20),
            ("DL38", "48", "months", 48),
            ("DL05", "5", "working_days", 5),
            ("DL05", "16", "working_hours", 16),
            ("DL14-30", "45", "natural_days", -45),
            ("DL08-red", "20", "minutes", 20),
        ] {
            assert_eq!(kept(code, amount, unit), n, "{code} {amount} {unit}");
        }
    }

    #[test]
    fn red_is_counted_in_natural_time_and_nonsense_is_refused() {
        assert!(refused("DL08-red", "1", "working_days").contains("红色一律按自然时"));
        assert!(refused("DL14-30", "0", "natural_days").contains("之前"));
        for amount in ["", "-1", "1.5", "一", "100001"] {
            assert!(refused("DL05", amount, "working_days").contains("整数"), "{amount}");
        }
        assert!(refused("DL05", "3", "weeks").contains("单位"));
        assert!(refused("DL05", "3", "working_days").contains("没有改动"));
        let (rule, mut empty) = wish("DL05", "5", "working_days");
        empty.reason = " ".to_owned();
        assert_eq!(check(rule, &empty).unwrap_err()[0].0, "reason");
    }

    #[test]
    fn every_event_that_starts_a_clock_has_its_words() {
        for rule in codes::deadline_rules() {
            assert!(codes::deadline_event(&rule.event).is_some(), "{}", rule.event);
        }
    }

    #[test]
    fn every_rule_of_the_law_has_its_limit_and_every_limit_its_rule() {
        let book = Rulebook::embedded();
        for rule in book.rules().filter(|rule| is_law(&rule.row().nature)) {
            // The law sets the validity, the days of the reminder are ours.
            let reminder = rule.rule() == "DL14";
            assert_eq!(codes::legal_limit(rule.code()).is_none(), reminder, "{}", rule.code());
        }
        for limit in codes::legal_limits() {
            let rule = book.rule(&limit.code).unwrap();
            assert!(is_law(&rule.row().nature), "{}", limit.code);
            let within = counted(
                rule,
                rule.amount().unsigned_abs(),
                TimeUnit::parse(rule.unit()).unwrap(),
            );
            assert_eq!(within, None, "{}", limit.code);
        }
    }
}
