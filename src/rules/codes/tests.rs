use std::collections::BTreeSet;

use super::*;
use crate::rules::calendar::TimeUnit;
use crate::rules::deadlines::Milestone;
use crate::rules::level::{RiskLevel, Sensitivity};

/// Every code of the list is one the lookup knows.
fn known<T>(codes: &[String], find: impl Fn(&str) -> Option<T>, whose: &str) {
    for code in codes {
        assert!(find(code).is_some(), "{whose}：{code}");
    }
}

#[test]
fn every_file_can_be_read() {
    assert_eq!(faults(), Vec::<String>::new());
}

#[test]
fn no_code_appears_twice() {
    fn once<T>(rows: &[T], code: impl Fn(&T) -> &str, file: &str) {
        let codes: BTreeSet<_> = rows.iter().map(&code).collect();
        assert_eq!(codes.len(), rows.len(), "{file}");
    }
    once(case_types(), |row| &row.code, "case_types");
    once(divisions(), |row| &row.code, "divisions");
    once(deadline_rules(), |row| &row.code, "deadlines");
    once(task_types(), |row| &row.code, "task_types");
    once(artifact_kinds(), |row| &row.code, "artifact_kinds");
    once(assessment_items(), |row| &row.code, "assessment_items");
    once(workdays(), |row| &row.date, "workdays");
    once(relations(), |row| &row.code, "relations");
    once(return_reasons(), |row| &row.code, "return_reasons");
    once(post_roles(), |row| &row.code, "post_roles");
    once(quality_items(), |row| &row.code, "quality_items");
}

#[test]
fn the_lists_are_as_long_as_the_fields_own() {
    assert_eq!(case_types().len(), 62);
    assert_eq!(mandatory_situations().len(), 9);
    assert_eq!(reporter_types().iter().filter(|row| row.mandated).count(), 13);
    assert_eq!(reporter_types().len(), 20);
    assert_eq!(suspect_types().len(), 16);
    assert_eq!(child_categories().len(), 18);
    assert_eq!(demand_types().len(), 6);
    assert_eq!(safety_questions().len(), 10);
    assert_eq!(safety_questions().iter().filter(|row| row.red_line).count(), 6);
    assert_eq!(return_reasons().iter().filter(|row| row.allowed).count(), 7);
    assert_eq!(return_reasons().iter().filter(|row| !row.allowed).count(), 4);
    assert_eq!(unit_kinds().len(), 24);
    assert_eq!(risk_levels().len(), 4);
    assert_eq!(closure_types().iter().filter(|row| row.allowed).count(), 7);
    assert_eq!(visit_kinds().len(), 7);
    assert_eq!(
        artifact_kinds()
            .iter()
            .filter(|row| row.name == "家庭暴力告诫书")
            .count(),
        1
    );
}

#[test]
fn the_network_has_its_divisions() {
    let count = |tier| divisions().iter().filter(|row| row.tier == Some(tier)).count();
    assert_eq!(
        [Tier::City, Tier::County, Tier::Township, Tier::Village].map(count),
        [1, 7, 73, 1277]
    );
    for row in divisions() {
        let code = Division::parse(&row.code).unwrap();
        assert_eq!(Some(code.tier()), row.tier, "{}", row.code);
        let parent = code.parent().map(|parent| parent.code().to_owned()).unwrap_or_default();
        assert_eq!(parent, row.parent_code, "{}", row.code);
    }
}

#[test]
fn case_types_point_to_kinds_that_exist() {
    for row in case_types() {
        known(&row.leads, unit_kind, &row.code);
        known(&row.assists, unit_kind, &row.code);
        assert!(!row.leads.is_empty(), "{}", row.code);
        assert!(row.levels.is_sorted(), "{}", row.code);
        assert!(
            row.code.len() == 4 && row.code.bytes().all(|byte| byte.is_ascii_digit()),
            "{}",
            row.code
        );
    }
    let open: Vec<_> = case_types()
        .iter()
        .filter(|row| row.levels.is_empty())
        .map(|row| row.code.as_str())
        .collect();
    assert_eq!(open, ["1802", "1999"]);
}

#[test]
fn what_the_police_lead_no_village_is_told() {
    for row in case_types() {
        let told = row.village && (row.route == Route::Police || row.sensitivity == Sensitivity::L4);
        assert!(!told, "{}", row.code);
    }
    let police: Vec<_> = case_types()
        .iter()
        .filter(|row| row.route == Route::Police)
        .map(|row| row.code.as_str())
        .collect();
    assert_eq!(
        police,
        [
            "0201", "0202", "0203", "0204", "0205", "0501", "0502", "0701", "0702", "0703", "0704", "1404"
        ]
    );
}

#[test]
fn situations_and_reporters_point_to_codes_that_exist() {
    for row in mandatory_situations() {
        known(&row.case_types, case_type, &row.code);
    }
    assert_eq!(mandatory_situation("MR2").unwrap().level, Some(RiskLevel::Red));
    for row in reporter_types() {
        known(&row.supervisors, unit_kind, &row.code);
    }
}

