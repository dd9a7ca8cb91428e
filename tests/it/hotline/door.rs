//! Who is let in: signature, time, nonce, address, secrets that are replaced.

use super::partners::admitted;
use super::{ORDERS, acts, order, row, sent, state};
use crate::support::{App, Client};
use axum::body::Body;
use axum::http::{Method, StatusCode};
use chrono::TimeDelta;
use sea_orm::{EntityTrait, PaginatorTrait};
use tonghu::entity::{hotline_nonce, hotline_order, hotline_refusal, journal_entry, protection_case, report};
use tonghu::outbox::sign::{self, Signable};

const NONCE: &str = "0123456789abcdef";

/// A call whose parts can each be wrong.
struct Call {
    client: String,
    secret: String,
    timestamp: String,
    nonce: String,
    /// What is signed, where it is not what is sent.
    method: &'static str,
    target: String,
    signed_body: Option<String>,
    body: String,
    leave_out: &'static str,
    upper: bool,
}

impl Call {
    fn right(app: &App) -> Self {
        let (client, secret) = tonghu::demo::PARTNER;
        Self {
            client: client.to_owned(),
            secret: secret.to_owned(),
            timestamp: app.clock.now().timestamp().to_string(),
            nonce: NONCE.to_owned(),
            method: "POST",
            target: ORDERS.to_owned(),
            signed_body: None,
            body: order("A-1").to_string(),
            leave_out: "",
            upper: false,
        }
    }

    async fn knock(&self, who: &Client) -> StatusCode {
        let signed = Signable {
            method: self.method,
            target: &self.target,
            timestamp: &self.timestamp,
            nonce: &self.nonce,
            body: self.signed_body.as_ref().unwrap_or(&self.body).as_bytes(),
        };
        let mut signature = sign::sign(&self.secret, &signed).unwrap();
        if self.upper {
            signature = signature.to_uppercase();
        }
        let mut who = who.clone();
        for (name, value) in [
            (sign::CLIENT, &self.client),
            (sign::TIMESTAMP, &self.timestamp),
            (sign::NONCE, &self.nonce),
            (sign::SIGNATURE, &signature),
        ] {
            if name != self.leave_out {
                who = who.with(name, value);
            }
        }
        let body = Body::from(self.body.clone());
        let reply = who.send(Method::POST, ORDERS, Some("application/json"), body).await;
        if reply.status == StatusCode::UNAUTHORIZED {
            let title = reply.json()["title"].as_str().unwrap().to_owned();
            assert!(title.contains("签名校验未通过"), "{title}");
        }
        reply.status
    }
}

/// Everything that a call could change.
async fn held(app: &App) -> [u64; 5] {
    let db = app.state.db.read();
    [
        hotline_order::Entity::find().count(db).await.unwrap(),
        report::Entity::find().count(db).await.unwrap(),
        protection_case::Entity::find().count(db).await.unwrap(),
        hotline_nonce::Entity::find().count(db).await.unwrap(),
        u64::try_from(acts(app, "hotline_order_taken").await).unwrap(),
    ]
}

type Spoil = Box<dyn Fn(&mut Call)>;

/// Calls that are right but for one thing, and what that is.
fn wrong_calls(app: &App) -> Vec<(&'static str, Call)> {
    let now = app.clock.now().timestamp();
    let spoils: Vec<(&'static str, Spoil)> = vec![
        ("client", Box::new(|call| "nobody".clone_into(&mut call.client))),
        ("client", Box::new(|call| call.client.clear())),
        ("time", Box::new(move |call| call.timestamp = (now - 301).to_string())),
        ("time", Box::new(move |call| call.timestamp = (now + 301).to_string())),
        ("time", Box::new(|call| "yesterday".clone_into(&mut call.timestamp))),
        (
            "nonce_form",
            Box::new(|call| "0123456789abcde".clone_into(&mut call.nonce)),
        ),
        ("nonce_form", Box::new(|call| call.nonce = "0".repeat(65))),
        (
            "nonce_form",
            Box::new(|call| "0123456789 abcdef".clone_into(&mut call.nonce)),
        ),
        (
            "signature",
            Box::new(|call| "another-secret".clone_into(&mut call.secret)),
        ),
        ("signature", Box::new(|call| call.method = "PUT")),
        ("signature", Box::new(|call| call.target.push_str("?x=1"))),
        ("signature", Box::new(|call| call.signed_body = Some("{}".to_owned()))),
        ("signature", Box::new(|call| call.upper = true)),
        ("header", Box::new(|call| call.leave_out = sign::CLIENT)),
        ("header", Box::new(|call| call.leave_out = sign::TIMESTAMP)),
        ("header", Box::new(|call| call.leave_out = sign::NONCE)),
        ("header", Box::new(|call| call.leave_out = sign::SIGNATURE)),
    ];
    let spoilt = spoils.into_iter().map(|(what, spoil)| {
        let mut call = Call::right(app);
        spoil(&mut call);
        (what, call)
    });
    spoilt.collect()
}

