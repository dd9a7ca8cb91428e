//! Reports over the JSON interface, on the application itself.

use crate::support::{App, Client, Reply};
use axum::http::StatusCode;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};
use tonghu::entity::{case_unit, deadline, journal_entry, protection_case, report};
use uuid::Uuid;

/// A red report of type 0101 from 应县金城镇.
fn red() -> Value {
    json!({
        "channel": "phone", "demand_type": "tipoff", "case_types": ["0101"], "mandatory_situations": ["MR4"],
        "answers": {"safe_now": "no", "offender_present": "yes"},
        "content": "昨晚听见打骂，孩子哭了很久，胳膊上有青紫。",
        "caller": {"name": null, "phone": "16000000001", "anonymous": true, "safe_phone": false},
        "reporter_type": "V04", "relation_to_child": "905",
        "child_location": {"division": "140622100", "address": "小学东边第二排"},
        "children": [{"name": "甲小宝", "sex": "2", "age": 7}], "cohabiting_suspect": "yes"
    })
}

/// An inquiry: nobody is harmed.
fn inquiry() -> Value {
    json!({"channel": "phone", "demand_type": "inquiry", "content": "问孤儿基本生活费怎么办理", "outcome": "hold"})
}

fn with(mut body: Value, changes: &Value) -> Value {
    for (key, value) in changes.as_object().unwrap() {
        body[key] = value.clone();
    }
    body
}

async fn take(client: &Client, body: Value) -> Value {
    let reply = client.json("POST", "/api/v1/reports", body).await;
    assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.text());
    reply.json()
}

async fn step(client: &Client, report: &Value, body: Value) -> Reply {
    let path = format!("/api/v1/reports/{}/steps", report["id"].as_str().unwrap());
    let body = with(body, &json!({ "version": report["version"] }));
    client.json("POST", &path, body).await
}

fn uuid(value: &Value) -> Uuid {
    Uuid::parse_str(value.as_str().unwrap()).unwrap()
}

async fn cases(app: &App) -> u64 {
    protection_case::Entity::find()
        .count(app.state.db.read())
        .await
        .unwrap()
}

#[tokio::test]
async fn a_red_report_goes_to_township_police_and_county() {
    let app = App::start().await;
    let operator = app.sign_in("operator").await;
    let taken = take(&operator, red()).await;
    assert_eq!(taken["suggested_level"], "red");
    assert!(!taken["reasons"].as_array().unwrap().is_empty());
    let plan = &taken["plan"];
    assert_eq!(plan["lead"]["unit_kind"], "TMP", "{plan}");
    assert_eq!(plan["lines"], json!(["110", "120"]));
    let parts = case_unit::Entity::find()
        .filter(case_unit::Column::CaseId.eq(uuid(&taken["case"]["id"])))
        .all(app.state.db.read())
        .await
        .unwrap();
    assert!(parts.iter().all(|part| !part.rule.is_empty()));
    let kinds: Vec<&str> = ["lead", "assists", "overseers"]
        .iter()
        .flat_map(|list| match &plan[list] {
            Value::Array(parts) => parts.iter().collect::<Vec<_>>(),
            one => vec![one],
        })
        .filter_map(|part| part["unit_kind"].as_str())
        .collect();
    assert!(kinds.contains(&"PSB"), "{kinds:?}");
    assert!(kinds.iter().any(|kind| matches!(*kind, "MPC" | "MPO")), "{kinds:?}");
    let clocks = deadline::Entity::find().count(app.state.db.read()).await.unwrap();
    assert!(clocks > 0);
}

