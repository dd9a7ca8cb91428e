//! Accounts on both databases: the counters, the sessions, the screens.

use crate::support::{App, Client};
use axum::http::StatusCode;
use chrono::TimeDelta;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;
use tonghu::accounts::{self, setup};
use tonghu::ctx::Ctx;

async fn tries(client: &Client, username: &str, password: &str) -> StatusCode {
    let body = json!({ "username": username, "password": password });
    client.json("POST", "/api/v1/session", body).await.status
}

#[tokio::test]
async fn failures_are_counted_and_forgiven_after_the_delay() {
    let app = App::start().await;
    let client = app.stranger();
    for name in ["operator", "nobody-there"] {
        for _ in 0..5 {
            assert_eq!(tries(&client, name, "wrong-password-1").await, StatusCode::UNAUTHORIZED);
        }
        let body = json!({ "username": name, "password": tonghu::demo::PASSWORD });
        let reply = client.json("POST", "/api/v1/session", body).await;
        assert_eq!(reply.status, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(reply.header("retry-after"), Some("1"));
        assert_eq!(reply.json()["title"], "尝试过于频繁，1 秒后再试");
        app.clock.advance(TimeDelta::minutes(16));
    }
    assert_eq!(tries(&client, "operator", tonghu::demo::PASSWORD).await, StatusCode::OK);
}

#[tokio::test]
async fn guesses_at_the_same_time_are_each_counted() {
    let app = App::start().await;
    let client = app.stranger();
    let guesses = (0..12).map(|_| tries(&client, "lead", "wrong-password-1"));
    let answers = futures_util::future::join_all(guesses).await;
    let heard = answers.iter().filter(|status| **status == StatusCode::UNAUTHORIZED);
    assert!(heard.count() <= 5, "{answers:?}");
    assert!(
        answers
            .iter()
            .all(|status| [StatusCode::UNAUTHORIZED, StatusCode::TOO_MANY_REQUESTS].contains(status)),
        "{answers:?}"
    );
}

#[tokio::test]
async fn an_account_disabled_on_screen_is_out_with_its_next_request() {
    let app = App::start().await;
    let operator = app.sign_in("operator").await;
    let keeper = app.sign_in("secadmin").await;
    let account = accounts::find_by_username(&app.state.db, "operator")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(operator.get("/").await.location(), "/intake");
    let version = account.version.to_string();
    let path = format!("/accounts/{}/disable", account.id);
    let done = keeper.post(&path, &[("version", &version)]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
    assert_eq!(operator.get("/").await.location(), "/login");
    let stale = keeper.post(&path, &[("version", &version)]).await;
    assert_eq!(stale.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn a_moved_account_has_its_new_rights_and_no_old_session() {
    let app = App::start().await;
    let county = app.sign_in("county").await;
    let keeper = app.sign_in("secadmin").await;
    let county_account = accounts::find_by_username(&app.state.db, "county")
        .await
        .unwrap()
        .unwrap();
    let city_account = accounts::find_by_username(&app.state.db, "city")
        .await
        .unwrap()
        .unwrap();
    let fields = [
        ("version", county_account.version.to_string()),
        ("role", "city".to_owned()),
        ("unit", city_account.unit_id.unwrap().to_string()),
    ];
    let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
    let path = format!("/accounts/{}/change", county_account.id);
    let done = keeper.post(&path, &fields).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
    assert_eq!(county.get("/").await.location(), "/login");
    let moved = app.sign_in("county").await;
    assert_eq!(moved.get("/").await.location(), "/cases");
}

#[tokio::test]
async fn sessions_idle_out_and_are_tidied() {
    let app = App::start().await;
    let operator = app.sign_in("operator").await;
    app.clock.advance(TimeDelta::minutes(14));
    assert_eq!(operator.get("/").await.location(), "/intake");
    app.clock.advance(TimeDelta::minutes(15));
    assert_eq!(operator.get("/").await.location(), "/login");
    app.clock.advance(TimeDelta::days(31));
    let gone = accounts::tidy(&app.state, app.clock.now()).await.unwrap();
    assert!(gone >= 1, "{gone}");
}

#[tokio::test]
async fn accounts_are_found_by_part_of_their_name_and_a_percent_sign_is_only_itself() {
    let app = App::start().await;
    let keeper = app.sign_in("secadmin").await;
    let page = keeper.get("/accounts?q=TOWN").await.text();
    assert!(page.contains(">township<") && page.contains(">township2<"));
    assert!(!page.contains(">village<"));
    assert!(keeper.get("/accounts?q=%25").await.text().contains("没有符合的账号"));
    assert!(
        keeper
            .get(&format!("/accounts?q={}", "a".repeat(5000)))
            .await
            .status
            .is_success()
    );
}

#[tokio::test]
async fn a_unit_is_searched_and_chosen_within_the_form_and_nothing_typed_is_lost() {
    let app = App::start().await;
    let keeper = app.sign_in("secadmin").await;
    let typed = [
        ("username", "police.new"),
        ("name", "靖安民"),
        ("role", "handler"),
        ("phone", "16000004321"),
        ("unit_q", "应县 公安"),
    ];
    let mut form = typed.to_vec();
    form.push(("step", "find"));
    let found = keeper.post("/accounts/new", &form).await;
    assert_eq!(found.status, StatusCode::OK, "{}", found.text());
    let page = found.text();
    for kept in ["police.new", "靖安民", "16000004321", "应县 公安", "应县公安局"] {
        assert!(page.contains(kept), "{kept} is missing: {page}");
    }
    let none = keeper
        .post("/accounts/new", &[("unit_q", "没有的机构"), ("step", "find")])
        .await;
    assert!(none.text().contains("没有符合的机构"), "{}", none.text());

    let mut form = typed.to_vec();
    form.push(("step", "save"));
    let bare = keeper.post("/accounts/new", &form).await;
    assert_eq!(bare.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(bare.text().contains("id=\"unit-error\""), "{}", bare.text());
    let unit = tonghu::entity::unit::Entity::find()
        .filter(tonghu::entity::unit::Column::Name.eq("应县公安局"))
        .one(app.state.db.read())
        .await
        .unwrap()
        .unwrap();
    let id = unit.id.to_string();
    form.push(("unit", &id));
    let made = keeper.post("/accounts/new", &form).await;
    assert!(made.text().contains("只显示这一次"), "{}", made.text());
    let account = tonghu::accounts::find_by_username(&app.state.db, "police.new")
        .await
        .unwrap()
        .unwrap();
    assert_eq!((account.unit_id, account.division), (Some(unit.id), unit.division));
}

#[tokio::test]
async fn no_set_up_address_is_given_where_there_are_accounts() {
    let app = App::start().await;
    assert_eq!(setup::issue(&app.state).await.unwrap(), None);
    assert_eq!(app.stranger().get("/setup/0").await.status, StatusCode::NOT_FOUND);
    let ctx = Ctx::system(app.clock.now());
    let account = accounts::find_by_username(&app.state.db, "auditor")
        .await
        .unwrap()
        .unwrap();
    let password = accounts::reset(&app.state, &ctx, account.id, account.version)
        .await
        .unwrap();
    let auditor = app.stranger();
    let reply = auditor
        .post_bare("/login", &[("username", "auditor"), ("password", &password.0)])
        .await;
    assert_eq!(reply.location(), "/password");
    let mut auditor = app.stranger();
    auditor.keep(&reply);
    assert_eq!(auditor.get("/journal").await.location(), "/password");
}
