//! Visits: told once, photos without traces, asked back and answered.

mod photos;
mod review;

use crate::support::{App, Client, morning};
use axum::http::StatusCode;
use chrono::TimeDelta;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};
use tonghu::casework::{self, NewChild, Opening};
use tonghu::ctx::Ctx;
use tonghu::entity::{account, case_event, deadline, protection_case, unit, visit};
use tonghu::journal::{self, Act, Entry};
use tonghu::rules::division::Division;
use tonghu::rules::level::{RiskLevel, Sensitivity};
use tonghu::rules::routing::{Assignment, Due, Plan, Recused};
use tonghu::rules::workflow::Stage;
use tonghu::visits::NOT_SEEN_CLOCK;
use uuid::Uuid;

/// The unit and division of an account.
async fn seat(app: &App, username: &str) -> (Uuid, String) {
    let account = account::Entity::find()
        .filter(account::Column::Username.eq(username))
        .one(app.state.db.read())
        .await
        .unwrap()
        .unwrap();
    (account.unit_id.unwrap(), account.division)
}

fn part(unit: Uuid, rule: &str) -> Assignment {
    Assignment {
        unit,
        unit_name: "承办单位".to_owned(),
        unit_kind: String::new(),
        role: String::new(),
        person: None,
        rule: rule.to_owned(),
        why: "测试".to_owned(),
        parallel: false,
    }
}

/// A case in the village of `village`, led by its township, the village
/// assisting.
#[expect(clippy::too_many_lines, reason = "one row is one statement, however many columns")]
async fn case(app: &App, sensitivity: Sensitivity, children: usize) -> protection_case::Model {
    let (lead, _) = seat(app, "township").await;
    let (village, division) = seat(app, "village").await;
    let now = app.clock.now();
    let ctx = Ctx::system(now);
    let plan = Plan {
        lead: part(lead, "RT06"),
        assists: vec![part(village, "RT06")],
        overseers: Vec::new(),
        informed: Vec::new(),
        skipped: Vec::new(),
        lines: Vec::new(),
        dues: vec![Due {
            rule: "DL04".to_owned(),
            code: "DL04".to_owned(),
            version: 1,
            guessed: false,
            milestone: "contact".to_owned(),
            owner: lead,
            at: now + TimeDelta::hours(24),
            text: "24小时内见到儿童".to_owned(),
        }],
        steps: Vec::new(),
        village_allowed: true,
    };
    let child = NewChild {
        name: Some("秦安安".to_owned()),
        sex: "2".to_owned(),
        age: Some(9),
        ..NewChild::default()
    };
    let place = Division::parse(&division).unwrap();
    let opening = Opening {
        title: "监护缺失".to_owned(),
        summary: "儿童独自在家".to_owned(),
        address: Some("村东第二排".to_owned()),
        division: Some(place.clone()),
        residence: Some(place),
        domicile: None,
        level: RiskLevel::Yellow,
        sensitivity,
        case_types: vec!["0601".to_owned()],
        cohabiting_suspect: "no".to_owned(),
        received_at: now,
        children: vec![child; children],
        parties: Vec::new(),
        recused: Recused::default(),
        plan: &plan,
    };
    let tx = app.state.db.begin().await.unwrap();
    let case = casework::open(&tx, &app.state, &ctx, &opening).await.unwrap();
    journal::commit(tx, &ctx, Entry::new(Act::CaseOpened).case(case.id))
        .await
        .unwrap();
    set_stage(app, case.id, Stage::Accepted).await;
    fetch(app, case.id).await
}

async fn set_stage(app: &App, case: Uuid, stage: Stage) {
    let row = protection_case::ActiveModel {
        stage: sea_orm::ActiveValue::Set(stage.code().to_owned()),
        ..Default::default()
    };
    protection_case::Entity::update_many()
        .set(row)
        .filter(protection_case::Column::Id.eq(case))
        .exec(app.state.db.schema())
        .await
        .unwrap();
}

async fn fetch(app: &App, case: Uuid) -> protection_case::Model {
    let found = protection_case::Entity::find_by_id(case).one(app.state.db.read()).await;
    found.unwrap().unwrap()
}

fn seen(case: &protection_case::Model) -> Value {
    json!({
        "id": Uuid::now_v7(), "case_id": case.id, "kind": "routine", "method": "home",
        "started_at": "2026-11-23T09:00:00+08:00", "seen": true, "danger": false,
        "injury": "no", "mood": "calm", "handling": "核对了作息和联系人",
    })
}

fn unseen(case: &protection_case::Model) -> Value {
    let mut visit = seen(case);
    visit["seen"] = json!(false);
    visit["not_seen_reason"] = json!("not_home");
    visit.as_object_mut().unwrap().remove("injury");
    visit
}

async fn send(client: &Client, visit: &Value) -> crate::support::Reply {
    client.json("POST", "/api/v1/visits", visit.clone()).await
}

