//! Text messages over a gateway.

use super::{rows, tell};
use crate::given::{self, Spec, account_of};
use crate::support::App;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use tonghu::notices::{Kind, Notice, To};
use tonghu::rules::level::RiskLevel;

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
