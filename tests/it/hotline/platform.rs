//! The stand-in for the 12345 platform: a process of its own, with its own
//! signature, that sends everything several times, at once and in any order,
//! and that fails, hangs up, dawdles and babbles when it is answered.

use super::far::set_push_url;
use super::{quiet, state};
use crate::support::App;
use crate::support::wire::{exchange, request};
use chrono::TimeDelta;
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use tokio::net::TcpListener;
use tonghu::entity::{hotline_event, hotline_order, protection_case};
use tonghu::worker;

pub(super) struct Platform {
    child: Child,
    pub(super) address: SocketAddr,
}

impl Platform {
    /// Starts it against a service.
    fn start(service: SocketAddr) -> Self {
        let (client, secret) = tonghu::demo::PARTNER;
        let program = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/platform/platform.mjs");
        let mut child = Command::new("node")
            .args([program, &format!("http://{service}"), client, secret])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node 20 or later, as scripts/lib/install.sh installs it");
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        let address = line.trim().strip_prefix("http://").unwrap().parse().unwrap();
        Self { child, address }
    }

    pub(super) async fn control(&self, what: &str, body: Value) -> Value {
        let body = body.to_string();
        let kind = [("content-type", "application/json")];
        let asked = request("POST", &format!("/control/{what}"), &kind, body.as_bytes());
        let answer = exchange(self.address, &asked).await.unwrap();
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()
    }
}

impl Drop for Platform {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The application on a real socket, and the platform beside it.
pub(super) async fn started() -> (App, Platform) {
    let app = App::start().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = tonghu::app::router(&app.state);
    let limits = tonghu::web::server::Limits::default();
    tokio::spawn(tonghu::web::server::serve(
        listener,
        router,
        limits,
        std::future::pending(),
    ));
    let platform = Platform::start(address);
    set_push_url(&app, &format!("http://{}/12345/back", platform.address)).await;
    (app, platform)
}

#[tokio::test]
async fn what_the_platform_sends_again_and_again_in_any_order_happens_once() {
    let (app, platform) = started().await;
    let mut calls = Vec::new();
    for number in ["P-1", "P-2", "P-3"] {
        calls.push(json!({ "order": quiet(number) }));
        for kind in ["urge", "cancel", "supplement"] {
            let event =
                json!({ "event_id": format!("{number}-{kind}"), "kind": kind, "at": null, "content": "再说一遍" });
            calls.push(json!({ "event": event, "of": number }));
        }
    }
    let at = app.clock.now().timestamp();
    let pushed = platform
        .control(
            "push",
            json!({ "calls": calls, "times": 3, "shuffled": 20_261_123, "at": at }),
        )
        .await;
    let again = platform
        .control(
            "push",
            json!({ "calls": calls, "times": 2, "together": true, "shuffled": 7, "at": at }),
        )
        .await;
    let mut statuses: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for one in pushed.as_array().unwrap().iter().chain(again.as_array().unwrap()) {
        let of = statuses.entry(one["number"].as_str().unwrap().to_owned()).or_default();
        of.push(one["status"].as_i64().unwrap());
    }
    assert_eq!(statuses.len(), 12);
    for (number, statuses) in statuses {
        assert_eq!(statuses, [201, 200, 200, 200, 200], "{number}");
    }
    let db = app.state.db.read();
    assert_eq!(hotline_order::Entity::find().count(db).await.unwrap(), 3);
    assert_eq!(hotline_event::Entity::find().count(db).await.unwrap(), 9);
    assert_eq!(protection_case::Entity::find().count(db).await.unwrap(), 3);
    for number in ["P-1", "P-2", "P-3"] {
        let told = state(&app, number).await;
        assert_eq!(
            (told["state"].as_str(), told["cancelled"].as_bool()),
            (Some("dispatched"), Some(true))
        );
    }
}

#[tokio::test]
async fn a_platform_that_fails_dawdles_and_babbles_gets_every_answer_signed_and_in_order() {
    let (app, platform) = started().await;
    let at = app.clock.now().timestamp();
    let turns = json!({ "turns": ["500", "drop", "slow:300", "garbage", "429", "200"] });
    platform.control("turns", turns).await;
    let calls = json!([
        { "order": quiet("P-1") },
        { "event": { "event_id": "E-1", "kind": "urge", "at": null }, "of": "P-1" },
        { "event": { "event_id": "E-2", "kind": "urge", "at": null }, "of": "P-1" },
    ]);
    platform.control("push", json!({ "calls": calls, "at": at })).await;
    for pause in [11, 61, 301, 1801] {
        worker::tick(&app.state).await;
        app.clock.advance(TimeDelta::seconds(pause));
    }
    worker::tick(&app.state).await;
    let heard = platform.control("heard", json!({})).await;
    let mut told: Vec<(i64, String)> = Vec::new();
    for one in heard.as_array().unwrap() {
        assert_eq!(one["signed"], true, "{one}");
        let body: Value = serde_json::from_str(one["body"].as_str().unwrap()).unwrap();
        if body["type"] == "status" {
            told.push((body["seq"].as_i64().unwrap(), one["turn"].as_str().unwrap().to_owned()));
        }
    }
    let arrived: Vec<i64> = told
        .iter()
        .filter(|(_, turn)| ["200", "slow"].contains(&turn.as_str()))
        .map(|(seq, _)| *seq)
        .collect();
    assert_eq!(arrived, [1, 2, 3], "{told:?}");
    let seqs: Vec<i64> = told.iter().map(|(seq, _)| *seq).collect();
    assert!(seqs.is_sorted(), "nothing overtakes what failed: {told:?}");
    assert_eq!(seqs.len(), 7, "{told:?}");
}
