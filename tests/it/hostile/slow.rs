//! Slow and silent clients on a real listener: none of them keeps a place for
//! longer than it may, and everybody else is answered meanwhile.

use crate::support::App;
use crate::support::wire::{ended, exchange, request};
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tonghu::app::router_within;
use tonghu::web::server::{Limits, serve};

const SILENT: usize = 150;

/// The usual limits, shortened: what is tested is that they hold.
fn short() -> Limits {
    Limits {
        header: Duration::from_millis(700),
        request: Duration::from_millis(1500),
        write: Duration::from_millis(700),
        grace: Duration::from_secs(2),
        ..Limits::default()
    }
}

struct Server {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    app: App,
}

impl Server {
    async fn start(limits: Limits) -> Self {
        let app = App::start().await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let router = router_within(&app.state, limits.request);
        tokio::spawn(serve(listener, router, limits, async {
            drop(stopped.await);
        }));
        Self {
            address,
            stop: Some(stop),
            app,
        }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    async fn is_well(&self) {
        let answer = exchange(self.address, &request("GET", "/healthz", &[], b""))
            .await
            .unwrap();
        assert_eq!((answer.status, answer.text().as_str()), (200, "{\"status\":\"ok\"}"));
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // A server that ended by itself needs no word.
            let _ = stop.send(());
        }
    }
}