#[test]
fn red_line_questions_stand_for_a_life_danger_flag() {
    for row in safety_questions() {
        assert_eq!(row.kind == "choice", row.danger.is_some(), "{}", row.code);
        if row.red_line {
            assert!(danger_flag(&row.flag).unwrap().life_danger, "{}", row.code);
        }
    }
    assert!(safety_questions().iter().map(|row| row.number).eq(1..=10));
}

#[test]
fn tasks_and_papers_fit_together() {
    for row in task_types() {
        assert!(unit_kind(&row.kind).is_some(), "{}", row.code);
        known(&row.artifacts, artifact_kind, &row.code);
        for artifact in row.artifacts.iter().filter_map(|code| artifact_kind(code)) {
            assert!(artifact.issuers.contains(&row.kind), "{}：{}", row.code, artifact.name);
        }
        let rows = [&row.due, &row.due_red].into_iter().chain(&row.after);
        for code in rows.filter(|code| !code.is_empty()) {
            assert!(deadline_rule(code).is_some(), "{}：{code}", row.code);
        }
    }
    for row in artifact_kinds() {
        known(&row.issuers, unit_kind, &row.code);
    }
    for row in task_suggestions() {
        known(&row.types, task_type, &row.code);
    }
    for row in case_types() {
        let suggested = task_suggestion(&row.code).or_else(|| task_suggestion(&row.code[..2]));
        assert!(suggested.is_some() || row.code.starts_with("19"), "{}", row.code);
    }
    assert!(artifact_kind("protection_order").unwrap().blocks_closing);
}

#[test]
fn posts_belong_to_kinds_that_exist() {
    for row in post_roles() {
        known(&row.kinds, unit_kind, &row.code);
        assert!(!row.tiers.is_empty(), "{}", row.code);
    }
}

#[test]
fn units_have_a_name_at_each_of_their_tiers() {
    for row in unit_kinds() {
        assert_eq!(row.by_import, row.tiers.is_empty(), "{}", row.code);
        for tier in Tier::ALL {
            let place = divisions().iter().find(|division| division.tier == Some(tier)).unwrap();
            let name = unit_name(&row.code, &Division::parse(&place.code).unwrap());
            assert_eq!(name.is_some(), row.tiers.contains(&tier), "{} {tier:?}", row.code);
            assert!(name.is_none_or(|name| !name.contains('{')));
        }
    }
    assert_eq!(
        unit_name("PSB", &Division::parse("140622").unwrap()).as_deref(),
        Some("应县公安局")
    );
}

#[test]
fn deadlines_are_well_formed() {
    for row in deadline_rules() {
        let unit = TimeUnit::parse(&row.unit);
        assert!(unit.is_some(), "{}", row.code);
        let working = unit == Some(TimeUnit::WorkingDays);
        assert_eq!(
            row.calendar,
            if working { "working" } else { "natural" },
            "{}",
            row.code
        );
        let milestone = row.milestone.is_empty() || Milestone::parse(&row.milestone).is_some();
        assert!(milestone, "{}", row.code);
        assert!(
            row.demand.is_empty() || demand_type(&row.demand).is_some(),
            "{}",
            row.code
        );
    }
}

#[test]
fn returning_a_red_case_is_never_for_want_of_facts() {
    assert_eq!(
        return_reason("R05").unwrap().levels,
        [RiskLevel::Blue, RiskLevel::Green]
    );
    for row in return_reasons() {
        assert_eq!(row.allowed, !row.levels.is_empty(), "{}", row.code);
    }
}

#[test]
fn closing_asks_for_checks_that_exist() {
    for row in closure_types() {
        assert!(row.checks.iter().all(|number| (1..=8).contains(number)), "{}", row.code);
        assert!(row.allowed || row.checks.is_empty(), "{}", row.code);
    }
    assert_eq!(closure_type("goals_met").unwrap().checks, [1, 2, 3, 4, 5, 6, 7, 8]);
}

#[test]
fn functional_areas_fall_to_a_county() {
    for row in fallback_divisions() {
        assert_eq!(division(&row.division).unwrap().tier, Some(Tier::County));
        assert_eq!(division(&row.falls_to).unwrap().tier, Some(Tier::County));
    }
}

#[test]
fn every_cause_of_supervision_has_the_rule_of_its_answer() {
    for row in supervision_causes() {
        let rule = deadline_rule(&row.due).unwrap();
        assert_eq!(
            (rule.event.as_str(), rule.amount > 0),
            ("supervision_opened", true),
            "{}",
            row.code
        );
        assert!((1..=3).contains(&row.level), "{}", row.code);
    }
}

#[test]
fn every_row_says_where_it_comes_from() {
    let sources = case_types().iter().map(|row| &row.source);
    let sources = sources
        .chain(deadline_rules().iter().map(|row| &row.source))
        .chain(task_types().iter().map(|row| &row.source))
        .chain(artifact_kinds().iter().map(|row| &row.source))
        .chain(unit_kinds().iter().map(|row| &row.source))
        .chain(supervision_causes().iter().map(|row| &row.source))
        .chain(danger_flags().iter().map(|row| &row.source))
        .chain(closure_types().iter().map(|row| &row.source))
        .chain(assessment_items().iter().map(|row| &row.source));
    for source in sources {
        assert!(!source.trim().is_empty());
    }
}
