mod everywhere;

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::*;
use crate::rules::calendar::Calendar;
use crate::rules::codes;
use crate::rules::division::{Division, Tier};
use crate::rules::level::RiskLevel;

const VILLAGE: &str = "140622100001";
const TOWNSHIP: &str = "140622100";
const COUNTY: &str = "140622";

fn at(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).unwrap().with_timezone(&Utc)
}

fn place(code: &str) -> Option<Division> {
    Division::parse(code).ok()
}

/// Units are numbered in the order of the roster, their posts and persons
/// from there on: ids that stay the same from run to run.
fn id(number: usize) -> Uuid {
    Uuid::from_u128(u128::try_from(number).unwrap())
}

/// The whole network: every kind of unit at each of its tiers, every post held.
/// The functional area has no county units.
fn network() -> Roster {
    let mut roster = Roster::default();
    for row in codes::divisions().iter().filter(|row| row.kind != "虚拟生活区") {
        let division = Division::parse(&row.code).unwrap();
        if row.kind == "功能区" {
            continue;
        }
        for kind in codes::unit_kinds()
            .iter()
            .filter(|kind| kind.tiers.contains(&division.tier()))
        {
            let number = roster.units.len() + 1;
            let name = codes::unit_name(&kind.code, &division).unwrap();
            roster.units.push(UnitFacts {
                id: id(number),
                kind: kind.code.clone(),
                name,
                division: division.clone(),
                active: true,
            });
            for role in codes::post_roles() {
                let held = role.kinds.contains(&kind.code) && role.tiers.contains(&division.tier());
                if held {
                    let post = roster.posts.len() + 100_000;
                    let person = Person {
                        account: id(post + 100_000),
                        name: format!("{}{post}", role.name),
                    };
                    roster.posts.push(PostFacts {
                        id: id(post),
                        unit: id(number),
                        role: role.code.clone(),
                        holder: Some(person),
                        stand_in: None,
                        on_leave: false,
                    });
                }
            }
        }
    }
    roster
}

fn unit<'a>(roster: &'a Roster, kind: &str, code: &str) -> &'a UnitFacts {
    let division = Division::parse(code).unwrap();
    roster
        .units
        .iter()
        .find(|unit| unit.kind == kind && unit.division == division)
        .unwrap()
}

fn vacate(roster: &mut Roster, unit: Uuid, role: &str) {
    for post in roster
        .posts
        .iter_mut()
        .filter(|post| post.unit == unit && (role.is_empty() || post.role == role))
    {
        post.holder = None;
    }
}

fn report(types: &[&str], level: RiskLevel, code: &str) -> RoutingFacts {
    RoutingFacts {
        types: types.iter().map(|code| (*code).to_owned()).collect(),
        child_location: place(code),
        ..RoutingFacts::new("tipoff", level, at("2026-11-23T09:12:00+08:00"))
    }
}

fn plan_of(facts: &RoutingFacts, roster: &Roster) -> Plan {
    plan(facts, roster, &Calendar::embedded()).unwrap()
}

fn everyone(plan: &Plan) -> impl Iterator<Item = &Assignment> {
    std::iter::once(&plan.lead)
        .chain(&plan.assists)
        .chain(&plan.overseers)
        .chain(&plan.informed)
}

fn kinds(list: &[Assignment]) -> Vec<&str> {
    list.iter().map(|assignment| assignment.unit_kind.as_str()).collect()
}

fn says(plan: &Plan, rule: &str) -> bool {
    plan.steps.iter().any(|step| step.rule == rule)
}

#[test]
fn family_violence_goes_to_the_township_with_police_village_and_county() {
    let roster = network();
    let plan = plan_of(&report(&["0101"], RiskLevel::Red, VILLAGE), &roster);
    assert_eq!(plan.lead.unit_name, "金城镇未成年人保护工作站");
    assert_eq!(
        (plan.lead.rule.as_str(), plan.lead.role.as_str()),
        ("RT06", "township_child_supervisor")
    );
    assert_eq!(kinds(&plan.assists), ["PSB", "VIL", "WF"]);
    assert_eq!(plan.assists[0].unit_name, "应县公安局");
    assert_eq!(plan.overseers[0].unit_name, "应县未成年人救助保护中心");
    assert!(plan.overseers[0].parallel && plan.village_allowed);
    let sign = &plan.dues[0];
    assert_eq!(
        (sign.rule.as_str(), sign.milestone.as_str(), sign.owner),
        ("DL08", "sign", plan.lead.unit)
    );
    assert_eq!(sign.at, Some(at("2026-11-23T09:42:00+08:00")));
}

#[test]
fn danger_to_life_connects_110_and_120_and_tells_county_and_township_at_once() {
    let roster = network();
    let facts = RoutingFacts {
        life_danger: true,
        ..report(&["0105"], RiskLevel::Red, VILLAGE)
    };
    let plan = plan_of(&facts, &roster);
    assert_eq!(plan.lines, ["110", "120"]);
    for kind in ["MPC", "TMP", "PSB"] {
        let told = everyone(&plan).find(|assignment| assignment.unit_kind == kind).unwrap();
        assert!(told.parallel, "{kind}");
    }
    let centre = plan
        .overseers
        .iter()
        .find(|assignment| assignment.unit_kind == "MPC")
        .unwrap();
    assert_eq!((centre.role.as_str(), centre.rule.as_str()), ("county_duty", "RT01"));
    assert!(
        plan.dues
            .iter()
            .any(|due| due.rule == "DL01" && due.at == Some(facts.received_at))
    );
}

