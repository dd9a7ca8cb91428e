//! 反馈、审核、回访、评价、归档.

use super::{refused, signed, take, taken, told, unit_of};
use crate::given;
use crate::support::{App, Client};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};
use serde_json::{Value, json};
use tonghu::entity::{deadline, protection_case, report, reporter_identity, work_order};
use tonghu::rules::level::RiskLevel::Yellow;
use uuid::Uuid;

async fn state(app: &App, case: Uuid) -> String {
    let row = work_order::Entity::find_by_id(case)
        .one(app.state.db.read())
        .await
        .unwrap();
    row.map_or_else(|| "handling".to_owned(), |row| row.state)
}

async fn running(app: &App, case: Uuid, milestone: &str) -> usize {
    deadline::Entity::find()
        .filter(deadline::Column::CaseId.eq(case))
        .filter(deadline::Column::Milestone.eq(milestone))
        .filter(deadline::Column::MetAt.is_null())
        .filter(deadline::Column::CancelledAt.is_null())
        .all(app.state.db.read())
        .await
        .unwrap()
        .len()
}

fn result() -> Value {
    json!({ "step": "hand_in", "summary": "儿童已由姑姑照料，施暴人已告诫。", "papers": "应公告字〔2026〕12号" })
}

fn call(way: &str, solved: bool) -> Value {
    json!({
        "step": "call_back", "way": way, "reached": true, "solved": solved, "told": "handled", "note": "儿童情绪平稳。",
    })
}

/// A case whose result was accepted.
async fn resolved(app: &App) -> (Client, Uuid) {
    let (township, id) = signed(app, Yellow).await;
    taken(app, &township, id, result()).await;
    let county = app.sign_in("county").await;
    taken(app, &county, id, json!({ "step": "accept_result" })).await;
    (township, id)
}

#[tokio::test]
async fn a_result_is_reviewed_by_another_unit_sent_back_and_accepted() {
    let app = App::start().await;
    let (township, id) = signed(&app, Yellow).await;
    let (county, accept) = (app.sign_in("county").await, json!({ "step": "accept_result" }));
    refused(&app, &county, id, (accept.clone(), "办理中")).await;
    taken(&app, &township, id, result()).await;
    refused(&app, &township, id, (result(), "已反馈待审核")).await;
    assert_eq!(take(&app, &township, id, accept.clone()).await.status, 403);
    assert!(county.get("/orders").await.text().contains("review-result"));
    refused(
        &app,
        &county,
        id,
        (json!({ "step": "send_back_result", "reason": " " }), "退回重办的理由"),
    )
    .await;
    taken(
        &app,
        &county,
        id,
        json!({ "step": "send_back_result", "reason": "未见到儿童，重办。" }),
    )
    .await;
    assert_eq!(state(&app, id).await, "handling");
    assert_eq!(running(&app, id, "resolve").await, 1, "the end runs on");
    taken(&app, &township, id, result()).await;
    taken(&app, &county, id, accept).await;
    assert_eq!(state(&app, id).await, "resolved");
    assert_eq!(running(&app, id, "resolve").await, 0);
    for clock in ["callback_unit", "callback_hotline"] {
        assert_eq!(running(&app, id, clock).await, 1, "{clock}");
    }
    let case = given::now(&app, id).await;
    assert_eq!(case.stage, "accepted", "the protection of the child goes on");
}

#[tokio::test]
async fn what_the_city_leads_the_city_reviews() {
    let app = App::start().await;
    let (_, id) = signed(&app, Yellow).await;
    let city = app.sign_in("city").await;
    let own = unit_of(&app, "city").await;
    taken(
        &app,
        &city,
        id,
        json!({ "step": "redispatch", "unit": own, "reason": "由市里直接办理。" }),
    )
    .await;
    taken(&app, &city, id, json!({ "step": "sign" })).await;
    taken(&app, &city, id, result()).await;
    let accept = json!({ "step": "accept_result" });
    for who in ["city", "lead", "county"] {
        let client = app.sign_in(who).await;
        assert_eq!(take(&app, &client, id, accept.clone()).await.status, 403, "{who}");
    }
    let colleague = given::colleague(&app, "city", "city.b").await;
    taken(&app, &colleague, id, accept).await;
    assert_eq!(state(&app, id).await, "resolved");
}

#[tokio::test]
async fn a_number_that_is_not_marked_safe_is_not_called() {
    let app = App::start().await;
    let (township, id) = resolved(&app).await;
    refused(&app, &township, id, (call("phone", true), "未标注安全")).await;
    let form = format!("/cases/{id}/do/call-back");
    let page = township.get(&form).await.text();
    assert!(
        page.contains("未标注安全") && !page.contains("value=\"phone\""),
        "{page}"
    );
    assert!(!page.contains("tel:"), "{page}");
    identified(&app, id, true).await;
    let page = township.get(&form).await.text();
    assert!(page.contains("value=\"phone\"") && !page.contains("16000000031") && !page.contains("tel:"));
    taken(&app, &township, id, call("phone", true)).await;
}

