//! 同一儿童90日内第2次线索.

use super::taken;
use crate::given;
use crate::support::App;
use chrono::TimeDelta;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};
use tonghu::entity::supervision;
use tonghu::worker;
use uuid::Uuid;

const HERE: &str = "140622100";
const NEXT_TOWN: &str = "140622101";
const OTHER_COUNTY: &str = "140623100";
const NUMBER: &str = "140699201901010000";

/// A girl of seven; without her number.
fn child() -> Value {
    json!({ "name": "甲小宝", "sex": "2", "age": 7 })
}

fn numbered() -> Value {
    json!({ "name": "甲小宝", "sex": "2", "age": 7, "id_number": NUMBER })
}

fn report(place: &str, child: &Value) -> Value {
    json!({
        "channel": "phone", "demand_type": "tipoff", "case_types": ["0101"],
        "content": "听见打骂，孩子胳膊上有青紫。", "caller": { "anonymous": true },
        "reporter_type": "V04", "relation_to_child": "905",
        "child_location": { "division": place }, "children": [child], "cohabiting_suspect": "yes"
    })
}

/// Takes a report that opens a case, and answers the case.
async fn tip(app: &App, place: &str, child: &Value) -> Uuid {
    opened(app, report(place, child)).await
}

async fn opened(app: &App, report: Value) -> Uuid {
    let operator = app.sign_in("operator").await;
    let reply = operator.json("POST", "/api/v1/reports", report).await;
    assert_eq!(reply.status, 201, "{}", reply.text());
    reply.json()["case"]["id"].as_str().unwrap().parse().unwrap()
}

/// Which cases have a sheet for a second report, after the worker came by.
async fn supervised(app: &App) -> Vec<Uuid> {
    app.clock.advance(TimeDelta::minutes(11));
    worker::tick(&app.state).await;
    worker::tick(&app.state).await;
    let rows = supervision::Entity::find()
        .filter(supervision::Column::Cause.eq("second_tip"))
        .order_by_asc(supervision::Column::Id);
    rows.all(app.state.db.read())
        .await
        .unwrap()
        .iter()
        .map(|row| row.case_id)
        .collect()
}

#[tokio::test]
async fn a_second_report_that_opened_another_case_is_found_by_the_id_number() {
    let app = App::start().await;
    tip(&app, HERE, &numbered()).await;
    assert!(supervised(&app).await.is_empty(), "one report is none too many");
    let second = tip(&app, OTHER_COUNTY, &numbered()).await;
    assert_eq!(
        supervised(&app).await,
        [second],
        "the case of the newest report answers"
    );
    assert_eq!(supervised(&app).await, [second], "once");
}

/// A report may be taken back for ten minutes; a sheet on its case would stand
/// in the way.
#[tokio::test]
async fn nothing_is_written_while_the_report_may_still_be_taken_back() {
    let app = App::start().await;
    tip(&app, HERE, &numbered()).await;
    app.clock.advance(TimeDelta::hours(1));
    tip(&app, NEXT_TOWN, &numbered()).await;
    worker::tick(&app.state).await;
    let sheets = supervision::Entity::find().filter(supervision::Column::Cause.eq("second_tip"));
    assert!(sheets.one(app.state.db.read()).await.unwrap().is_none());
    assert_eq!(supervised(&app).await.len(), 1);
}

#[tokio::test]
async fn a_third_report_on_the_first_case_is_answered_for_there() {
    let app = App::start().await;
    let first = tip(&app, HERE, &numbered()).await;
    let second = tip(&app, NEXT_TOWN, &numbered()).await;
    assert_eq!(supervised(&app).await, [second]);
    let operator = app.sign_in("operator").await;
    let mut held = report(HERE, &numbered());
    held["outcome"] = json!("hold");
    let draft = operator.json("POST", "/api/v1/reports", held).await.json();
    let join = json!({ "step": "join", "version": draft["version"], "case": first });
    let path = format!("/api/v1/reports/{}/steps", draft["id"].as_str().unwrap());
    let reply = operator.json("POST", &path, join).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!(supervised(&app).await, [second, first]);
}

#[tokio::test]
async fn without_a_number_name_sex_age_and_county_must_agree() {
    let app = App::start().await;
    tip(&app, HERE, &child()).await;
    for (place, other) in [
        (OTHER_COUNTY, child()),
        (HERE, json!({ "name": "甲小宝", "sex": "1", "age": 7 })),
        (HERE, json!({ "name": "甲小宝", "sex": "2", "age": 12 })),
        (HERE, json!({ "name": "甲小宝" })),
        (HERE, json!({ "name": "乙小宝", "sex": "2", "age": 7 })),
        (HERE, json!({ "sex": "2", "age": 7, "feature": "约7岁女童" })),
    ] {
        tip(&app, place, &other).await;
        assert!(supervised(&app).await.is_empty(), "{other}");
    }
    let second = tip(&app, NEXT_TOWN, &json!({ "name": "甲小宝", "sex": "2", "age": 8 })).await;
    assert_eq!(supervised(&app).await, [second]);
}

