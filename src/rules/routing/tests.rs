mod everywhere;
mod places;
mod stand_ins;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::*;
use crate::rules::codes;
use crate::rules::division::Division;
use crate::rules::level::RiskLevel;
use crate::rules::rulebook::Rulebook;

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
    plan(facts, roster, Rulebook::embedded()).unwrap()
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
    assert_eq!(sign.at, at("2026-11-23T09:42:00+08:00"));
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
            .any(|due| due.rule == "DL01" && due.at == facts.received_at)
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
    let book = Rulebook::embedded();
    let facts = report(&["0101"], RiskLevel::Red, VILLAGE);
    assert_eq!(plan(&facts, &Roster::default(), book), Err(NoOwner));
    let desk = unit(&network(), "HOT", "140600").clone();
    let bare = Roster {
        units: vec![desk.clone()],
        posts: Vec::new(),
    };
    assert_eq!(plan(&facts, &bare, book).unwrap().lead.unit, desk.id);
}

#[test]
fn a_year_without_a_calendar_is_counted_by_the_week_and_says_so() {
    let mut facts = report(&["1601"], RiskLevel::Green, VILLAGE);
    facts.received_at = at("2026-12-30T09:00:00+08:00");
    let plan = plan_of(&facts, &network());
    let guess = plan.dues.iter().find(|due| due.guessed).unwrap();
    assert!(guess.text.contains("2027 年的工作日历尚未导入"), "{}", guess.text);
    assert!(guess.at > facts.received_at);
}
