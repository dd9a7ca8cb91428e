//! What happens to clocks that run: another level, another lead, a merge, and
//! the clocks of the system itself.

use crate::clock_table::{MILESTONES, clocks, local, one, reported, step, visited};
use crate::given;
use crate::support::App;
use chrono::TimeDelta;
use serde_json::{Value, json};
use tonghu::entity::deadline;
use uuid::Uuid;

/// What a new level does to the clocks: those that run are stopped without a
/// claim that they were met, its own start now, and what was met stays met; but
/// a child in danger is to be seen again.
#[tokio::test]
async fn a_higher_level_stops_what_runs_and_starts_its_own() {
    let app = App::start().await;
    let (operator, township, village) = (
        app.sign_in("operator").await,
        app.sign_in("township").await,
        app.sign_in("village").await,
    );
    for level in ["yellow", "blue", "green"] {
        let case = reported(&app, &operator, ("tipoff", level)).await.id;
        step(&app, &township, case, json!({ "step": "sign" })).await;
        visited(&app, &village, case, &json!({})).await;
        let before = clocks(&app, case).await;
        app.clock.advance(TimeDelta::minutes(1));
        step(
            &app,
            &township,
            case,
            json!({ "step": "raise_risk", "level": "red", "reason": "发现新伤" }),
        )
        .await;
        let now = app.clock.now();
        let after = clocks(&app, case).await;
        for old in &before {
            let same = after.iter().find(|row| row.id == old.id).unwrap();
            assert_eq!(same.met_at, old.met_at, "{level} {}", old.milestone);
            assert_eq!(
                same.cancelled_at.is_some(),
                old.met_at.is_none(),
                "{level} {}",
                old.milestone
            );
        }
        let new: Vec<(&str, i64)> = after
            .iter()
            .filter(|row| before.iter().all(|old| old.id != row.id))
            .map(|row| (row.milestone.as_str(), (row.due_at - now).num_minutes()))
            .collect();
        let resolve = new.iter().find(|(milestone, _)| *milestone == "resolve").unwrap().1;
        assert_eq!(
            new,
            [("contact", 120), ("assess", 24 * 60), ("resolve", resolve)],
            "{level}"
        );
        assert_eq!(one_running(&after, "contact").due_at, now + TimeDelta::hours(2));
    }
}

fn one_running<'a>(clocks: &'a [deadline::Model], milestone: &str) -> &'a deadline::Model {
    let mut running = clocks
        .iter()
        .filter(|row| row.milestone == milestone && row.met_at.is_none() && row.cancelled_at.is_none());
    let first = running.next().unwrap();
    assert!(running.next().is_none(), "one at a time");
    first
}

/// A level that the county lowered is owed by its own times, counted from when
/// the clocks first started.
#[tokio::test]
async fn a_lowered_level_is_owed_by_its_own_times_from_the_start() {
    let app = App::start().await;
    let (operator, township, county) = (
        app.sign_in("operator").await,
        app.sign_in("township").await,
        app.sign_in("county").await,
    );
    let case = reported(&app, &operator, ("tipoff", "red")).await.id;
    app.clock.advance(TimeDelta::minutes(10));
    let lower = json!({ "step": "propose_lowering", "level": "yellow", "reason": "儿童已在亲属家" });
    step(&app, &township, case, lower).await;
    let asked = clocks(&app, case).await;
    assert!(
        asked.iter().all(|row| row.cancelled_at.is_none()),
        "a wish stops no clock"
    );
    step(&app, &county, case, json!({ "step": "confirm_lowering" })).await;
    let after = clocks(&app, case).await;
    let due = |milestone: &str| local(one_running(&after, milestone).due_at);
    assert_eq!(
        MILESTONES.map(due),
        ["11-23 11:00", "11-24 09:00", "11-26 09:00", "12-08 23:59"]
    );
    assert_eq!(after.iter().filter(|row| row.cancelled_at.is_some()).count(), 4);
}

