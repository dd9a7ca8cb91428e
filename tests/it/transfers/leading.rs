//! Who leads once a place has taken a case.

use super::{THERE, ask, asked_by, asking, latest, part_of, taken, unit_in};
use crate::given::{self, Spec};
use crate::support::App;
use sea_orm::EntityTrait;
use serde_json::json;
use tonghu::entity::protection_case;
use tonghu::rules::level::RiskLevel;

#[tokio::test]
async fn what_goes_by_where_the_child_lives_is_led_by_whoever_took_it_all_the_same() {
    let app = App::start().await;
    let spec = Spec {
        kind: "1601",
        ..Spec::at(&app, RiskLevel::Blue).await
    };
    let case = given::case(&app, spec).await;
    let county = app.sign_in("county").await;
    let mut body = asking(case.version, THERE);
    // The household stays; the child boards at a school elsewhere.
    body["reason"] = json!("school");
    let reply = ask(&county, case.id, body).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    let row = latest(&app, case.id).await;
    let confirmed = taken(&app, "county2", row.id, json!({ "step": "confirm" })).await;
    assert_eq!(confirmed.status, 200, "{}", confirmed.text());
    let now = given::now(&app, case.id).await;
    assert_eq!(now.lead_unit, unit_in(&app, "TMP", THERE).await, "not whoever asked");
    assert_eq!(now.division, "140623100000");
    assert_eq!(now.residence, case.residence, "where it lives is another thing");
}

#[tokio::test]
async fn what_goes_by_the_household_is_led_there_wherever_the_child_is_looked_after() {
    let app = App::start().await;
    let spec = Spec {
        kind: "1604",
        ..Spec::at(&app, RiskLevel::Green).await
    };
    let case = given::case(&app, spec).await;
    let home = case.division.clone();
    let mut body = asking(case.version, THERE);
    body["reason"] = json!("household");
    let reply = ask(&app.sign_in("county").await, case.id, body).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    let row = latest(&app, case.id).await;
    let confirmed = taken(&app, "county2", row.id, json!({ "step": "confirm" })).await;
    assert_eq!(confirmed.status, 200, "{}", confirmed.text());
    let registered = unit_in(&app, "TMP", THERE).await;
    assert_eq!(given::now(&app, case.id).await.lead_unit, registered);
    // The child comes back; its household stays where it is now.
    let row = asked_by(&app, "township2", &case, &home).await;
    let confirmed = taken(&app, "county", row.id, json!({ "step": "confirm" })).await;
    assert_eq!(confirmed.status, 200, "{}", confirmed.text());
    let now = given::now(&app, case.id).await;
    assert_eq!(now.division, home);
    assert_eq!(
        now.lead_unit, registered,
        "the township of the household, not the city above both"
    );
}

#[tokio::test]
async fn a_crime_is_led_by_the_police_of_where_it_happened_wherever_the_child_is_taken() {
    let app = App::start().await;
    let body = json!({
        "channel": "phone", "demand_type": "tipoff", "case_types": ["0202"], "answers": { "safe_now": "yes" },
        "content": "邻居反映此前的侵害，孩子已由姑姑接走。",
        "caller": { "phone": "16000000001", "anonymous": true, "safe_phone": false },
        "reporter_type": "V04", "relation_to_child": "905",
        "child_location": { "division": "140622100", "address": "东街38号" },
        "incident_place": { "division": "140622100", "address": "东街38号" },
        "children": [{ "name": "甲小宝", "sex": "2", "age": 7 }], "cohabiting_suspect": "no"
    });
    let taken = app
        .sign_in("operator")
        .await
        .json("POST", "/api/v1/reports", body)
        .await;
    assert_eq!(taken.status, 201, "{}", taken.text());
    let case: uuid::Uuid = serde_json::from_value(taken.json()["case"]["id"].clone()).unwrap();
    let police = unit_in(&app, "PSB", "140622").await;
    assert_eq!(given::now(&app, case).await.lead_unit, police);
    let version = given::now(&app, case).await.version;
    let body = json!({ "step": "redispatch", "version": version, "place": THERE, "reason": "儿童已到右玉县新城镇。" });
    let moved = ask(&app.sign_in("lead").await, case, body).await;
    assert_eq!(moved.status, 200, "{}", moved.text());
    let now = given::now(&app, case).await;
    assert_eq!(now.division, "140623100000");
    assert_eq!(now.lead_unit, police, "not the city's police");
}

#[tokio::test]
async fn a_school_that_reported_bullying_keeps_its_part_when_the_case_is_planned_anew() {
    let app = App::start().await;
    let body = json!({
        "case_types": ["0901"], "at_school": true, "content": "课间被三名同学殴打，手臂擦伤。",
        "caller": { "name": "班主任", "phone": "16000000001" }, "reporter_type": "M01",
        "child_location": { "division": "140622100", "address": "演示小学" },
        "incident_place": { "division": "140622100", "address": "演示小学" },
        "children": [{ "name": "甲小宝", "sex": "1", "age": 10 }]
    });
    let sent = app.sign_in("school").await.json("POST", "/api/v1/reports", body).await;
    assert_eq!(sent.status, 201, "{}", sent.text());
    let school = given::account_of(&app, "school").await.unit_id.unwrap();
    let case = protection_case::Entity::find()
        .one(app.state.db.read())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(part_of(&app, case.id, school).await.as_deref(), Some("assist"));
    let body =
        json!({ "step": "redispatch", "version": case.version, "place": THERE, "reason": "儿童已到右玉县新城镇。" });
    let moved = ask(&app.sign_in("lead").await, case.id, body).await;
    assert_eq!(moved.status, 200, "{}", moved.text());
    assert_ne!(given::now(&app, case.id).await.lead_unit, case.lead_unit);
    assert_eq!(part_of(&app, case.id, school).await.as_deref(), Some("assist"));
}
