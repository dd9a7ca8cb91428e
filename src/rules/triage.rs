//! The suggested level of a report and its reasons. A suggestion only: a person
//! decides, raising is free and lowering needs a reason.

use std::collections::{BTreeMap, BTreeSet};

use super::codes::{self, Answer, CaseType, Tri};
use super::level::{RiskLevel, Sensitivity};

/// Below this age a child may not be left alone (未成年人保护法 §21).
const ALONE_AGE: u8 = 8;

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

/// Suggests level, sensitivity and duties. Every reason is kept; the level is
/// the most urgent that any of them asks for, so one more danger never lowers it.
#[must_use]
pub fn suggest(facts: &TriageFacts) -> Suggestion {
    let types: Vec<&CaseType> = facts
        .case_types
        .iter()
        .filter_map(|code| codes::case_type(code))
        .collect();
    let mut danger = Dangers::default();
    danger.read_answers(facts);
    danger.read_flags(facts);
    let mut reasons = danger.reasons;
    from_types(&types, &mut reasons);
    from_situations(facts, &mut reasons);
    from_circumstances(facts, &mut reasons);
    reasons.sort_by_key(|reason| reason.level.map_or(i16::MAX, RiskLevel::number));

    let level = reasons
        .iter()
        .filter_map(|reason| reason.level)
        .min()
        .unwrap_or(RiskLevel::Green);
    let mandated = is_mandated(facts, &types);
    Suggestion {
        level,
        life_danger: danger.life,
        sensitivity: sensitivity(facts, &types),
        mandated,
        report_to_police: danger.life || mandated || police_wanted(&types, level),
        reasons,
    }
}

/// What the safety questions and the danger flags say.
#[derive(Default)]
struct Dangers {
    reasons: Vec<Reason>,
    life: bool,
}

impl Dangers {
    /// A red-line question answered with danger is red, and danger to life.
    fn read_answers(&mut self, facts: &TriageFacts) {
        for question in codes::safety_questions() {
            let answer = facts.answers.get(&question.code);
            if question.danger.is_none() || answer != question.danger.as_ref() {
                continue;
            }
            let level = question.red_line.then_some(RiskLevel::Red);
            let text = format!("初筛第{}问：{}——{}", question.number, question.text, spoken(answer));
            self.reasons.push(Reason {
                rule: question.code.clone(),
                level,
                text,
            });
            self.life |= question.red_line;
        }
    }

    fn read_flags(&mut self, facts: &TriageFacts) {
        for flag in facts.danger_flags.iter().filter_map(|code| codes::danger_flag(code)) {
            let text = format!("危险要素：{}", flag.name);
            self.reasons.push(Reason {
                rule: flag.code.clone(),
                level: flag.level,
                text,
            });
            self.life |= flag.life_danger;
        }
        let has = |code: &str| facts.danger_flags.contains(code);
        let small = facts.youngest_age.is_some_and(|age| age < ALONE_AGE) || has("under_8");
        if small && has("alone") {
            let text = format!("不满{ALONE_AGE}岁的儿童此刻独处");
            self.reasons.push(Reason {
                rule: "under_8_alone".to_owned(),
                level: Some(RiskLevel::Red),
                text,
            });
            self.life = true;
        }
    }
}

fn spoken(answer: Option<&Answer>) -> &'static str {
    answer.map_or("", |answer| answer.label())
}

/// A type asks for the least urgent of its usual levels; dangers raise it.
fn from_types(types: &[&CaseType], reasons: &mut Vec<Reason>) {
    for kind in types {
        let level = kind.levels.iter().max().copied();
        let text = match level {
            Some(level) => format!("案件类型 {} {}，默认{}", kind.code, kind.name, level.label()),
            None => format!("案件类型 {} {}，等级须由受理人判定", kind.code, kind.name),
        };
        // Left to a person: not lower than blue until somebody has decided.
        let level = level.or(Some(RiskLevel::Blue));
        reasons.push(Reason {
            rule: kind.code.clone(),
            level,
            text,
        });
    }
}

