//! The ground: limits, headers, problems.

use crate::support::App;
use axum::http::StatusCode;

#[tokio::test]
async fn every_page_carries_the_security_headers() {
    let app = App::start().await;
    let reply = app.stranger().get("/login").await;
    assert_eq!(reply.status, StatusCode::OK);
    let policy = reply.header("content-security-policy").unwrap();
    assert!(
        policy.contains("default-src 'self'") && !policy.contains("unsafe"),
        "{policy}"
    );
    assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(reply.header("referrer-policy"), Some("no-referrer"));
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    assert!(reply.header("x-request-id").is_some());
}

#[tokio::test]
async fn machines_are_told_of_problems_in_json_and_people_on_a_page() {
    let app = App::start().await;
    let machine = app.stranger().get("/api/v1/nowhere").await;
    assert_eq!(machine.status, StatusCode::NOT_FOUND);
    assert_eq!(machine.header("content-type"), Some("application/problem+json"));
    let body = machine.json();
    assert_eq!(body["status"], 404);
    assert!(body["request_id"].is_string());
    let person = app.stranger().get("/nowhere").await;
    assert_eq!(person.status, StatusCode::NOT_FOUND);
    assert!(person.text().contains("没有找到"));
}

#[tokio::test]
async fn a_body_over_one_mebibyte_is_refused_with_413() {
    let app = App::start().await;
    let operator = app.sign_in("operator").await;
    let big = "家".repeat(400_000);
    let reply = operator
        .json(
            "POST",
            "/api/v1/session",
            serde_json::json!({ "username": big, "password": "x" }),
        )
        .await;
    assert_eq!(reply.status, StatusCode::PAYLOAD_TOO_LARGE, "{}", reply.text());
}

#[tokio::test]
async fn another_sites_form_is_refused() {
    let app = App::start().await;
    let operator = app.sign_in("operator").await;
    for (name, value) in [("sec-fetch-site", "cross-site"), ("origin", "http://evil.test")] {
        let reply = operator.with(name, value).post("/logout", &[]).await;
        assert_eq!(reply.status, StatusCode::FORBIDDEN, "{name}");
    }
    assert_ne!(
        operator.get("/intake").await.status,
        StatusCode::SEE_OTHER,
        "still signed in"
    );
}