/// Sending a case elsewhere starts the signature anew and hands the rest over;
/// merging stops all of it, undoing the merge lets it run with the old times.
#[tokio::test]
async fn a_new_lead_signs_anew_and_a_merge_stops_every_clock() {
    let app = App::start().await;
    let (operator, county) = (app.sign_in("operator").await, app.sign_in("county").await);
    let case = reported(&app, &operator, ("tipoff", "yellow")).await.id;
    app.clock.advance(TimeDelta::minutes(10));
    let civil = given::account_of(&app, "civil").await.unit_id.unwrap();
    step(
        &app,
        &county,
        case,
        json!({ "step": "redispatch", "unit": civil, "reason": "由民政局办理" }),
    )
    .await;
    let after = clocks(&app, case).await;
    let sign = one_running(&after, "sign");
    assert_eq!((sign.owner_unit, local(sign.due_at)), (civil, "11-23 11:10".to_owned()));
    for milestone in ["contact", "assess", "resolve"] {
        assert_eq!(one_running(&after, milestone).owner_unit, civil, "{milestone}");
    }
    assert_eq!(
        local(one_running(&after, "contact").due_at),
        "11-24 09:00",
        "no new time for what was owed"
    );
    let due = given::now(&app, case).await.next_due_at;
    assert!(due.is_some());
    app.clock.advance(TimeDelta::minutes(1));
    let other = reported(&app, &operator, ("tipoff", "red")).await.id;
    step(
        &app,
        &county,
        case,
        json!({ "step": "merge", "into": other, "reason": "同一名儿童" }),
    )
    .await;
    let stopped = clocks(&app, case).await;
    assert!(stopped.iter().all(|row| row.cancelled_at.is_some()));
    assert_eq!(given::now(&app, case).await.next_due_at, None);
    app.clock.advance(TimeDelta::minutes(5));
    step(
        &app,
        &county,
        case,
        json!({ "step": "undo_merge", "reason": "并非同一名儿童" }),
    )
    .await;
    let resumed = clocks(&app, case).await;
    assert_eq!(local(one_running(&resumed, "sign").due_at), "11-23 11:10");
    assert_eq!(given::now(&app, case).await.next_due_at, due);
}

/// The clocks of the system itself: the three-way call, the push to the police,
/// the place that nobody knows.
#[tokio::test]
async fn the_call_the_police_and_the_unknown_place_have_clocks_that_end() {
    let app = App::start().await;
    let (operator, lead) = (app.sign_in("operator").await, app.sign_in("lead").await);
    let mut body = crate::main_job::call("140622100");
    body["child_location"] = Value::Null;
    body["answers"] = json!({ "safe_now": "no", "offender_present": "yes" });
    let reply = operator.json("POST", "/api/v1/reports", body).await;
    assert_eq!(reply.status, 201, "{}", reply.text());
    let report = reply.json();
    let case: Uuid = report["case"]["id"].as_str().unwrap().parse().unwrap();
    assert!(
        one(&app, case, "push_police").await.met_at.is_some(),
        "told in the very transaction"
    );
    assert!(one(&app, case, "transfer").await.met_at.is_none());
    let steps = format!("/api/v1/reports/{}/steps", report["id"].as_str().unwrap());
    for (lines, done) in [(json!([]), false), (json!(["110"]), true)] {
        let call = json!({ "step": "emergency", "version": report["version"], "lines": lines });
        let reply = operator.json("POST", &steps, call).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
        assert_eq!(one(&app, case, "transfer").await.met_at.is_some(), done, "{lines}");
    }
    assert!(one(&app, case, "locate").await.met_at.is_none());
    let found = json!({ "step": "redispatch", "place": "140622100", "reason": "基站定位在金城镇" });
    step(&app, &lead, case, found).await;
    assert!(one(&app, case, "locate").await.met_at.is_some());
}