#[tokio::test]
async fn two_numbers_are_two_children_whatever_their_name() {
    let app = App::start().await;
    tip(&app, HERE, &numbered()).await;
    let mut twin = numbered();
    twin["id_number"] = json!("140699201901010027");
    tip(&app, HERE, &twin).await;
    assert!(supervised(&app).await.is_empty());
}

#[tokio::test]
async fn after_ninety_days_a_report_is_the_first_again() {
    let app = App::start().await;
    tip(&app, HERE, &numbered()).await;
    app.clock.advance(TimeDelta::days(90) + TimeDelta::minutes(1));
    tip(&app, NEXT_TOWN, &numbered()).await;
    assert!(supervised(&app).await.is_empty());
}

#[tokio::test]
async fn the_reports_of_a_merged_case_count_for_the_case_it_went_into() {
    let app = App::start().await;
    let one = tip(&app, HERE, &child()).await;
    let two = tip(&app, HERE, &json!({ "feature": "约7岁女童", "sex": "2" })).await;
    assert!(supervised(&app).await.is_empty());
    let county = app.sign_in("county").await;
    let merge = json!({ "step": "merge", "into": one, "reason": "同一名儿童。" });
    taken(&app, &county, two, merge).await;
    assert_eq!(supervised(&app).await, [one]);
}

/// Nothing new came in, and still it is found.
#[tokio::test]
async fn two_cases_that_are_merged_hours_later_are_found_within_the_hour() {
    let app = App::start().await;
    let one = tip(&app, HERE, &child()).await;
    let two = tip(&app, HERE, &json!({ "feature": "约7岁女童", "sex": "2" })).await;
    app.clock.advance(TimeDelta::hours(6));
    assert!(supervised(&app).await.is_empty());
    let county = app.sign_in("county").await;
    let merge = json!({ "step": "merge", "into": one, "reason": "同一名儿童。" });
    taken(&app, &county, two, merge).await;
    assert!(supervised(&app).await.is_empty(), "not compared anew for every round");
    app.clock.advance(TimeDelta::minutes(50));
    assert_eq!(supervised(&app).await, [one]);
}

#[tokio::test]
async fn what_was_answered_in_the_call_is_a_report_too_and_what_was_dismissed_is_none() {
    let app = App::start().await;
    let case = tip(&app, HERE, &numbered()).await;
    let operator = app.sign_in("operator").await;
    let ask = json!({
        "channel": "phone", "demand_type": "help_request", "case_types": ["1602"],
        "content": "问困境儿童补助怎么申请。", "caller": { "anonymous": true },
        "child_location": { "division": NEXT_TOWN }, "children": [numbered()], "outcome": "hold"
    });
    let end = async |step: Value| {
        let draft = operator.json("POST", "/api/v1/reports", ask.clone()).await.json();
        let path = format!("/api/v1/reports/{}/steps", draft["id"].as_str().unwrap());
        let mut step = step;
        step["version"] = draft["version"].clone();
        let reply = operator.json("POST", &path, step).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
    };
    end(json!({ "step": "dismiss", "note": "misdialled" })).await;
    assert!(supervised(&app).await.is_empty());
    end(json!({ "step": "answer", "note": "带户口本向村里提出。" })).await;
    assert_eq!(supervised(&app).await, [case]);
}

/// A sheet would tell it that there is another case.
#[tokio::test]
async fn no_sheet_goes_to_a_unit_that_is_recused_from_a_case_of_the_child() {
    let app = App::start().await;
    let first = tip(&app, HERE, &numbered()).await;
    let unit = given::now(&app, first).await.lead_unit;
    let county = app.sign_in("county").await;
    let recuse = json!({ "step": "recuse", "unit": unit, "reason": "当事人为该镇干部近亲属。" });
    taken(&app, &county, first, recuse).await;
    let second = tip(&app, HERE, &numbered()).await;
    assert_eq!(given::now(&app, second).await.lead_unit, unit);
    assert_eq!(supervised(&app).await, [first]);
}

/// A case of the highest label is not told of at one of a lower label.
#[tokio::test]
async fn beside_a_case_of_the_highest_label_the_sheet_goes_there() {
    let app = App::start().await;
    let mut secret = report(HERE, &numbered());
    secret["case_types"] = json!(["0201"]);
    let secret = opened(&app, secret).await;
    assert_eq!(given::now(&app, secret).await.sensitivity, 4);
    let open = tip(&app, HERE, &numbered()).await;
    assert!(given::now(&app, open).await.sensitivity < 4);
    assert_eq!(supervised(&app).await, [secret]);
}
