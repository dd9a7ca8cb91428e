//! One signed HTTP POST to a partner: plain HTTP/1.1 over TCP to an adapter in
//! the same network, which brings it on over TLS. Nothing is redirected.

use super::address;
use super::sign::{self, Signable};
use crate::clock::Clock;
use anyhow::{Context, bail, ensure};
use http_body_util::{BodyExt, Full, Limited};
use hyper::Request;
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::header;
use hyper_util::rt::TokioIo;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use uuid::Uuid;

/// For the whole exchange.
const PATIENCE: Duration = Duration::from_secs(10);
/// No more of an answer is read than this.
const ANSWER: usize = 64 * 1024;

/// Where to and how.
#[derive(Debug, Clone)]
pub struct Post {
    host: String,
    port: u16,
    path: String,
    client: String,
    secret: String,
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// The status.
    pub status: u16,
    /// The answer's body; empty where it was longer than anybody answers.
    pub body: Vec<u8>,
}

impl Post {
    /// Reads an address `http://host[:port]/path`, and who signs with what. The
    /// partner's adapter stands in the same network; what crosses to another
    /// one goes through a TLS proxy beside this service.
    ///
    /// # Errors
    /// When it is none, or when there is nothing to sign with.
    pub fn to(url: &str, client: &str, secret: &str) -> anyhow::Result<Self> {
        let uri: hyper::Uri = url.parse().context("外发地址无法读取")?;
        ensure!(
            uri.scheme_str() == Some("http"),
            "外发地址应形如 http://127.0.0.1:9000/sms"
        );
        let host = uri.host().context("外发地址缺少主机名")?;
        let nobodys = address::literal(host).is_some_and(address::never);
        ensure!(!nobodys, "外发地址不得为链路本地、组播或云主机元数据地址");
        ensure!(!secret.is_empty(), "外发须配置签名密钥（短信为 TONGHU_SMS_SECRET）");
        Ok(Self {
            host: host.trim_start_matches('[').trim_end_matches(']').to_owned(),
            port: uri.port_u16().unwrap_or(80),
            path: uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string),
            client: client.to_owned(),
            secret: secret.to_owned(),
        })
    }

    /// Posts a JSON body.
    ///
    /// # Errors
    /// When nobody answers in time, or with less than an answer.
    pub async fn send(&self, clock: &Clock, body: Vec<u8>) -> anyhow::Result<Sent> {
        let exchange = async {
            let stream = self.connect().await?;
            self.exchange(clock, stream, body).await
        };
        match tokio::time::timeout(PATIENCE, exchange).await {
            Ok(sent) => sent,
            Err(_) => bail!("{} 秒内没有答复", PATIENCE.as_secs()),
        }
    }

    /// Connects to the addresses that were judged, so that a name cannot lead
    /// elsewhere afterwards.
    async fn connect(&self) -> anyhow::Result<TcpStream> {
        let found = tokio::net::lookup_host((self.host.as_str(), self.port))
            .await
            .context("连接")?;
        let found: Vec<SocketAddr> = found.collect();
        let nobodys = found.iter().any(|at| address::never(at.ip()));
        ensure!(!nobodys, "外发地址指向链路本地、组播或云主机元数据地址");
        TcpStream::connect(found.as_slice()).await.context("连接")
    }

    async fn exchange<S>(&self, clock: &Clock, stream: S, body: Vec<u8>) -> anyhow::Result<Sent>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.context("握手")?;
        let driver = tokio::spawn(connection);
        let answered = async {
            let answer = sender.send_request(self.request(clock, body)?).await.context("发送")?;
            let status = answer.status().as_u16();
            // Read to its end, so that the partner is not cut off.
            let read = Limited::new(answer.into_body(), ANSWER).collect().await;
            let body = read.map_or_else(|_| Vec::new(), |read| read.to_bytes().to_vec());
            Ok(Sent { status, body })
        };
        let sent = answered.await;
        driver.abort();
        sent
    }

    /// Signed as partners sign theirs, by the time of the real day: the
    /// demonstration's clock may be ahead of the partner's.
    fn request(&self, clock: &Clock, body: Vec<u8>) -> anyhow::Result<Request<Full<Bytes>>> {
        let timestamp = clock.real().timestamp().to_string();
        let nonce = Uuid::new_v4().simple().to_string();
        let signed = Signable {
            method: "POST",
            target: &self.path,
            timestamp: &timestamp,
            nonce: &nonce,
            body: &body,
        };
        let signature = sign::sign(&self.secret, &signed)?;
        Request::post(&self.path)
            .header(header::HOST, format!("{}:{}", self.host, self.port))
            .header(header::CONTENT_TYPE, "application/json")
            .header(sign::CLIENT, &self.client)
            .header(sign::TIMESTAMP, timestamp)
            .header(sign::NONCE, nonce)
            .header(sign::SIGNATURE, signature)
            .body(Full::new(Bytes::from(body)))
            .context("请求")
    }
}
