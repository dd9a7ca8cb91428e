//! The tables fit together, and the checks say no where a text says no.

use chrono::{DateTime, NaiveDate, Utc};
use std::collections::BTreeSet;
use std::fmt::Write;
use tonghu::rules::codes;
use tonghu::rules::measures::{
    Deed, From, Known, Need, PROCEDURES, Procedure, State, Value, Values, blocks_closing, faults, milestone, procedure,
    standing,
};

fn deeds() -> impl Iterator<Item = (&'static Procedure, &'static Deed)> {
    PROCEDURES.into_iter().flat_map(|procedure| {
        let all = std::iter::once(&procedure.begin).chain(procedure.deeds);
        all.map(move |deed| (procedure, deed))
    })
}

#[test]
fn every_kind_is_a_kind_of_paper_and_stands_once() {
    let kinds: BTreeSet<_> = PROCEDURES.iter().map(|procedure| procedure.kind).collect();
    assert_eq!(kinds.len(), PROCEDURES.len());
    for procedure in PROCEDURES {
        assert!(codes::artifact_kind(procedure.kind).is_some(), "{}", procedure.kind);
        assert!(procedure.begin.to.is_some(), "{} begins nowhere", procedure.kind);
        assert!(!procedure.basis.is_empty() && !procedure.about.is_empty());
        let codes: BTreeSet<_> = procedure.deeds.iter().map(|deed| deed.code).collect();
        assert_eq!(codes.len(), procedure.deeds.len(), "{}", procedure.kind);
    }
}

#[test]
fn every_clock_has_its_rule_its_words_and_the_field_it_runs_from() {
    for (procedure, deed) in deeds() {
        for start in deed.starts {
            let place = format!("{} {} {}", procedure.kind, deed.code, start.rule);
            assert!(codes::deadline_rule(start.rule).is_some(), "{place}");
            assert!(milestone(start.milestone).is_some(), "{place}");
            let names: &[&str] = match &start.from {
                From::Fields(names) => names,
                From::Before(name) => std::slice::from_ref(name),
            };
            assert!(names.iter().any(|name| deed.field(name).is_some()), "{place}");
            if let Some((name, value)) = start.only {
                let options = deed.field(name).unwrap().options();
                assert!(options.iter().any(|(code, _)| *code == value), "{place}");
            }
        }
        for owed in deed.meets.iter().chain(deed.stops) {
            assert!(milestone(owed).is_some(), "{} {}", procedure.kind, deed.code);
        }
        assert!(deed.within.is_none_or(|rule| codes::deadline_rule(rule).is_some()));
    }
}

#[test]
fn what_is_started_can_be_met_or_stopped() {
    for procedure in PROCEDURES {
        let all = || std::iter::once(&procedure.begin).chain(procedure.deeds);
        for start in all().flat_map(|deed| deed.starts) {
            let by_visit = procedure.visits == Some(start.milestone);
            let met = all().any(|deed| deed.meets.contains(&start.milestone));
            assert!(by_visit || met, "{} {}", procedure.kind, start.milestone);
        }
    }
}

#[test]
fn every_state_of_a_kind_is_reached_and_leads_to_an_end() {
    for procedure in PROCEDURES {
        let mut reached: BTreeSet<State> = procedure.begin.to.into_iter().collect();
        reached.insert(procedure.paper.0);
        for _ in 0..4 {
            let next: Vec<State> = reached
                .iter()
                .flat_map(|state| procedure.open(*state))
                .filter_map(|deed| deed.to)
                .collect();
            reached.extend(next);
        }
        for deed in procedure.deeds {
            assert!(
                deed.from.iter().all(|state| reached.contains(state)),
                "{} {}",
                procedure.kind,
                deed.code
            );
        }
        let rests = reached == BTreeSet::from([State::Recorded]);
        assert!(
            rests || reached.iter().any(|state| state.is_over()),
            "{}",
            procedure.kind
        );
    }
}

#[test]
fn fields_are_named_once_and_what_they_depend_on_is_asked() {
    for (procedure, deed) in deeds() {
        let names: BTreeSet<_> = deed.fields.iter().map(|field| field.name).collect();
        assert_eq!(names.len(), deed.fields.len(), "{} {}", procedure.kind, deed.code);
        for field in deed.fields {
            if let Need::When(other, value) = field.need {
                let options = deed.field(other).unwrap().options();
                assert!(options.iter().any(|(code, _)| *code == value), "{}", field.name);
            }
            let reserved = ["csrf", "version", "id", "kind", "deed", "measure", "step"];
            assert!(!reserved.contains(&field.name), "{}", field.name);
        }
    }
}

/// The grounds are those of the law, none more and none fewer.
#[test]
fn the_grounds_of_custody_are_the_laws_own() {
    let grounds = |kind: &str| procedure(kind).unwrap().begin.field("ground").unwrap().options().len();
    assert_eq!(grounds("temp_custody"), 7);
    assert_eq!(grounds("long_term_custody"), 5);
}

/// The whole life of every kind, as a table that somebody reads.
#[test]
fn the_table_of_measures_is_the_reviewed_one() {
    let mut table = String::new();
    for (procedure, deed) in deeds() {
        let from: Vec<_> = deed.from.iter().map(|state| state.code()).collect();
        let to = deed.to.map_or("stays", State::code);
        write!(table, "{} {}: {} -> {to}", procedure.kind, deed.code, from.join("|")).unwrap();
        for start in deed.starts {
            write!(table, "; starts {} {}", start.rule, start.milestone).unwrap();
        }
        if !deed.meets.is_empty() {
            write!(table, "; meets {}", deed.meets.join(" ")).unwrap();
        }
        if !deed.by.is_empty() {
            write!(table, "; by {}", deed.by.join(" ")).unwrap();
        }
        table.push('\n');
    }
    insta::assert_snapshot!("measures", table);
}

