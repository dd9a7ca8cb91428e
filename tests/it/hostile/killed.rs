//! The program is killed while it works: what it acknowledged is there exactly
//! once, and what it did not is there at most once.

use crate::support::binary::{Service, run, said};
use crate::support::{App, Home};
use sea_orm::{ConnectionTrait, EntityTrait, PaginatorTrait, Statement};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tonghu::entity::{protection_case, report};
use uuid::Uuid;

const ROUNDS: u32 = 5;
const CLIENTS: u32 = 6;

/// A report that was sent, and what was answered, if anything.
#[derive(Clone)]
struct Sent {
    key: String,
    body: Value,
    answer: Option<Value>,
}

fn body(at: &str) -> Value {
    json!({
        "content": format!("{at}：孩子常没人管"), "case_types": ["0602"],
        "child_location": { "division": "140622100" }, "children": [{ "age": 7, "feature": "约7岁女童" }],
    })
}

async fn post(service: &Service, cookie: &str, sent: &Sent) -> Option<Value> {
    let headers = [("cookie", cookie), ("idempotency-key", &*sent.key)];
    let answer = service.json(&headers, "POST", "/api/v1/reports", &sent.body).await?;
    assert_eq!(answer.status, 201, "{}", answer.text());
    Some(answer.json())
}

/// Sends reports from several clients until the service is killed under them.
async fn round(home: &Home, log: &std::path::Path, number: u32) -> Vec<Sent> {
    let service = Arc::new(Service::start(home, log));
    let cookie = service.sign_in("operator").await;
    let sent = Arc::new(Mutex::new(Vec::new()));
    let mut clients = Vec::new();
    for client in 0..CLIENTS {
        let (service, cookie, sent) = (service.clone(), cookie.clone(), sent.clone());
        clients.push(tokio::spawn(async move {
            for at in 0.. {
                let mut one = Sent {
                    key: Uuid::now_v7().to_string(),
                    body: body(&format!("第{number}轮第{client}人第{at}件")),
                    answer: None,
                };
                one.answer = post(&service, &cookie, &one).await;
                let ended = one.answer.is_none();
                sent.lock().unwrap().push(one);
                if ended {
                    return;
                }
            }
        }));
    }
    tokio::time::sleep(Duration::from_millis(500 + u64::from(number) * 130)).await;
    service.kill();
    for client in clients {
        client.await.unwrap();
    }
    let sent = sent.lock().unwrap().clone();
    assert!(
        sent.iter().any(|one| one.answer.is_some()),
        "nothing was acknowledged in round {number}"
    );
    sent
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_every_kill_exactly_once() {
    let home = Home::fresh().await;
    let dir = tempfile::tempdir().unwrap();
    let log = dir.path().join("tonghu.log");
    let mut sent = Vec::new();
    for number in 0..ROUNDS {
        sent.extend(round(&home, &log, number).await);
    }
    let service = Service::start(&home, &log);
    let cookie = service.sign_in("operator").await;
    let mut ids = BTreeSet::new();
    for one in &sent {
        let again = post(&service, &cookie, one).await.expect("it is running");
        if let Some(answer) = &one.answer {
            assert_eq!(answer, &again, "the same key gives the same answer");
        }
        let id = again["id"].as_str().unwrap().to_owned();
        let path = format!("/api/v1/reports/{id}");
        let read = service
            .json(&[("cookie", &cookie)], "GET", &path, &json!({}))
            .await
            .unwrap();
        assert_eq!(read.json()["number"], again["number"]);
        assert!(ids.insert(id), "two keys gave one report");
    }
    // The worker chains what is left every few seconds.
    tokio::time::sleep(Duration::from_secs(6)).await;
    service.kill();
    let verified = run(&home, &["audit", "verify"]);
    assert!(
        verified.status.success() && said(&verified).contains("审计链完整"),
        "{}",
        said(&verified)
    );
    let app = App::over(home).await;
    let db = app.state.db.read();
    let kept = u64::try_from(sent.len()).unwrap();
    assert_eq!(report::Entity::find().count(db).await.unwrap(), kept, "exactly once");
    assert_eq!(protection_case::Entity::find().count(db).await.unwrap(), kept);
    if app.state.db.is_sqlite() {
        let check = Statement::from_string(sea_orm::DbBackend::Sqlite, "PRAGMA integrity_check");
        let row = db.query_one_raw(check).await.unwrap().unwrap();
        assert_eq!(row.try_get::<String>("", "integrity_check").unwrap(), "ok");
    }
    let log = std::fs::read_to_string(&log).unwrap();
    for word in ["孩子常没人管", "约7岁女童", "request failed"] {
        assert!(!log.contains(word), "{word} in the log");
    }
}
