//! One signed HTTP GET of a file: plain HTTP/1.1, to an address that was looked
//! up, judged and is then connected to itself, so that a name cannot lead
//! elsewhere between the two. Nothing is redirected, and no more is read than
//! was agreed upon, in no more time.

use super::address;
use super::sign::{self, Signable};
use crate::clock::Clock;
use http_body_util::{BodyExt, Empty};
use hyper::body::{Body, Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::{Request, Response, header};
use hyper_util::rt::TokioIo;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use tokio::net::TcpStream;
use uuid::Uuid;

/// How much and how long.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// For one connection to be made.
    pub connect: Duration,
    /// For the whole exchange, whatever drips in.
    pub whole: Duration,
    /// Most bytes of a file.
    pub bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            whole: Duration::from_secs(30),
            bytes: 20 * 1024 * 1024,
        }
    }
}

/// Why an address is none to fetch from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreadable {
    /// It cannot be read as one.
    Address,
    /// It asks for TLS, which the proxy beside this service speaks.
    Tls,
}

/// Why a file was not fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Missed {
    /// The name leads to an address that was not allowed.
    Address,
    /// It sends on to somewhere else.
    Redirected,
    /// It is larger than is read.
    TooLarge,
    /// It is not there (any more).
    Gone,
    /// The host answers something else.
    Status(u16),
    /// The host cannot be reached, or breaks off.
    Unreachable,
    /// It takes too long.
    Slow,
}

/// Where from and how.
#[derive(Debug, Clone)]
pub struct Get {
    host: String,
    port: u16,
    path: String,
    client: String,
    secret: String,
}

impl Get {
    /// Reads an address `http://host[:port]/path`, and who signs with what.
    ///
    /// # Errors
    /// Why it cannot be fetched from.
    pub fn from(url: &str, client: &str, secret: &str) -> Result<Self, Unreadable> {
        let uri: hyper::Uri = url.trim().parse().map_err(|_| Unreadable::Address)?;
        match uri.scheme_str() {
            Some("http") => {}
            Some("https") => return Err(Unreadable::Tls),
            _ => return Err(Unreadable::Address),
        }
        let authority = uri.authority().ok_or(Unreadable::Address)?;
        let host = uri.host().unwrap_or_default().to_lowercase();
        // http://files.example.cn@10.0.0.1/ is not at files.example.cn.
        if authority.as_str().contains('@') || host.is_empty() || address::is_disguised(&host) {
            return Err(Unreadable::Address);
        }
        Ok(Self {
            host: host.trim_end_matches('.').to_owned(),
            port: uri.port_u16().unwrap_or(80),
            path: uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string),
            client: client.to_owned(),
            secret: secret.to_owned(),
        })
    }

    /// The host, in small letters; an address of version 6 in brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Fetches the file from an address that is admitted.
    ///
    /// # Errors
    /// Why it was not fetched.
    pub async fn fetch(
        &self,
        clock: &Clock,
        limits: &Limits,
        admits: impl Fn(IpAddr) -> bool,
    ) -> Result<Vec<u8>, Missed> {
        let exchange = async {
            let addresses = self.resolve(admits).await?;
            let stream = connect(&addresses, limits).await?;
            self.exchange(clock, limits, stream).await
        };
        match tokio::time::timeout(limits.whole, exchange).await {
            Ok(fetched) => fetched,
            Err(_) => Err(Missed::Slow),
        }
    }

    /// Every address of the host; one that is not admitted spoils them all,
    /// for nobody can tell which one would be taken.
    async fn resolve(&self, admits: impl Fn(IpAddr) -> bool) -> Result<Vec<SocketAddr>, Missed> {
        let bare = self.host.trim_start_matches('[').trim_end_matches(']');
        let found = tokio::net::lookup_host((bare, self.port))
            .await
            .map_err(|_| Missed::Unreachable)?;
        // What is judged is what is connected to.
        let plain = |at: SocketAddr| SocketAddr::new(at.ip().to_canonical(), at.port());
        let found: Vec<SocketAddr> = found.map(plain).collect();
        let allowed = |at: &SocketAddr| !address::never(at.ip()) && admits(at.ip());
        if found.is_empty() {
            Err(Missed::Unreachable)
        } else if found.iter().all(allowed) {
            Ok(found)
        } else {
            Err(Missed::Address)
        }
    }

    async fn exchange(&self, clock: &Clock, limits: &Limits, stream: TcpStream) -> Result<Vec<u8>, Missed> {
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
            .await
            .map_err(|_| Missed::Unreachable)?;
        let driver = tokio::spawn(connection);
        let answered = async {
            let request = self.request(clock).ok_or(Missed::Unreachable)?;
            let answer = sender.send_request(request).await.map_err(|_| Missed::Unreachable)?;
            read(answer, limits.bytes).await
        };
        let fetched = answered.await;
        driver.abort();
        fetched
    }

    /// Signed as every call to a partner is.
    fn request(&self, clock: &Clock) -> Option<Request<Empty<Bytes>>> {
        let timestamp = clock.real().timestamp().to_string();
        let nonce = Uuid::new_v4().simple().to_string();
        let signed = Signable {
            method: "GET",
            target: &self.path,
            timestamp: &timestamp,
            nonce: &nonce,
            body: &[],
        };
        let signature = sign::sign(&self.secret, &signed).ok()?;
        Request::get(&self.path)
            .header(header::HOST, format!("{}:{}", self.host, self.port))
            .header(header::CONNECTION, "close")
            .header(sign::CLIENT, &self.client)
            .header(sign::TIMESTAMP, timestamp)
            .header(sign::NONCE, nonce)
            .header(sign::SIGNATURE, signature)
            .body(Empty::new())
            .ok()
    }
}

/// A connection to the first of the addresses that takes one.
async fn connect(addresses: &[SocketAddr], limits: &Limits) -> Result<TcpStream, Missed> {
    for address in addresses {
        if let Ok(Ok(stream)) = tokio::time::timeout(limits.connect, TcpStream::connect(address)).await {
            return Ok(stream);
        }
    }
    Err(Missed::Unreachable)
}

async fn read(answer: Response<Incoming>, most: usize) -> Result<Vec<u8>, Missed> {
    let status = answer.status();
    match status.as_u16() {
        200 => {}
        404 | 410 => return Err(Missed::Gone),
        _ if status.is_redirection() => return Err(Missed::Redirected),
        other => return Err(Missed::Status(other)),
    }
    let mut body = answer.into_body();
    let said = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if said > most {
        return Err(Missed::TooLarge);
    }
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Missed::Unreachable)?;
        let Ok(part) = frame.into_data() else { continue };
        if bytes.len() + part.len() > most {
            return Err(Missed::TooLarge);
        }
        bytes.extend_from_slice(&part);
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_for_what_it_is() {
        let host = |url: &str| Get::from(url, "x", "x").map(|get| (get.host.clone(), get.port));
        assert_eq!(
            host("http://Files.Example.cn/a?t=1"),
            Ok(("files.example.cn".to_owned(), 80))
        );
        assert_eq!(host("http://[::1]:90/a"), Ok(("[::1]".to_owned(), 90)));
        assert_eq!(host("https://files.example.cn/a").unwrap_err(), Unreadable::Tls);
        for bad in [
            "",
            "/a",
            "ftp://files.example.cn/a",
            "file:///etc/passwd",
            "gopher://127.0.0.1/",
            "http://files.example.cn@10.0.0.1/a",
            "http://127.1/a",
            "http://0x7f000001/a",
            "http:///a",
        ] {
            assert_eq!(host(bad).unwrap_err(), Unreadable::Address, "{bad}");
        }
    }
}
