//! Worked examples over the deadline rules and the holidays of 2024 to 2026,
//! each with its reason beside it (`deadline_examples.csv`).

use chrono::{DateTime, Utc};
use std::collections::BTreeSet;
use tonghu::clock;
use tonghu::rules::rulebook::Rulebook;

struct Example {
    rule: String,
    event: DateTime<Utc>,
    due: String,
    reason: String,
}

fn examples() -> Vec<Example> {
    let text = include_str!("deadline_examples.csv");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let rows = reader.records().map(|row| {
        let row = row.unwrap();
        Example {
            rule: row[0].to_owned(),
            event: clock::read_minute(&row[1]).unwrap(),
            due: row[2].to_owned(),
            reason: row[3].to_owned(),
        }
    });
    rows.collect()
}

#[test]
fn the_table_of_worked_examples_holds() {
    let book = Rulebook::embedded();
    for example in examples() {
        let rule = book.rule(&example.rule).unwrap();
        let due = book.due(rule, example.event);
        let said = (&example.rule, clock::minute(example.event), &example.reason);
        assert_eq!(clock::minute(due.at), example.due, "{said:?}");
        assert_eq!(due.guessed, None, "{said:?}");
    }
}

#[test]
fn the_table_is_long_enough_names_every_rule_and_says_why() {
    let examples = examples();
    assert!(examples.len() >= 60, "{}", examples.len());
    let rules: BTreeSet<&str> = examples.iter().filter_map(|example| example.rule.get(..4)).collect();
    for number in 1..=40 {
        assert!(rules.contains(format!("DL{number:02}").as_str()), "DL{number:02}");
    }
    let years: BTreeSet<String> = examples.iter().map(|example| example.due[..4].to_owned()).collect();
    assert!(
        ["2024", "2025", "2026"].iter().all(|year| years.contains(*year)),
        "{years:?}"
    );
    assert!(examples.iter().all(|example| example.reason.chars().count() >= 8));
}
