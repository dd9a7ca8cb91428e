//! The stand-in of the demonstration: its page, what its buttons bring to the
//! service, and what it hears back; in its own process, how it ends.

use super::row;
use crate::support::App;
use crate::support::binary::{demonstrated, demonstrated_once, stand_in};
use crate::support::wire::{Answer, exchange};
use ::platform::{BACK, Platform};
use chrono::TimeDelta;
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::json;
use std::fmt::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::{TcpListener, TcpStream};
use tonghu::entity::{hotline_event, hotline_order};
use tonghu::worker;

/// A call with a host and an origin of its own choosing.
async fn call(to: SocketAddr, line: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let mut bytes = format!(
        "{line} HTTP/1.1\r\nconnection: close\r\ncontent-length: {}\r\n",
        body.len()
    );
    for (name, value) in headers {
        write!(bytes, "{name}: {value}\r\n").unwrap();
    }
    bytes.push_str("\r\n");
    bytes.push_str(body);
    exchange(to, bytes.as_bytes()).await.unwrap()
}

async fn page(at: SocketAddr) -> String {
    let answer = call(at, "GET /", &[("host", &at.to_string())], "").await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.text()
}

async fn press_from(at: SocketAddr, origin: Option<&str>, what: &str) -> u16 {
    let host = at.to_string();
    let mut headers = vec![
        ("host", host.as_str()),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    headers.extend(origin.map(|origin| ("origin", origin)));
    call(at, "POST /do", &headers, &format!("do={what}")).await.status
}

/// Presses a button of the page.
async fn press(at: SocketAddr, what: &str) {
    let origin = format!("http://{at}");
    assert_eq!(press_from(at, Some(&origin), what).await, 303, "{what}");
}

/// The lines of a table of the page, the newest first, cell by cell.
async fn lines(at: SocketAddr, table: &str) -> Vec<Vec<String>> {
    let page = page(at).await;
    let from = page.find(&format!("<h2 id=\"{table}\">")).unwrap();
    let section = page[from..].split("</tbody>").next().unwrap();
    let text = |cell: &str| {
        let inner = cell.split_once('>').unwrap().1.split("</td>").next().unwrap();
        inner.replace("<strong class=\"bad\">", "").replace("</strong>", "")
    };
    let cells = |line: &str| line.split("<td ").skip(1).map(text).collect();
    section.split("<tr ").skip(2).map(cells).collect()
}

/// The number of each answer that was taken, the oldest first; every one of them must be signed.
async fn taken(at: SocketAddr) -> Vec<(String, String)> {
    let mut taken = Vec::new();
    for line in lines(at, "heard").await.into_iter().rev() {
        assert_eq!(line[5], "有效", "{line:?}");
        if line[6] == "收下" {
            taken.push((line[2].clone(), line[3].clone()));
        }
    }
    taken
}

fn told(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter()
        .map(|(seq, state)| ((*seq).to_owned(), (*state).to_owned()))
        .collect()
}

/// The application on a real socket, and the stand-in beside it.
async fn started() -> (App, SocketAddr) {
    let app = App::start().await;
    let service = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", service.local_addr().unwrap());
    let router = tonghu::app::router(&app.state);
    let limits = tonghu::web::server::Limits::default();
    let forever = std::future::pending();
    tokio::spawn(tonghu::web::server::serve(service, router, limits, forever));
    let (client, secret) = tonghu::demo::PARTNER;
    let clock = app.clock.clone();
    let platform = Platform::new(&url, client, secret).unwrap();
    let platform = platform.with(Arc::new(move || clock.now()), Duration::from_millis(50));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    tokio::spawn(platform.serve(listener));
    tonghu::demo::answer_at(&app.state, &format!("http://{at}"))
        .await
        .unwrap();
    (app, at)
}

async fn counted(app: &App) -> (u64, u64) {
    let db = app.state.db.read();
    let orders = hotline_order::Entity::find().count(db).await.unwrap();
    (orders, hotline_event::Entity::find().count(db).await.unwrap())
}

#[tokio::test]
async fn the_page_is_for_this_machine_and_its_buttons_for_the_page_alone() {
    let (app, at) = started().await;
    let shown = page(at).await;
    assert!(shown.contains("<title>12345 平台（演示替身）</title>"), "{shown}");
    assert!(
        shown.contains("http-equiv=\"refresh\"") && !shown.contains("<script"),
        "{shown}"
    );
    let far = call(at, "GET /", &[("host", "platform.example.cn")], "").await;
    assert_eq!((far.status, far.text().as_str()), (403, "只供本机使用"));
    let other = format!("http://127.0.0.1:{}", at.port().wrapping_add(1));
    for origin in [None, Some("null"), Some("http://example.cn"), Some(other.as_str())] {
        assert_eq!(press_from(at, origin, "order").await, 403, "{origin:?}");
        assert_eq!(press_from(at, origin, "fail").await, 403, "{origin:?}");
    }
    assert_eq!(counted(&app).await, (0, 0));
    assert!(page(at).await.contains("现在：正常"));
    let own = format!("http://{at}");
    assert_eq!(press_from(at, Some(&own), "nonsense").await, 400);
    assert_eq!(press_from(at, Some(&own), "order").await, 303);
    assert_eq!(counted(&app).await, (1, 0));
}

#[tokio::test]
async fn an_order_from_the_page_arrives_signed_and_its_answers_come_back_in_order() {
    let (app, at) = started().await;
    press(at, "order").await;
    let pushed = lines(at, "pushed").await;
    let number = &pushed[0][1];
    assert!(pushed[0][3].starts_with("201 首次收到，受理号 "), "{pushed:?}");
    assert_eq!(row(&app, number).await.ext_order_no, *number);
    let ledger = app.sign_in("lead").await.get("/hotline/orders").await.text();
    assert!(ledger.contains(number.as_str()), "{ledger}");
    press(at, "urge").await;
    press(at, "urge").await;
    worker::tick(&app.state).await;
    let wanted = told(&[("1", "dispatched"), ("2", "urged"), ("3", "urged")]);
    assert_eq!(taken(at).await, wanted);
    assert!(lines(at, "heard").await.iter().all(|line| line[1] == *number));
}

#[tokio::test]
async fn a_platform_that_fails_or_hangs_up_hears_nothing_until_it_is_well() {
    let (app, at) = started().await;
    press(at, "order").await;
    press(at, "urge").await;
    for (manner, pause) in [("fail", 11), ("hang_up", 61)] {
        press(at, manner).await;
        worker::tick(&app.state).await;
        assert_eq!(taken(at).await, [], "{manner}");
        app.clock.advance(TimeDelta::seconds(pause));
    }
    let tried: Vec<String> = lines(at, "heard")
        .await
        .into_iter()
        .map(|line| line[6].clone())
        .collect();
    assert_eq!(tried, ["断开", "答复 500"]);
    press(at, "normal").await;
    worker::tick(&app.state).await;
    assert_eq!(taken(at).await, told(&[("1", "dispatched"), ("2", "urged")]));
    press(at, "slow").await;
    press(at, "urge").await;
    worker::tick(&app.state).await;
    assert_eq!(taken(at).await.last(), told(&[("3", "urged")]).last());
}

#[tokio::test]
async fn what_is_pushed_again_or_before_its_order_happens_once() {
    let (app, at) = started().await;
    press(at, "again").await;
    press(at, "cancel").await;
    assert_eq!(counted(&app).await, (0, 0), "there is nothing yet to say more about");
    press(at, "order").await;
    press(at, "again").await;
    press(at, "again").await;
    assert_eq!(counted(&app).await, (1, 0));
    press(at, "early").await;
    assert_eq!(counted(&app).await, (2, 1));
    let pushed = lines(at, "pushed").await;
    let answers: Vec<&str> = pushed.iter().rev().map(|line| &line[3][..3]).collect();
    assert_eq!(answers, ["201", "200", "200", "201", "201"], "{pushed:?}");
    assert_eq!((pushed[1][2].as_str(), &pushed[1][1]), ("催办", &pushed[0][1]));
    worker::tick(&app.state).await;
    assert_eq!(super::state(&app, &pushed[0][1]).await["events"][0]["kind"], "urge");
}

#[tokio::test]
async fn every_sample_and_every_word_about_it_is_taken() {
    let (app, at) = started().await;
    for _ in 0..4 {
        press(at, "order").await;
    }
    for later in ["supplement", "urge", "cancel", "call_again"] {
        press(at, later).await;
    }
    let pushed = lines(at, "pushed").await;
    assert!(pushed.iter().all(|line| line[3].starts_with("201 ")), "{pushed:?}");
    assert_eq!(counted(&app).await, (4, 4));
    let strange = pushed.iter().find(|line| line[2].contains("不认识的代码")).unwrap();
    assert!(strange[3].contains("处待核对"), "{strange:?}");
    let red = super::case_of(&app, &pushed[0][1]).await;
    assert_eq!(red.level, 1, "red");
}

#[tokio::test]
async fn an_answer_that_is_not_signed_is_refused_and_shown_without_its_marks() {
    let (_app, at) = started().await;
    let told =
        json!({ "type": "status", "id": "1", "ext_order_no": "<b>A-1", "seq": 1, "state": "signed", "text": "</td>" });
    let host = at.to_string();
    let line = format!("POST {BACK}");
    let bare = call(at, &line, &[("host", &host)], &told.to_string()).await;
    assert_eq!(bare.status, 401);
    let time = chrono::DateTime::parse_from_rfc3339(crate::support::MORNING)
        .unwrap()
        .timestamp()
        .to_string();
    let wrong = "0".repeat(64);
    let headers = [
        ("host", host.as_str()),
        ("x-tonghu-client", tonghu::demo::PARTNER.0),
        ("x-tonghu-timestamp", &time),
        ("x-tonghu-nonce", "0123456789abcdef"),
        ("x-tonghu-signature", &wrong),
    ];
    assert_eq!(call(at, &line, &headers, &told.to_string()).await.status, 401);
    let heard = lines(at, "heard").await;
    let faults: Vec<&str> = heard.iter().map(|line| line[5].as_str()).collect();
    assert_eq!(faults, ["无效：签名不符", "无效：缺少请求头"]);
    assert!(heard.iter().all(|line| line[6] == "答复 401"), "{heard:?}");
    assert!(!page(at).await.contains("<b>"));
}

/// Waits until nobody listens at an address.
async fn gone(at: SocketAddr) -> bool {
    let until = Instant::now() + Duration::from_secs(5);
    while Instant::now() < until {
        if TcpStream::connect(at).await.is_err() {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    false
}

#[tokio::test]
async fn the_stand_ins_process_ends_when_its_input_does() {
    let (mut child, at) = stand_in("http://127.0.0.1:9");
    assert!(page(at).await.contains("还没有推送"));
    drop(child.stdin.take());
    assert!(gone(at).await);
    assert!(child.wait().unwrap().success());
}

#[tokio::test]
async fn the_demonstration_brings_a_stand_in_that_pushes_one_order_and_ends_with_it() {
    let dir = tempfile::tempdir().unwrap();
    let (service, at) = demonstrated(dir.path());
    let until = Instant::now() + Duration::from_secs(20);
    while lines(at, "pushed").await.is_empty() {
        assert!(Instant::now() < until, "nothing was pushed");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let pushed = lines(at, "pushed").await;
    assert_eq!(pushed.len(), 1, "{pushed:?}");
    assert!(pushed[0][3].starts_with("201 "), "{pushed:?}");
    assert!(
        page(at)
            .await
            .contains(&format!("http://{}/hotline/orders", service.address))
    );
    service.kill();
    assert!(gone(at).await, "it ended without a word and left the stand-in behind");
}

#[tokio::test]
async fn where_no_stand_in_can_start_the_demonstration_says_so_and_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let service = demonstrated_once(dir.path());
    let told: Vec<&str> = service
        .greeting
        .lines()
        .filter(|line| line.contains("演示替身"))
        .collect();
    assert_eq!(told.len(), 1, "{}", service.greeting);
    assert!(told[0].contains("没有启动，其余照常"), "{told:?}");
    let log = std::fs::read_to_string(dir.path().join("log")).unwrap();
    assert!(log.contains("no stand-in for 12345"), "{log}");
    service.sign_in("operator").await;
}
