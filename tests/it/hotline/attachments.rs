//! Files that orders name: fetched afterwards, from hosts that were allowed,
//! kept without what tells a place, sealed, and shown to whoever may read.

use super::platform::started;
use super::{acts, flags, lead_told, order, quiet, row, send, sent};
use crate::support::{App, Client, Reply};
use chrono::TimeDelta;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};
use std::time::Duration;
use tonghu::ctx::Ctx;
use tonghu::entity::{hotline_attachment, hotline_attachment_file, hotline_client, outbox};
use tonghu::hotline::attachments::fetch_within;
use tonghu::outbox::Limits;
use tonghu::worker;
use uuid::Uuid;

/// Allows hosts on the security administrator's page.
pub(super) async fn allow(app: &App, hosts: &str) {
    let keeper = app.sign_in("secadmin").await;
    let client = hotline_client::Entity::find().one(app.state.db.read()).await;
    let client = client.unwrap().unwrap();
    let version = client.version.to_string();
    let fields = [
        ("version", version.as_str()),
        ("name", "12345 平台（演示）"),
        ("addresses", ""),
        ("push_url", ""),
        ("attachment_hosts", hosts),
    ];
    let reply = keeper.post(&format!("/hotline/partners/{}", client.id), &fields).await;
    assert_eq!(reply.status, 303, "{}", reply.text());
}

pub(super) fn with_files(mut order: Value, urls: &[String]) -> Value {
    let files: Vec<Value> = urls
        .iter()
        .map(|url| json!({ "url": url, "name": "来电人照片" }))
        .collect();
    order["attachments"] = json!(files);
    order
}

pub(super) async fn files(app: &App, number: &str) -> Vec<hotline_attachment::Model> {
    let order = row(app, number).await;
    hotline_attachment::Entity::find()
        .filter(hotline_attachment::Column::OrderId.eq(order.id))
        .order_by_asc(hotline_attachment::Column::Id)
        .all(app.state.db.read())
        .await
        .unwrap()
}

/// State and reason of each file of an order.
pub(super) async fn stands(app: &App, number: &str) -> Vec<(String, String)> {
    let files = files(app, number).await;
    files
        .into_iter()
        .map(|file| (file.state, file.reason.unwrap_or_default()))
        .collect()
}