async fn count(app: &App, case: Uuid) -> u64 {
    let all = visit::Entity::find().filter(visit::Column::CaseId.eq(case));
    all.count(app.state.db.read()).await.unwrap()
}

async fn clocks(app: &App, case: Uuid, milestone: &str) -> Vec<deadline::Model> {
    deadline::Entity::find()
        .filter(deadline::Column::CaseId.eq(case))
        .filter(deadline::Column::Milestone.eq(milestone))
        .all(app.state.db.read())
        .await
        .unwrap()
}

#[tokio::test]
async fn the_same_visit_sent_twice_is_one_visit() {
    let app = App::start().await;
    let case = case(&app, Sensitivity::L2, 1).await;
    let village = app.sign_in("village").await;
    let mut visit = seen(&case);
    let first = send(&village, &visit).await;
    assert_eq!(first.status, StatusCode::CREATED, "{}", first.text());
    // The device's clock at the time of sending is no part of what was seen.
    visit["device_at"] = json!("2026-11-23T09:05:00+08:00");
    let second = send(&village, &visit).await;
    assert_eq!(second.status, StatusCode::OK, "{}", second.text());
    assert_eq!(first.json()["number"], second.json()["number"]);
    assert_eq!(count(&app, case.id).await, 1);
    assert_eq!(fetch(&app, case.id).await.stage, "investigating");
    let met = clocks(&app, case.id, "contact").await;
    assert_eq!(met[0].met_at, Some(morning()));
    assert_eq!(clocks(&app, case.id, "visit").await.len(), 1);
}

#[tokio::test]
async fn the_same_visit_sent_by_eight_at_once_is_one_visit() {
    let app = App::start().await;
    let case = case(&app, Sensitivity::L2, 1).await;
    let village = app.sign_in("village").await;
    let visit = seen(&case);
    let tries = (0..8).map(|_| send(&village, &visit));
    let statuses: Vec<_> = futures_util::future::join_all(tries)
        .await
        .iter()
        .map(|reply| reply.status)
        .collect();
    let created = statuses.iter().filter(|status| **status == StatusCode::CREATED).count();
    let repeated = statuses.iter().filter(|status| **status == StatusCode::OK).count();
    assert_eq!((created, repeated), (1, 7), "{statuses:?}");
    assert_eq!(count(&app, case.id).await, 1);
}

#[tokio::test]
async fn a_used_id_with_other_content_is_refused_and_changes_nothing() {
    let app = App::start().await;
    let case = case(&app, Sensitivity::L2, 1).await;
    let village = app.sign_in("village").await;
    let mut visit = seen(&case);
    send(&village, &visit).await;
    visit["injury"] = json!("not_seen");
    let reply = send(&village, &visit).await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(reply.json()["errors"][0]["pointer"], "/id");
    assert_eq!(count(&app, case.id).await, 1);
}

#[tokio::test]
async fn a_child_not_seen_twice_in_a_row_is_reported_to_the_county() {
    let app = App::start().await;
    let case = case(&app, Sensitivity::L2, 1).await;
    let village = app.sign_in("village").await;
    send(&village, &unseen(&case)).await;
    assert!(clocks(&app, case.id, NOT_SEEN_CLOCK).await.is_empty());
    assert_eq!(clocks(&app, case.id, "contact").await[0].met_at, None);
    send(&village, &unseen(&case)).await;
    let raised = clocks(&app, case.id, NOT_SEEN_CLOCK).await;
    let owner = unit::Entity::find_by_id(raised[0].owner_unit)
        .one(app.state.db.read())
        .await
        .unwrap()
        .unwrap();
    assert_eq!((owner.kind.as_str(), owner.division.as_str()), ("MPC", "140622000000"));
    let told = case_event::Entity::find()
        .filter(case_event::Column::CaseId.eq(case.id))
        .all(app.state.db.read())
        .await
        .unwrap();
    assert!(told.iter().any(|event| event.refs["escalated_to"] == "county"));
    let reply = send(&village, &seen(&case)).await;
    assert_eq!(reply.status, StatusCode::CREATED);
    app.clock.advance(TimeDelta::minutes(5));
    let mut later = seen(&case);
    later["started_at"] = json!("2026-11-23T09:04:00+08:00");
    send(&village, &later).await;
    assert!(clocks(&app, case.id, NOT_SEEN_CLOCK).await[0].met_at.is_some());
}