fn at(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).unwrap().to_utc()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn known() -> Known {
    Known {
        now: at("2026-11-23T09:00:00+08:00"),
        begun_on: Some(day("2026-11-20")),
        in_force_from: Some(day("2026-11-20")),
        expires_on: Some(day("2027-05-20")),
        again: false,
    }
}

fn granted(issued: &str, last: &str) -> Values {
    let mut values = Values::default();
    values
        .0
        .insert("paper_no", Value::Text("（2026）晋0622民保令1号".to_owned()));
    values.0.insert("issued_by", Value::Text("应县人民法院".to_owned()));
    values.0.insert("issued_on", Value::Day(day(issued)));
    values.0.insert("expires_on", Value::Day(day(last)));
    values
}

fn told(kind: &str, deed: &str, values: &Values, known: &Known) -> Vec<(&'static str, String)> {
    let procedure = procedure(kind).unwrap();
    let deed = procedure.deed(deed).unwrap_or(&procedure.begin);
    let faults = faults(procedure, deed, values, known);
    faults.into_iter().map(|fault| (fault.field, fault.words)).collect()
}

#[test]
fn a_protection_order_lasts_six_months_at_most_and_no_day_longer() {
    for (issued, last, fits) in [
        ("2026-11-21", "2027-05-21", true),
        ("2026-11-21", "2027-05-22", false),
        ("2026-11-21", "2026-11-20", false),
    ] {
        let faults = told("protection_order", "grant", &granted(issued, last), &known());
        assert_eq!(faults.is_empty(), fits, "{issued} {last} {faults:?}");
    }
    let long = told(
        "protection_order",
        "grant",
        &granted("2026-11-21", "2027-06-30"),
        &known(),
    );
    assert_eq!(long[0].0, "expires_on");
    assert!(long[0].1.contains("反家庭暴力法§30") && long[0].1.contains("2027-05-21"));
}

#[test]
fn a_ruling_is_neither_before_the_application_nor_in_the_future() {
    let early = told(
        "protection_order",
        "grant",
        &granted("2026-11-19", "2027-01-01"),
        &known(),
    );
    assert!(early[0].1.contains("2026-11-20"), "{early:?}");
    let late = told(
        "protection_order",
        "grant",
        &granted("2026-11-24", "2027-01-01"),
        &known(),
    );
    assert_eq!(late, [("issued_on", "作出日期不得晚于今天".to_owned())]);
}

#[test]
fn a_paper_without_number_or_authority_is_refused() {
    let missing = told("protection_order", "grant", &Values::default(), &known());
    let fields: Vec<_> = missing.iter().map(|(field, _)| *field).collect();
    assert_eq!(fields, ["paper_no", "issued_by", "issued_on", "expires_on"]);
}

#[test]
fn an_extension_is_counted_from_the_old_end() {
    let extend = |last: &str| told("protection_order", "extend", &granted("2026-11-22", last), &known());
    assert!(extend("2027-11-20").is_empty());
    assert!(extend("2027-11-21")[0].1.contains("6个月"));
    assert!(extend("2027-05-20")[0].1.contains("应晚于原失效日期"));
}

#[test]
fn a_review_is_asked_for_within_five_days() {
    let mut values = Values::default();
    values.0.insert("asked_by", Value::Text("被申请人".to_owned()));
    values.0.insert("reason", Value::Text("不服".to_owned()));
    let mut later = known();
    later.now = at("2026-12-01T09:00:00+08:00");
    for (asked, fits) in [("2026-11-25", true), ("2026-11-26", false)] {
        values.0.insert("asked_on", Value::Day(day(asked)));
        let faults = told("protection_order", "review", &values, &later);
        assert_eq!(faults.is_empty(), fits, "{asked} {faults:?}");
        assert!(fits || faults[0].1.contains("反家庭暴力法§31"));
    }
}

#[test]
fn custody_without_a_ground_is_refused_with_the_article() {
    let faults = told(
        "temp_custody",
        "begin",
        &Values::default(),
        &Known {
            begun_on: None,
            ..known()
        },
    );
    assert!(
        faults
            .iter()
            .any(|(field, words)| *field == "ground" && words.contains("未成年人保护法§92"))
    );
}

#[test]
fn a_second_interview_says_why() {
    let first = Known {
        begun_on: None,
        ..known()
    };
    let asks = |known: &Known| {
        let faults = told("forensic_booking", "begin", &Values::default(), known);
        faults.iter().any(|(field, _)| *field == "why_again")
    };
    assert!(!asks(&first));
    assert!(asks(&Known { again: true, ..first }));
}

#[test]
fn custody_is_not_over_because_its_time_is() {
    let today = day("2027-12-01");
    let last = Some(day("2027-11-30"));
    assert_eq!(standing("protection_order", "in_force", last, today), State::Lapsed);
    assert_eq!(standing("temp_custody", "in_force", last, today), State::InForce);
    assert!(blocks_closing("temp_custody", State::InForce));
    assert!(blocks_closing("protection_order", State::Requested));
    assert!(!blocks_closing("protection_order", State::Refused));
}
