//! The live badge: told at once, nothing missed, no session kept alive.

use super::{ring, rows, tell};
use crate::given::{self, Spec, account_of, ctx_of};
use crate::support::{App, Client};
use futures_util::StreamExt;
use serde_json::json;
use tonghu::journal::{self, Act, Entry};
use tonghu::notices::{self, Kind, Notice, To};
use tonghu::rules::level::RiskLevel;

/// A page's stream, read as a browser would.
struct Stream {
    body: axum::body::BodyDataStream,
    text: String,
}

impl Stream {
    /// The next event: its name, its number, its data.
    async fn next(&mut self) -> (String, i64, serde_json::Value) {
        loop {
            if let Some((event, rest)) = self.text.clone().split_once("\n\n") {
                rest.clone_into(&mut self.text);
                let field = |name: &str| {
                    let start = format!("{name}: ");
                    event
                        .lines()
                        .find_map(|line| line.strip_prefix(&start))
                        .map(str::to_owned)
                };
                if let Some(name) = field("event") {
                    let data = serde_json::from_str(&field("data").unwrap()).unwrap();
                    return (name, field("id").unwrap().parse().unwrap(), data);
                }
                continue;
            }
            let more = tokio::time::timeout(std::time::Duration::from_secs(20), self.body.next()).await;
            let bytes = more.expect("an event in time").expect("the stream goes on").unwrap();
            self.text.push_str(std::str::from_utf8(&bytes).unwrap());
        }
    }
}

async fn listen(client: &Client, after: Option<i64>) -> Stream {
    let mut client = client.with("accept", "text/event-stream");
    if let Some(after) = after {
        client = client.with("last-event-id", &after.to_string());
    }
    let response = client.open("/notices/stream").await;
    assert_eq!(response.status(), 200);
    Stream {
        body: response.into_body().into_data_stream(),
        text: String::new(),
    }
}

#[tokio::test]
async fn an_open_page_is_told_at_once_and_one_that_comes_back_has_missed_nothing() {
    let app = App::start().await;
    let case = given::case(&app, Spec::at(&app, RiskLevel::Yellow).await).await;
    let seen = ring(&app, 0).await;
    let township = app.sign_in("township").await;
    let mut page = listen(&township, None).await;
    let (name, _, data) = page.next().await;
    assert_eq!((name.as_str(), &data["unread"]), ("count", &json!(1)));
    let unit = account_of(&app, "township").await.unit_id.unwrap();
    let urged = Notice::new(Kind::Urged, To::Unit(unit)).case(case.id);
    tell(&app, "lead", &urged).await;
    let seen = ring(&app, seen).await;
    let (name, id, data) = page.next().await;
    assert_eq!((name.as_str(), &data["unread"]), ("notice", &json!(2)));
    assert_eq!(data["number"], json!(case.number));
    // Away while two more come.
    drop(page);
    tell(&app, "lead", &urged).await;
    tell(&app, "county", &urged).await;
    ring(&app, seen).await;
    let mut again = listen(&township, Some(id)).await;
    let (_, first, _) = again.next().await;
    let (_, second, data) = again.next().await;
    assert!(id < first && first < second, "{id} {first} {second}");
    assert_eq!(data["unread"], json!(4));
}

#[tokio::test]
async fn a_notice_whose_transaction_ends_late_is_not_passed_over() {
    let app = App::start().await;
    if app.state.db.is_sqlite() {
        // There is one writer: no transaction can end after one begun later.
        return;
    }
    let lead = ctx_of(&app, "lead").await;
    let me = account_of(&app, "township").await;
    let one = Notice::new(Kind::Urged, To::Account(me.id));
    let slow = app.state.db.begin().await.unwrap();
    notices::tell(&slow, &lead, &one).await.unwrap();
    tell(&app, "lead", &Notice::new(Kind::Supervised, To::Account(me.id))).await;
    let seen = ring(&app, 0).await;
    let township = app.sign_in("township").await;
    let mut page = listen(&township, None).await;
    let (_, told, data) = page.next().await;
    assert_eq!((told, &data["unread"]), (seen, &json!(1)));
    journal::commit(slow, &lead, Entry::new(Act::NoteAdded)).await.unwrap();
    ring(&app, seen).await;
    let (_, late, data) = page.next().await;
    assert!(late > told);
    assert_eq!(data["title"], json!(Kind::Urged.title()));
}

#[tokio::test]
async fn many_nodes_number_many_notices_each_once_and_without_a_step_back() {
    let app = App::start().await;
    let me = account_of(&app, "township").await.id;
    let write = async || {
        for _ in 0..5 {
            tell(&app, "lead", &Notice::new(Kind::Urged, To::Account(me))).await;
        }
    };
    let watch = async || {
        let mut seen = 0;
        for _ in 0..12 {
            let now = ring(&app, seen).await;
            assert!(now >= seen);
            seen = now;
        }
    };
    tokio::join!(write(), write(), write(), write(), watch(), watch(), watch());
    ring(&app, 0).await;
    let mut numbers: Vec<i64> = rows(&app, "township")
        .await
        .into_iter()
        .map(|row| row.seq.unwrap())
        .collect();
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), 20);
}

#[tokio::test]
async fn a_person_has_so_many_streams_and_no_browser_gets_no_stream() {
    let app = App::start().await;
    let township = app.sign_in("township").await;
    assert_eq!(township.get("/notices/stream").await.status, 406);
    let mut open = Vec::new();
    for _ in 0..tonghu::bell::PAGES {
        open.push(listen(&township, None).await);
    }
    let further = township
        .with("accept", "text/event-stream")
        .get("/notices/stream")
        .await;
    assert_eq!(further.status, 204);
    open.pop();
    listen(&township, None).await;
}

#[tokio::test]
async fn an_open_page_keeps_no_session_alive() {
    let app = App::start().await;
    let township = app.sign_in("township").await;
    for _ in 0..4 {
        drop(listen(&township, None).await);
        app.clock.advance(chrono::TimeDelta::minutes(4));
    }
    let late = township
        .with("accept", "text/event-stream")
        .open("/notices/stream")
        .await;
    assert_eq!(late.status(), 204);
}
