//! The simulation at a small size: whatever happens, what must hold holds, and
//! the same seed tells the same.

mod found;

use crate::given::{self, Spec};
use crate::support::App;
use chrono::{DateTime, TimeDelta, Utc};
use tonghu::clock::Clock;
use tonghu::simulate::{self, Outcome, Size, check};
use tonghu::worker;

const SIZE: Size = Size {
    days: 45,
    cases: 36,
    seed: 12,
};

/// A history of its own database, in a year whose holidays are known.
async fn history(size: &Size) -> Outcome {
    let app = App::start().await;
    let mut state = app.state.clone();
    let from = DateTime::parse_from_rfc3339("2026-02-02T08:00:00+08:00").unwrap();
    state.clock = Clock::fixed(from.to_utc());
    let outcome = simulate::run(&state, size, |_| {}).await.unwrap();
    state.db.close().await.unwrap();
    outcome
}

/// What people do in the history of the suite, each at least once.
const DONE: &[&str] = &[
    "begin",
    "route",
    "submit",
    "sign",
    "visit",
    "assess",
    "plan",
    "begin_support",
    "task_sign",
    "task_report",
    "task_accept",
    "task_refuse",
    "task_rule",
    "ask_extension",
    "rule_extension",
    "urge",
    "supervise",
    "answer_supervision",
    "end_supervision",
    "hand_in",
    "accept_result",
    "send_back_result",
    "call_back",
    "ask_transfer",
    "begin_measure",
    "measure_step",
    "leave",
    "resign",
    "appoint",
    "redispatch",
    "leave_post",
    "ask_pause",
    "rule_pause",
    "end_pause",
    "evaluate",
    "ask_return",
    "refuse_return",
    "recuse",
    "merge",
    "join",
];

#[tokio::test]
async fn whatever_happens_what_must_hold_holds() {
    let told = history(&SIZE).await;
    assert!(told.holds(), "{}", told.text());
    let missing: Vec<_> = DONE.iter().filter(|act| !told.acts.contains_key(**act)).collect();
    assert!(missing.is_empty(), "{missing:?}: {}", told.text());
    for fault in ["worker_killed", "database_refuses", "clock_jumps"] {
        assert!(told.faults.contains_key(fault), "{fault}: {}", told.text());
    }
    for step in ["owner", "stand_in", "head", "township", "county", "city"] {
        assert!(told.escalations.contains_key(step), "{step}: {}", told.text());
    }
    let refused = |why| told.refusals.keys().any(|(_, word)| *word == why);
    for why in ["unavailable", "stale", "forbidden", "invalid"] {
        assert!(refused(why), "{why}: {}", told.text());
    }
    assert!(told.absorbed > 0 && told.weeks.len() >= 5, "{}", told.text());
    let (text, svg) = (told.text(), told.svg());
    assert!(
        text.contains(&told.digest) && text.contains("成立　审计链完整") && text.contains("逐级上报"),
        "{text}"
    );
    assert!(svg.starts_with("<svg") && svg.contains("<desc") && svg.trim_end().ends_with("</svg>"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_seed_tells_the_same_and_another_one_something_else() {
    let size = |seed| Size {
        days: 12,
        cases: 5,
        seed,
    };
    let (one, two, three) = (size(8), size(8), size(9));
    let (one, two, three) = tokio::join!(history(&one), history(&two), history(&three));
    for told in [&one, &two, &three] {
        assert!(told.holds(), "{}", told.text());
    }
    assert_eq!(one.digest, two.digest, "{}\n{}", one.text(), two.text());
    assert_ne!(one.digest, three.digest);
}

#[tokio::test]
async fn a_database_with_cases_is_left_alone() {
    let app = App::start().await;
    given::case(&app, Spec::red(&app).await).await;
    let refused = simulate::run(&app.state, &SIZE, |_| {}).await.unwrap_err();
    assert!(refused.to_string().contains("已有个案"), "{refused}");
}

/// Ends when the worker's rounds keep up with the hand of the clock.
#[tokio::test]
async fn a_worker_that_is_killed_again_and_again_still_marks_everything_once() {
    let app = App::start().await;
    for _ in 0..4 {
        given::case(&app, Spec::red(&app).await).await;
    }
    app.clock.advance(TimeDelta::days(30));
    for polls in 1..40 {
        simulate::tick_cut(&app.state, polls).await;
    }
    // What a killed round had taken is free again only after its lease.
    app.clock.advance(tonghu::clocks::LEASE);
    worker::tick(&app.state).await;
    let now: DateTime<Utc> = app.clock.now();
    let verdicts = check(&app.state, now).await.unwrap();
    assert!(verdicts.iter().all(|verdict| verdict.broken.is_empty()), "{verdicts:?}");
}
