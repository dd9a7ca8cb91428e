//! Who steps in where a post is vacant, on leave or kept out.

use super::*;
use crate::rules::division::Tier;
use crate::rules::level::RiskLevel;
use std::collections::BTreeSet;

#[test]
fn a_vacant_village_post_passes_to_the_secretary_and_then_to_the_supervisor() {
    let mut roster = network();
    let village = unit(&roster, "VIL", VILLAGE).id;
    let facts = report(&["1601"], RiskLevel::Green, VILLAGE);
    vacate(&mut roster, village, "village_child_director");
    let plan = plan_of(&facts, &roster);
    assert_eq!(
        (plan.lead.unit, plan.lead.role.as_str()),
        (village, "village_secretary")
    );
    assert!(
        plan.skipped
            .iter()
            .any(|skip| skip.rule == "空缺" && skip.name.contains("儿童主任"))
    );

    vacate(&mut roster, village, "");
    let plan = plan_of(&facts, &roster);
    assert_eq!(plan.lead.unit, unit(&roster, "TMP", TOWNSHIP).id);
}

#[test]
fn a_supervisor_on_leave_passes_to_the_stand_in_the_station_and_the_leader_then_the_county() {
    let mut roster = network();
    let station = unit(&roster, "TMP", TOWNSHIP).id;
    let facts = report(&["0101"], RiskLevel::Yellow, TOWNSHIP);
    let supervisor = roster
        .posts
        .iter()
        .position(|post| post.unit == station && post.role == "township_child_supervisor")
        .unwrap();
    roster.posts[supervisor].on_leave = true;
    assert_eq!(plan_of(&facts, &roster).lead.role, "station_duty");

    let stand_in = Person {
        account: id(9_000_002),
        name: "代班".to_owned(),
    };
    roster.posts[supervisor].stand_in = Some(stand_in.clone());
    assert_eq!(plan_of(&facts, &roster).lead.person, Some(stand_in));

    roster.posts[supervisor].stand_in = None;
    vacate(&mut roster, station, "station_duty");
    assert_eq!(plan_of(&facts, &roster).lead.role, "township_leader");
    vacate(&mut roster, station, "township_leader");
    assert_eq!(plan_of(&facts, &roster).lead.unit, unit(&roster, "MPC", COUNTY).id);
}

#[test]
fn a_county_without_anybody_passes_to_the_city() {
    let mut roster = network();
    for kind in ["MPC", "MPO"] {
        let county = unit(&roster, kind, COUNTY).id;
        vacate(&mut roster, county, "");
    }
    let plan = plan_of(&report(&["0101"], RiskLevel::Yellow, COUNTY), &roster);
    assert_eq!(
        (plan.lead.unit_kind.as_str(), plan.lead.role.as_str()),
        ("MPO", "city_duty")
    );
}

#[test]
fn a_department_without_a_registered_handler_keeps_its_powers() {
    let mut roster = network();
    let police = unit(&roster, "PSB", COUNTY).id;
    vacate(&mut roster, police, "");
    let plan = plan_of(&report(&["0201"], RiskLevel::Red, TOWNSHIP), &roster);
    assert_eq!((plan.lead.unit, &plan.lead.person), (police, &None));
    assert!(says(&plan, "空缺"));
}

#[test]
fn an_involved_person_keeps_out_their_unit_and_a_township_its_villages() {
    let roster = network();
    let station = unit(&roster, "TMP", TOWNSHIP).id;
    let supervisor = roster
        .posts
        .iter()
        .find(|post| post.unit == station)
        .unwrap()
        .holder
        .clone()
        .unwrap();
    let mut facts = report(&["0101"], RiskLevel::Red, VILLAGE);
    facts.recused.accounts = BTreeSet::from([supervisor.account]);
    let plan = plan_of(&facts, &roster);
    assert_eq!(plan.lead.unit, unit(&roster, "MPC", COUNTY).id);
    assert!(everyone(&plan).all(|assignment| !matches!(assignment.unit_kind.as_str(), "TMP" | "VIL")));
    assert!(plan.skipped.iter().any(|skip| skip.rule == "RT04"));
}

#[test]
fn an_involved_official_keeps_out_their_tier_and_what_is_below() {
    let roster = network();
    for (tier, lead) in [
        (Tier::Village, "TMP"),
        (Tier::Township, "MPC"),
        (Tier::County, "MPO"),
        (Tier::City, "TMP"),
    ] {
        let mut facts = report(&["0101"], RiskLevel::Red, VILLAGE);
        facts.recused.official_tier = Some(tier);
        let plan = plan_of(&facts, &roster);
        assert_eq!(plan.lead.unit_kind, lead, "{tier:?}");
        if tier != Tier::City {
            let area = facts.child_location.as_ref().unwrap().at(tier).unwrap();
            for assignment in everyone(&plan) {
                let division = &roster
                    .units
                    .iter()
                    .find(|unit| unit.id == assignment.unit)
                    .unwrap()
                    .division;
                assert!(!area.contains(division), "{tier:?}: {}", assignment.unit_name);
            }
        }
    }
}
