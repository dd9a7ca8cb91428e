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
    for question in codes::safety_questions().iter().filter(|question| question.red_line) {
        let mut facts = of_type("1901");
        facts.answers.insert(question.code.clone(), question.danger.unwrap());
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
                    .filter_map(|(question, at)| Some((question.code.clone(), *Answer::ALL.get(at)?)))
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
