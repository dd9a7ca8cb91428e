//! HTTP on a real socket, byte by byte, for what a well-behaved client cannot
//! do.

use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// So long an answer is waited for.
const PATIENCE: Duration = Duration::from_mins(1);

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl Answer {
    fn read(bytes: &[u8]) -> Option<Self> {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let status = head.split(' ').nth(1)?.parse().ok()?;
        let body = whole(&head, &bytes[end + 4..])?;
        Some(Self { status, head, body })
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {} {}", self.head, self.text()))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// The body as it was meant; nothing when part of it is missing.
fn whole(head: &str, rest: &[u8]) -> Option<Vec<u8>> {
    let header = |name: &str| {
        head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        })
    };
    if header("transfer-encoding").is_none() {
        let length = header("content-length").map_or(Some(0), |text| text.parse::<usize>().ok())?;
        return (rest.len() >= length).then(|| rest[..length].to_vec());
    }
    let (mut body, mut rest) = (Vec::new(), rest);
    loop {
        let end = rest.windows(2).position(|two| two == b"\r\n")?;
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..end]).ok()?, 16).ok()?;
        rest = rest.get(end + 2..)?;
        if size == 0 {
            return Some(body);
        }
        body.extend(rest.get(..size)?);
        rest = rest.get(size + 2..)?;
    }
}

/// A request, to be sent on a connection of its own.
pub fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut bytes = format!("{method} {path} HTTP/1.1\r\nhost: tonghu.test\r\nconnection: close\r\n").into_bytes();
    for (name, value) in headers {
        bytes.extend(format!("{name}: {value}\r\n").bytes());
    }
    bytes.extend(format!("content-length: {}\r\n\r\n", body.len()).bytes());
    bytes.extend(body);
    bytes
}

/// Sends bytes and reads to the end; nothing when the server gave no whole
/// answer.
pub async fn exchange(to: SocketAddr, bytes: &[u8]) -> Option<Answer> {
    let mut stream = TcpStream::connect(to).await.ok()?;
    // The server may answer and close before it has taken everything.
    drop(stream.write_all(bytes).await);
    let mut answer = Vec::new();
    // A reset after the answer does not take the answer back.
    drop(timeout(PATIENCE, stream.read_to_end(&mut answer)).await.ok()?);
    Answer::read(&answer)
}

/// Whether the server ends a connection within a time. What it says before it
/// does so is answered as well.
pub async fn ended(stream: &mut TcpStream, within: Duration) -> Option<Vec<u8>> {
    let mut said = Vec::new();
    let read = timeout(within, stream.read_to_end(&mut said)).await;
    read.is_ok().then_some(said)
}
