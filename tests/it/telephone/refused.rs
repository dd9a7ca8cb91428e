//! What an exchange may send that makes no sense, and who is not let in.

use super::{CALLER, acts, event, hang_up, legs, path, reports, ring, sent, the_call, told};
use crate::support::{App, log};
use axum::body::Body;
use axum::http::Method;
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::json;
use tonghu::entity::{hotline_refusal, phone_call};

#[tokio::test]
async fn a_wrong_token_is_refused_counted_for_the_administrator_and_not_kept() {
    let app = App::start().await;
    for _ in 0..3 {
        let reply = app
            .stranger()
            .json("POST", "/api/v1/cti/demo-cti-wrong", event("newCall", "a", "8001"))
            .await;
        assert_eq!(reply.status, 401, "{}", reply.text());
        assert!(reply.text().contains("话务平台令牌不符"), "{}", reply.text());
    }
    let huge = "x".repeat(2 * 1024 * 1024);
    let reply = app
        .stranger()
        .send(
            Method::POST,
            "/api/v1/cti/nobody",
            Some("application/json"),
            huge.into(),
        )
        .await;
    assert_eq!(reply.status, 401);
    assert_eq!(phone_call::Entity::find().count(app.state.db.read()).await.unwrap(), 0);
    let counted = hotline_refusal::Entity::find().all(app.state.db.read()).await.unwrap();
    assert_eq!((counted.len(), counted[0].count), (1, 4), "{counted:?}");
    let kept = format!("{counted:?}");
    assert!(!kept.contains("demo-cti") && !kept.contains(CALLER), "{kept}");
    assert_eq!(acts(&app, "denied").await, 1);
    let page = app.sign_in("secadmin").await.get("/hotline/partners").await.text();
    assert!(page.contains("话务平台令牌不符"), "{page}");
}

#[tokio::test]
async fn what_cannot_be_read_is_told_field_by_field_and_changes_nothing() {
    let app = App::start().await;
    for (body, field) in [
        (json!({ "event": "ringing", "callId": "a" }), "/event"),
        (json!({ "callId": "a" }), "/event"),
        (json!({ "event": "newCall" }), "/callId"),
        (json!({ "event": "newCall", "callId": "  " }), "/callId"),
        (json!({ "event": "newCall", "callId": ["", "a"] }), "/callId"),
        (json!({ "event": "newCall", "callId": "通".repeat(201) }), "/callId"),
        (
            json!({ "event": "newCall", "callId": "a", "direction": "up" }),
            "/direction",
        ),
        (
            json!({ "event": "newCall", "callId": "a", "user": "分".repeat(101) }),
            "/user",
        ),
    ] {
        let reply = sent(&app, body.clone()).await;
        assert_eq!(reply.status, 422, "{body}: {}", reply.text());
        assert_eq!(reply.json()["errors"][0]["pointer"], field, "{body}");
    }
    for (kind, body, status) in [
        (Some("application/json"), "{", 400),
        (Some("application/json"), "[]", 422),
        (
            Some("application/json"),
            "{\"event\":\"hangup\",\"callId\":\"a\\u0000\"}",
            400,
        ),
        (
            Some("application/x-www-form-urlencoded"),
            "event=hangup&callId=%00",
            400,
        ),
        (Some("text/plain"), "{}", 415),
        (None, "", 415),
    ] {
        let reply = app.stranger().send(Method::POST, &path(), kind, Body::from(body)).await;
        assert_eq!(reply.status, status, "{body}: {}", reply.text());
    }
    let huge = json!({ "event": "newCall", "callId": "a", "from": "1".repeat(1024 * 1024) });
    assert_eq!(sent(&app, huge).await.status, 413);
    assert_eq!(phone_call::Entity::find().count(app.state.db.read()).await.unwrap(), 0);
    assert!(reports(&app).await.is_empty());
}

#[tokio::test]
async fn a_form_is_taken_as_json_is() {
    let app = App::start().await;
    let body = "event=newCall&direction=in&from=%2B8616000000061&to=12345&callId=f&user%5B%5D=8001&user%5B%5D=8002";
    let form = Some("application/x-www-form-urlencoded");
    let reply = app.stranger().send(Method::POST, &path(), form, body.into()).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!((legs(&app).await.len(), reports(&app).await.len()), (2, 2));
    assert_eq!(ring(&app, "f", "8001").await, "ringing");
    assert_eq!(legs(&app).await.len(), 2, "the same call");
}

