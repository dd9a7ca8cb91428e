//! Service accounts: a token instead of a password, the counts and nothing
//! else, gone when it is withdrawn.

use crate::given;
use crate::support::{App, Client};
use axum::http::StatusCode;
use chrono::TimeDelta;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::json;
use tonghu::entity::{account, journal_entry};
use tonghu::web::Access;
use uuid::Uuid;

fn bearer(app: &App, token: &str) -> Client {
    app.stranger().with("authorization", &format!("Bearer {token}"))
}

async fn entries(app: &App, outcome: &str, act: &str) -> u64 {
    journal_entry::Entity::find()
        .filter(journal_entry::Column::Outcome.eq(outcome))
        .filter(journal_entry::Column::Act.eq(act))
        .count(app.state.db.read())
        .await
        .unwrap()
}

/// The secret that a page shows once.
fn shown(page: &str) -> String {
    let rest = page
        .split("class=\"token\">")
        .nth(1)
        .unwrap_or_else(|| panic!("{page}"));
    rest.split('<').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_token_reads_the_counts_and_is_refused_everything_else() {
    let app = App::start().await;
    let service = bearer(&app, tonghu::demo::TOKEN);
    let counts = service.get("/metrics").await;
    assert_eq!(counts.status, StatusCode::OK, "{}", counts.text());
    assert!(
        counts.text().contains("# TYPE tonghu_deadlines_overdue gauge"),
        "{}",
        counts.text()
    );
    let id = Uuid::now_v7().to_string();
    let mut refused = 0;
    for route in tonghu::app::routes(true).list() {
        if route.access == Access::Public {
            continue;
        }
        let path: Vec<&str> = route
            .path
            .split('/')
            .map(|part| if part.starts_with('{') { &id } else { part })
            .collect();
        let reply = service
            .send(route.method.clone(), &path.join("/"), None, axum::body::Body::empty())
            .await;
        assert_eq!(reply.status, StatusCode::FORBIDDEN, "{} {}", route.method, route.path);
        refused += 1;
    }
    assert!(refused > 80, "{refused}");
    assert_eq!(entries(&app, "denied", "denied").await, refused);
}

#[tokio::test]
async fn without_a_token_the_counts_are_for_this_machine_only() {
    let app = App::start().await;
    assert_eq!(app.stranger().get("/metrics").await.status, StatusCode::NOT_FOUND);
    for who in ["sysadmin", "lead"] {
        let person = app.sign_in(who).await;
        assert_eq!(person.get("/metrics").await.status, StatusCode::NOT_FOUND, "{who}");
    }
    let near = app.stranger_at("127.0.0.1:40000");
    assert_eq!(near.get("/metrics").await.status, StatusCode::OK);
    let passed_on = near.with("x-forwarded-for", "203.0.113.7");
    assert_eq!(passed_on.get("/metrics").await.status, StatusCode::NOT_FOUND);
    let far = app.stranger_at("203.0.113.7:40000");
    assert_eq!(far.get("/metrics").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_wrong_token_is_refused_counted_and_recorded_only_for_a_while() {
    let app = App::start().await;
    let guess = bearer(&app, "tonghu-0000000000000000");
    for _ in 0..5 {
        let reply = guess.get("/metrics").await;
        assert_eq!(reply.status, StatusCode::UNAUTHORIZED);
        assert!(reply.json()["title"].as_str().unwrap().contains("令牌无效"));
    }
    for _ in 0..5 {
        let reply = guess.get("/metrics").await;
        assert_eq!(reply.status, StatusCode::TOO_MANY_REQUESTS);
        assert!(reply.header("retry-after").is_some());
    }
    assert_eq!(entries(&app, "done", "sign_in_failed").await, 5);
    // Whoever guesses from the same place does not keep the right one out.
    assert_eq!(
        bearer(&app, tonghu::demo::TOKEN).get("/metrics").await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn a_service_account_cannot_sign_in_with_a_password() {
    let app = App::start().await;
    for password in ["", tonghu::demo::TOKEN, tonghu::demo::PASSWORD] {
        let body = json!({ "username": "demo-service", "password": password });
        let reply = app.stranger().json("POST", "/api/v1/session", body).await;
        assert_eq!(reply.status, StatusCode::UNAUTHORIZED, "{}", reply.text());
        assert_eq!(reply.json()["title"], "用户名或密码不正确");
    }
}

#[tokio::test]
async fn a_token_is_shown_once_kept_as_a_hash_renewed_and_withdrawn_on_screen() {
    let app = App::start().await;
    let keeper = app.sign_in("secadmin").await;
    let fields = [("username", "grafana"), ("name", "监控平台"), ("role", "service")];
    let made = keeper.post("/accounts/new", &fields).await;
    assert_eq!(made.status, StatusCode::OK, "{}", made.text());
    let first = shown(&made.text());
    assert!(
        made.text().contains("服务令牌") && first.starts_with("tonghu-"),
        "{}",
        made.text()
    );
    let row = given::account_of(&app, "grafana").await;
    assert!(row.password_hash.is_empty() && !row.must_change);
    assert!(
        row.token_hash
            .as_deref()
            .is_some_and(|hash| hash.len() == 64 && !hash.contains(&first))
    );
    assert_eq!(bearer(&app, &first).get("/metrics").await.status, StatusCode::OK);
    let page = format!("/accounts/{}", row.id);
    assert!(!keeper.get(&page).await.text().contains(&first));
    let ask = keeper.get(&format!("{page}/confirm/reset")).await.text();
    assert!(ask.contains("换发令牌") && ask.contains("原令牌立即作废"), "{ask}");
    let renewed = keeper.post(&format!("{page}/reset"), &[("version", "1")]).await;
    let second = shown(&renewed.text());
    assert_eq!(
        bearer(&app, &first).get("/metrics").await.status,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(bearer(&app, &second).get("/metrics").await.status, StatusCode::OK);
    let stopped = keeper.post(&format!("{page}/disable"), &[("version", "2")]).await;
    assert_eq!(stopped.status, StatusCode::SEE_OTHER);
    assert_eq!(
        bearer(&app, &second).get("/metrics").await.status,
        StatusCode::UNAUTHORIZED
    );
    keeper.post(&format!("{page}/enable"), &[("version", "3")]).await;
    app.clock.advance(TimeDelta::minutes(1));
    assert_eq!(
        bearer(&app, &second).get("/metrics").await.status,
        StatusCode::UNAUTHORIZED,
        "a token that was withdrawn stays so"
    );
    assert!(keeper.get(&page).await.text().contains("待换发令牌"));
}

#[tokio::test]
async fn a_program_does_not_become_a_person_nor_a_person_a_program() {
    let app = App::start().await;
    let keeper = app.sign_in("secadmin").await;
    for (username, role) in [("demo-service", "city"), ("lead", "service")] {
        let row = given::account_of(&app, username).await;
        let form = keeper.get(&format!("/accounts/{}/change", row.id)).await.text();
        assert!(!form.contains(&format!("value=\"{role}\"")), "{username}: {form}");
        let fields = [("version", "1"), ("role", role)];
        let reply = keeper.post(&format!("/accounts/{}/change", row.id), &fields).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{username}");
        let after = account::Entity::find_by_id(row.id)
            .one(app.state.db.read())
            .await
            .unwrap()
            .unwrap();
        assert_eq!(after.role, row.role);
    }
}