/// A report of the case with a number left.
async fn identified(app: &App, case: Uuid, safe: bool) {
    let id = filed(app, case).await;
    reporter_identity::Entity::delete_by_id(id)
        .exec(app.state.db.schema())
        .await
        .unwrap();
    let row = reporter_identity::ActiveModel {
        report_id: Set(id),
        phone: Set(Some(tonghu::entity::Sealed(vec![1]))),
        anonymous: Set(false),
        safe_phone: Set(safe),
        ..Default::default()
    };
    row.insert(app.state.db.schema()).await.unwrap();
}

/// A report that belongs to the case.
async fn filed(app: &App, case: Uuid) -> Uuid {
    let operator = app.sign_in("operator").await;
    let body = json!({
        "channel": "phone", "demand_type": "tipoff", "case_types": ["0101"], "content": "邻居家孩子被打",
        "reporter_type": "V02", "child_location": { "division": "140622100" }, "outcome": "hold",
        "children": [{ "sex": "2", "age": 7, "feature": "约7岁女童" }],
    });
    let key = Uuid::now_v7().to_string();
    let reply = operator
        .with("idempotency-key", &key)
        .json("POST", "/api/v1/reports", body)
        .await;
    assert!(reply.status.is_success(), "{}", reply.text());
    let id: Uuid = reply.json()["id"].as_str().unwrap().parse().unwrap();
    report::Entity::update_many()
        .col_expr(report::Column::CaseId, Expr::value(case))
        // What is only held has no columns yet but its form.
        .col_expr(report::Column::ReporterType, Expr::value("V02"))
        .filter(report::Column::Id.eq(id))
        .exec(app.state.db.schema())
        .await
        .unwrap();
    id
}

#[tokio::test]
async fn two_callbacks_end_an_order_and_what_is_not_solved_is_done_again() {
    let app = App::start().await;
    let (township, id) = resolved(&app).await;
    let lead = app.sign_in("lead").await;
    let nobody = json!({ "step": "call_back", "way": "school", "reached": false, "told": "nothing", "note": " " });
    refused(&app, &lead, id, (nobody, "回访情况")).await;
    taken(&app, &lead, id, call("school", false)).await;
    assert_eq!(state(&app, id).await, "handling");
    assert_eq!(running(&app, id, "resolve").await, 1, "a new end runs");
    assert_eq!(running(&app, id, "callback_unit").await, 0);
    taken(&app, &township, id, result()).await;
    let county = app.sign_in("county").await;
    taken(&app, &county, id, json!({ "step": "accept_result" })).await;
    taken(&app, &township, id, call("director", true)).await;
    assert_eq!(state(&app, id).await, "resolved");
    taken(&app, &lead, id, call("school", true)).await;
    assert_eq!(state(&app, id).await, "called_back");
    assert_eq!(told(&app, id, "called_back").await, 3);
    refused(&app, &lead, id, (call("school", true), "已回访")).await;
}

#[tokio::test]
async fn nobody_of_the_household_is_asked_what_they_think() {
    let app = App::start().await;
    let (_, id) = resolved(&app).await;
    let lead = app.sign_in("lead").await;
    let say = |rater: &str, value: &str| json!({ "step": "evaluate", "rater": rater, "value": value });
    for rater in ["suspect", "guardian", "household"] {
        refused(&app, &lead, id, (say(rater, "satisfied"), "不向嫌疑人、监护人")).await;
    }
    refused(&app, &lead, id, (say("stranger", "satisfied"), "选择评价人")).await;
    filed(&app, id).await;
    refused(&app, &lead, id, (say("reporter", "satisfied"), "不向嫌疑人、监护人")).await;
    taken(&app, &lead, id, say("nobody", "")).await;
    taken(&app, &lead, id, say("organisation", "satisfied")).await;
}

#[tokio::test]
async fn an_archived_order_is_only_read_until_its_case_is_reopened() {
    let app = App::start().await;
    let (township, id) = resolved(&app).await;
    let lead = app.sign_in("lead").await;
    taken(&app, &township, id, call("director", true)).await;
    taken(&app, &lead, id, call("school", true)).await;
    let archive = json!({ "step": "archive" });
    refused(&app, &lead, id, (archive.clone(), "不能归档")).await;
    let closed = protection_case::ActiveModel {
        stage: Set("closed".to_owned()),
        closed_at: Set(Some(app.clock.now())),
        ..Default::default()
    };
    given::set(&app, id, closed).await;
    refused(&app, &lead, id, (archive.clone(), "时限在计")).await;
    for clock in deadline::Entity::find()
        .filter(deadline::Column::CaseId.eq(id))
        .all(app.state.db.read())
        .await
        .unwrap()
    {
        let mut row = clock.into_active_model();
        row.cancelled_at = Set(Some(app.clock.now()));
        row.update(app.state.db.schema()).await.unwrap();
    }
    taken(&app, &lead, id, archive).await;
    assert_eq!(state(&app, id).await, "archived");
    refused(&app, &lead, id, (call("school", true), "已归档")).await;
    refused(
        &app,
        &lead,
        id,
        (
            json!({ "step": "evaluate", "rater": "nobody", "value": "na" }),
            "已归档",
        ),
    )
    .await;
    let county = app.sign_in("county").await;
    taken(
        &app,
        &county,
        id,
        json!({ "step": "reopen", "reason": "再次接到线索。" }),
    )
    .await;
    assert_eq!(state(&app, id).await, "handling");
}