#[tokio::test]
async fn the_same_key_gives_the_first_answer_again() {
    let app = App::start().await;
    let operator = app.sign_in("operator").await;
    let keyed = operator.with("idempotency-key", &Uuid::now_v7().to_string());
    let first = take(&keyed, red()).await;
    assert_eq!(take(&keyed, red()).await, first);
    let other = keyed
        .json("POST", "/api/v1/reports", with(red(), &json!({"content": "另一件事"})))
        .await;
    assert_eq!(other.status, StatusCode::CONFLICT, "{}", other.text());
    assert_eq!(cases(&app).await, 1);
    let bad = operator.with("idempotency-key", "yesterday");
    let reply = bad.json("POST", "/api/v1/reports", red()).await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn one_key_sent_eight_times_at_once_opens_one_case() {
    let app = App::start().await;
    let operator = app.sign_in("operator").await;
    let keyed = operator.with("idempotency-key", &Uuid::now_v7().to_string());
    let sent = (0..8).map(|_| keyed.json("POST", "/api/v1/reports", red()));
    let replies = futures_util::future::join_all(sent).await;
    let first = replies[0].json();
    for reply in &replies {
        assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.text());
        assert_eq!(reply.json(), first);
    }
    assert_eq!(cases(&app).await, 1);
}

#[tokio::test]
async fn lowering_the_level_needs_a_reason_and_raising_none() {
    let app = App::start().await;
    let operator = app.sign_in("operator").await;
    let lowered = with(red(), &json!({"urgency": "blue"}));
    let reply = operator.json("POST", "/api/v1/reports", lowered.clone()).await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(reply.json()["errors"][0]["pointer"], "/urgency_reason");
    assert_eq!(cases(&app).await, 0);
    let reasoned = with(lowered, &json!({"urgency_reason": "民警已到场，儿童在亲属家"}));
    assert_eq!(take(&operator, reasoned).await["level"], "blue");
    let raised = json!({"content": "孩子常没人管", "case_types": ["0602"], "urgency": "red",
        "child_location": {"division": "140622100"}});
    assert_eq!(take(&operator, raised).await["level"], "red");
}

#[tokio::test]
async fn a_second_person_confirms_the_screening_out() {
    let app = App::start().await;
    let operator = app.sign_in("operator").await;
    let draft = take(&operator, inquiry()).await;
    let reply = step(&operator, &draft, json!({"step": "screen_out", "note": "不涉及儿童"})).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    let waiting = reply.json();
    assert_eq!(waiting["state"], "screening");
    let own = step(&operator, &waiting, json!({"step": "confirm_screen_out"})).await;
    assert_eq!(own.status, StatusCode::FORBIDDEN);
    let lead = app.sign_in("lead").await;
    let done = step(&lead, &waiting, json!({"step": "confirm_screen_out"})).await;
    assert_eq!(done.json()["state"], "screened_out", "{}", done.text());
}

