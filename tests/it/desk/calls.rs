//! Calls as they come: a first guess, a wrong time, a refused screening.

use super::{Call, RED, changed};
use crate::support::App;
use axum::http::StatusCode;
use sea_orm::EntityTrait;
use tonghu::entity::emergency_call;

#[tokio::test]
async fn a_first_guess_at_the_child_is_enough() {
    let app = App::start().await;
    let call = Call::begin(&app, "operator").await;
    let form = changed(RED, "child_sex", "0");
    let form = changed(&form, "child_age", "");
    let form = changed(&form, "child_name", "");
    let form = changed(&form, "child_feature", "约7岁女童");
    let sent = call.finish(&app, &form, &[("outcome", "route")]).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text());
    let children = tonghu::entity::child::Entity::find()
        .all(app.state.db.read())
        .await
        .unwrap();
    let guessed: Vec<_> = children
        .iter()
        .map(|child| (child.age_at_intake, &*child.sex))
        .collect();
    assert!(guessed.contains(&(Some(7), "2")), "{guessed:?}");
    let receipt = call.client.get(&call.path).await.text();
    assert!(
        !receipt.contains("儿童年龄") && receipt.contains("儿童姓名"),
        "{receipt}"
    );
}

#[tokio::test]
async fn a_case_of_quite_another_child_in_the_same_township_is_no_likely_duplicate() {
    let app = App::start().await;
    let first = Call::begin(&app, "operator").await;
    let sent = first.finish(&app, RED, &[("outcome", "route")]).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text());
    let call = Call::begin(&app, "operator").await;
    let other = changed(RED, "caller_phone", "16000009999");
    let other = changed(&other, "child_name", "");
    let boy = changed(&other, "child_feature", "十五岁男生");
    let boy = changed(&boy, "child_sex", "0");
    let boy = changed(&boy, "child_age", "");
    let page = call.send(&app, "/advice", &boy, &[]).await.text();
    assert!(!page.contains("疑似重复"), "{page}");
    let girl = changed(&boy, "child_feature", "约8岁女孩");
    let page = call.send(&app, "/advice", &girl, &[]).await.text();
    assert!(page.contains("疑似重复") && page.contains("性别年龄相符"), "{page}");
}

#[tokio::test]
async fn a_wrong_time_of_the_link_up_is_told_and_what_was_typed_is_kept() {
    let app = App::start().await;
    let call = Call::begin(&app, "operator").await;
    let htmx = call.client.with("hx-request", "true");
    let path = format!("{}/emergency", call.path);
    htmx.post(&path, &[("step", "start")]).await;
    let late = [
        ("step", "joined"),
        ("emergency_line", "120"),
        ("emergency_time", "09:45"),
        ("emergency_receipt", "JJ-0001"),
    ];
    for client in [&htmx, &call.client] {
        let reply = client.post(&path, &late).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
        let page = reply.text();
        for kept in [
            "id=\"emergency_time-error\"",
            "value=\"09:45\"",
            "value=\"JJ-0001\"",
            "value=\"120\" selected",
        ] {
            assert!(page.contains(kept), "{kept} is missing: {page}");
        }
    }
    let calls = emergency_call::Entity::find().all(app.state.db.read()).await.unwrap();
    assert_eq!(calls.len(), 1, "only the start");
}

#[tokio::test]
async fn a_consultation_takes_the_number_along_and_keeps_it_in_the_draft() {
    let app = App::start().await;
    let call = Call::begin(&app, "operator").await;
    let typed = [("caller_phone", "16000004444"), ("inquiry", "孤儿生活费怎么领")];
    let saved = call.send(&app, "/draft", &typed, &[]).await;
    assert_eq!(saved.status, StatusCode::OK, "{}", saved.text());
    assert!(call.client.get(&call.path).await.text().contains("孤儿生活费怎么领"));
    let more = [("answer", "向民政办申请"), ("outcome", "answered")];
    let done = call.send(&app, "/consult", &typed, &more).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
    let next = Call::begin(&app, "operator").await;
    let history = next
        .client
        .post(&format!("{}/caller", next.path), &[("caller_phone", "16000004444")])
        .await
        .text();
    assert!(history.contains("90 天内来电 1 次"), "{history}");
}

#[tokio::test]
async fn the_reason_of_a_refused_screening_reaches_the_operator() {
    let app = App::start().await;
    let call = Call::begin(&app, "operator").await;
    let form = [
        ("channel", "phone"),
        ("demand_type", "complaint"),
        ("content", "邻居宅基地纠纷"),
    ];
    let more = [("outcome", "screened_out"), ("outcome_note", "不涉及儿童")];
    call.finish(&app, &form, &more).await;
    let version = call.row(&app).await.version.to_string();
    let lead = app.sign_in("lead").await;
    assert!(lead.get("/intake").await.text().contains("name=\"why\""));
    let refusal = [
        ("version", &*version),
        ("decision", "refuse"),
        ("why", "先问清孩子由谁照看"),
    ];
    let refused = lead.post(&format!("{}/review", call.path), &refusal).await;
    assert_eq!(refused.status, StatusCode::SEE_OTHER, "{}", refused.text());
    let page = call.client.get(&call.path).await.text();
    assert!(
        page.contains("先问清孩子由谁照看") && page.contains("邻居宅基地纠纷"),
        "{page}"
    );
}

#[tokio::test]
async fn reports_stand_in_the_order_of_their_time_over_all_pages() {
    let app = App::start().await;
    let operator = app.sign_in("operator").await;
    for number in 0..23 {
        // Entered in another order than they were received.
        let minute = (number * 7) % 23;
        let body = serde_json::json!({
            "channel": "hotline_12345", "demand_type": "help_request", "case_types": ["1603"], "content": "生活困难",
            "child_location": {"division": "140622100"}, "ext_order_no": format!("SZ{number}"),
            "received_at": format!("2026-11-22T08:{minute:02}:00+08:00"),
        });
        let reply = operator.json("POST", "/api/v1/reports", body).await;
        assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.text());
    }
    let times = |page: &str| -> Vec<String> {
        let cells = page.split("data-label=\"时间\">").skip(1);
        cells.map(|cell| cell.chars().take(16).collect()).collect()
    };
    let first = operator.get("/reports").await.text();
    let next = first.split("href=\"/reports?cursor=").nth(1).unwrap();
    let cursor: String = next.chars().take_while(|letter| *letter != '"').collect();
    let second = operator.get(&format!("/reports?cursor={cursor}")).await.text();
    let mut all = times(&first);
    assert_eq!(all.len(), 20);
    all.extend(times(&second));
    let mut sorted = all.clone();
    sorted.sort();
    sorted.reverse();
    assert_eq!((all.len(), all), (23, sorted));
    let wrong = operator.get("/reports?cursor=nonsense").await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
}