fn from_situations(facts: &TriageFacts, reasons: &mut Vec<Reason>) {
    for row in facts
        .mandatory_situations
        .iter()
        .filter_map(|code| codes::mandatory_situation(code))
    {
        let text = format!("强制报告情形 {} {}", row.code, row.name);
        reasons.push(Reason {
            rule: row.code.clone(),
            level: row.level,
            text,
        });
    }
}

/// What raises the level beyond the matter itself.
fn from_circumstances(facts: &TriageFacts, reasons: &mut Vec<Reason>) {
    let mut add = |rule: &str, level: Option<RiskLevel>, text: String| {
        reasons.push(Reason {
            rule: rule.to_owned(),
            level,
            text,
        });
    };
    if facts.cohabiting_suspect == Some(Answer::Yes) {
        let (level, text) = if harm_may_return(facts) {
            (RiskLevel::Red, "儿童与嫌疑人同住，有再受侵害的现实危险")
        } else {
            (RiskLevel::Yellow, "儿童与嫌疑人同住")
        };
        add("cohabiting_suspect", Some(level), text.to_owned());
    }
    if facts.prior_reports_90d > 0 {
        let text = format!("同一儿童90日内已有{}次线索，风险升级", facts.prior_reports_90d);
        add("prior_reports", Some(RiskLevel::Yellow), text);
    }
    if facts.sibling_red {
        let text = "同户有儿童为红色，其他儿童不低于黄色".to_owned();
        add("sibling_red", Some(RiskLevel::Yellow), text);
    }
    if let Some(age) = facts.youngest_age.filter(|age| *age < ALONE_AGE) {
        let text = format!("最小儿童{age}岁，不满{ALONE_AGE}岁，请核实是否有人照料");
        add("young_child", None, text);
    }
}

/// Whether one of the types is a harm that may be red.
fn harm_may_return(facts: &TriageFacts) -> bool {
    let mut types = facts.case_types.iter().filter_map(|code| codes::case_type(code));
    types.any(|kind| kind.sensitivity >= Sensitivity::L3 && kind.levels.contains(&RiskLevel::Red))
}

/// 强制报告: one of the nine situations, a type that triggers it by default, or
/// an obliged reporter with a type for which it depends.
fn is_mandated(facts: &TriageFacts, types: &[&CaseType]) -> bool {
    let situation = facts
        .mandatory_situations
        .iter()
        .any(|code| codes::mandatory_situation(code).is_some());
    let reporter = facts.reporter_type.as_deref().and_then(codes::reporter_type);
    let obliged = reporter.is_some_and(|row| row.mandated);
    situation
        || types
            .iter()
            .any(|kind| kind.mandated == Tri::Yes || (obliged && kind.mandated == Tri::Depends))
}

fn police_wanted(types: &[&CaseType], level: RiskLevel) -> bool {
    types.iter().any(|kind| match kind.police {
        Tri::Yes => true,
        Tri::Depends => level == RiskLevel::Red,
        Tri::No => false,
    })
}

fn sensitivity(facts: &TriageFacts, types: &[&CaseType]) -> Sensitivity {
    let of_types = types.iter().map(|kind| kind.sensitivity);
    let situations = facts
        .mandatory_situations
        .iter()
        .filter_map(|code| codes::mandatory_situation(code));
    let categories = facts
        .child_categories
        .iter()
        .filter_map(|code| codes::child_category(code));
    of_types
        .chain(situations.map(|row| row.sensitivity))
        .chain(categories.map(|row| row.sensitivity))
        .max()
        .unwrap_or(Sensitivity::L2)
}

/// Whether choosing this level over the suggested one needs a written reason.
#[must_use]
pub fn lowering_needs_reason(suggested: RiskLevel, chosen: RiskLevel) -> bool {
    suggested.above(chosen)
}

#[cfg(test)]
mod tests;
