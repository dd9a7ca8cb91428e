//! Notices: who is told what, who is not, and that nothing told is lost.

use crate::given::{self, Spec, account_of, colleague, ctx_of};
use crate::support::{App, Client};
use futures_util::StreamExt;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::json;
use tonghu::entity::{notice, recusal, task};
use tonghu::journal::{self, Act, Entry};
use tonghu::notices::{self, Kind, Notice, To};
use tonghu::rules::level::RiskLevel;
use tonghu::rules::policy::Role;
use uuid::Uuid;

/// The kinds that a person was told, oldest first.
async fn told(app: &App, username: &str) -> Vec<String> {
    let rows = rows(app, username).await;
    rows.into_iter().map(|row| row.kind).collect()
}

async fn rows(app: &App, username: &str) -> Vec<notice::Model> {
    notice::Entity::find()
        .filter(notice::Column::AccountId.eq(account_of(app, username).await.id))
        .order_by_asc(notice::Column::Id)
        .all(app.state.db.read())
        .await
        .unwrap()
}

/// Tells something by itself, as an operation would.
async fn tell(app: &App, by: &str, notice: &Notice) {
    let ctx = ctx_of(app, by).await;
    let tx = app.state.db.begin().await.unwrap();
    notices::tell(&tx, &ctx, notice).await.unwrap();
    journal::commit(tx, &ctx, Entry::new(Act::NoteAdded)).await.unwrap();
}

/// Keeps a person out of a case.
pub async fn recuse(app: &App, case: Uuid, username: &str) {
    let row = recusal::ActiveModel {
        id: sea_orm::ActiveValue::Set(Uuid::now_v7()),
        case_id: sea_orm::ActiveValue::Set(case),
        account_id: sea_orm::ActiveValue::Set(Some(account_of(app, username).await.id)),
        unit_id: sea_orm::ActiveValue::Set(None),
        rule: sea_orm::ActiveValue::Set("RT04".to_owned()),
        note: sea_orm::ActiveValue::Set(None),
        declared_by: sea_orm::ActiveValue::Set(None),
        at: sea_orm::ActiveValue::Set(app.clock.now()),
    };
    recusal::Entity::insert(row)
        .exec_without_returning(app.state.db.schema())
        .await
        .unwrap();
}

#[tokio::test]
async fn a_case_that_opens_is_told_to_the_units_of_its_plan_and_not_to_others() {
    let app = App::start().await;
    given::case(&app, Spec::at(&app, RiskLevel::Yellow).await).await;
    for name in ["township", "village", "county"] {
        let told = told(&app, name).await;
        assert!(told.len() == 1, "{name}: {told:?}");
    }
    for name in [
        "township2",
        "village2",
        "county2",
        "operator",
        "sysadmin",
        "auditor",
        "hospital",
    ] {
        assert_eq!(told(&app, name).await, [""; 0], "{name}");
    }
}

#[tokio::test]
async fn a_notice_of_a_red_case_is_red() {
    let app = App::start().await;
    given::case(&app, Spec::red(&app).await).await;
    assert!(rows(&app, "township").await.iter().all(|row| row.red && row.sms));
}

#[tokio::test]
async fn a_joint_task_is_told_back_and_forth() {
    let app = App::start().await;
    let case = given::case(&app, Spec::at(&app, RiskLevel::Yellow).await).await;
    let township = app.sign_in("township").await;
    let signed = json!({ "step": "sign", "version": case.version });
    let path = format!("/api/v1/cases/{}/steps", case.id);
    assert_eq!(township.json("POST", &path, signed).await.status, 200);
    let ctx = ctx_of(&app, "township").await;
    let asked = tonghu::tasks::NewTask {
        type_code: "T30".to_owned(),
        request: "请到场核实".to_owned(),
        ..Default::default()
    };
    let task = tonghu::tasks::open(&app.state, &ctx, case.id, asked).await.unwrap();
    assert_eq!(told(&app, "police").await.last().unwrap(), "task_given");
    let police = ctx_of(&app, "police").await;
    let paper = tonghu::measures::NewMeasure {
        kind: "alarm_receipt".to_owned(),
        paper_no: "应公接〔2026〕8号".to_owned(),
        issued_by: "应县公安局".to_owned(),
        issued_on: tonghu::clock::day(app.clock.now()),
        ..Default::default()
    };
    let report = tonghu::tasks::Move::Report {
        result: "已到场处置".to_owned(),
        papers: vec![paper],
    };
    let task = tonghu::tasks::step(&app.state, &police, task.id, task.version, &tonghu::tasks::Move::Sign)
        .await
        .unwrap();
    let task: task::Model = tonghu::tasks::step(&app.state, &police, task.id, task.version, &report)
        .await
        .unwrap();
    assert_eq!(told(&app, "township").await.last().unwrap(), "task_reported");
    let reject = tonghu::tasks::Move::Reject {
        reason: "缺处置结果".to_owned(),
    };
    tonghu::tasks::step(&app.state, &ctx, task.id, task.version, &reject)
        .await
        .unwrap();
    assert_eq!(told(&app, "police").await.last().unwrap(), "task_sent_back");
}

