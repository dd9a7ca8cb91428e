//! Nobody keeps the operator on duty out, and nobody learns who has an
//! account.

use crate::support::{App, Client, Home, Reply};
use axum::http::StatusCode;
use serde_json::json;
use std::time::{Duration, Instant};
use tonghu::demo::PASSWORD;

async fn tries(client: &Client, username: &str, password: &str) -> Reply {
    let body = json!({ "username": username, "password": password });
    client.json("POST", "/api/v1/session", body).await
}

#[tokio::test]
async fn an_attack_on_the_operators_account_from_forty_addresses_does_not_keep_the_operator_out() {
    let app = App::start().await;
    let stranger = app.stranger();
    let mut refused = 0;
    for host in 1..=40 {
        let attacker = stranger.at(&format!("10.66.0.{host}"));
        for _ in 0..7 {
            let reply = tries(&attacker, "operator", "wrong-password-1").await;
            refused += usize::from(reply.status == StatusCode::TOO_MANY_REQUESTS);
        }
    }
    assert_eq!(refused, 80, "each attacker is slowed down after five failures");
    let operator = tries(&stranger.at("10.1.1.1"), "operator", PASSWORD).await;
    assert_eq!(operator.status, StatusCode::OK, "{}", operator.text());
}

#[tokio::test]
async fn nor_while_the_attack_is_going_on() {
    let app = App::start().await;
    let stranger = app.stranger();
    let attack = async {
        for host in 1..=20 {
            let attacker = stranger.at(&format!("10.66.0.{host}"));
            let guesses = (0..5).map(|_| tries(&attacker, "operator", "wrong-password-1"));
            futures_util::future::join_all(guesses).await;
        }
    };
    let work = async {
        for _ in 0..5 {
            let reply = tries(&stranger.at("10.1.1.1"), "operator", PASSWORD).await;
            assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
        }
    };
    tokio::join!(attack, work);
}

/// Everybody comes through one proxy on this machine.
async fn behind_a_proxy() -> App {
    App::with(Home::fresh().await, |config| {
        config.proxies.value = vec!["127.0.0.1".parse().unwrap()];
    })
    .await
}

#[tokio::test]
async fn behind_a_proxy_of_the_configuration_the_attacker_is_told_from_the_operator() {
    let app = behind_a_proxy().await;
    let proxy = app.stranger().at("127.0.0.1");
    // What stands before the last entry, the attacker made up.
    let attacker = proxy.with("x-forwarded-for", "10.1.1.1, 10.66.0.1");
    for _ in 0..5 {
        let reply = tries(&attacker, "operator", "wrong-password-1").await;
        assert_eq!(reply.status, StatusCode::UNAUTHORIZED);
    }
    let reply = tries(&attacker, "operator", PASSWORD).await;
    assert_eq!(reply.status, StatusCode::TOO_MANY_REQUESTS);
    let operator = proxy.with("x-forwarded-for", "10.1.1.1");
    let reply = tries(&operator, "operator", PASSWORD).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
}

#[tokio::test]
async fn what_a_stranger_says_about_its_address_is_not_believed() {
    let app = behind_a_proxy().await;
    let attacker = app.stranger().at("10.66.0.1");
    let mut last = StatusCode::OK;
    for host in 0..6 {
        let disguised = attacker.with("x-forwarded-for", &format!("10.77.0.{host}"));
        last = tries(&disguised, "operator", "wrong-password-1").await.status;
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn figures_for_operators_are_not_for_those_behind_a_proxy() {
    let app = App::start().await;
    let here = app.stranger().at("127.0.0.1");
    assert_eq!(here.get("/metrics").await.status, StatusCode::OK);
    let passed_on = here.with("x-forwarded-for", "10.66.0.1");
    assert_eq!(passed_on.get("/metrics").await.status, StatusCode::NOT_FOUND);
    let away = app.stranger().at("10.66.0.1");
    assert_eq!(away.get("/metrics").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_unknown_account_is_told_alike_and_costs_as_much_work() {
    let app = App::start().await;
    let mut times = [Vec::new(), Vec::new()];
    for round in 0..9 {
        for (kind, username) in ["operator", "nobody-of-this-name"].into_iter().enumerate() {
            let client = app.stranger().at(&format!("10.66.{kind}.{round}"));
            let begun = Instant::now();
            let reply = tries(&client, username, "wrong-password-1").await;
            times[kind].push(begun.elapsed());
            let mut told = reply.json();
            told["request_id"].take();
            let names: Vec<&str> = reply.headers.keys().map(axum::http::HeaderName::as_str).collect();
            assert_eq!(
                (reply.status, told.to_string()),
                (StatusCode::UNAUTHORIZED, wrong().to_string())
            );
            assert!(!names.contains(&"set-cookie"), "{names:?}");
        }
    }
    let [known, unknown] = times.map(median);
    let ratio = known.as_secs_f64() / unknown.as_secs_f64();
    assert!((0.5..2.0).contains(&ratio), "{known:?} against {unknown:?}");
}

fn wrong() -> serde_json::Value {
    let text = "用户名或密码不正确";
    json!({
        "type": "urn:tonghu:problem:unauthenticated", "title": text, "status": 401, "detail": text, "errors": [],
        "request_id": null,
    })
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}
