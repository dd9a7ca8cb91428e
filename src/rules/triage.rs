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
            let text = format!(
                "初筛第{}问：{}——{}",
                question.number,
                question.text,
                spoken(answer)
            );
            self.reasons.push(Reason {
                rule: question.code.clone(),
                level,
                text,
            });
            self.life |= question.red_line;
        }
    }

    fn read_flags(&mut self, facts: &TriageFacts) {
        for flag in facts
            .danger_flags
            .iter()
            .filter_map(|code| codes::danger_flag(code))
        {
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
            Some(level) => format!(
                "案件类型 {} {}，默认{}",
                kind.code,
                kind.name,
                level.label()
            ),
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
    let harmed = facts
        .case_types
        .iter()
        .filter_map(|code| codes::case_type(code))
        .any(|kind| kind.sensitivity >= Sensitivity::L3 && kind.levels.contains(&RiskLevel::Red));
    match facts.cohabiting_suspect {
        Some(Answer::Yes) if harmed => {
            add(
                "cohabiting_suspect",
                Some(RiskLevel::Red),
                "儿童与嫌疑人同住，有再受侵害的现实危险".to_owned(),
            );
        }
        Some(Answer::Yes) => {
            add(
                "cohabiting_suspect",
                Some(RiskLevel::Yellow),
                "儿童与嫌疑人同住".to_owned(),
            );
        }
        _ => {}
    }
    if facts.prior_reports_90d > 0 {
        let text = format!(
            "同一儿童90日内已有{}次线索，风险升级",
            facts.prior_reports_90d
        );
        add("prior_reports", Some(RiskLevel::Yellow), text);
    }
    if facts.sibling_red {
        add(
            "sibling_red",
            Some(RiskLevel::Yellow),
            "同户有儿童为红色，其他儿童不低于黄色".to_owned(),
        );
    }
    let small = facts.youngest_age.filter(|age| *age < ALONE_AGE);
    if let Some(age) = small {
        add(
            "young_child",
            None,
            format!("最小儿童{age}岁，不满{ALONE_AGE}岁，请核实是否有人照料"),
        );
    }
}

/// 强制报告: one of the nine situations, a type that triggers it by default, or
/// an obliged reporter with a type for which it depends.
fn is_mandated(facts: &TriageFacts, types: &[&CaseType]) -> bool {
    let situation = facts
        .mandatory_situations
        .iter()
        .any(|code| codes::mandatory_situation(code).is_some());
    let reporter = facts
        .reporter_type
        .as_deref()
        .and_then(codes::reporter_type);
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
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of_type(code: &str) -> TriageFacts {
        TriageFacts {
            case_types: vec![code.to_owned()],
            demand_type: "tipoff".to_owned(),
            ..TriageFacts::default()
        }
    }

    fn flags(codes: &[&str]) -> BTreeSet<String> {
        codes.iter().map(|code| (*code).to_owned()).collect()
    }

    #[test]
    fn family_violence_is_yellow_until_there_is_danger() {
        let calm = suggest(&of_type("0101"));
        assert_eq!((calm.level, calm.life_danger), (RiskLevel::Yellow, false));
        assert!(calm.mandated && calm.report_to_police);
        let hurt = suggest(&TriageFacts {
            danger_flags: flags(&["needs_medical"]),
            ..of_type("0101")
        });
        assert_eq!((hurt.level, hurt.life_danger), (RiskLevel::Red, true));
        assert_eq!(hurt.reasons[0].rule, "needs_medical");
    }

    #[test]
    fn each_of_the_first_six_questions_is_a_red_line() {
        for question in codes::safety_questions()
            .iter()
            .filter(|question| question.red_line)
        {
            let mut facts = of_type("1901");
            facts
                .answers
                .insert(question.code.clone(), question.danger.unwrap());
            let suggestion = suggest(&facts);
            assert_eq!(
                (suggestion.level, suggestion.life_danger),
                (RiskLevel::Red, true),
                "{}",
                question.code
            );
        }
    }

    #[test]
    fn a_question_left_open_is_no_danger() {
        let mut facts = of_type("1901");
        for question in codes::safety_questions() {
            facts.answers.insert(question.code.clone(), Answer::Unknown);
        }
        assert_eq!(suggest(&facts).level, RiskLevel::Green);
    }

    #[test]
    fn a_small_child_alone_is_red_and_an_older_one_yellow() {
        let alone = |age| {
            suggest(&TriageFacts {
                youngest_age: Some(age),
                danger_flags: flags(&["alone"]),
                ..of_type("0403")
            })
        };
        assert_eq!(alone(7).level, RiskLevel::Red);
        assert_eq!(alone(8).level, RiskLevel::Yellow);
    }

    #[test]
    fn a_girl_under_fourteen_is_red_and_most_secret() {
        let facts = TriageFacts {
            mandatory_situations: vec!["MR2".to_owned()],
            ..TriageFacts::default()
        };
        let suggestion = suggest(&facts);
        assert_eq!(suggestion.level, RiskLevel::Red);
        assert_eq!(suggestion.sensitivity, Sensitivity::L4);
        assert!(suggestion.mandated && suggestion.report_to_police);
    }

    #[test]
    fn hiv_makes_a_plain_request_most_secret() {
        let facts = TriageFacts {
            child_categories: flags(&["05"]),
            ..of_type("1603")
        };
        assert_eq!(suggest(&facts).sensitivity, Sensitivity::L4);
    }

    #[test]
    fn living_with_the_suspect_is_red_when_violence_may_come_back() {
        let with = |code| {
            suggest(&TriageFacts {
                cohabiting_suspect: Some(Answer::Yes),
                ..of_type(code)
            })
            .level
        };
        assert_eq!(with("0101"), RiskLevel::Red);
        assert_eq!(with("0303"), RiskLevel::Yellow);
    }

    #[test]
    fn siblings_and_second_reports_are_at_least_yellow() {
        assert_eq!(
            suggest(&TriageFacts {
                sibling_red: true,
                ..of_type("1601")
            })
            .level,
            RiskLevel::Yellow
        );
        assert_eq!(
            suggest(&TriageFacts {
                prior_reports_90d: 1,
                ..of_type("1601")
            })
            .level,
            RiskLevel::Yellow
        );
    }

    #[test]
    fn a_type_without_a_level_waits_for_a_person() {
        for code in ["1802", "1999"] {
            let suggestion = suggest(&of_type(code));
            assert_eq!(suggestion.level, RiskLevel::Blue);
            assert!(suggestion.reasons[0].text.contains("受理人判定"));
        }
    }

    #[test]
    fn only_lowering_needs_a_reason() {
        use RiskLevel::{Blue, Red};
        assert!(lowering_needs_reason(Red, Blue));
        assert!(!lowering_needs_reason(Blue, Red) && !lowering_needs_reason(Red, Red));
    }

    fn facts() -> impl Strategy<Value = TriageFacts> {
        let types = prop::collection::vec(0..codes::case_types().len(), 0..3);
        let flags = prop::collection::btree_set(0..codes::danger_flags().len(), 0..4);
        let situations = prop::collection::vec(0..codes::mandatory_situations().len(), 0..2);
        let answers = prop::collection::vec(0usize..4, 10);
        let circumstances = (
            prop::option::of(0u8..18),
            prop::option::of(0usize..3),
            0u32..3,
            any::<bool>(),
        );
        (types, flags, situations, answers, circumstances).prop_map(
            |(types, flags, situations, answers, (age, lives, prior, sibling))| {
                let questions = codes::safety_questions().iter();
                TriageFacts {
                    case_types: types
                        .into_iter()
                        .map(|at| codes::case_types()[at].code.clone())
                        .collect(),
                    danger_flags: flags
                        .into_iter()
                        .map(|at| codes::danger_flags()[at].code.clone())
                        .collect(),
                    mandatory_situations: situations
                        .into_iter()
                        .map(|at| codes::mandatory_situations()[at].code.clone())
                        .collect(),
                    answers: questions
                        .zip(answers)
                        .filter_map(|(question, at)| {
                            Some((question.code.clone(), *Answer::ALL.get(at)?))
                        })
                        .collect(),
                    youngest_age: age,
                    cohabiting_suspect: lives.map(|at| Answer::ALL[at]),
                    prior_reports_90d: prior,
                    sibling_red: sibling,
                    ..TriageFacts::default()
                }
            },
        )
    }

    proptest! {
        #[test]
        fn one_more_danger_never_lowers_anything(facts in facts(), which in 0usize..6, at in 0usize..100) {
            let mut worse = facts.clone();
            match which {
                0 => { worse.danger_flags.insert(codes::danger_flags()[at % codes::danger_flags().len()].code.clone()); }
                1 => worse.case_types.push(codes::case_types()[at % codes::case_types().len()].code.clone()),
                2 => worse.mandatory_situations.push(codes::mandatory_situations()[at % 9].code.clone()),
                3 => {
                    let question = &codes::safety_questions()[at % 10];
                    if let Some(danger) = question.danger {
                        worse.answers.insert(question.code.clone(), danger);
                    }
                }
                4 => worse.prior_reports_90d += 1,
                _ => worse.cohabiting_suspect = Some(Answer::Yes),
            }
            let (before, after) = (suggest(&facts), suggest(&worse));
            prop_assert!(!before.level.above(after.level));
            prop_assert!(before.sensitivity <= after.sensitivity || facts.case_types.is_empty());
            prop_assert!(!before.life_danger || after.life_danger);
            prop_assert!(!before.mandated || after.mandated);
            prop_assert!(!before.report_to_police || after.report_to_police);
        }

        #[test]
        fn every_level_has_a_reason(facts in facts()) {
            let suggestion = suggest(&facts);
            let asked = suggestion.reasons.iter().any(|reason| reason.level == Some(suggestion.level));
            prop_assert!(asked || suggestion.level == RiskLevel::Green);
        }
    }
}
