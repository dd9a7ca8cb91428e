//! Whose matter it is by where the child is, lives and belongs.

use super::*;
use crate::rules::level::RiskLevel;

#[test]
fn guardianship_follows_the_child_and_tells_the_other_places() {
    let roster = network();
    let facts = RoutingFacts {
        residence: place("140622101"),
        domicile: place("140623100"),
        ..report(&["0602"], RiskLevel::Red, TOWNSHIP)
    };
    let plan = plan_of(&facts, &roster);
    assert_eq!(plan.lead.unit, unit(&roster, "TMP", TOWNSHIP).id);
    assert!(
        plan.assists
            .iter()
            .any(|assignment| assignment.unit == unit(&roster, "TMP", "140622101").id)
    );
    assert!(
        plan.informed
            .iter()
            .any(|assignment| assignment.unit == unit(&roster, "TMP", "140623100").id)
    );
}

#[test]
fn welfare_goes_to_the_domicile_and_hardship_to_the_village_of_residence() {
    let roster = network();
    let facts = RoutingFacts {
        residence: place(VILLAGE),
        domicile: place("140623100"),
        ..report(&["1604"], RiskLevel::Green, VILLAGE)
    };
    let plan = plan_of(&facts, &roster);
    assert_eq!(
        (plan.lead.unit, plan.lead.rule.as_str()),
        (unit(&roster, "TMP", "140623100").id, "RT07")
    );
    let abroad = RoutingFacts {
        domicile: place("110105"),
        ..facts.clone()
    };
    assert_eq!(plan_of(&abroad, &roster).lead.unit, unit(&roster, "TMP", TOWNSHIP).id);

    let hardship = RoutingFacts {
        types: vec!["1603".to_owned()],
        demand_type: "help_request".to_owned(),
        ..facts
    };
    let plan = plan_of(&hardship, &roster);
    assert_eq!(
        (plan.lead.unit, plan.lead.rule.as_str()),
        (unit(&roster, "VIL", VILLAGE).id, "RT08")
    );
    assert_eq!(kinds(&plan.assists), ["TMP", "CAB"]);
}

#[test]
fn a_place_known_to_the_county_only_is_the_countys_matter() {
    let roster = network();
    let plan = plan_of(&report(&["0101"], RiskLevel::Yellow, COUNTY), &roster);
    assert_eq!(plan.lead.unit, unit(&roster, "MPC", COUNTY).id);
    assert!(says(&plan, "RT09"));
}

#[test]
fn an_unknown_place_is_located_by_the_citys_desk() {
    let roster = network();
    let nowhere = RoutingFacts {
        child_location: None,
        ..report(&["0101"], RiskLevel::Red, VILLAGE)
    };
    for facts in [
        nowhere.clone(),
        RoutingFacts {
            child_location: place("140600"),
            ..nowhere
        },
    ] {
        let plan = plan_of(&facts, &roster);
        assert_eq!(
            (plan.lead.unit_kind.as_str(), plan.lead.role.as_str()),
            ("HOT", "shift_lead")
        );
        assert_eq!(plan.lines, ["110"]);
        let due = plan.dues.iter().find(|due| due.rule == "RT10").unwrap();
        assert_eq!(due.at, at("2026-11-23T09:42:00+08:00"));
    }
}

#[test]
fn a_missing_child_of_whom_no_place_is_known_is_led_by_the_citys_police() {
    let roster = network();
    let facts = RoutingFacts {
        child_location: None,
        ..report(&["0704"], RiskLevel::Red, VILLAGE)
    };
    let plan = plan_of(&facts, &roster);
    assert_eq!(plan.lead.unit, unit(&roster, "PSB", "140600").id);
    assert!(plan.overseers.iter().any(|assignment| assignment.unit_kind == "HOT"));
}

#[test]
fn a_child_outside_the_city_stays_with_the_city_until_handed_over() {
    let roster = network();
    let plan = plan_of(&report(&["0101"], RiskLevel::Red, "140212"), &roster);
    assert_eq!(plan.lead.unit_kind, "HOT");
    assert!(says(&plan, "移交"));
}

#[test]
fn a_functional_area_falls_back_to_its_county() {
    let roster = network();
    let plan = plan_of(&report(&["1101"], RiskLevel::Yellow, "140671400001"), &roster);
    assert_eq!(plan.lead.unit, unit(&roster, "HRS", "140602").id);
    assert!(says(&plan, "RT11"));
}