#[test]
fn sexual_abuse_is_led_by_the_police_and_never_reaches_a_village() {
    let roster = network();
    let facts = RoutingFacts {
        mandatory_report: true,
        reporter_type: Some("M09".to_owned()),
        ..report(&["0202"], RiskLevel::Red, VILLAGE)
    };
    let plan = plan_of(&facts, &roster);
    assert_eq!(
        (plan.lead.unit_name.as_str(), plan.lead.role.as_str()),
        ("应县公安局", "police_command")
    );
    assert_eq!(plan.lead.rule, "RT02");
    assert_eq!(kinds(&plan.assists), ["MPC"]);
    assert!(!plan.village_allowed && everyone(&plan).all(|assignment| assignment.unit_kind != "VIL"));
}

#[test]
fn a_secondary_type_of_rt02_decides() {
    let roster = network();
    let plan = plan_of(&report(&["1601", "0704"], RiskLevel::Red, VILLAGE), &roster);
    assert_eq!(plan.lead.rule, "RT02");
    assert!(everyone(&plan).all(|assignment| assignment.unit_kind != "VIL"));
}

#[test]
fn a_mandatory_report_reaches_police_county_office_and_the_supervising_department() {
    let roster = network();
    let facts = RoutingFacts {
        mandatory_report: true,
        reporter_type: Some("M05".to_owned()),
        ..report(&["0101"], RiskLevel::Yellow, VILLAGE)
    };
    let plan = plan_of(&facts, &roster);
    assert!(kinds(&plan.assists).contains(&"PSB"));
    assert_eq!(plan.overseers[0].unit_name, "应县未成年人保护工作办公室");
    let copy = plan
        .informed
        .iter()
        .find(|assignment| assignment.rule == "RT03")
        .unwrap();
    assert_eq!(copy.unit_name, "应县卫生健康局");
    assert!(plan.dues.iter().any(|due| due.rule == "DL02"));
}

#[test]
fn bullying_is_led_by_the_education_department_with_the_school() {
    let mut roster = network();
    let school = UnitFacts {
        id: id(9_000_001),
        kind: "SCH".to_owned(),
        name: "应县示例小学".to_owned(),
        division: Division::parse(TOWNSHIP).unwrap(),
        active: true,
    };
    roster.units.push(school.clone());
    let mut facts = RoutingFacts {
        at_school: true,
        school: Some(school.id),
        ..report(&["0901"], RiskLevel::Red, TOWNSHIP)
    };
    let plan = plan_of(&facts, &roster);
    assert_eq!(
        (plan.lead.unit_name.as_str(), plan.lead.rule.as_str()),
        ("应县教育局", "RT05")
    );
    assert_eq!(kinds(&plan.assists), ["PSB", "SCH"]);

    facts.recused.teaching_staff = true;
    let plan = plan_of(&facts, &roster);
    assert!(everyone(&plan).all(|assignment| assignment.unit != school.id));
    assert!(plan.skipped.iter().any(|skip| skip.rule == "RT04"));
}

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
        assert_eq!(due.at, Some(at("2026-11-23T09:42:00+08:00")));
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

#[test]
fn a_complaint_about_a_department_goes_to_the_citys_office() {
    let roster = network();
    let facts = RoutingFacts {
        demand_type: "complaint".to_owned(),
        ..report(&["1802"], RiskLevel::Blue, VILLAGE)
    };
    let plan = plan_of(&facts, &roster);
    assert_eq!(
        (plan.lead.unit_kind.as_str(), plan.lead.unit_name.as_str()),
        ("MPO", "朔州市未成年人保护工作办公室")
    );
    assert!(everyone(&plan).all(|assignment| assignment.unit_kind != "VIL"));
}

#[test]
fn a_question_is_answered_at_the_desk() {
    let roster = network();
    let facts = RoutingFacts {
        demand_type: "inquiry".to_owned(),
        ..report(&["1604"], RiskLevel::Green, VILLAGE)
    };
    assert_eq!(plan_of(&facts, &roster).lead.unit_kind, "HOT");
    let harmed = RoutingFacts {
        demand_type: "inquiry".to_owned(),
        ..report(&["0101"], RiskLevel::Green, VILLAGE)
    };
    assert_eq!(plan_of(&harmed, &roster).lead.unit_kind, "TMP");
}

#[test]
fn an_imported_hospital_is_not_taken_for_the_department() {
    let mut roster = network();
    let hospital = UnitFacts {
        id: id(9_000_003),
        kind: "HEA".to_owned(),
        name: "应县示例医院".to_owned(),
        division: Division::parse(COUNTY).unwrap(),
        active: true,
    };
    roster.units.insert(0, hospital);
    let plan = plan_of(&report(&["1403"], RiskLevel::Blue, VILLAGE), &roster);
    assert_eq!(plan.lead.unit_name, "应县卫生健康局");
}

#[test]
fn an_empty_roster_is_said_and_a_bare_one_still_has_an_owner() {
    let calendar = Calendar::embedded();
    let facts = report(&["0101"], RiskLevel::Red, VILLAGE);
    assert_eq!(plan(&facts, &Roster::default(), &calendar), Err(NoOwner));
    let desk = unit(&network(), "HOT", "140600").clone();
    let bare = Roster {
        units: vec![desk.clone()],
        posts: Vec::new(),
    };
    assert_eq!(plan(&facts, &bare, &calendar).unwrap().lead.unit, desk.id);
}

#[test]
fn a_year_without_a_calendar_leaves_the_time_open_and_says_so() {
    let mut facts = report(&["1601"], RiskLevel::Green, VILLAGE);
    facts.received_at = at("2026-12-30T09:00:00+08:00");
    let plan = plan_of(&facts, &network());
    let open = plan.dues.iter().find(|due| due.at.is_none()).unwrap();
    assert!(open.text.contains("2027 年的工作日历尚未导入"));
}
