//! Whoever owes something on a measure is told of it, and whoever sits there
//! for somebody sees and does the same.

use super::Bench;
use super::order::{application, ruling};
use crate::given;
use chrono::TimeDelta;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::json;
use tonghu::entity::{measure_event, notice};
use uuid::Uuid;

async fn told(bench: &Bench, who: &str, kind: &str) -> Vec<notice::Model> {
    let account = given::account_of(&bench.app, who).await.id;
    notice::Entity::find()
        .filter(notice::Column::AccountId.eq(account))
        .filter(notice::Column::Kind.eq(kind))
        .filter(notice::Column::MeasureId.is_not_null())
        .order_by_asc(notice::Column::Id)
        .all(bench.app.state.db.read())
        .await
        .unwrap()
}

/// An order of which the police owe a check.
async fn ordered(bench: &Bench) -> Uuid {
    let id = bench.begun("protection_order", application("yes")).await;
    bench.done(id, "grant", ruling("2027-05-22")).await;
    id
}

#[tokio::test]
async fn a_department_is_told_once_of_what_it_owes_and_led_to_the_measure() {
    let bench = Bench::new().await;
    let id = ordered(&bench).await;
    let told = told(&bench, "police", "measure_due").await;
    assert_eq!(told.len(), 1, "{told:?}");
    let police = bench.app.sign_in("police").await;
    let opened = police.get(&format!("/notices/{}", told[0].id)).await;
    assert_eq!(opened.location(), bench.page(id));
    assert_eq!(police.get(opened.location()).await.status, 200);
    let item = police.get("/api/v1/notices").await.json()["items"][0].clone();
    assert_eq!(
        (&item["measure_id"], &item["case_id"]),
        (&json!(id), &json!(null)),
        "{item}"
    );
    let page = police.get(&format!("/cases/{}", bench.case)).await;
    assert_eq!(page.status, 404, "the case stays closed");
}

#[tokio::test]
async fn nobody_else_is_told() {
    let bench = Bench::new().await;
    ordered(&bench).await;
    for who in ["education", "health", "township2", "village2", "county2", "operator"] {
        assert!(told(&bench, who, "measure_due").await.is_empty(), "{who}");
    }
}

#[tokio::test]
async fn eight_visits_of_one_letter_are_one_notice_for_each_of_the_two_who_visit() {
    let bench = Bench::new().await;
    let letter = json!({
        "paper_no": "应公（城）告字〔2026〕12号", "issued_by": "应县公安局", "issued_on": "2026-11-20",
        "received_on": "2026-11-22",
    });
    bench.begun("admonition", letter).await;
    for who in ["police", "village"] {
        assert_eq!(told(&bench, who, "measure_due").await.len(), 1, "{who}");
    }
}

#[tokio::test]
async fn a_department_is_told_that_its_time_is_running_out_and_has_run_out() {
    let bench = Bench::new().await;
    ordered(&bench).await;
    bench.later(TimeDelta::hours(25)).await;
    assert_eq!(told(&bench, "police", "overdue").await.len(), 1);
}

#[tokio::test]
async fn whoever_sits_in_the_unit_today_sees_the_measure_and_does_what_it_owes() {
    let bench = Bench::new().await;
    let id = ordered(&bench).await;
    let path = format!("/api/v1/measures/{id}");
    let education = bench.app.sign_in("education").await;
    assert_eq!(education.get(&path).await.status, 404, "not before they sit there");
    let police = given::account_of(&bench.app, "police").await.unit_id.unwrap();
    given::sits_in(&bench.app, "education", police, "police_command").await;
    assert!(education.get("/measures").await.text().contains(&id.to_string()));
    let shown = education.get(&path).await.json();
    assert_eq!(shown["clocks"].as_array().unwrap().len(), 1, "the unit's own: {shown}");
    let steps: Vec<&str> = shown["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step["step"].as_str().unwrap())
        .collect();
    assert!(
        steps.contains(&"police_check") && !steps.contains(&"revoke"),
        "{steps:?}"
    );
    let check = json!({
        "step": "police_check", "version": shown["version"],
        "fields": { "checked_at": "2026-11-23 09:00", "outcome": "told" },
    });
    let done = education.json("POST", &format!("{path}/steps"), check).await;
    assert_eq!(done.status, 200, "{}", done.text());
    assert!(bench.told(id).await[0].ends_with("met"));
    // The history keeps the unit for which it was done.
    let events = measure_event::Entity::find().filter(measure_event::Column::Deed.eq("police_check"));
    let event = events.one(bench.app.state.db.read()).await.unwrap().unwrap();
    assert_eq!(event.actor_unit, Some(police));
    let read = bench.app.sign_in("police").await.get(&path).await.text();
    assert!(read.contains("核实"), "{read}");
}

/// The same person at home in one department and sitting in another does in
/// each what that one does.
#[tokio::test]
async fn a_seat_elsewhere_lends_no_power_over_the_measures_of_a_third() {
    let bench = Bench::new().await;
    let id = ordered(&bench).await;
    let police = given::account_of(&bench.app, "police").await.unit_id.unwrap();
    given::sits_in(&bench.app, "education", police, "police_command").await;
    let education = bench.app.sign_in("education").await;
    let version = bench.row(id).await.version;
    let revoke = json!({
        "step": "revoke", "version": version,
        "fields": { "paper_no": "1号", "issued_by": "应县人民法院", "issued_on": "2026-11-23", "reason": "撤销" },
    });
    let reply = education
        .json("POST", &format!("/api/v1/measures/{id}/steps"), revoke)
        .await;
    assert_eq!(reply.status, 403, "{}", reply.text());
    assert_eq!(bench.row(id).await.state, "in_force");
}
