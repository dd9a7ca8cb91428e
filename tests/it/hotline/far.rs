//! The other side on loopback, for what is told it: it keeps what it hears and
//! misbehaves as told.

use crate::support::App;
use sea_orm::EntityTrait;
use serde_json::Value;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tonghu::outbox::sign::{self, Signable};

/// What the other side does with a call.
#[derive(Clone, Debug)]
pub(super) enum Turn {
    /// Answers with a status and a body.
    Answer(u16, String),
    /// Takes it and hangs up.
    Drop,
}

/// A call as it was received.
#[derive(Clone, Debug)]
pub(super) struct Heard {
    pub(super) headers: HashMap<String, String>,
    pub(super) target: String,
    pub(super) text: String,
}

impl Heard {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    pub(super) fn is_signed(&self) -> bool {
        let header = |name: &str| self.headers[name].as_str();
        let signed = Signable {
            method: "POST",
            target: &self.target,
            timestamp: header(sign::TIMESTAMP),
            nonce: header(sign::NONCE),
            body: self.text.as_bytes(),
        };
        let (client, secret) = tonghu::demo::PARTNER;
        header(sign::CLIENT) == client && sign::holds(secret, &signed, header(sign::SIGNATURE))
    }
}

/// The other side on loopback.
#[derive(Clone)]
pub(super) struct Far {
    url: String,
    heard: Arc<Mutex<Vec<Heard>>>,
    turns: Arc<Mutex<VecDeque<Turn>>>,
    usual: Arc<Mutex<u16>>,
}

impl Far {
    pub(super) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let far = Self {
            url: format!("http://{}/12345/back?from=tonghu", listener.local_addr().unwrap()),
            heard: Arc::default(),
            turns: Arc::default(),
            usual: Arc::new(Mutex::new(200)),
        };
        let own = far.clone();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let heard = read(&mut stream).await;
                own.heard.lock().unwrap().push(heard);
                let turn = own.turns.lock().unwrap().pop_front();
                let usual = *own.usual.lock().unwrap();
                if let Turn::Answer(status, body) = turn.unwrap_or(Turn::Answer(usual, "{}".to_owned())) {
                    let answer = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n\r\n{body}", body.len());
                    stream.write_all(answer.as_bytes()).await.unwrap();
                }
            }
        });
        far
    }

    pub(super) fn heard(&self) -> Vec<Heard> {
        self.heard.lock().unwrap().clone()
    }

    pub(super) fn next(&self, turns: impl IntoIterator<Item = Turn>) {
        self.turns.lock().unwrap().extend(turns);
    }

    pub(super) fn usually(&self, status: u16) {
        *self.usual.lock().unwrap() = status;
    }

    /// The states that it was told of an order, in the order of their coming.
    pub(super) fn told(&self, number: &str) -> Vec<String> {
        let heard = self.heard();
        let told = heard
            .iter()
            .map(Heard::json)
            .filter(|body| body["ext_order_no"] == number);
        told.map(|body| body["state"].as_str().unwrap().to_owned()).collect()
    }
}

async fn read(stream: &mut tokio::net::TcpStream) -> Heard {
    let (mut bytes, mut part) = (Vec::new(), [0; 4096]);
    loop {
        let read = stream.read(&mut part).await.unwrap();
        bytes.extend_from_slice(&part[..read]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let mut lines = head.split("\r\n");
        let target = lines.next().unwrap().split(' ').nth(1).unwrap().to_owned();
        let headers: HashMap<String, String> = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
            .collect();
        if body.len() >= headers["content-length"].parse().unwrap() {
            return Heard {
                headers,
                target,
                text: body.to_owned(),
            };
        }
    }
}

/// Tells the security administrator's page where answers go.
pub(super) async fn set_push_url(app: &App, url: &str) {
    let keeper = app.sign_in("secadmin").await;
    let client = tonghu::entity::hotline_client::Entity::find()
        .one(app.state.db.read())
        .await
        .unwrap()
        .unwrap();
    let version = client.version.to_string();
    let fields = [
        ("version", version.as_str()),
        ("name", "12345 平台（演示）"),
        ("addresses", ""),
        ("push_url", url),
    ];
    let reply = keeper.post(&format!("/hotline/partners/{}", client.id), &fields).await;
    assert_eq!(reply.status, 303, "{}", reply.text());
}

pub(super) async fn connect(app: &App, far: &Far) {
    set_push_url(app, &far.url).await;
}