#[tokio::test]
async fn whoever_is_kept_out_of_a_case_is_told_nothing_of_it() {
    let app = App::start().await;
    let case = given::case(&app, Spec::at(&app, RiskLevel::Blue).await).await;
    let before = told(&app, "township").await.len();
    recuse(&app, case.id, "township").await;
    let unit = account_of(&app, "township").await.unit_id.unwrap();
    tell(&app, "lead", &Notice::new(Kind::Urged, To::Unit(unit)).case(case.id)).await;
    assert_eq!(told(&app, "township").await.len(), before);
}

#[tokio::test]
async fn nobody_is_told_of_what_they_may_not_see_or_did_themselves() {
    let app = App::start().await;
    let case = given::case(&app, Spec::at(&app, RiskLevel::Blue).await).await;
    let away = account_of(&app, "township2").await;
    for to in [To::Unit(away.unit_id.unwrap()), To::Account(away.id)] {
        tell(&app, "lead", &Notice::new(Kind::Urged, to).case(case.id)).await;
    }
    assert_eq!(told(&app, "township2").await, [""; 0]);
    tell(
        &app,
        "lead",
        &Notice::new(Kind::ReturnAsked, To::Role(Role::Lead)).case(case.id),
    )
    .await;
    assert_eq!(told(&app, "lead").await, [""; 0], "the one who did it knows");
    tell(
        &app,
        "county",
        &Notice::new(Kind::ReturnAsked, To::Role(Role::Lead)).case(case.id),
    )
    .await;
    assert_eq!(told(&app, "lead").await, ["return_asked"]);
}

#[tokio::test]
async fn everybody_who_sits_in_a_unit_is_told_and_twice_meant_is_told_once() {
    let app = App::start().await;
    colleague(&app, "township", "township.b").await;
    let case = given::case(&app, Spec::at(&app, RiskLevel::Blue).await).await;
    let unit = account_of(&app, "township").await.unit_id.unwrap();
    let before = told(&app, "township.b").await.len();
    let ctx = ctx_of(&app, "lead").await;
    let tx = app.state.db.begin().await.unwrap();
    let one = |to| Notice::new(Kind::Urged, to).case(case.id);
    let twice = [
        one(To::Unit(unit)),
        one(To::Account(account_of(&app, "township.b").await.id)),
    ];
    notices::tell_all(&tx, &ctx, &twice).await.unwrap();
    journal::commit(tx, &ctx, Entry::new(Act::NoteAdded)).await.unwrap();
    assert_eq!(told(&app, "township.b").await.len(), before + 1);
    assert_eq!(told(&app, "township").await.last().unwrap(), "urged");
}

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

/// A node looks for news.
async fn ring(app: &App, seen: i64) -> i64 {
    notices::ring(&app.state, seen).await.unwrap()
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
async fn quiet_hours_hold_everything_but_what_is_red() {
    let app = App::start().await;
    let township = app.sign_in("township").await;
    let kept = township
        .post(
            "/notices/settings",
            &[
                ("quiet_from", "8：30"),
                ("quiet_to", "10:00"),
                ("kinds", "urged"),
                ("kinds", "opened"),
            ],
        )
        .await;
    assert_eq!(kept.status, 303, "{}", kept.text());
    let yellow = given::case(&app, Spec::at(&app, RiskLevel::Yellow).await).await;
    ring(&app, 0).await;
    let held = rows(&app, "township").await.pop().unwrap();
    assert_eq!((held.kind.as_str(), held.seq), ("opened", None));
    let unread = |reply: crate::support::Reply| reply.json()["unread"].clone();
    assert_eq!(unread(township.get("/api/v1/notices").await), json!(0));
    assert!(
        township.get("/notices").await.text().contains(&yellow.number),
        "it is listed all the same"
    );
    given::case(&app, Spec::red(&app).await).await;
    ring(&app, 0).await;
    assert_eq!(unread(township.get("/api/v1/notices").await), json!(1));
    app.clock.advance(chrono::TimeDelta::hours(1));
    ring(&app, 0).await;
    assert!(rows(&app, "township").await.iter().all(|row| row.seq.is_some()));
}

#[tokio::test]
async fn a_kind_that_is_not_wanted_is_not_told_and_an_urgent_one_always() {
    let app = App::start().await;
    let township = app.sign_in("township").await;
    assert_eq!(
        township.post("/notices/settings", &[("kinds", "opened")]).await.status,
        303
    );
    let me = account_of(&app, "township").await.id;
    for kind in [Kind::Urged, Kind::Escalated] {
        tell(&app, "lead", &Notice::new(kind, To::Account(me))).await;
    }
    assert_eq!(told(&app, "township").await, ["escalated"]);
    let wrong = township
        .post("/notices/settings", &[("quiet_from", "25:00"), ("quiet_to", "")])
        .await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.text().contains("25:00"), "what was typed is kept");
}

