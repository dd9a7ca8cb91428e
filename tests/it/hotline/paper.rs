//! The page for partners: its numbers are those that the service makes.

use super::{ORDERS, quiet, sent};
use crate::support::App;
use axum::body::Body;
use axum::http::Method;
use tonghu::hotline::Standing;
use tonghu::outbox::sign::{self, Signable};

const PAGE: &str = include_str!("../../../docs/12345.md");

/// What stands in the fences of a kind, in their order.
fn fenced(kind: &str) -> Vec<&'static str> {
    let parts = PAGE.split("```").skip(1).step_by(2);
    parts
        .filter_map(|part| part.strip_prefix(kind)?.strip_prefix('\n'))
        .map(|part| part.trim_end_matches('\n'))
        .collect()
}

/// What stands after a word in back quotes, in order.
fn quoted(after: &str) -> Vec<&'static str> {
    let parts = PAGE.split(after).skip(1);
    parts.map(|part| part.split('`').nth(1).unwrap()).collect()
}

#[tokio::test]
async fn the_worked_example_signs_as_the_service_does_and_is_let_in() {
    let body = fenced("json")[0];
    assert_eq!(body.len(), 118);
    let (secret, timestamp) = (quoted("密钥 ")[0], quoted("时间戳 ")[0]);
    let nonce = quoted("随机数 ")[0];
    let signatures = quoted("\n签名：");
    assert_eq!((secret, signatures.len()), (tonghu::demo::PARTNER.1, 2));
    let texts = fenced("text");
    for ((text, signature), body) in texts.iter().zip(&signatures).zip([body, ""]) {
        let mut lines = text.lines();
        let signed = Signable {
            method: lines.next().unwrap(),
            target: lines.next().unwrap(),
            timestamp,
            nonce,
            body: body.as_bytes(),
        };
        assert_eq!(&signed.text(), text);
        assert_eq!(sign::sign(secret, &signed).unwrap(), **signature);
    }
    let app = App::start().await;
    assert_eq!(app.clock.now().timestamp().to_string(), timestamp);
    let mut partner = app.stranger();
    for (name, value) in [
        (sign::CLIENT, tonghu::demo::PARTNER.0),
        (sign::TIMESTAMP, timestamp),
        (sign::NONCE, nonce),
        (sign::SIGNATURE, signatures[0]),
    ] {
        partner = partner.with(name, value);
    }
    let reply = partner
        .send(Method::POST, ORDERS, Some("application/json"), Body::from(body))
        .await;
    assert_eq!(reply.status, 201, "{}", reply.text());
}

#[tokio::test]
async fn the_page_names_every_state_and_every_pause() {
    for standing in Standing::ALL {
        assert!(PAGE.contains(&format!("`{}`", standing.code())), "{standing:?}");
    }
    let pauses: Vec<String> = tonghu::outbox::RETRY
        .iter()
        .map(
            |pause| match (pause.num_seconds(), pause.num_minutes(), pause.num_hours()) {
                (seconds, 0, 0) => format!("{seconds} 秒"),
                (_, minutes, 0) => format!("{minutes} 分"),
                (_, _, hours) => format!("{hours} 小时"),
            },
        )
        .collect();
    assert!(PAGE.contains(&pauses.join("、")), "{pauses:?}");
    let app = App::start().await;
    let answer = sent(&app, &quiet("A-1")).await;
    assert_eq!(answer["state"], "received");
}
