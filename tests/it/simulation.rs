//! The simulation at a small size, and proof that each of its questions finds
//! what it asks for.

use crate::given::{self, Spec};
use crate::support::App;
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use tonghu::clock::{self, Clock};
use tonghu::entity::{deadline, protection_case};
use tonghu::journal;
use tonghu::measures::{self, NewMeasure};
use tonghu::rules::level::RiskLevel;
use tonghu::simulate::{self, Invariant, Outcome, Size, check};
use tonghu::tasks::{self, NewTask};
use tonghu::worker;

const SIZE: Size = Size {
    days: 45,
    cases: 24,
    seed: 7,
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_happens_what_must_hold_holds_and_the_same_seed_tells_it_again() {
    let other = Size {
        days: 14,
        cases: 5,
        seed: 8,
    };
    let (one, two, three) = tokio::join!(history(&SIZE), history(&SIZE), history(&other));
    for outcome in [&one, &two, &three] {
        assert!(outcome.holds(), "{}", outcome.text());
    }
    assert_eq!(one.digest, two.digest, "{}\n{}", one.text(), two.text());
    assert_ne!(one.digest, three.digest);
    for act in ["route", "submit", "sign", "visit", "assess", "plan", "task_report"] {
        assert!(
            one.acts.get(act).is_some_and(|count| *count > 0),
            "{act}: {}",
            one.text()
        );
    }
    for fault in ["worker_killed", "database_refuses", "clock_jumps"] {
        assert!(one.faults.contains_key(fault), "{fault}: {}", one.text());
    }
    let refused = |why| one.refusals.keys().any(|(_, word)| *word == why);
    assert!(refused("unavailable") && refused("stale"), "{}", one.text());
    assert!(one.absorbed > 0 && one.weeks.len() >= 5, "{}", one.text());
    let (text, svg) = (one.text(), one.svg());
    assert!(
        text.contains(&one.digest) && text.contains("成立　审计链完整"),
        "{text}"
    );
    assert!(svg.starts_with("<svg") && svg.contains("<desc") && svg.trim_end().ends_with("</svg>"));
}

#[tokio::test]
async fn a_database_with_cases_is_left_alone() {
    let app = App::start().await;
    given::case(&app, Spec::red(&app).await).await;
    let refused = simulate::run(&app.state, &SIZE, |_| {}).await.unwrap_err();
    assert!(refused.to_string().contains("已有个案"), "{refused}");
}

/// A yellow case with a task and a paper that holds it open, of which every
/// clock of the first week has run out and was marked.
async fn lived() -> (App, protection_case::Model) {
    let app = App::start().await;
    let case = given::case(&app, Spec::at(&app, RiskLevel::Yellow).await).await;
    let county = given::ctx_of(&app, "county").await;
    let task = NewTask {
        type_code: "T91".to_owned(),
        request: "请指导".to_owned(),
        ..NewTask::default()
    };
    tasks::open(&app.state, &county, case.id, task).await.unwrap();
    app.clock.advance(TimeDelta::minutes(5));
    let county = given::ctx_of(&app, "county").await;
    let paper = NewMeasure {
        kind: "case_filing".to_owned(),
        paper_no: "应公（刑）立字〔2026〕31号".to_owned(),
        issued_by: "应县公安局".to_owned(),
        issued_on: clock::day(app.clock.now()),
        ..NewMeasure::default()
    };
    measures::record(&app.state, &county, case.id, &paper).await.unwrap();
    app.clock.advance(TimeDelta::days(7));
    worker::tick(&app.state).await;
    assert!(broken(&app).await.is_empty());
    (app, case)
}

/// What does not hold, with what breaks it.
async fn broken(app: &App) -> Vec<(Invariant, Vec<String>)> {
    let verdicts = check(&app.state, app.clock.now()).await.unwrap();
    let broken = verdicts.into_iter().filter(|verdict| !verdict.broken.is_empty());
    broken.map(|verdict| (verdict.invariant, verdict.broken)).collect()
}

async fn sql(app: &App, text: &str) {
    app.state.db.schema().execute_unprepared(text).await.unwrap();
}

/// After `statement` exactly this does not hold, and the case is named.
async fn finds(statement: &str, wanted: Invariant) {
    let (app, case) = lived().await;
    sql(&app, statement).await;
    let found = broken(&app).await;
    let named: Vec<Invariant> = found.iter().map(|(invariant, _)| *invariant).collect();
    assert_eq!(named, [wanted], "{statement}: {found:?}");
    assert!(found[0].1[0].contains(&case.number), "{found:?}");
}

#[tokio::test]
async fn a_case_that_nobody_leads_is_found() {
    let elsewhere = "UPDATE protection_case SET lead_unit = (SELECT id FROM unit WHERE kind = 'FIN' LIMIT 1)";
    finds(elsewhere, Invariant::CaseOwned).await;
    finds("UPDATE case_unit SET part = 'informed'", Invariant::CaseOwned).await;
    finds("UPDATE unit SET active = (kind = 'FIN')", Invariant::CaseOwned).await;
}

#[tokio::test]
async fn a_case_of_which_nobody_can_be_reached_is_found() {
    finds("UPDATE account SET disabled_at = created_at", Invariant::CaseOwned).await;
}

#[tokio::test]
async fn a_clock_that_nobody_marked_is_found() {
    let forgotten = "UPDATE deadline SET overdue_at = NULL, next_at = due_at WHERE milestone = 'contact'";
    let (app, case) = lived().await;
    sql(&app, forgotten).await;
    let found = broken(&app).await;
    assert_eq!(found[0].0, Invariant::ClockFired, "{found:?}");
    assert!(found[0].1[0].contains(&case.number), "{found:?}");
}

#[tokio::test]
async fn a_clock_that_was_marked_twice_or_silently_is_found() {
    let (app, case) = lived().await;
    let clock = deadline::Entity::find()
        .filter(deadline::Column::OverdueAt.is_not_null())
        .one(app.state.db.read())
        .await
        .unwrap()
        .unwrap();
    let ctx = tonghu::ctx::Ctx::system(app.clock.now());
    let tx = app.state.db.begin().await.unwrap();
    let again = tonghu::clocks::missed(&clock);
    journal::commit(tx, &ctx, again).await.unwrap();
    let found = broken(&app).await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(
        found[0],
        (
            Invariant::FiredOnce,
            vec![format!("{} {}", case.number, clock.milestone)]
        )
    );
    let silent = "UPDATE deadline SET overdue_at = started_at WHERE milestone = 'resolve'";
    finds(silent, Invariant::FiredOnce).await;
}

#[tokio::test]
async fn a_case_returned_too_often_is_found() {
    finds("UPDATE protection_case SET return_count = 9", Invariant::ReturnBound).await;
}

#[tokio::test]
async fn a_closed_case_with_an_open_task_or_a_paper_in_force_is_found() {
    let over_task =
        "UPDATE protection_case SET stage = 'closed'; UPDATE measure SET state = 'ended', ended_on = issued_on";
    finds(over_task, Invariant::ClosedDone).await;
    let over_paper = "UPDATE protection_case SET stage = 'closed'; UPDATE task SET state = 'done'";
    finds(over_paper, Invariant::ClosedDone).await;
}

#[tokio::test]
async fn a_change_without_its_entry_is_found_and_so_is_the_broken_chain() {
    let (app, case) = lived().await;
    let triggers = if app.state.db.is_sqlite() {
        "DROP TRIGGER journal_no_change; DROP TRIGGER journal_no_delete"
    } else {
        "DROP TRIGGER journal_append_only ON journal_entry"
    };
    sql(&app, triggers).await;
    sql(&app, "DELETE FROM journal_entry WHERE act = 'measure_recorded'").await;
    let found = broken(&app).await;
    let named: Vec<Invariant> = found.iter().map(|(invariant, _)| *invariant).collect();
    assert_eq!(named, [Invariant::Audited, Invariant::Chained], "{found:?}");
    assert_eq!(found[0].1, [format!("{} measure_recorded", case.number)]);
}

#[tokio::test]
async fn a_report_whose_operator_is_gone_is_found() {
    let (app, _) = lived().await;
    let operator = given::ctx_of(&app, "operator").await;
    let draft = tonghu::intake::begin(&app.state, &operator, "phone").await.unwrap();
    assert!(broken(&app).await.is_empty());
    let gone = "UPDATE account SET disabled_at = created_at WHERE username = 'operator'; \
                UPDATE report SET unit_id = NULL WHERE state = 'draft'";
    sql(&app, gone).await;
    assert_eq!(broken(&app).await, [(Invariant::ReportOwned, vec![draft.number])]);
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
    for _ in 0..12 {
        app.clock.advance(tonghu::clocks::LEASE);
        worker::tick(&app.state).await;
    }
    let now: DateTime<Utc> = app.clock.now();
    let verdicts = check(&app.state, now).await.unwrap();
    assert!(verdicts.iter().all(|verdict| verdict.broken.is_empty()), "{verdicts:?}");
}