/// Opens many connections that each say `first`, and waits until the server
/// has ended them all; what it said to each is answered.
async fn crowd(server: &Server, first: &[u8], within: Duration) -> Vec<Vec<u8>> {
    let mut streams = Vec::new();
    for _ in 0..SILENT {
        let mut stream = server.connect().await;
        stream.write_all(first).await.unwrap();
        streams.push(stream);
    }
    server.is_well().await;
    let waits = streams.iter_mut().map(|stream| ended(stream, within));
    let said = futures_util::future::join_all(waits).await;
    let open = said.iter().filter(|said| said.is_none()).count();
    assert_eq!(open, 0, "{open} of {SILENT} are still open");
    server.is_well().await;
    said.into_iter().flatten().collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn silent_connections_are_ended_and_others_answered_meanwhile() {
    let server = Server::start(short()).await;
    crowd(&server, b"", Duration::from_secs(10)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn half_a_head_is_given_up_however_slowly_the_rest_comes() {
    let server = Server::start(short()).await;
    crowd(&server, b"GET /login HTTP/1.1\r\nhost: x\r\n", Duration::from_secs(10)).await;
    let mut slow = server.connect().await;
    let begun = Instant::now();
    for byte in b"GET /login HTTP/1.1\r\nhost: tonghu.test\r\nx-note: slowly, slowly, slowly, slowly"
        .iter()
        .cycle()
    {
        if slow.write_all(&[*byte]).await.is_err() {
            break;
        }
        assert!(
            begun.elapsed() < Duration::from_secs(10),
            "a byte now and then keeps it open"
        );
        tokio::time::sleep(Duration::from_millis(40)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_does_not_come_is_answered_408_and_given_up() {
    let server = Server::start(short()).await;
    let head = b"POST /api/v1/session HTTP/1.1\r\nhost: tonghu.test\r\ncontent-type: application/json\r\n\
        content-length: 1000\r\n\r\n{\"username\":";
    for said in crowd(&server, head, Duration::from_secs(15)).await {
        let said = String::from_utf8_lossy(&said).into_owned();
        assert!(said.starts_with("HTTP/1.1 408"), "{said}");
        assert!(
            said.contains("application/problem+json") && said.contains("处理超时"),
            "{said}"
        );
    }
    let mut person = server.connect().await;
    let form = b"POST /login HTTP/1.1\r\nhost: tonghu.test\r\ncontent-type: application/x-www-form-urlencoded\r\n\
        content-length: 1000\r\n\r\nusername=";
    person.write_all(form).await.unwrap();
    let said = ended(&mut person, Duration::from_secs(10)).await.unwrap();
    let said = String::from_utf8_lossy(&said).into_owned();
    assert!(said.starts_with("HTTP/1.1 408") && said.contains("text/html"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_does_not_read_the_answer_is_given_up() {
    let server = Server::start(short()).await;
    let style = request("GET", "/assets/css/app.css", &[], b"");
    let whole = exchange(server.address, &style).await.unwrap();
    assert_eq!(whole.status, 200);
    let mut deaf = server.connect().await;
    let again = b"GET /assets/css/app.css HTTP/1.1\r\nhost: tonghu.test\r\n\r\n";
    // Asking again and again without reading fills every buffer on the way.
    let asking = async { while deaf.write_all(again).await.is_ok() {} };
    let ended = tokio::time::timeout(Duration::from_secs(30), asking).await;
    assert!(ended.is_ok(), "it is kept for ever");
    server.is_well().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_idle_connection_is_ended_after_its_answer() {
    let server = Server::start(short()).await;
    let mut stream = server.connect().await;
    stream
        .write_all(b"GET /healthz HTTP/1.1\r\nhost: tonghu.test\r\n\r\n")
        .await
        .unwrap();
    let said = ended(&mut stream, Duration::from_secs(10)).await.unwrap();
    assert!(said.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&said));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_connections_than_the_cap_wait_for_a_place() {
    let limits = Limits {
        connections: 5,
        header: Duration::from_millis(1500),
        ..short()
    };
    let server = Server::start(limits).await;
    let mut held = Vec::new();
    for _ in 0..5 {
        held.push(server.connect().await);
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    let begun = Instant::now();
    server.is_well().await;
    let waited = begun.elapsed();
    assert!(waited > Duration::from_millis(700), "it did not wait: {waited:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn too_much_is_refused_with_its_own_status_and_the_server_lives() {
    let server = Server::start(Limits::default()).await;
    let json = ("content-type", "application/json");
    let big = vec![b' '; 1024 * 1024 + 1];
    let deep = format!("{}{}", "[".repeat(65), "]".repeat(65));
    let long = "a".repeat(20 * 1024);
    let longest = "a".repeat(80 * 1024);
    let api = "/api/v1/session";
    let cases = [
        (413, request("POST", api, &[json], &big)),
        (400, request("POST", api, &[json], deep.as_bytes())),
        (415, request("POST", api, &[("content-type", "text/plain")], b"{}")),
        (431, request("GET", "/api/v1/cases", &[("x-note", &long)], b"")),
        (414, request("GET", &format!("/api/v1/cases?q={long}"), &[], b"")),
    ];
    for (status, bytes) in cases {
        let answer = exchange(server.address, &bytes).await.unwrap();
        assert_eq!(answer.status, status, "{}", answer.head);
        assert_eq!(
            answer.header("content-type"),
            Some("application/problem+json"),
            "{status}"
        );
        assert!(answer.json()["request_id"].is_string());
    }
    let form = ("content-type", "application/x-www-form-urlencoded");
    let pages = [
        (413, request("POST", "/login", &[form], &big)),
        (415, request("POST", "/login", &[json], b"{}")),
        (431, request("GET", "/login", &[("x-note", &long)], b"")),
        (414, request("GET", &format!("/login?q={long}"), &[], b"")),
    ];
    for (status, bytes) in pages {
        let answer = exchange(server.address, &bytes).await.unwrap();
        assert_eq!(answer.status, status, "{}", answer.head);
        assert!(answer.text().contains("<h1>"), "{status}: {}", answer.text());
    }
    // Beyond what is read at all, hyper answers by itself and without a body.
    let bare = exchange(server.address, &request("GET", "/login", &[("x-note", &longest)], b"")).await;
    assert_eq!(bare.map(|answer| answer.status), Some(431));
    survives_nonsense(&server).await;
    assert!(server.app.state.db.read().ping().await.is_ok());
}

async fn survives_nonsense(server: &Server) {
    for nonsense in [
        &b"\0\0\0\0"[..],
        b"GET",
        b"GET / HTTP/9.9\r\n\r\n",
        b"\x16\x03\x01\x02\0\x01\0",
        b"\r\n\r\n\r\n",
    ] {
        let mut stream = server.connect().await;
        stream.write_all(nonsense).await.unwrap();
        drop(stream.shutdown().await);
        let said = ended(&mut stream, Duration::from_secs(20)).await.unwrap();
        assert!(
            said.is_empty() || said.starts_with(b"HTTP/1.1 4"),
            "{}",
            String::from_utf8_lossy(&said)
        );
    }
    server.is_well().await;
}
