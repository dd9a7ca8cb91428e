//! Taking the answers of the service: each is checked as the contract says, and
//! then taken as the person at the page wants it.

use crate::Platform;
use crate::book::{Book, Heard, Manner, Outcome, Told};
use crate::signature::{Parts, sign};
use axum::body::Bytes;
use axum::extract::{OriginalUri, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

/// A time may be so many seconds off.
const SKEW: i64 = 300;
/// No more characters of a word of the service are kept.
const WORDS: usize = 200;

/// The mark of an answer that is not to be given: the connection ends instead.
#[derive(Clone, Copy)]
pub(crate) struct HangUp;

/// Takes an answer.
pub(crate) async fn take(
    State(platform): State<Platform>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let target = uri.path_and_query().map_or("/", |target| target.as_str());
    let (manner, outcome) = hear(&platform, (target, &headers), &body);
    if manner == Manner::Slow {
        tokio::time::sleep(platform.0.slow).await;
    }
    answer(outcome)
}

/// Writes an answer down and says what is done with it.
fn hear(platform: &Platform, (target, headers): (&str, &HeaderMap), body: &[u8]) -> (Manner, Outcome) {
    let told = read(body);
    let at = platform.local();
    let mut book = platform.book();
    let fault = fault(platform, &mut book, (target, headers), body);
    let manner = book.manner;
    let outcome = match (manner, fault) {
        (Manner::Fail, _) => Outcome::Failed,
        (Manner::HangUp, _) => Outcome::HungUp,
        (_, Some(_)) => Outcome::Refused,
        _ if book.has_taken(&told.id) => Outcome::Again,
        _ => Outcome::Taken,
    };
    book.hear(Heard {
        at,
        told,
        fault,
        outcome,
    });
    (manner, outcome)
}

/// What is wrong with the signature of a call.
fn fault(
    platform: &Platform,
    book: &mut Book,
    (target, headers): (&str, &HeaderMap),
    body: &[u8],
) -> Option<&'static str> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let whole = (
        text("x-tonghu-client"),
        text("x-tonghu-timestamp"),
        text("x-tonghu-nonce"),
        text("x-tonghu-signature"),
    );
    let (Some(client), Some(time), Some(nonce), Some(signature)) = whole else {
        return Some("缺少请求头");
    };
    let off = time
        .parse::<i64>()
        .ok()
        .map(|time| (platform.now().timestamp() - time).abs());
    let parts = Parts {
        method: "POST",
        target,
        time,
        nonce,
        body,
    };
    if client != platform.0.client {
        Some("编号不符")
    } else if off.is_none_or(|off| off > SKEW) {
        Some("时间不符")
    } else if !(16..=64).contains(&nonce.len()) {
        Some("随机数不符")
    } else if signature != sign(&platform.0.secret, &parts) {
        Some("签名不符")
    } else if !book.spend(nonce) {
        Some("随机数用过")
    } else {
        None
    }
}

/// What an answer says, as far as it can be read.
fn read(body: &[u8]) -> Told {
    let value: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |name: &str| {
        let text = value[name].as_str().unwrap_or_default();
        text.chars().take(WORDS).collect::<String>()
    };
    match value["type"].as_str() {
        Some("status") => Told {
            id: text("id"),
            number: text("ext_order_no"),
            seq: value["seq"].as_i64(),
            state: text("state"),
            words: text("text"),
        },
        Some("reconciliation") => Told {
            id: text("id"),
            number: "每日对账".to_owned(),
            words: format!("{}，{} 张工单，双方一致", text("day"), count(&value["orders"])),
            ..Told::default()
        },
        _ => Told {
            words: "无法读取".to_owned(),
            ..Told::default()
        },
    }
}

fn count(list: &Value) -> usize {
    list.as_array().map_or(0, Vec::len)
}

fn answer(outcome: Outcome) -> Response {
    let status = match outcome {
        // To a daily list, an answer that says nothing says that both agree.
        Outcome::Taken | Outcome::Again => StatusCode::OK,
        Outcome::Refused => StatusCode::UNAUTHORIZED,
        Outcome::Failed | Outcome::HungUp => StatusCode::INTERNAL_SERVER_ERROR,
    };
    let mut response = (status, [(header::CONTENT_TYPE, "application/json")], "{}").into_response();
    if outcome == Outcome::HungUp {
        response.extensions_mut().insert(HangUp);
    }
    response
}
