//! Cases for machines: who sees which, in what order, and what is recorded.

use crate::given::{self, PEOPLE, Spec};
use crate::support::App;
use axum::http::StatusCode;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::json;
use std::collections::BTreeSet;
use tonghu::casework;
use tonghu::entity::{journal_entry, protection_case};
use tonghu::rules::level::RiskLevel;
use tonghu::rules::policy::{self, Action};
use uuid::Uuid;

/// Cases over two counties, several labels and levels.
async fn some_cases(app: &App) -> Vec<protection_case::Model> {
    let (here, there) = (
        given::account_of(app, "village").await.division,
        given::account_of(app, "village2").await.division,
    );
    let mut cases = Vec::new();
    for (kind, level, place, by) in [
        ("0101", RiskLevel::Red, here.as_str(), "operator"),
        ("0101", RiskLevel::Blue, there.as_str(), "operator2"),
        ("0301", RiskLevel::Red, here.as_str(), "operator2"),
        ("0201", RiskLevel::Yellow, "140622100", "operator"),
        ("0101", RiskLevel::Yellow, "140622", "lead"),
        ("0401", RiskLevel::Blue, there.as_str(), "operator"),
    ] {
        let place = place.to_owned();
        cases.push(given::case(app, Spec { kind, level, place, by }).await);
        app.clock.advance(chrono::TimeDelta::minutes(1));
    }
    cases
}

fn ids(reply: &crate::support::Reply) -> Vec<Uuid> {
    let body = reply.json();
    let items = body["items"].as_array().cloned().unwrap_or_default();
    items
        .iter()
        .map(|item| item["id"].as_str().unwrap().parse().unwrap())
        .collect()
}

#[tokio::test]
async fn the_list_shows_exactly_what_the_policy_covers() {
    let app = App::start().await;
    let cases = some_cases(&app).await;
    let county = app.sign_in("county").await;
    let recused = given::account_of(&app, "village").await.id;
    let body = json!({ "step": "recuse", "version": 1, "account": recused, "reason": "近亲属。" });
    let path = format!("/api/v1/cases/{}/steps", cases[0].id);
    let reply = county.json("POST", &path, body).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    let db = app.state.db.read();
    let mut seen_by_somebody = 0;
    for who in PEOPLE {
        let ctx = given::ctx_of(&app, who).await;
        let listed: BTreeSet<Uuid> = casework::visible(&ctx)
            .all(db)
            .await
            .unwrap()
            .into_iter()
            .map(|row| row.id)
            .collect();
        let mut covered = BTreeSet::new();
        for case in &cases {
            let facts = casework::facts(db, &given::now(&app, case.id).await).await.unwrap();
            if policy::reach(&ctx.actor, Action::View).covers(&facts) {
                covered.insert(case.id);
            }
        }
        assert_eq!(listed, covered, "{who}");
        seen_by_somebody += listed.len();
    }
    assert!(seen_by_somebody > cases.len());
}

#[tokio::test]
async fn the_list_goes_by_due_time_and_its_pages_join_without_gap() {
    let app = App::start().await;
    let cases = some_cases(&app).await;
    let city = app.sign_in("city").await;
    let whole = ids(&city.get("/api/v1/cases?limit=100").await);
    assert_eq!(whole.len(), cases.len());
    let mut rows = Vec::new();
    for id in &whole {
        let case = given::now(&app, *id).await;
        rows.push((case.next_due_at.is_none(), case.next_due_at, case.level));
    }
    assert!(rows.is_sorted(), "{rows:?}");
    let (mut paged, mut path) = (Vec::new(), "/api/v1/cases?limit=2".to_owned());
    loop {
        let reply = city.get(&path).await;
        paged.extend(ids(&reply));
        match reply.json()["next"].as_str() {
            Some(next) => path = format!("/api/v1/cases?limit=2&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(paged, whole);
}

#[tokio::test]
async fn filters_narrow_the_list_and_a_wrong_one_is_named() {
    let app = App::start().await;
    let cases = some_cases(&app).await;
    let city = app.sign_in("city").await;
    let count = async |query: &str| ids(&city.get(&format!("/api/v1/cases?{query}")).await).len();
    assert_eq!(count("risk=red").await, 2);
    assert_eq!(count("division=140623").await, 2);
    assert_eq!(count("stage=closed").await, 0);
    assert_eq!(count(&format!("q={}", cases[0].number)).await, 1);
    assert_eq!(count("due_before=2026-11-23T09:00:00%2B08:00").await, 0);
    for (query, pointer) in [
        ("risk=pink", "/risk"),
        ("stage=nowhere", "/stage"),
        ("division=12", "/division"),
        ("due_before=gestern", "/due_before"),
        ("limit=101", "/limit"),
        ("cursor=%FF", "/cursor"),
    ] {
        let reply = city.get(&format!("/api/v1/cases?{query}")).await;
        let status = reply.status.as_u16();
        assert!((400..500).contains(&status), "{query}: {status}");
        if status == 422 {
            assert_eq!(reply.json()["errors"][0]["pointer"], pointer, "{query}");
        }
    }
}

#[tokio::test]
async fn a_recused_person_finds_the_case_nowhere() {
    let app = App::start().await;
    let case = given::case(&app, Spec::red(&app).await).await;
    let (county, village) = (app.sign_in("county").await, app.sign_in("village").await);
    let path = format!("/api/v1/cases/{}", case.id);
    assert_eq!(village.get(&path).await.status, StatusCode::OK);
    let account = given::account_of(&app, "village").await.id;
    let body = json!({ "step": "recuse", "version": 1, "account": account, "reason": "当事人的近亲属。" });
    assert_eq!(
        county.json("POST", &format!("{path}/steps"), body).await.status,
        StatusCode::OK
    );
    assert_eq!(village.get(&path).await.status, StatusCode::NOT_FOUND);
    assert!(ids(&village.get("/api/v1/cases").await).is_empty());
    assert!(ids(&village.get(&format!("/api/v1/cases?q={}", case.number)).await).is_empty());
    let sign = json!({ "step": "sign", "version": 2 });
    assert_eq!(
        village.json("POST", &format!("{path}/steps"), sign).await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn looking_is_recorded_and_tells_neither_name_nor_number() {
    let app = App::start().await;
    let case = given::case(&app, Spec::red(&app).await).await;
    let county = app.sign_in("county").await;
    let view = county.get(&format!("/api/v1/cases/{}", case.id)).await;
    assert_eq!(view.status, StatusCode::OK, "{}", view.text());
    assert!(!view.text().contains("童小满"), "masked");
    assert_eq!(view.json()["history"][0]["kind"], "case_opened");
    county.get("/api/v1/cases").await;
    let account = given::account_of(&app, "county").await.id;
    let looked: Vec<_> = journal_entry::Entity::find()
        .filter(journal_entry::Column::ActorId.eq(account))
        .filter(journal_entry::Column::Outcome.eq("viewed"))
        .order_by_asc(journal_entry::Column::Id)
        .all(app.state.db.read())
        .await
        .unwrap();
    assert_eq!(looked[0].act, "case_viewed");
    assert_eq!(looked[0].case_id, Some(case.id));
    assert_eq!(looked[1].act, "cases_listed");
    assert_eq!(looked[1].detail, json!({ "count": 1 }));
    let next_county = app.sign_in("county2").await;
    let reply = next_county.get(&format!("/api/v1/cases/{}", case.id)).await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND);
}
