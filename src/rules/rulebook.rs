//! The rules of time in force at one moment: the rows of `data/deadlines.csv`
//! with the changes made on screen laid over them, and the working calendar.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use chrono::{DateTime, Utc};

use super::calendar::{Amount, Calendar, Reckoned, TimeUnit};
use super::codes::{self, DeadlineRule};
use super::level::RiskLevel;

/// A changed rule: what is said and counted instead of the row of the file,
/// which itself is version 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleVersion {
    /// 2, 3, …
    pub number: i32,
    /// The rule in words.
    pub name: String,
    /// Who owes it, in Chinese.
    pub owner: String,
    /// How many units; negative: so long before the event.
    pub amount: i32,
    /// `minutes`, `hours`, `natural_days`, `working_days`, `months`.
    pub unit: String,
    /// What happens when it passes.
    pub on_expiry: String,
    /// What the figure rests on.
    pub source: String,
}

/// A rule as it holds: its row and, where it was changed, its latest version.
#[derive(Debug, Clone, Copy)]
pub struct Rule<'a> {
    row: &'static DeadlineRule,
    own: Option<&'a RuleVersion>,
}

impl<'a> Rule<'a> {
    /// The row of the file: event, demand, level, milestone, nature.
    #[must_use]
    pub fn row(&self) -> &'static DeadlineRule {
        self.row
    }

    /// `DL08-tipoff-red-sign`
    #[must_use]
    pub fn code(&self) -> &'static str {
        &self.row.code
    }

    /// `DL08`
    #[must_use]
    pub fn rule(&self) -> &'static str {
        &self.row.rule
    }

    /// 1 for the row of the file.
    #[must_use]
    pub fn version(&self) -> i32 {
        self.own.map_or(1, |own| own.number)
    }

    /// The rule in words.
    #[must_use]
    pub fn name(&self) -> &'a str {
        self.own.map_or(&self.row.name, |own| &own.name)
    }

    /// Who owes it, in Chinese.
    #[must_use]
    pub fn owner(&self) -> &'a str {
        self.own.map_or(&self.row.owner, |own| &own.owner)
    }

    /// How many units; negative: so long before the event.
    #[must_use]
    pub fn amount(&self) -> i32 {
        self.own.map_or(self.row.amount, |own| own.amount)
    }

    /// The stored word of the unit.
    #[must_use]
    pub fn unit(&self) -> &'a str {
        self.own.map_or(&self.row.unit, |own| &own.unit)
    }

    /// What happens when it passes.
    #[must_use]
    pub fn on_expiry(&self) -> &'a str {
        self.own.map_or(&self.row.on_expiry, |own| &own.on_expiry)
    }

    /// What the figure rests on.
    #[must_use]
    pub fn source(&self) -> &'a str {
        self.own.map_or(&self.row.source, |own| &own.source)
    }

    /// The amount of time; `None` for one that lies before its event.
    #[must_use]
    pub fn time(&self) -> Option<Amount> {
        Some(Amount::new(
            u32::try_from(self.amount()).ok()?,
            TimeUnit::parse(self.unit())?,
        ))
    }
}

/// The rules and the calendar in force.
#[derive(Debug, Clone, Default)]
pub struct Rulebook {
    calendar: Calendar,
    changed: BTreeMap<String, RuleVersion>,
}

impl Rulebook {
    /// A book with this calendar and these changes, by the code of their row.
    #[must_use]
    pub fn new(calendar: Calendar, changed: BTreeMap<String, RuleVersion>) -> Self {
        Self { calendar, changed }
    }

    /// The files alone, without what was changed on screen.
    #[must_use]
    pub fn embedded() -> &'static Self {
        static EMBEDDED: LazyLock<Rulebook> = LazyLock::new(|| Rulebook {
            calendar: Calendar::embedded(),
            changed: BTreeMap::new(),
        });
        &EMBEDDED
    }

    /// The working calendar.
    #[must_use]
    pub fn calendar(&self) -> &Calendar {
        &self.calendar
    }

    pub(super) fn held<'a>(&'a self, row: &'static DeadlineRule) -> Rule<'a> {
        Rule {
            row,
            own: self.changed.get(&row.code),
        }
    }

    /// The rule of a row code such as `DL13-normal`.
    #[must_use]
    pub fn rule(&self, code: &str) -> Option<Rule<'_>> {
        codes::deadline_rule(code).map(|row| self.held(row))
    }

    /// Every rule in the order of the file.
    pub fn rules(&self) -> impl Iterator<Item = Rule<'_>> {
        codes::deadline_rules().iter().map(|row| self.held(row))
    }

    /// The rows of one rule, such as the three days of `DL31`.
    pub fn of(&self, rule: &str) -> impl Iterator<Item = Rule<'_>> {
        self.rules().filter(move |own| own.row.rule == rule)
    }

    /// The first row of a rule at a level.
    #[must_use]
    pub fn at_level(&self, rule: &str, level: RiskLevel) -> Option<Rule<'_>> {
        self.of(rule).find(|own| own.row.level == Some(level))
    }

    /// The moment at which an amount is over.
    #[must_use]
    pub fn reckon(&self, from: DateTime<Utc>, amount: Amount) -> Reckoned {
        self.calendar.reckon(from, amount)
    }

    /// When a rule that starts from an event is due. A rule that lies before
    /// its event ends with the day so many days or months before it.
    #[must_use]
    pub fn due(&self, rule: Rule<'_>, event: DateTime<Utc>) -> Reckoned {
        let unit = TimeUnit::parse(rule.unit()).unwrap_or(TimeUnit::NaturalDays);
        let amount = Amount::new(rule.amount().unsigned_abs(), unit);
        if rule.amount() < 0 {
            self.calendar.before(event, amount)
        } else {
            self.calendar.reckon(event, amount)
        }
    }
}
