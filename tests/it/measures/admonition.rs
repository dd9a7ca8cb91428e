//! The admonition letter and the visits that it orders.

use super::Bench;
use chrono::TimeDelta;
use serde_json::{Value, json};
use uuid::Uuid;

fn letter() -> Value {
    json!({
        "paper_no": "应公（城）告字〔2026〕12号", "issued_by": "应县公安局", "issued_on": "2026-11-20",
        "received_on": "2026-11-22", "subject": "秦某某",
    })
}

/// A visit that sees the child at home.
fn visit(bench: &Bench, kind: &str, at: &str) -> Value {
    json!({
        "id": Uuid::now_v7(), "case_id": bench.case, "kind": kind, "method": "home", "started_at": at, "seen": true,
        "danger": false, "injury": "no",
    })
}

#[tokio::test]
async fn the_visits_of_ninety_days_stand_in_the_villages_list() {
    let bench = Bench::new().await;
    let id = bench.begun("admonition", letter()).await;
    let told = bench.told(id).await;
    for day in ["2026-11-29", "2026-12-22", "2027-01-21", "2027-02-20"] {
        for milestone in ["admonition_check", "admonition_police"] {
            let line = format!("{milestone} {day} 23:59 runs");
            assert!(told.contains(&line), "{line}: {told:?}");
        }
    }
    assert_eq!(bench.owner(id, "admonition_police").await, "应县公安局");
    let village = bench.app.sign_in("village").await;
    let today = village.get("/today").await.text();
    assert!(
        today.contains("告诫查访") && today.contains("visits/new?kind=admonition_check"),
        "{today}"
    );
    let form = village
        .get(&format!("/cases/{}/visits/new?kind=admonition_check", bench.case))
        .await
        .text();
    assert!(form.contains("<option value=\"admonition_check\" selected>"), "{form}");
    assert!(form.contains("value=\"2026-11-29\""), "planned for the day it is owed");
}

#[tokio::test]
async fn a_visit_that_sees_the_child_meets_its_check_and_a_missed_one_is_overdue() {
    let bench = Bench::new().await;
    let id = bench.begun("admonition", letter()).await;
    let village = bench.app.sign_in("village").await;
    let routine = visit(&bench, "routine", "2026-11-23T09:00:00+08:00");
    assert!(
        village
            .json("POST", "/api/v1/visits", routine)
            .await
            .status
            .is_success()
    );
    let met = async || {
        let told = bench.told(id).await;
        told.iter()
            .filter(|clock| clock.starts_with("admonition_check") && clock.ends_with("met"))
            .count()
    };
    assert_eq!(met().await, 0, "a routine visit is no check");
    let check = visit(&bench, "admonition_check", "2026-11-23T09:00:00+08:00");
    let reply = village.json("POST", "/api/v1/visits", check).await;
    assert!(reply.status.is_success(), "{}", reply.text());
    assert_eq!(met().await, 1);
    bench.later(TimeDelta::days(30)).await;
    let clocks = bench.clocks(id).await;
    let missed: Vec<_> = clocks
        .iter()
        .filter(|clock| clock.milestone == "admonition_check" && clock.overdue_at.is_some())
        .map(|clock| tonghu::clock::day(clock.due_at).to_string())
        .collect();
    assert_eq!(missed, ["2026-12-22"]);
    let village = bench.app.sign_in("village").await;
    assert!(village.get("/today").await.text().contains("超期"));
}

#[tokio::test]
async fn the_police_station_visits_too_and_the_letter_is_filed_away() {
    let bench = Bench::new().await;
    let id = bench.begun("admonition", letter()).await;
    let police = bench.app.sign_in("police").await;
    let version = bench.row(id).await.version.to_string();
    let fields = [
        ("version", version.as_str()),
        ("visited_on", "2026-11-23"),
        ("found", "calm"),
    ];
    let reply = police
        .post(&format!("{}/do/police_visit", bench.page(id)), &fields)
        .await;
    assert_eq!(reply.status, 303, "{}", reply.text());
    let told = bench.told(id).await;
    assert!(
        told.contains(&"admonition_police 2026-11-29 23:59 met".to_owned()),
        "{told:?}"
    );
    bench
        .done(id, "finish", json!({ "closed_on": "2026-11-23", "note": "迁居外地" }))
        .await;
    let told = bench.told(id).await;
    assert!(told.iter().all(|clock| !clock.ends_with("runs")), "{told:?}");
}

/// The letter that a joint task brings orders the same visits.
#[tokio::test]
async fn a_letter_recorded_as_a_paper_orders_the_visits_too() {
    let bench = Bench::new().await;
    let version = bench.case_now().await.version;
    let paper = json!({
        "step": "measure", "version": version, "kind": "admonition", "paper_no": "应公告字1号",
        "issued_by": "应县公安局", "issued_on": "2026-11-23",
    });
    assert_eq!(bench.county.json("POST", &bench.steps(), paper).await.status, 200);
    let row = bench.latest("admonition").await;
    assert_eq!((row.state.as_str(), bench.clocks(row.id).await.len()), ("in_force", 8));
}