/// Tries once, with little patience.
async fn hurried(app: &App) {
    let limits = Limits {
        whole: Duration::from_millis(400),
        ..Limits::default()
    };
    fetch_within(&app.state, &Ctx::system(app.clock.now()), &limits)
        .await
        .unwrap();
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

async fn again(app: &App, who: &Client, number: &str, file: Uuid) -> u16 {
    let order = row(app, number).await.id;
    let path = format!("/hotline/orders/{order}/attachments/{file}/repeat");
    who.post(&path, &[]).await.status.as_u16()
}

/// A reply that no browser runs or keeps.
fn only_to_be_saved(file: &Reply) {
    assert_eq!(file.header("content-type"), Some("image/jpeg"));
    assert_eq!(file.header("x-content-type-options"), Some("nosniff"));
    assert!(file.header("content-disposition").unwrap().starts_with("attachment"));
    assert!(file.header("content-security-policy").unwrap().contains("sandbox"));
    assert_eq!(file.header("cache-control"), Some("no-store"));
}

#[tokio::test]
async fn a_picture_is_fetched_after_the_order_without_its_place_and_sealed() {
    let (app, platform) = started().await;
    allow(&app, &platform.address.to_string()).await;
    let url = format!("http://{}/files/picture.png?token=geheim-4711", platform.address);
    sent(&app, &with_files(order("P-1"), &[url])).await;
    let asked = platform.control("fetched", json!({})).await;
    assert_eq!(asked, json!([]), "nothing is fetched while the order is taken");
    let waiting = files(&app, "P-1").await.remove(0);
    assert_eq!(waiting.state, "waiting");
    assert!(!holds(&waiting.url.0, b"geheim") && !format!("{waiting:?}").contains("来电人"));
    worker::tick(&app.state).await;
    assert_eq!(stands(&app, "P-1").await, [("fetched".to_owned(), String::new())]);
    let asked = platform.control("fetched", json!({})).await;
    assert_eq!(asked, json!([{ "name": "picture.png", "signed": true }]));
    let kept = hotline_attachment_file::Entity::find()
        .all(app.state.db.read())
        .await
        .unwrap();
    assert!(
        kept.len() == 1 && !holds(&kept[0].content.0, &[0xff, 0xd8, 0xff]),
        "sealed"
    );
    let lead = app.sign_in("lead").await;
    let page = lead.get(&format!("/hotline/orders/{}", waiting.order_id)).await.text();
    let path = format!("/hotline/attachments/{}", waiting.id);
    assert!(
        page.contains(&format!("src=\"{path}/small\"")) && page.contains("已取到"),
        "{page}"
    );
    assert!(!page.contains("geheim"), "a token is not shown");
    let file = lead.get(&path).await;
    for trace in [&b"GPSPLACE"[..], b"39.55N", b"eXIf", b"Exif"] {
        assert!(!holds(&file.bytes, trace), "{trace:?}");
    }
    only_to_be_saved(&file);
    assert!(image::load_from_memory(&file.bytes).unwrap().width() == 320);
    let small = lead.get(&format!("{path}/small")).await;
    assert!(image::load_from_memory(&small.bytes).unwrap().width() <= 240);
    assert_eq!(
        (
            acts(&app, "attachment_fetched").await,
            acts(&app, "attachment_viewed").await
        ),
        (1, 2)
    );
    lead.get(&path).await;
    assert_eq!(acts(&app, "attachment_viewed").await, 3, "each opening is recorded");
    let ledger = lead.get("/hotline/orders").await.text();
    assert!(ledger.contains("1/1</span> 已取到"), "{ledger}");
    assert_eq!(again(&app, &lead, "P-1", waiting.id).await, 409, "it is here");
}

/// Each address with the state and the reason that it must come to.
type Table<'a> = Vec<(String, &'a str, &'a str)>;

/// Sends an order that names these files, and looks what becomes of them.
async fn come_to(app: &App, number: &str, table: &Table<'_>) {
    let urls: Vec<String> = table.iter().map(|(url, ..)| url.clone()).collect();
    sent(app, &with_files(quiet(number), &urls)).await;
    worker::tick(&app.state).await;
    for ((url, state, reason), told) in table.iter().zip(stands(app, number).await) {
        assert_eq!((told.0.as_str(), told.1.as_str()), (*state, *reason), "{url}");
    }
}

#[tokio::test]
async fn what_is_no_file_to_keep_is_refused_and_said() {
    let other = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let elsewhere = other.local_addr().unwrap();
    let (app, platform) = started().await;
    allow(&app, &platform.address.to_string()).await;
    let from = |name: &str| format!("http://{}/files/{name}", platform.address);
    let sent_on = from(&format!("sent-on.png?to=http://{elsewhere}/inside"));
    let table = vec![
        (sent_on, "refused", "redirected"),
        (from("page.png"), "refused", "type"),
        (from("empty.png"), "refused", "type"),
        (from("torn.png"), "refused", "broken"),
        (from("huge.png"), "refused", "too_large"),
        (from("huge-said.png"), "refused", "too_large"),
        (from("nowhere.png"), "gone", "gone"),
        (from("picture.exe"), "fetched", ""),
    ];
    come_to(&app, "R-1", &table).await;
    let called = tokio::time::timeout(Duration::from_millis(200), other.accept()).await;
    assert!(called.is_err(), "somebody went where it was sent on to");
    let missing = ("attachment_missing".to_owned(), String::new());
    assert_eq!(
        flags(&app, "R-1").await.iter().filter(|flag| **flag == missing).count(),
        1
    );
    assert_eq!(lead_told(&app).await, 1, "once for the order");
    let lead = app.sign_in("lead").await;
    let order = row(&app, "R-1").await.id;
    let page = lead.get(&format!("/hotline/orders/{order}")).await.text();
    for words in [
        "不跟随",
        "不是图片、PDF 或录音",
        "超过 20 MB",
        "图片损坏",
        "对方已无此文件",
        "再取一次",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
}

#[tokio::test]
async fn an_address_that_was_not_allowed_is_never_called_however_it_is_written() {
    let other = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let elsewhere = other.local_addr().unwrap();
    let (app, platform) = started().await;
    let port = platform.address.port();
    allow(&app, &platform.address.to_string()).await;
    let table = vec![
        (format!("http://{elsewhere}/a"), "refused", "host"),
        (
            format!("http://{}@{elsewhere}/a", platform.address),
            "refused",
            "unreadable",
        ),
        (
            format!("https://{}/files/picture.png", platform.address),
            "refused",
            "tls",
        ),
        (
            format!("http://2130706433:{port}/files/picture.png"),
            "refused",
            "unreadable",
        ),
        (
            format!("http://127.1:{port}/files/picture.png"),
            "refused",
            "unreadable",
        ),
        (format!("http://localhost:{port}/files/picture.png"), "refused", "host"),
        ("ftp://127.0.0.1/a".to_owned(), "refused", "unreadable"),
        ("http://169.254.169.254/latest/meta-data".to_owned(), "refused", "host"),
        ("http://files.example.cn/a".to_owned(), "refused", "host"),
        (
            format!("http://[::ffff:127.0.0.1]:{port}/files/picture.png"),
            "fetched",
            "",
        ),
    ];
    come_to(&app, "R-2", &table).await;
    let called = tokio::time::timeout(Duration::from_millis(200), other.accept()).await;
    assert!(called.is_err(), "somebody called");
    let asked = platform.control("fetched", json!({})).await;
    assert_eq!(asked.as_array().unwrap().len(), 1, "{asked}");
    let lead = app.sign_in("lead").await;
    let order = row(&app, "R-2").await.id;
    let page = lead.get(&format!("/hotline/orders/{order}")).await.text();
    for words in ["经前置 TLS 代理", "不在该接入方的附件主机名单", "地址无法识别"] {
        assert!(page.contains(words), "{words}: {page}");
    }
}

#[tokio::test]
async fn a_name_that_leads_inside_is_refused_unless_that_network_is_listed() {
    let (app, platform) = started().await;
    let port = platform.address.port();
    allow(&app, &format!("localhost:{port}")).await;
    let url = format!("http://localhost:{port}/files/picture.png");
    sent(&app, &with_files(quiet("N-1"), &[url])).await;
    worker::tick(&app.state).await;
    assert_eq!(stands(&app, "N-1").await, [("refused".to_owned(), "inner".to_owned())]);
    assert_eq!(platform.control("fetched", json!({})).await, json!([]));
    // The network is listed: what was refused for its host is sent for again.
    allow(&app, &format!("localhost:{port} 127.0.0.0/8 ::1/128")).await;
    assert_eq!(stands(&app, "N-1").await[0].0, "waiting");
    worker::tick(&app.state).await;
    assert_eq!(stands(&app, "N-1").await[0].0, "fetched");
}

#[tokio::test]
async fn a_host_that_dawdles_keeps_nobody_waiting_and_is_tried_again() {
    let (app, platform) = started().await;
    allow(&app, &platform.address.to_string()).await;
    let from = |name: &str| format!("http://{}/files/{name}", platform.address);
    sent(
        &app,
        &with_files(quiet("S-1"), &[from("slow.png"), from("picture.png")]),
    )
    .await;
    hurried(&app).await;
    let told = stands(&app, "S-1").await;
    assert_eq!(told[0], ("waiting".to_owned(), "slow".to_owned()));
    assert_eq!(
        told[1].0, "waiting",
        "a host that does not answer is tried once in a round"
    );
    hurried(&app).await;
    assert_eq!(
        stands(&app, "S-1").await[1].0,
        "fetched",
        "the other file does not wait for it"
    );
    sent(&app, &with_files(quiet("S-2"), &[from("drip.png")])).await;
    hurried(&app).await;
    assert_eq!(stands(&app, "S-2").await[0], ("waiting".to_owned(), "slow".to_owned()));
}

#[tokio::test]
async fn what_fails_to_the_last_try_is_laid_aside_and_repeated_by_hand() {
    let (app, platform) = started().await;
    allow(&app, &platform.address.to_string()).await;
    let from = |name: &str| format!("http://{}/files/{name}", platform.address);
    sent(&app, &with_files(quiet("S-3"), &[from("moody.png"), from("busy.png")])).await;
    for pause in [0, 11, 61, 301, 1801, 7201, 28801] {
        app.clock.advance(TimeDelta::seconds(pause));
        hurried(&app).await;
    }
    let told = stands(&app, "S-3").await;
    assert_eq!(
        told,
        [
            ("failed".to_owned(), "status".to_owned()),
            ("failed".to_owned(), "status".to_owned())
        ]
    );
    let dead = outbox::Entity::find()
        .filter(outbox::Column::Topic.eq("attachment"))
        .filter(outbox::Column::DeadAt.is_not_null())
        .count(app.state.db.read())
        .await
        .unwrap();
    assert!(dead >= 2, "{dead}");
    let page = app.sign_in("sysadmin").await.get("/outbox").await.text();
    assert!(page.contains("取 12345 工单附件") && !page.contains("moody"), "{page}");
    let lead = app.sign_in("lead").await;
    let file = files(&app, "S-3").await.remove(0);
    platform.control("mend", json!({})).await;
    assert_eq!(again(&app, &lead, "S-3", file.id).await, 303);
    assert_eq!(again(&app, &lead, "S-3", file.id).await, 303, "twice is once");
    hurried(&app).await;
    assert_eq!(stands(&app, "S-3").await[0].0, "fetched");
    assert_eq!(again(&app, &lead, "S-3", Uuid::from_u128(9)).await, 404);
    for who in ["operator", "county", "secadmin"] {
        let person = app.sign_in(who).await;
        assert_eq!(again(&app, &person, "S-3", file.id).await, 403, "{who}");
    }
}

#[tokio::test]
async fn an_order_is_taken_whatever_stands_in_its_attachments() {
    let app = App::start().await;
    let long = format!("http://files.example.cn/{}", "a".repeat(3000));
    let many: Vec<String> = (0..40).map(|at| format!("http://files.example.cn/{at}")).collect();
    let odd = [
        json!("http://files.example.cn/1"),
        json!(7),
        json!({ "url": "http://files.example.cn/1" }),
        json!([null, 7, "", {}, { "url": 7 }, [[]], { "url": "http://x\u{7}y/" }]),
        json!([{ "url": "http://files.example.cn/薛圐圙/😀.png", "name": "😀".repeat(300) }]),
        json!([long]),
        json!(many),
        json!([
            "javascript:alert(1)",
            "http://",
            "//files.example.cn/1",
            "http://[::1",
            "\\\\host\\share"
        ]),
    ];
    for (at, given) in odd.iter().enumerate() {
        let mut order = quiet(&format!("O-{at}"));
        order["attachments"] = given.clone();
        assert_eq!(send(&app, &order).await.status, 201, "{given}");
        assert_eq!(send(&app, &order).await.status, 200, "{given}");
    }
    worker::tick(&app.state).await;
    assert_eq!(
        flags(&app, "O-0").await[0],
        ("faulty".to_owned(), "/attachments".to_owned())
    );
    assert_eq!(files(&app, "O-6").await.len(), 10);
    assert!(
        flags(&app, "O-6")
            .await
            .contains(&("too_long".to_owned(), "/attachments".to_owned()))
    );
    let all = hotline_attachment::Entity::find()
        .all(app.state.db.read())
        .await
        .unwrap();
    assert!(all.iter().all(|file| file.state == "refused"), "{all:?}");
    let lead = app.sign_in("lead").await;
    for at in 0..odd.len() {
        let order = row(&app, &format!("O-{at}")).await.id;
        let page = lead.get(&format!("/hotline/orders/{order}")).await;
        assert_eq!(page.status, 200);
        assert!(!page.text().contains("href=\"javascript"));
    }
}
