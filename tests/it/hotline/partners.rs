//! Partners on screen: admitted, given new secrets, shut out.

use super::{ORDERS, acts};
use crate::support::{App, Client};
use axum::http::StatusCode;
use chrono::TimeDelta;
use sea_orm::{EntityTrait, PaginatorTrait};
use tonghu::entity::{hotline_client, hotline_secret};

/// The secret that a page shows once.
fn shown(page: &str) -> String {
    let rest = page
        .split("class=\"token\">")
        .nth(1)
        .unwrap_or_else(|| panic!("{page}"));
    rest.split('<').next().unwrap().to_owned()
}

pub(super) async fn admitted(app: &App, keeper: &Client, addresses: &str) -> (hotline_client::Model, String) {
    let fields = [("code", "city-12345"), ("name", "市热线平台"), ("addresses", addresses)];
    let made = keeper.post("/hotline/partners/new", &fields).await;
    assert_eq!(made.status, StatusCode::OK, "{}", made.text());
    let all = hotline_client::Entity::find().all(app.state.db.read()).await.unwrap();
    let client = all.into_iter().find(|client| client.code == "city-12345").unwrap();
    (client, shown(&made.text()))
}

#[tokio::test]
async fn a_secret_is_shown_once_sealed_and_replaced_with_an_overlap() {
    let app = App::start().await;
    let keeper = app.sign_in("secadmin").await;
    let (client, first) = admitted(&app, &keeper, "").await;
    let page = format!("/hotline/partners/{}", client.id);
    assert!(!keeper.get(&page).await.text().contains(&first));
    for row in hotline_secret::Entity::find().all(app.state.db.read()).await.unwrap() {
        assert!(!row.secret.0.windows(8).any(|part| first.as_bytes().starts_with(part)));
    }
    let with = |secret: &str| app.stranger().signing(&app.clock, ("city-12345", secret));
    let ask = |who: Client| async move { who.get(&format!("{ORDERS}/none")).await.status.as_u16() };
    assert_eq!(ask(with(&first)).await, 404, "let in, and nothing there");
    let rotate = |version: &'static str, hours: &'static str| {
        let (keeper, page) = (keeper.clone(), page.clone());
        async move {
            let fields = [("version", version), ("overlap", hours)];
            shown(&keeper.post(&format!("{page}/rotate"), &fields).await.text())
        }
    };
    let second = rotate("1", "72").await;
    assert_ne!(first, second);
    assert_eq!((ask(with(&first)).await, ask(with(&second)).await), (404, 404));
    app.clock.advance(TimeDelta::hours(73));
    assert_eq!((ask(with(&first)).await, ask(with(&second)).await), (401, 404));
    let third = app.sign_in("secadmin").await;
    let fields = [("version", "2"), ("overlap", "0")];
    let third = shown(&third.post(&format!("{page}/rotate"), &fields).await.text());
    assert_eq!((ask(with(&second)).await, ask(with(&third)).await), (401, 404));
    let stale = app.sign_in("secadmin").await;
    let fields = [("version", "1"), ("overlap", "72")];
    assert_eq!(stale.post(&format!("{page}/rotate"), &fields).await.status, 409);
    assert_eq!(acts(&app, "partner_rotated").await, 2);
}

#[tokio::test]
async fn a_partner_calls_from_its_addresses_and_not_once_it_is_shut_out() {
    let app = App::start().await;
    let keeper = app.sign_in("secadmin").await;
    let (client, secret) = admitted(&app, &keeper, "10.1.2.0/24 2001:db8::7").await;
    let partner = app.stranger().signing(&app.clock, ("city-12345", &secret));
    let ask = |address: &'static str| {
        let partner = partner.at(address);
        async move { partner.get(&format!("{ORDERS}/none")).await.status.as_u16() }
    };
    assert_eq!((ask("10.1.2.9").await, ask("2001:db8::7").await), (404, 404));
    assert_eq!((ask("10.1.3.9").await, ask("127.0.0.1").await), (401, 401));
    let page = format!("/hotline/partners/{}", client.id);
    let off = keeper.post(&format!("{page}/disable"), &[("version", "1")]).await;
    assert_eq!(off.status, StatusCode::SEE_OTHER);
    assert_eq!(ask("10.1.2.9").await, 401);
    keeper.post(&format!("{page}/enable"), &[("version", "2")]).await;
    assert_eq!(ask("10.1.2.9").await, 404);
    for who in ["lead", "sysadmin", "city"] {
        let person = app.sign_in(who).await;
        assert_eq!(person.get("/hotline/partners").await.status, 403, "{who}");
        assert_eq!(
            person
                .post(&format!("{page}/disable"), &[("version", "3")])
                .await
                .status,
            403
        );
    }
}

#[tokio::test]
async fn what_is_typed_wrong_about_a_partner_is_named_and_kept() {
    let app = App::start().await;
    let keeper = app.sign_in("secadmin").await;
    let fields = [
        ("code", "Z 1"),
        ("name", ""),
        ("addresses", "10.1.2"),
        ("push_url", "ftp://10.1.2.3/x"),
    ];
    let reply = keeper.post("/hotline/partners/new", &fields).await;
    assert_eq!(reply.status, 422);
    for words in [
        "有 4 处需要更正",
        "接入方编号为",
        "填写接入方名称",
        "填写 IP 地址或网段",
        "地址形如",
        "ftp://10.1.2.3/x",
    ] {
        assert!(reply.text().contains(words), "{words}: {}", reply.text());
    }
    let taken = [("code", "demo-12345"), ("name", "又一个")];
    let reply = keeper.post("/hotline/partners/new", &taken).await;
    assert!(
        reply.status == 422 && reply.text().contains("该编号已在使用"),
        "{}",
        reply.text()
    );
    assert_eq!(
        hotline_client::Entity::find().count(app.state.db.read()).await.unwrap(),
        1
    );
}
