//! One signed call to the service.

use crate::Platform;
use crate::signature::{Parts, sign};
use anyhow::Context;
use http_body_util::{BodyExt, Full, Limited};
use hyper::Request;
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use std::time::Duration;
use tokio::net::TcpStream;

const ORDERS: &str = "/api/v1/hotline/work-orders";
/// For the whole call.
const PATIENCE: Duration = Duration::from_secs(10);
const ANSWER: usize = 64 * 1024;

/// What the service answered.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

/// Pushes an order.
pub(crate) async fn order(platform: &Platform, order: &Value) -> anyhow::Result<Answer> {
    in_time(post(platform, ORDERS, order)).await
}

/// Pushes what came later about an order.
pub(crate) async fn event(platform: &Platform, number: &str, event: &Value) -> anyhow::Result<Answer> {
    in_time(post(platform, &format!("{ORDERS}/{number}/events"), event)).await
}

async fn in_time(call: impl Future<Output = anyhow::Result<Answer>>) -> anyhow::Result<Answer> {
    tokio::time::timeout(PATIENCE, call)
        .await
        .unwrap_or_else(|_| Err(anyhow::anyhow!("{} 秒内没有答复", PATIENCE.as_secs())))
}

async fn post(platform: &Platform, target: &str, value: &Value) -> anyhow::Result<Answer> {
    let stream = TcpStream::connect(platform.0.service).await.context("连接")?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.context("握手")?;
    let driver = tokio::spawn(connection);
    let answered = async {
        let answer = sender
            .send_request(signed(platform, target, value)?)
            .await
            .context("发送")?;
        let status = answer.status().as_u16();
        let read = Limited::new(answer.into_body(), ANSWER).collect().await;
        let read = read.map_err(|error| anyhow::anyhow!("答复：{error}"))?.to_bytes();
        let body = serde_json::from_slice(&read).unwrap_or_default();
        Ok(Answer { status, body })
    };
    let answer = answered.await;
    driver.abort();
    answer
}

fn signed(platform: &Platform, target: &str, value: &Value) -> anyhow::Result<Request<Full<Bytes>>> {
    let body = value.to_string();
    let time = platform.now().timestamp().to_string();
    let nonce = nonce()?;
    let parts = Parts {
        method: "POST",
        target,
        time: &time,
        nonce: &nonce,
        body: body.as_bytes(),
    };
    let signature = sign(&platform.0.secret, &parts);
    Request::post(target)
        .header("host", platform.0.service.to_string())
        .header("content-type", "application/json")
        .header("x-tonghu-client", &platform.0.client)
        .header("x-tonghu-timestamp", &time)
        .header("x-tonghu-nonce", &nonce)
        .header("x-tonghu-signature", signature)
        .body(Full::new(Bytes::from(body)))
        .context("请求")
}

/// A word that is used once.
fn nonce() -> anyhow::Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("随机数：{error}"))?;
    Ok(hex::encode(bytes))
}
