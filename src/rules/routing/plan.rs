//! The plan that routing makes: who, by which rule, why, until when.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::Person;
use crate::rules::calendar::Reckoned;
use crate::rules::deadlines::{MilestoneDue, in_words};
use crate::rules::rulebook::{Rule, Rulebook};

/// What stands for the rule of a time that people agreed on.
const AGREED: &str = "约定时限";

/// A unit with its part in the case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// The unit.
    pub unit: Uuid,
    /// Its name on screen.
    pub unit_name: String,
    /// Its kind, a code of `data/unit_kinds.csv`.
    pub unit_kind: String,
    /// The post that takes it, a code of `data/post_roles.csv`; empty when the
    /// unit has no post that can.
    pub role: String,
    /// Who sits there; nobody when the unit must be telephoned.
    pub person: Option<Person>,
    /// The rule, `RT01` …
    pub rule: String,
    /// The rule in words.
    pub why: String,
    /// Told at once, without waiting for the lead unit to sign.
    pub parallel: bool,
}

/// Somebody who was passed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skip {
    /// The unit or post.
    pub name: String,
    /// The rule.
    pub rule: String,
    /// The rule in words.
    pub why: String,
}

/// A clock of the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// `DL08` …
    pub rule: String,
    /// The row of the rule, `DL08-tipoff-red-sign` …; empty for a time that was
    /// agreed on.
    pub code: String,
    /// Which version of the rule it was counted by.
    pub version: i32,
    /// `sign`, `contact`, `assess`, `resolve`, `locate`, `push_police`.
    pub milestone: String,
    /// The unit that owes it.
    pub owner: Uuid,
    /// The last moment.
    pub at: DateTime<Utc>,
    /// Whether it was counted through a year without a working calendar.
    pub guessed: bool,
    /// The rule in words.
    pub text: String,
}

impl Due {
    /// What a rule makes due from an event on.
    #[must_use]
    pub fn under(book: &Rulebook, rule: Rule<'_>, (milestone, owner): (&str, Uuid), event: DateTime<Utc>) -> Self {
        Self::counted(rule, (milestone, owner), book.due(rule, event))
    }

    /// What a rule makes due at a moment that was counted otherwise.
    #[must_use]
    pub fn counted(rule: Rule<'_>, (milestone, owner): (&str, Uuid), moment: Reckoned) -> Self {
        Self {
            rule: rule.rule().to_owned(),
            code: rule.code().to_owned(),
            version: rule.version(),
            milestone: milestone.to_owned(),
            owner,
            at: moment.at,
            guessed: moment.guessed.is_some(),
            text: in_words(rule.name(), moment.guessed),
        }
    }

    /// A milestone that this unit owes.
    #[must_use]
    pub fn owed(due: MilestoneDue, owner: Uuid) -> Self {
        Self {
            rule: due.rule,
            code: due.code,
            version: due.version,
            milestone: due.milestone.code().to_owned(),
            owner,
            at: due.at,
            guessed: due.guessed,
            text: due.text,
        }
    }

    /// A time that people agreed on, under no rule.
    #[must_use]
    pub fn agreed((milestone, owner): (&str, Uuid), at: DateTime<Utc>, text: &str) -> Self {
        Self {
            rule: AGREED.to_owned(),
            code: String::new(),
            version: 1,
            milestone: milestone.to_owned(),
            owner,
            at,
            guessed: false,
            text: text.to_owned(),
        }
    }
}

/// A step of the explanation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The rule that was applied, `RT01` …
    pub rule: String,
    /// What it did, in words.
    pub text: String,
}

/// Where a report goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// 主办: exactly one.
    pub lead: Assignment,
    /// 协办
    pub assists: Vec<Assignment>,
    /// 督办
    pub overseers: Vec<Assignment>,
    /// 知会、抄送
    pub informed: Vec<Assignment>,
    /// 回避、空缺
    pub skipped: Vec<Skip>,
    /// Numbers to connect now, `110`, `120`.
    pub lines: Vec<String>,
    /// The clocks that start.
    pub dues: Vec<Due>,
    /// How the plan came about, in order.
    pub steps: Vec<Step>,
    /// Whether a village may be told at all.
    pub village_allowed: bool,
}

/// The roster has no unit that may own a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("机构名册中没有可以承接的单位，请先导入市级机构")]
pub struct NoOwner;