#[tokio::test]
async fn a_lead_does_not_confirm_their_own_proposal() {
    let app = App::start().await;
    let lead = app.sign_in("lead").await;
    let draft = take(&lead, inquiry()).await;
    let waiting = step(&lead, &draft, json!({"step": "screen_out", "note": "不涉及儿童"}))
        .await
        .json();
    let own = step(&lead, &waiting, json!({"step": "confirm_screen_out"})).await;
    assert_eq!(own.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_harm_to_a_child_is_never_answered_away() {
    let app = App::start().await;
    let operator = app.sign_in("operator").await;
    let draft = take(&operator, with(red(), &json!({"outcome": "hold"}))).await;
    let reply = step(&operator, &draft, json!({"step": "answer", "note": "已安抚"})).await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", reply.text());
}

#[tokio::test]
async fn an_answer_may_be_taken_back_for_ten_minutes() {
    let app = App::start().await;
    let operator = app.sign_in("operator").await;
    let draft = take(&operator, inquiry()).await;
    let answered = step(&operator, &draft, json!({"step": "answer", "note": "已告知渠道"}))
        .await
        .json();
    assert_eq!(answered["state"], "answered");
    let back = step(&operator, &answered, json!({"step": "undo"})).await.json();
    assert_eq!(back["state"], "draft");
    let answered = step(&operator, &back, json!({"step": "answer", "note": "已告知渠道"}))
        .await
        .json();
    app.clock.advance(chrono::TimeDelta::minutes(11));
    let late = step(&operator, &answered, json!({"step": "undo"})).await;
    assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_repeated_report_joins_the_case_and_is_told_on_it() {
    let app = App::start().await;
    let operator = app.sign_in("operator").await;
    let colleague = app.sign_in("operator2").await;
    let calm = json!({"case_types": ["0602"], "mandatory_situations": [], "answers": {}, "cohabiting_suspect": "no"});
    let first = take(&operator, with(red(), &calm)).await;
    let again = with(red(), &json!({"outcome": "hold", "caller": {"phone": "16000000002"}}));
    let draft = take(&colleague, again).await;
    let reply = step(&colleague, &draft, json!({"step": "join", "case": first["case"]["id"]})).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    let case = protection_case::Entity::find_by_id(uuid(&first["case"]["id"]))
        .one(app.state.db.read())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(case.level, 1);
    assert_eq!(cases(&app).await, 1);
}

#[tokio::test]
async fn a_draft_of_another_operator_does_not_exist() {
    let app = App::start().await;
    let operator = app.sign_in("operator").await;
    let draft = take(&operator, inquiry()).await;
    let path = format!("/api/v1/reports/{}", draft["id"].as_str().unwrap());
    let kept = operator.get(&path).await.json();
    assert_eq!(kept["report"]["content"], "问孤儿基本生活费怎么办理");
    let colleague = app.sign_in("operator2").await;
    assert_eq!(colleague.get(&path).await.status, StatusCode::NOT_FOUND);
    let denied = journal_entry::Entity::find()
        .filter(journal_entry::Column::Act.eq("denied"))
        .filter(journal_entry::Column::ReportId.eq(uuid(&draft["id"])))
        .count(app.state.db.read())
        .await
        .unwrap();
    assert_eq!(denied, 1);
}

#[tokio::test]
async fn an_obliged_reporter_sees_the_neutral_state_of_their_own() {
    let app = App::start().await;
    let hospital = app.sign_in("hospital").await;
    let sent = with(
        red(),
        &json!({"reporter_type": "M05", "case_types": [], "caller": {"name": "值班护士"}}),
    );
    let taken = take(&hospital, sent).await;
    assert_eq!(taken["state"], "已收到");
    for hidden in ["plan", "case", "level", "suggested_level"] {
        assert!(taken[hidden].is_null(), "{hidden}");
    }
    assert_eq!(cases(&app).await, 1);
    let path = format!("/api/v1/reports/{}", taken["id"].as_str().unwrap());
    assert!(hospital.get(&path).await.json()["report"].is_null());
    let school = app.sign_in("school").await;
    assert_eq!(school.get(&path).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_was_said_is_sealed_in_the_database() {
    let app = App::start().await;
    let operator = app.sign_in("operator").await;
    take(&operator, red()).await;
    take(&operator, with(red(), &json!({"outcome": "hold"}))).await;
    let Some(file) = app.database_file() else { return };
    for suffix in ["", "-wal"] {
        let bytes = std::fs::read(format!("{}{suffix}", file.display())).unwrap_or_default();
        for word in ["甲小宝", "16000000001", "胳膊上有青紫", "小学东边第二排"] {
            let found = bytes.windows(word.len()).any(|window| window == word.as_bytes());
            assert!(!found, "{word} in {suffix}");
        }
    }
}

#[tokio::test]
async fn wrong_fields_are_named_and_nothing_is_saved() {
    let app = App::start().await;
    let operator = app.sign_in("operator").await;
    let wrong = with(
        red(),
        &json!({"child_location": {"division": "140699"}, "children": [{"age": 40}]}),
    );
    let reply = operator.json("POST", "/api/v1/reports", wrong).await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
    let pointers: Vec<_> = reply.json()["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["pointer"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(pointers, ["/child_location/division", "/children/0/age"]);
    let unknown = operator.json("POST", "/api/v1/reports", json!({"colour": "red"})).await;
    assert_eq!(unknown.status, StatusCode::UNPROCESSABLE_ENTITY);
    let saved = report::Entity::find().count(app.state.db.read()).await.unwrap();
    assert_eq!(saved, 0);
}
