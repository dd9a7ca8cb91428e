use super::*;

fn at(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(&format!("{text}T10:00:00+08:00"))
        .unwrap()
        .with_timezone(&Utc)
}

fn review(day: &str, level: RiskLevel) -> Review {
    Review { at: at(day), level }
}

/// A red case with everything done, on the last day of its six months.
fn done() -> ClosingFacts {
    ClosingFacts {
        now: at("2026-11-23"),
        closure_type: "goals_met".to_owned(),
        current_level: RiskLevel::Green,
        highest_level: RiskLevel::Red,
        reviews: vec![
            review("2026-08-23", RiskLevel::Green),
            review("2026-05-23", RiskLevel::Blue),
            review("2026-04-23", RiskLevel::Yellow),
        ],
        open_goals: Vec::new(),
        routine_care: false,
        open_legal: Vec::new(),
        missing_papers: Vec::new(),
        child_heard: true,
        follow_up_planned: true,
        county_conference: true,
        city_check: true,
        open_orders: Vec::new(),
        waived_tasks: Vec::new(),
    }
}

fn unmet(facts: &ClosingFacts) -> Vec<u8> {
    checks(facts)
        .into_iter()
        .filter(|check| !check.met)
        .map(|check| check.number)
        .collect()
}

#[test]
fn a_case_with_everything_done_may_be_closed() {
    assert_eq!(
        checks(&done()).iter().map(|check| check.number).collect::<Vec<_>>(),
        [1, 2, 3, 4, 5, 6, 7, 8]
    );
    assert_eq!(unmet(&done()), Vec::<u8>::new());
    assert_eq!(may_close(&done()), Ok(()));
}

#[test]
fn each_missing_thing_fails_its_own_check() {
    type Spoil = fn(&mut ClosingFacts);
    let cases: [(u8, Spoil); 9] = [
        (1, |facts| {
            facts.current_level = RiskLevel::Yellow;
        }),
        (2, |facts| {
            facts.open_goals.push("复学".to_owned());
        }),
        (3, |facts| {
            facts.open_legal.push("人身安全保护令".to_owned());
        }),
        (4, |facts| {
            facts.missing_papers.push("告诫书".to_owned());
        }),
        (5, |facts| {
            facts.child_heard = false;
        }),
        (6, |facts| {
            facts.follow_up_planned = false;
        }),
        (7, |facts| {
            facts.county_conference = false;
        }),
        (7, |facts| {
            facts.city_check = false;
        }),
        (8, |facts| {
            facts.open_orders.push("线索".to_owned());
        }),
    ];
    for (number, spoil) in cases {
        let mut facts = done();
        spoil(&mut facts);
        assert_eq!(unmet(&facts), [number]);
        assert!(may_close(&facts).unwrap_err().0.starts_with("尚未满足"));
    }
}

#[test]
fn a_red_case_is_stable_for_six_months_and_a_yellow_one_for_three() {
    let early = ClosingFacts {
        now: at("2026-11-22"),
        ..done()
    };
    assert_eq!(unmet(&early), [1]);
    assert!(checks(&early)[0].detail.contains("6个月"));
    let yellow = ClosingFacts {
        highest_level: RiskLevel::Yellow,
        now: at("2026-08-23"),
        ..done()
    };
    assert_eq!(unmet(&yellow), Vec::<u8>::new());
    let blue = ClosingFacts {
        highest_level: RiskLevel::Blue,
        now: at("2026-05-24"),
        ..done()
    };
    assert_eq!(unmet(&blue), Vec::<u8>::new());
}

#[test]
fn a_yellow_review_in_between_starts_the_count_again() {
    let mut facts = done();
    facts.reviews.push(review("2026-07-01", RiskLevel::Yellow));
    assert_eq!(unmet(&facts), [1]);
    assert!(checks(&facts)[0].detail.contains("现有1次"));
}

#[test]
fn routine_care_takes_over_open_goals() {
    let facts = ClosingFacts {
        open_goals: vec!["复学".to_owned()],
        routine_care: true,
        ..done()
    };
    assert_eq!(unmet(&facts), Vec::<u8>::new());
}

#[test]
fn only_red_cases_need_conference_and_spot_check() {
    let facts = ClosingFacts {
        highest_level: RiskLevel::Yellow,
        county_conference: false,
        city_check: false,
        ..done()
    };
    assert_eq!(unmet(&facts), Vec::<u8>::new());
}

#[test]
fn nobody_closes_because_the_family_cannot_be_reached_or_refuses() {
    for code in ["unreachable", "guardian_refused", "", "whatever"] {
        let facts = ClosingFacts {
            closure_type: code.to_owned(),
            ..done()
        };
        assert!(may_close(&facts).is_err(), "{code}");
    }
    assert!(closure_type("unreachable").unwrap_err().0.contains("升级"));
}

#[test]
fn a_way_of_closing_asks_only_for_its_own_checks() {
    let facts = ClosingFacts {
        closure_type: "screened_out".to_owned(),
        current_level: RiskLevel::Yellow,
        open_goals: vec!["复学".to_owned()],
        ..done()
    };
    assert_eq!(unmet(&facts), Vec::<u8>::new());
    assert_eq!(checks(&facts)[0].detail, "本结案类型不要求");
}

#[test]
fn a_waived_task_is_said_and_holds_nothing_up() {
    let mut facts = done();
    facts.waived_tasks = vec!["RW-20261123-0001".to_owned()];
    let check = checks(&facts).pop().unwrap();
    assert!(
        check.met && check.detail.contains("免办：RW-20261123-0001"),
        "{}",
        check.detail
    );
}