#[tokio::test]
async fn a_digest_rings_once_at_the_beginning_of_a_shift() {
    let app = App::start().await;
    let township = app.sign_in("township").await;
    assert_eq!(
        township
            .post("/notices/settings", &[("digest", "true"), ("kinds", "urged")])
            .await
            .status,
        303
    );
    let me = account_of(&app, "township").await.id;
    for _ in 0..2 {
        tell(&app, "lead", &Notice::new(Kind::Urged, To::Account(me))).await;
    }
    ring(&app, 0).await;
    assert!(rows(&app, "township").await.iter().all(|row| row.seq.is_none()));
    app.clock.advance(chrono::TimeDelta::hours(11));
    for _ in 0..2 {
        tonghu::worker::tick(&app.state).await;
    }
    ring(&app, 0).await;
    let kinds = told(&app, "township").await;
    assert_eq!(kinds.iter().filter(|kind| *kind == "digest").count(), 1, "{kinds:?}");
    assert!(rows(&app, "township").await.iter().all(|row| row.seq.is_some()));
}

#[tokio::test]
async fn the_inbox_reads_marks_and_shows_only_what_may_be_seen() {
    let app = App::start().await;
    let case = given::case(&app, Spec::at(&app, RiskLevel::Yellow).await).await;
    let township = app.sign_in("township").await;
    let page = township.with("accept", "text/html").get("/notices").await;
    assert!(
        page.text().contains(&case.number) && page.text().contains("id=\"bell-count\">1<"),
        "{}",
        page.text()
    );
    let notice = rows(&app, "township").await.pop().unwrap();
    let opened = township.get(&format!("/notices/{}", notice.id)).await;
    assert_eq!(opened.location(), format!("/cases/{}", case.id));
    assert!(rows(&app, "township").await[0].seen_at.is_some());
    let other = app.sign_in("county").await;
    assert_eq!(other.get(&format!("/notices/{}", notice.id)).await.status, 404);
    let all = other.json("POST", "/api/v1/notices/read", json!({})).await;
    assert_eq!(all.json(), json!({ "unread": 0 }));
    recuse(&app, case.id, "township").await;
    assert!(!township.get("/notices").await.text().contains(&case.number));
    assert_eq!(township.get(&format!("/notices/{}", notice.id)).await.status, 404);
    assert_eq!(township.get("/api/v1/notices").await.json()["items"], json!([]));
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

/// A gateway on loopback that answers with a status and keeps what it was sent.
struct Gateway {
    url: String,
    got: std::sync::Arc<std::sync::Mutex<Vec<String>>>,
    status: std::sync::Arc<std::sync::atomic::AtomicU16>,
}

impl Gateway {
    async fn start() -> Self {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let gateway = Self {
            url: format!("http://{}/sms", listener.local_addr().unwrap()),
            got: std::sync::Arc::default(),
            status: std::sync::Arc::new(std::sync::atomic::AtomicU16::new(200)),
        };
        let (got, status) = (gateway.got.clone(), gateway.status.clone());
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut text = Vec::new();
                let mut part = [0; 4096];
                while !text.ends_with(b"}") {
                    let read = stream.read(&mut part).await.unwrap();
                    text.extend_from_slice(&part[..read]);
                }
                got.lock().unwrap().push(String::from_utf8(text).unwrap());
                let status = status.load(std::sync::atomic::Ordering::SeqCst);
                let answer = format!("HTTP/1.1 {status} X\r\ncontent-length: 0\r\n\r\n");
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        });
        gateway
    }

    fn got(&self) -> Vec<String> {
        self.got.lock().unwrap().clone()
    }

    fn answers(&self, status: u16) {
        self.status.store(status, std::sync::atomic::Ordering::SeqCst);
    }
}