#[tokio::test]
async fn whatever_is_wrong_with_a_call_it_changes_nothing_and_is_counted() {
    let app = App::start().await;
    let before = held(&app).await;
    let calls = wrong_calls(&app);
    for (reason, call) in &calls {
        assert_eq!(call.knock(&app.stranger().at("203.0.113.9")).await, 401, "{reason}");
    }
    assert_eq!(held(&app).await, before);
    let rows = hotline_refusal::Entity::find().all(app.state.db.read()).await.unwrap();
    for reason in ["header", "client", "time", "nonce_form", "signature"] {
        let counted: i32 = rows
            .iter()
            .filter(|row| row.reason == reason)
            .map(|row| row.count)
            .sum();
        let made = calls.iter().filter(|(why, _)| *why == reason).count();
        assert_eq!(usize::try_from(counted).unwrap(), made, "{reason}");
    }
    assert!(rows.iter().all(|row| row.address == "203.0.113.9"));
    // One line of the journal for each kind, however often.
    assert_eq!(acts(&app, "denied").await, rows.len());
    let page = app.sign_in("secadmin").await.get("/hotline/partners").await.text();
    assert!(page.contains("203.0.113.9") && page.contains("签名不符"), "{page}");
    assert!(!page.contains("nobody"), "what a stranger calls itself is not kept");
    // The nonce of a refused call is still free.
    assert_eq!(Call::right(&app).knock(&app.stranger()).await, 201);
}

#[tokio::test]
async fn a_call_that_is_caught_and_sent_again_is_refused() {
    let app = App::start().await;
    let call = Call::right(&app);
    assert_eq!(call.knock(&app.stranger()).await, 201);
    let after = held(&app).await;
    for _ in 0..2 {
        assert_eq!(call.knock(&app.stranger()).await, 401);
    }
    app.clock.advance(TimeDelta::seconds(299));
    assert_eq!(call.knock(&app.stranger()).await, 401);
    assert_eq!(held(&app).await, after);
    // Its nonce is forgotten only when its time cannot pass any more.
    app.clock.advance(TimeDelta::seconds(310));
    tonghu::worker::tick(&app.state).await;
    assert_eq!(
        hotline_nonce::Entity::find().count(app.state.db.read()).await.unwrap(),
        0
    );
    assert_eq!(call.knock(&app.stranger()).await, 401);
}

#[tokio::test]
async fn of_the_same_call_sent_many_times_at_once_one_is_let_in() {
    let app = App::start().await;
    let call = Call::right(&app);
    let calls = (0..8).map(|_| {
        let who = app.stranger();
        let call = &call;
        async move { call.knock(&who).await.as_u16() }
    });
    let mut statuses = futures_util::future::join_all(calls).await;
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 401, 401, 401, 401, 401, 401, 401]);
}

#[tokio::test]
async fn a_clock_that_is_300_seconds_off_still_passes() {
    let app = App::start().await;
    for (at, seconds) in [-300, 300].into_iter().enumerate() {
        let call = Call {
            timestamp: (app.clock.now().timestamp() + seconds).to_string(),
            nonce: format!("{NONCE}{at}"),
            body: order(&format!("A-{at}")).to_string(),
            ..Call::right(&app)
        };
        assert_eq!(call.knock(&app.stranger()).await, 201, "{seconds}");
    }
}

#[tokio::test]
async fn a_state_is_for_the_partner_that_sent_the_order_and_for_service_accounts() {
    let app = App::start().await;
    sent(&app, &order("A-1")).await;
    let path = format!("{ORDERS}/A-1");
    let service = app
        .stranger()
        .with("authorization", &format!("Bearer {}", tonghu::demo::TOKEN));
    let told = service.get(&path).await;
    assert_eq!((told.status.as_u16(), told.json()), (200, state(&app, "A-1").await));
    assert_eq!(service.json("POST", ORDERS, order("A-2")).await.status, 401);
    for who in ["lead", "city", "operator", "secadmin"] {
        assert_eq!(app.sign_in(who).await.get(&path).await.status, 401, "{who}");
    }
    let keeper = app.sign_in("secadmin").await;
    let (_, secret) = admitted(&app, &keeper, "").await;
    let other = app.stranger().signing(&app.clock, ("city-12345", &secret));
    assert_eq!(other.get(&path).await.status, 404);
    assert_eq!(other.json("POST", ORDERS, order("A-1")).await.status, 409);
    assert!(
        super::flags(&app, "A-1").await.is_empty(),
        "a stranger's clash bothers nobody"
    );
    assert_eq!(service.get(&format!("{ORDERS}/%00")).await.status, 404);
    assert_eq!(row(&app, "A-1").await.told_seq, 0);
    let seen = journal_entry::Entity::find().all(app.state.db.read()).await.unwrap();
    assert!(seen.iter().all(|entry| !entry.detail.to_string().contains("secret")));
}
