//! What is wrong with the answers to an act on a measure. Every refusal says
//! what to do, and where a text sets the limit, which text.

use super::field::{Field, FieldKind, Need, Value, Values};
use super::{Deed, Procedure};
use crate::rules::calendar::local_date;
use crate::rules::codes;
use chrono::{DateTime, Datelike, Days, NaiveDate, Utc};

/// No paper about a child of today is older, none lasts longer: what lies
/// outside is a slip of the finger, and neither database keeps every date that
/// can be typed.
const YEARS: std::ops::RangeInclusive<i32> = 1990..=2100;

/// What is known of the measure before the act.
#[derive(Debug, Clone)]
pub struct Known {
    /// Now.
    pub now: DateTime<Utc>,
    /// The day on which it began; none for the act that begins it.
    pub begun_on: Option<NaiveDate>,
    /// The day from which it is in force.
    pub in_force_from: Option<NaiveDate>,
    /// The last day of its validity.
    pub expires_on: Option<NaiveDate>,
    /// Whether the case has had one of this kind before.
    pub again: bool,
}

/// A fault of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The field.
    pub field: &'static str,
    /// What to do about it.
    pub words: String,
}

/// Everything that is wrong with the answers; empty when the act may be done.
#[must_use]
pub fn faults(procedure: &Procedure, deed: &Deed, values: &Values, known: &Known) -> Vec<Fault> {
    let mut found: Vec<Fault> = deed
        .fields
        .iter()
        .filter_map(|field| {
            fault_of(field, values, known).map(|words| Fault {
                field: field.name,
                words,
            })
        })
        .collect();
    let told = |name: &str, found: &[Fault]| found.iter().any(|fault| fault.field == name);
    for (field, words) in [
        order(values),
        validity(procedure, deed, values, known),
        in_time(deed, values, known),
    ]
    .into_iter()
    .flatten()
    {
        if !told(field, &found) {
            found.push(Fault { field, words });
        }
    }
    found
}

fn fault_of(field: &Field, values: &Values, known: &Known) -> Option<String> {
    let Some(value) = values.0.get(field.name) else {
        return needed(field, values, known).then(|| field.missing_words());
    };
    match (field.kind, value) {
        (FieldKind::Word(most), Value::Text(text)) => {
            let fits = text.chars().count() <= most && !text.chars().any(char::is_control);
            (!fits).then(|| format!("{}在{most}字以内，写成一行，不含不可见的控制字符", field.label))
        }
        (FieldKind::Text(most), Value::Text(text)) => {
            let hidden = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
            let fits = text.chars().count() <= most && !text.chars().any(hidden);
            (!fits).then(|| format!("{}在{most}字以内，不含不可见的控制字符", field.label))
        }
        (FieldKind::Past | FieldKind::Day, Value::Day(day)) => day_fault(field, *day, known),
        (FieldKind::PastMoment | FieldKind::Moment, Value::At(at)) => moment_fault(field, *at, known),
        (FieldKind::Choice(of), Value::Codes(codes)) => {
            let fits = codes.len() == 1 && codes.iter().all(|code| known_code(of, code));
            (!fits).then(|| format!("从所列选项中选择{}", field.label))
        }
        (FieldKind::Many(of), Value::Codes(codes)) => {
            let fits = codes.len() <= of.len() && codes.iter().all(|code| known_code(of, code));
            (!fits).then(|| format!("从所列选项中选择{}", field.label))
        }
        (FieldKind::Unit, Value::Codes(_)) => None,
        _ => Some(field.missing_words()),
    }
}

fn needed(field: &Field, values: &Values, known: &Known) -> bool {
    match field.need {
        Need::Always => true,
        Need::Optional => false,
        Need::When(other, value) => values.code(other) == value,
        Need::Again => known.again,
    }
}

fn known_code(of: &[(&str, &str)], code: &str) -> bool {
    of.iter().any(|(known, _)| *known == code)
}

fn day_fault(field: &Field, day: NaiveDate, known: &Known) -> Option<String> {
    let label = field.label;
    if !YEARS.contains(&day.year()) {
        return Some(format!("核对{label}，应在1990年至2100年之间"));
    }
    if field.kind == FieldKind::Past && day > local_date(known.now) {
        return Some(format!("{label}不得晚于今天"));
    }
    before_it_began(label, day, known)
}

fn moment_fault(field: &Field, at: DateTime<Utc>, known: &Known) -> Option<String> {
    let label = field.label;
    if !YEARS.contains(&at.year()) {
        return Some(format!("核对{label}，应在1990年至2100年之间"));
    }
    if field.kind == FieldKind::PastMoment && at > known.now {
        return Some(format!("{label}不得晚于现在"));
    }
    before_it_began(label, local_date(at), known)
}

/// Nothing is done with a measure before it began.
fn before_it_began(label: &str, day: NaiveDate, known: &Known) -> Option<String> {
    let begun = known.begun_on.filter(|begun| day < *begun)?;
    Some(format!("{label}不得早于该措施的起始日期（{begun}）"))
}

/// The dates of a paper stand in their order.
fn order(values: &Values) -> Option<(&'static str, String)> {
    let issued = values.day("issued_on")?;
    let early = |name: &'static str, words: &str| {
        let day = values.day(name).filter(|day| *day < issued)?;
        Some((name, format!("{words}（{day}）不得早于作出日期（{issued}）")))
    };
    early("in_force_from", "生效日期").or_else(|| early("served_on", "送达日期"))
}

/// The end lies after the beginning, and no later than the law allows.
fn validity(procedure: &Procedure, deed: &Deed, values: &Values, known: &Known) -> Option<(&'static str, String)> {
    let last = values.day("expires_on")?;
    let own = values.day("in_force_from").or(values.day("issued_on"));
    let from = if deed.prolongs {
        known.expires_on.or(own)
    } else {
        own.or(known.in_force_from)
    }?;
    if last < from || (deed.prolongs && last == from) {
        let words = if deed.prolongs {
            "应晚于原失效日期"
        } else {
            "不得早于生效日期"
        };
        return Some(("expires_on", format!("失效日期{words}（{from}）")));
    }
    let (months, source) = procedure.longest()?;
    let most = procedure.longest_end(from)?;
    (last > most).then(|| {
        let name = procedure.name;
        let words = format!("{name}每次最长{}，失效日期不得晚于{most}（{source}）", span(months));
        ("expires_on", words)
    })
}

fn span(months: u32) -> String {
    if months.is_multiple_of(12) {
        format!("{}年", months / 12)
    } else {
        format!("{months}个月")
    }
}

/// An act that is open only for a time after the measure took effect.
fn in_time(deed: &Deed, values: &Values, known: &Known) -> Option<(&'static str, String)> {
    let row = codes::deadline_rule(deed.within?)?;
    let field = deed.fields.iter().find(|field| field.kind == FieldKind::Past)?;
    let (day, from) = (values.day(field.name)?, known.in_force_from?);
    let days = u64::try_from(row.amount).ok()?;
    let last = from.checked_add_days(Days::new(days))?;
    (day > last).then(|| {
        let (label, source) = (field.label, &row.source);
        let words = format!("{label}不得晚于{last}：自生效起{days}日内提出（{source}）");
        (field.name, words)
    })
}
