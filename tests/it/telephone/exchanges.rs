//! Exchanges and extensions on screen.

use super::{acts, event};
use crate::given::account_of;
use crate::support::App;
use chrono::TimeDelta;
use sea_orm::{EntityTrait, PaginatorTrait, QueryOrder};
use tonghu::entity::{call_exchange, call_token, extension};

fn shown(page: &str) -> String {
    let rest = page
        .split("class=\"token\">")
        .nth(1)
        .unwrap_or_else(|| panic!("{page}"));
    rest.split('<').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_token_is_shown_once_kept_as_a_digest_and_replaced_with_an_overlap() {
    let app = App::start().await;
    let keeper = app.sign_in("secadmin").await;
    let made = keeper.post("/exchanges/new", &[("name", "市话务平台")]).await;
    let first = shown(&made.text());
    assert_eq!(first.len(), 64);
    let list = keeper.get("/exchanges").await.text();
    assert!(list.contains("市话务平台") && !list.contains(&first), "{list}");
    for row in call_token::Entity::find().all(app.state.db.read()).await.unwrap() {
        assert_ne!(row.digest, first);
    }
    let newest = call_exchange::Entity::find().order_by_desc(call_exchange::Column::Id);
    let exchange = newest.one(app.state.db.read()).await.unwrap().unwrap();
    let page = format!("/exchanges/{}", exchange.id);
    let ask = async |token: &str| {
        let path = format!("/api/v1/cti/{token}");
        let body = event("newCall", "a", "8001");
        app.stranger().json("POST", &path, body).await.status.as_u16()
    };
    assert_eq!(ask(&first).await, 200);
    let fields = [("version", "1"), ("step", "rotate"), ("overlap", "24")];
    let second = shown(&keeper.post(&page, &fields).await.text());
    assert_eq!((ask(&first).await, ask(&second).await), (200, 200));
    app.clock.advance(TimeDelta::hours(25));
    assert_eq!((ask(&first).await, ask(&second).await), (401, 200));
    let keeper = app.sign_in("secadmin").await;
    assert_eq!(keeper.post(&page, &fields).await.status, 409, "an old version");
    let off = keeper.post(&page, &[("version", "2"), ("step", "disable")]).await;
    assert_eq!((off.status.as_u16(), ask(&second).await), (303, 401));
    keeper.post(&page, &[("version", "3"), ("step", "enable")]).await;
    assert_eq!(ask(&second).await, 200);
    let odd = [("version", "4"), ("step", "rotate"), ("overlap", "12")];
    assert_eq!(keeper.post(&page, &odd).await.status, 422);
    assert_eq!(keeper.post("/exchanges/new", &[("name", " ")]).await.status, 422);
    assert_eq!(acts(&app, "exchange_rotated").await, 1);
}

#[tokio::test]
async fn two_exchanges_may_use_the_same_number_of_a_call() {
    let app = App::start().await;
    let keeper = app.sign_in("secadmin").await;
    let token = shown(&keeper.post("/exchanges/new", &[("name", "第二台")]).await.text());
    for token in [tonghu::demo::EXCHANGE, &token] {
        let path = format!("/api/v1/cti/{token}");
        let reply = app.stranger().json("POST", &path, event("newCall", "7", "8001")).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
    }
    assert_eq!(super::reports(&app).await.len(), 2);
}

#[tokio::test]
async fn the_shift_lead_says_whose_telephone_is_whose() {
    let app = App::start().await;
    let lead = app.sign_in("lead").await;
    let other = account_of(&app, "operator2").await.id.to_string();
    let county = account_of(&app, "county").await.id.to_string();
    let set = async |number: &str, account: &str| {
        let fields = [("number", number), ("account", account)];
        lead.post("/extensions", &fields).await.status.as_u16()
    };
    assert_eq!(set("８００１", &other).await, 303);
    super::ring(&app, "a", "8001").await;
    assert_eq!(super::drafts(&app.sign_in("operator2").await).await.len(), 1);
    assert!(super::drafts(&app.sign_in("operator").await).await.is_empty());
    let page = lead.get("/extensions").await.text();
    assert!(page.contains("闫一帆") && page.contains("8002"), "{page}");
    for (number, account) in [
        ("8009", &*county),
        ("8009", "nobody"),
        ("8009", ""),
        ("", &*other),
        (&"9".repeat(41), &*other),
    ] {
        assert_eq!(set(number, account).await, 422, "{number} {account}");
    }
    assert_eq!(set("8001", "").await, 303);
    assert_eq!(extension::Entity::find().count(app.state.db.read()).await.unwrap(), 2);
    for who in ["operator", "secadmin", "county"] {
        assert_eq!(app.sign_in(who).await.get("/extensions").await.status, 403, "{who}");
    }
}