#[tokio::test]
async fn a_corrected_visit_no_longer_counts_as_not_seen() {
    let app = App::start().await;
    let case = case(&app, Sensitivity::L2, 1).await;
    let village = app.sign_in("village").await;
    let first = unseen(&case);
    send(&village, &first).await;
    let mut correction = seen(&case);
    correction["supersedes"] = first["id"].clone();
    assert_eq!(send(&village, &correction).await.status, StatusCode::CREATED);
    send(&village, &unseen(&case)).await;
    assert!(clocks(&app, case.id, NOT_SEEN_CLOCK).await.is_empty());
    // The first record stands as it was.
    assert_eq!(count(&app, case.id).await, 3);
    let mut again = seen(&case);
    again["supersedes"] = first["id"].clone();
    assert_eq!(send(&village, &again).await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_visit_to_a_closed_case_is_taken_and_flagged() {
    let app = App::start().await;
    let case = case(&app, Sensitivity::L2, 1).await;
    set_stage(&app, case.id, Stage::Closed).await;
    let village = app.sign_in("village").await;
    let reply = send(&village, &seen(&case)).await;
    assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.text());
    assert_eq!(reply.json()["late"], true);
    assert_eq!(fetch(&app, case.id).await.stage, "closed");
    assert!(clocks(&app, case.id, "visit").await.is_empty());
}

#[tokio::test]
async fn a_device_whose_clock_is_wrong_is_flagged() {
    let app = App::start().await;
    let case = case(&app, Sensitivity::L2, 1).await;
    let village = app.sign_in("village").await;
    let mut visit = seen(&case);
    visit["device_at"] = json!("2026-11-23T09:30:00+08:00");
    visit["started_at"] = json!("2026-11-23T09:25:00+08:00");
    let reply = send(&village, &visit).await;
    assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.text());
    assert_eq!(reply.json()["skew_minutes"], 30);
    let mut future = seen(&case);
    future["started_at"] = json!("2026-11-23T09:25:00+08:00");
    assert_eq!(send(&village, &future).await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn another_village_finds_no_such_case_and_a_village_no_special_one() {
    let app = App::start().await;
    let open = case(&app, Sensitivity::L2, 1).await;
    let special = case(&app, Sensitivity::L4, 1).await;
    let (village, other) = (app.sign_in("village").await, app.sign_in("village2").await);
    for (client, case) in [(&other, &open), (&village, &special)] {
        assert_eq!(send(client, &seen(case)).await.status, StatusCode::NOT_FOUND);
        let page = format!("/cases/{}/visits/new", case.id);
        assert_eq!(client.get(&page).await.status, StatusCode::NOT_FOUND);
        let list = format!("/api/v1/visits?case={}", case.id);
        assert_eq!(client.get(&list).await.status, StatusCode::NOT_FOUND);
    }
    let today = village.get("/today").await.text();
    assert!(today.contains("特别关爱任务 1 件"), "{today}");
    assert!(today.contains(&open.number) && !today.contains(&special.number));
    assert!(!today.contains("秦安安"));
    assert_eq!(count(&app, open.id).await, 0);
}

#[tokio::test]
async fn what_is_missing_is_named_and_what_was_typed_is_kept() {
    let app = App::start().await;
    let case = case(&app, Sensitivity::L2, 2).await;
    let village = app.sign_in("village").await;
    let page = format!("/cases/{}/visits/new", case.id);
    assert_eq!(village.get(&page).await.status, StatusCode::OK);
    let id = Uuid::now_v7().to_string();
    let fields = [
        ("id", id.as_str()),
        ("kind", "routine"),
        ("method", "home"),
        ("started_at", "2026-11-23T09:00"),
        ("seen", "no"),
        ("danger", "no"),
        ("handling", "敲门无人应答"),
    ];
    let reply = village.post(&page, &fields).await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
    let text = reply.text();
    assert!(
        text.contains("选择没见到儿童的原因") && text.contains("敲门无人应答"),
        "{text}"
    );
    let reasoned = [&fields[..], &[("not_seen_reason", "refused")]].concat();
    let reply = village.post(&page, &reasoned).await;
    assert!(reply.text().contains("选择走访的是哪名儿童"), "{}", reply.text());
    assert_eq!(count(&app, case.id).await, 0);
}

#[tokio::test]
async fn bad_fields_are_named_with_their_pointer() {
    let app = App::start().await;
    let case = case(&app, Sensitivity::L2, 1).await;
    let village = app.sign_in("village").await;
    let long = "字".repeat(2001);
    let faults = [
        ("id", json!(Uuid::new_v4()), "/id"),
        ("kind", json!("picnic"), "/kind"),
        ("method", json!("horse"), "/method"),
        ("started_at", json!("2027-01-01T00:00:00Z"), "/started_at"),
        ("injury", json!(null), "/injury"),
        ("injury", json!("yes"), "/injury_note"),
        ("hazards", json!(["lions"]), "/hazards"),
        ("next_on", json!("2026-11-01"), "/next_on"),
        ("handling", json!(long), "/handling"),
        ("handling", json!("a\u{1}b"), "/handling"),
        ("child_id", json!(Uuid::now_v7()), "/child_id"),
        ("supersedes", json!(Uuid::now_v7()), "/supersedes"),
    ];
    for (field, value, pointer) in faults {
        let mut visit = seen(&case);
        visit[field] = value;
        let reply = send(&village, &visit).await;
        assert_eq!(
            reply.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{field}: {}",
            reply.text()
        );
        assert_eq!(reply.json()["errors"][0]["pointer"], pointer, "{}", reply.text());
    }
    assert_eq!(count(&app, case.id).await, 0);
}