#[tokio::test]
async fn a_withheld_or_garbled_number_rings_all_the_same_and_is_owed_nothing() {
    let app = App::start().await;
    for (call, from, words) in [
        ("w", json!("anonymous"), "号码隐藏"),
        ("n", json!(null), "号码隐藏"),
        ("g", json!("打不通'; --"), "号码无法识别"),
        ("l", json!("1".repeat(300)), "号码无法识别"),
    ] {
        let body = json!({ "event": "newCall", "callId": call, "from": from, "user": "8001" });
        assert_eq!(told(&app, body).await, "ringing");
        assert_eq!(hang_up(&app, call).await, "missed");
        let page = app.sign_in("operator").await.get("/calls").await.text();
        assert!(page.contains(words), "{words}: {page}");
    }
    assert_eq!(reports(&app).await.len(), 4);
    assert!(super::owed(&app).await.is_empty());
}

#[tokio::test]
async fn a_telephone_that_nobody_sits_at_is_kept_in_the_log_for_the_shift_lead() {
    let app = App::start().await;
    for user in ["8999", "county", "secadmin"] {
        told(&app, event("newCall", "u", user)).await;
    }
    told(&app, json!({ "event": "newCall", "callId": "u", "from": CALLER })).await;
    assert!(reports(&app).await.is_empty(), "nobody of the desk is meant");
    assert_eq!(legs(&app).await.len(), 4);
    assert_eq!(hang_up(&app, "u").await, "abandoned");
    assert_eq!(the_call(&app).await.agent_id, None);
    let lead = app.sign_in("lead").await.get("/calls").await.text();
    assert!(lead.contains("8999") && lead.contains("没有对应的话务员"), "{lead}");
    let operator = app.sign_in("operator").await.get("/calls").await.text();
    assert!(
        !operator.contains("8999") && operator.contains("没有通话"),
        "{operator}"
    );
    assert_eq!(super::owed(&app).await.len(), 1, "whoever gave up is owed a call too");
}

#[tokio::test]
async fn what_comes_first_or_late_does_no_harm() {
    let app = App::start().await;
    assert_eq!(hang_up(&app, "h").await, "abandoned");
    assert_eq!(ring(&app, "h", "8001").await, "missed");
    assert!(super::drafts(&app.sign_in("operator").await).await.is_empty());
    assert_eq!(super::owed(&app).await.len(), 1, "the number came after the hangup");
    assert_eq!(super::answer(&app, "h", "8001").await, "ended");
    assert!(super::owed(&app).await.is_empty());
    assert_eq!(super::drafts(&app.sign_in("operator").await).await.len(), 1);
    let unknown = json!({ "event": "transfer", "callId": "t", "user": "8002" });
    assert_eq!(told(&app, unknown).await, "ringing");
}

#[tokio::test]
async fn numbers_stand_nowhere_in_the_database_nor_in_the_log() {
    log::keep();
    let app = App::start().await;
    ring(&app, &format!("call-{CALLER}"), "8001").await;
    told(
        &app,
        json!({ "event": "hangup", "callId": format!("call-{CALLER}"), "cause": CALLER }),
    )
    .await;
    sent(&app, json!({ "event": "x", "from": CALLER, "callId": CALLER })).await;
    let operator = app.sign_in("operator").await;
    operator.post("/calls/dial", &[("number", CALLER)]).await;
    tonghu::worker::tick(&app.state).await;
    let lines = String::from_utf8_lossy(&log::kept()).into_owned();
    assert!(!lines.contains(CALLER), "{lines}");
    let Some(file) = app.database_file() else { return };
    for suffix in ["", "-wal"] {
        let Ok(bytes) = std::fs::read(format!("{}{suffix}", file.display())) else {
            continue;
        };
        let found = bytes.windows(CALLER.len()).any(|part| part == CALLER.as_bytes());
        assert!(!found, "in the clear in {suffix}");
    }
}
