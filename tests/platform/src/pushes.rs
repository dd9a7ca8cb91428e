//! Pushing: orders in turn, the last one again, what comes later about it, and
//! an event before its order.

use crate::Platform;
use crate::book::Pushed;
use crate::call::{self, Answer};
use crate::samples::{self, Later, Sample};
use serde_json::Value;

/// What is to be pushed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// The next order.
    Order,
    /// The last order once more, the same in every word.
    Again,
    /// Something later about the last order.
    Later(Later),
    /// An event, and only then the order that it is about.
    Early,
}

impl What {
    /// What a button of the page says.
    pub(crate) fn parse(code: &str) -> Option<Self> {
        match code {
            "order" => Some(Self::Order),
            "again" => Some(Self::Again),
            "early" => Some(Self::Early),
            _ => Later::ALL
                .into_iter()
                .find(|later| later.code() == code)
                .map(Self::Later),
        }
    }
}

/// Pushes it and notes what the service answered; nothing where there is no
/// order yet to say more about.
pub(crate) async fn push(platform: &Platform, what: What) {
    match what {
        What::Order => {
            let sample = next(platform);
            order(platform, sample.label, &sample.order).await;
        }
        What::Again => {
            if let Some(latest) = latest(platform) {
                order(platform, "重复推送", &latest).await;
            }
        }
        What::Later(later) => {
            if let Some(latest) = latest(platform) {
                event(platform, later, &latest).await;
            }
        }
        What::Early => {
            let sample = next(platform);
            event(platform, Later::Urge, &sample.order).await;
            order(platform, sample.label, &sample.order).await;
        }
    }
}

fn next(platform: &Platform) -> Sample {
    let now = platform.local();
    let mut book = platform.book();
    let sample = samples::order(book.next_order(), now);
    book.latest = Some(sample.order.clone());
    sample
}

fn latest(platform: &Platform) -> Option<Value> {
    platform.book().latest.clone()
}

fn number(order: &Value) -> String {
    order["ext_order_no"].as_str().unwrap_or_default().to_owned()
}

async fn order(platform: &Platform, kind: &'static str, order: &Value) {
    let answer = call::order(platform, order).await;
    note(platform, (number(order), kind), answer);
}

async fn event(platform: &Platform, later: Later, order: &Value) {
    let number = number(order);
    let count = platform.book().next_event();
    let event = samples::event(later, &number, (count, platform.local()));
    let answer = call::event(platform, &number, &event).await;
    note(platform, (number, later.label()), answer);
}

fn note(platform: &Platform, (number, kind): (String, &'static str), answer: anyhow::Result<Answer>) {
    let is_taken = answer.as_ref().is_ok_and(|answer| (200..300).contains(&answer.status));
    let line = Pushed {
        at: platform.local(),
        number,
        kind,
        answer: words(answer),
        is_taken,
    };
    platform.book().note(line);
}

/// What the service answered, in words.
fn words(answer: anyhow::Result<Answer>) -> String {
    let Answer { status, body } = match answer {
        Ok(answer) => answer,
        Err(error) => return format!("没有答复：{error:#}"),
    };
    let mut words = match status {
        201 => "201 首次收到".to_owned(),
        200 => "200 重复，答复同前".to_owned(),
        409 => "409 同号而内容不同".to_owned(),
        other => other.to_string(),
    };
    if let Some(number) = body["number"].as_str() {
        words = format!("{words}，受理号 {number}");
    }
    let unclear = body["unclear"].as_array().map_or(0, Vec::len);
    if unclear > 0 {
        words = format!("{words}，{unclear} 处待核对");
    }
    words
}