async fn over(gateway: &Gateway) -> App {
    let url = gateway.url.clone();
    App::with(crate::support::Home::fresh().await, move |config| {
        config.sms_url.value = url;
        "a-secret-of-the-gateway".clone_into(&mut config.sms_secret.value);
    })
    .await
}

/// Gives a person a telephone.
async fn give_phone(app: &App, username: &str, phone: &str) {
    let id = account_of(app, username).await.id;
    let slot = tonghu::vault::Slot::new("account", "phone", id);
    let row = tonghu::entity::account::ActiveModel {
        phone: sea_orm::ActiveValue::Set(Some(app.state.vault.seal(slot, phone).unwrap())),
        ..Default::default()
    };
    tonghu::entity::account::Entity::update_many()
        .set(row)
        .filter(tonghu::entity::account::Column::Id.eq(id))
        .exec(app.state.db.schema())
        .await
        .unwrap();
}

#[tokio::test]
async fn what_is_red_goes_to_the_telephone_once_and_says_nothing_of_it() {
    let gateway = Gateway::start().await;
    let app = over(&gateway).await;
    give_phone(&app, "township", "16000000001").await;
    let case = given::case(&app, Spec::red(&app).await).await;
    given::case(&app, Spec::at(&app, RiskLevel::Blue).await).await;
    for _ in 0..3 {
        tonghu::worker::tick(&app.state).await;
    }
    let got: Vec<String> = gateway
        .got()
        .into_iter()
        .filter(|text| text.contains("16000000001"))
        .collect();
    assert_eq!(got.len(), 1, "{got:?}");
    assert!(got[0].contains(&case.number[case.number.len() - 4..]));
    assert!(got[0].to_lowercase().contains("x-tonghu-signature: "));
    for word in ["儿童", "童小满", "家暴", "虐待", "伤", "金城", "0101"] {
        assert!(!got[0].contains(word), "{word}: {}", got[0]);
    }
}

#[tokio::test]
async fn a_gateway_that_fails_is_asked_again_later_and_at_last_by_a_person() {
    let gateway = Gateway::start().await;
    gateway.answers(503);
    let app = over(&gateway).await;
    give_phone(&app, "township", "16000000001").await;
    let me = account_of(&app, "township").await.id;
    tell(&app, "lead", &Notice::new(Kind::Supervised, To::Account(me))).await;
    tonghu::worker::tick(&app.state).await;
    tonghu::worker::tick(&app.state).await;
    assert_eq!(gateway.got().len(), 1, "not before its time");
    for _ in 0..8 {
        app.clock.advance(chrono::TimeDelta::hours(9));
        tonghu::worker::tick(&app.state).await;
    }
    let tries = gateway.got().len();
    assert_eq!(tries, tonghu::outbox::RETRY.len() + 1);
    let sysadmin = app.sign_in("sysadmin").await;
    let page = sysadmin.get("/outbox").await.text();
    assert!(page.contains("网关答复 503") && !page.contains("16000000001"), "{page}");
    let id = tonghu::entity::outbox::Entity::find()
        .one(app.state.db.read())
        .await
        .unwrap()
        .unwrap()
        .id;
    assert_eq!(sysadmin.post(&format!("/outbox/{id}/repeat"), &[]).await.status, 303);
    gateway.answers(200);
    tonghu::worker::tick(&app.state).await;
    assert_eq!(gateway.got().len(), tries + 1);
    let again = sysadmin.post(&format!("/outbox/{id}/repeat"), &[]).await;
    assert_eq!(again.status, 409);
    assert_eq!(app.sign_in("county").await.get("/outbox").await.status, 403);
}

#[tokio::test]
async fn without_a_gateway_nothing_waits_for_one() {
    let app = App::start().await;
    give_phone(&app, "township", "16000000001").await;
    given::case(&app, Spec::red(&app).await).await;
    tonghu::worker::tick(&app.state).await;
    assert!(rows(&app, "township").await.iter().all(|row| !row.sms));
    let waiting = tonghu::entity::outbox::Entity::find()
        .one(app.state.db.read())
        .await
        .unwrap();
    assert!(waiting.is_none());
}
