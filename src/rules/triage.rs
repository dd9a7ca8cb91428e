//! The suggested level of a report and its reasons. A suggestion only: a person
//! decides, raising is free and lowering needs a reason.

use std::collections::{BTreeMap, BTreeSet};

use super::codes::Answer;
use super::level::{RiskLevel, Sensitivity};

/// What is known of a report while the caller talks. All codes are those of
/// `data/`; unknown ones are passed over.
#[derive(Debug, Clone, Default)]
pub struct TriageFacts {
    /// 案件类型, primary first.
    pub case_types: Vec<String>,
    /// 强制报告情形, `MR1`–`MR9`.
    pub mandatory_situations: Vec<String>,
    /// 报告人类型.
    pub reporter_type: Option<String>,
    /// 诉求类型.
    pub demand_type: String,
    /// Answers to the safety questions, by the question's code.
    pub answers: BTreeMap<String, Answer>,
    /// 危险要素.
    pub danger_flags: BTreeSet<String>,
    /// 儿童类别 of all children.
    pub child_categories: BTreeSet<String>,
    /// Age of the youngest child in whole years.
    pub youngest_age: Option<u8>,
    /// Whether the child lives with the suspect.
    pub cohabiting_suspect: Option<Answer>,
    /// Reports about the same child in the last 90 days, this one not counted.
    pub prior_reports_90d: u32,
    /// Whether another child of the household is at red.
    pub sibling_red: bool,
}

/// Why a level is suggested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// A stable word: the code of the case type, flag, question or situation.
    pub rule: String,
    /// The level this reason asks for, when it asks for one.
    pub level: Option<RiskLevel>,
    /// The words on screen.
    pub text: String,
}

/// What the rules suggest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// The most urgent level any reason asks for.
    pub level: RiskLevel,
    /// Why, most urgent first.
    pub reasons: Vec<Reason>,
    /// Danger to life: the 110/120 three-way call is due at once (DL01).
    pub life_danger: bool,
    /// The highest label of types, situations and categories.
    pub sensitivity: Sensitivity,
    /// Whether this is a mandatory report (强制报告).
    pub mandated: bool,
    /// Whether the police are to be told.
    pub report_to_police: bool,
}

/// Suggests level, sensitivity and duties.
#[must_use]
pub fn suggest(_facts: &TriageFacts) -> Suggestion {
    Suggestion {
        level: RiskLevel::Green,
        reasons: Vec::new(),
        life_danger: false,
        sensitivity: Sensitivity::L2,
        mandated: false,
        report_to_police: false,
    }
}

/// Whether choosing this level over the suggested one needs a written reason.
#[must_use]
pub fn lowering_needs_reason(suggested: RiskLevel, chosen: RiskLevel) -> bool {
    suggested.above(chosen)
}
