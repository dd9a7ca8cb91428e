//! The auditor's page: everything is found by who, what, which, when and how
//! it ended, and told in words.

use crate::support::{App, Client};
use axum::http::StatusCode;
use chrono::TimeDelta;
use sea_orm::EntityTrait;
use tonghu::entity::{account, unit};

async fn rows(auditor: &Client, query: &str) -> String {
    let reply = auditor.get(&format!("/journal?{query}")).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    let page = reply.text();
    page.find("<tbody>")
        .map_or_else(String::new, |from| page[from..].to_owned())
}

#[tokio::test]
async fn entries_are_found_by_person_act_outcome_number_and_time() {
    let app = App::start().await;
    let operator = app.sign_in("operator").await;
    operator.get("/accounts").await;
    let begun = operator.post("/intake/new", &[]).await;
    let id = uuid::Uuid::parse_str(begun.location().trim_start_matches("/intake/")).unwrap();
    let report = tonghu::entity::report::Entity::find_by_id(id)
        .one(app.state.db.read())
        .await
        .unwrap()
        .unwrap();
    app.clock.advance(TimeDelta::minutes(10));
    app.sign_in("county").await;
    let auditor = app.sign_in("auditor").await;

    let own = rows(&auditor, "username=Operator").await;
    assert!(own.contains("开始登记") && !own.contains(">county<"), "{own}");
    let denied = rows(&auditor, "outcome=denied").await;
    assert!(
        denied.contains("越权尝试") && denied.contains("GET /accounts"),
        "{denied}"
    );
    assert!(!denied.contains("开始登记"), "{denied}");
    let begun = rows(&auditor, "act=draft_opened").await;
    assert!(begun.contains(&report.number) && !begun.contains("越权尝试"), "{begun}");
    let numbered = rows(&auditor, &format!("number={}", report.number.to_lowercase())).await;
    assert!(
        numbered.contains("开始登记") && !numbered.contains("登录"),
        "{numbered}"
    );
    let before = rows(&auditor, "act=signed_in&until=2026-11-23+09:05").await;
    assert!(
        before.contains(">operator<") && !before.contains(">county<"),
        "{before}"
    );
    let after = rows(&auditor, "act=signed_in&from=2026-11-23+09:05&until=2026-11-23").await;
    assert!(after.contains(">county<") && !after.contains(">operator<"), "{after}");
    assert_eq!(rows(&auditor, "username=nobody").await, "");
}

#[tokio::test]
async fn a_time_that_is_none_is_named_and_kept() {
    let app = App::start().await;
    let auditor = app.sign_in("auditor").await;
    let reply = auditor.get("/journal?from=%E6%98%A8%E5%A4%A9&username=operator").await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = reply.text();
    assert!(page.contains("id=\"from-error\"") && page.contains("昨天"), "{page}");
}

#[tokio::test]
async fn a_changed_account_is_named_and_its_units_are_told_by_name() {
    let app = App::start().await;
    let db = app.state.db.read();
    let target = account::Entity::find().all(db).await.unwrap();
    let target = target.iter().find(|row| row.username == "education").unwrap();
    let units = unit::Entity::find().all(db).await.unwrap();
    let to = units.iter().find(|row| row.name == "应县民政局").unwrap();
    let keeper = app.sign_in("secadmin").await;
    let moved = keeper
        .post(
            &format!("/accounts/{}/change", target.id),
            &[
                ("role", "handler"),
                ("unit", &to.id.to_string()),
                ("version", &target.version.to_string()),
                ("step", "save"),
            ],
        )
        .await;
    assert_eq!(moved.status, StatusCode::SEE_OTHER, "{}", moved.text());
    let auditor = app.sign_in("auditor").await;
    let found = rows(&auditor, "act=account_changed").await;
    for word in [">education<", "应县教育局 → 应县民政局", ">secadmin<"] {
        assert!(found.contains(word), "{word} is missing: {found}");
    }
    assert!(rows(&auditor, "username=education").await.contains("变更账号"));
}
