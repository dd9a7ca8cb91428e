//! Joint tasks, papers, assessments and plans, through the router.

use crate::support::{App, Client, Reply};
use axum::http::StatusCode;
use chrono::TimeDelta;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tonghu::casework::{self, NewCase, NewChild, Opening};
use tonghu::ctx::Ctx;
use tonghu::entity::{account, protection_case, task, unit};
use tonghu::journal::{self, Act, Entry};
use tonghu::rules::codes;
use tonghu::rules::division::Division;
use tonghu::rules::level::{RiskLevel, Sensitivity};
use tonghu::rules::routing::{Assignment, Plan, Recused};
use tonghu::rules::rulebook::Rulebook;
use tonghu::rules::workflow::Stage;
use tonghu::tasks::FirstTasks;

fn part(unit: &unit::Model) -> Assignment {
    Assignment {
        unit: unit.id,
        unit_name: unit.name.clone(),
        unit_kind: unit.kind.clone(),
        role: String::new(),
        person: None,
        rule: "RT06".to_owned(),
        why: "测试".to_owned(),
        parallel: false,
    }
}

async fn unit_of(app: &App, username: &str) -> (unit::Model, String) {
    let db = app.state.db.read();
    let person = account::Entity::find()
        .filter(account::Column::Username.eq(username))
        .one(db)
        .await
        .unwrap()
        .unwrap();
    let unit = unit::Entity::find_by_id(person.unit_id.unwrap()).one(db).await;
    (unit.unwrap().unwrap(), person.division)
}

/// A case led by the township, the police assisting with its first task.
#[expect(clippy::too_many_lines, reason = "one row is one statement, however many columns")]
async fn given(app: &App, level: RiskLevel, age: i16) -> protection_case::Model {
    let (lead, division) = unit_of(app, "township").await;
    let (police, _) = unit_of(app, "police").await;
    let place = Division::parse(&division).unwrap();
    let ctx = Ctx::system(app.clock.now());
    let plan = Plan {
        lead: part(&lead),
        assists: vec![part(&police)],
        overseers: Vec::new(),
        informed: Vec::new(),
        skipped: Vec::new(),
        lines: Vec::new(),
        dues: Vec::new(),
        steps: Vec::new(),
        village_allowed: true,
    };
    let child = NewChild {
        name: Some("秦安安".to_owned()),
        sex: "2".to_owned(),
        age: Some(age),
        feature: Some("红色上衣".to_owned()),
        ..NewChild::default()
    };
    let opening = Opening {
        title: "监护侵害".to_owned(),
        summary: "邻居听到哭声和打骂声".to_owned(),
        address: Some("村东第二排".to_owned()),
        division: Some(place.clone()),
        residence: Some(place),
        domicile: None,
        level,
        sensitivity: Sensitivity::L3,
        case_types: vec!["0101".to_owned()],
        cohabiting_suspect: "yes".to_owned(),
        received_at: app.clock.now(),
        children: vec![child],
        parties: Vec::new(),
        recused: Recused::default(),
        plan: &plan,
    };
    let tx = app.state.db.begin().await.unwrap();
    let number = casework::next_number(&tx, "TH", ctx.now).await.unwrap();
    let mut new = NewCase::compose(&app.state.vault, &ctx, &opening, (number, &BTreeSet::new())).unwrap();
    let numbers = [casework::next_number(&tx, "RW", ctx.now).await.unwrap()];
    let first = FirstTasks::compose(
        &app.state,
        &ctx,
        &mut new,
        &opening,
        (Rulebook::embedded(), "应县 金城镇", numbers),
    )
    .unwrap();
    assert_eq!(first.entries().count(), 1);
    let case = new.case().clone();
    NewCase::write(&tx, vec![new]).await.unwrap();
    FirstTasks::write(&tx, vec![first]).await.unwrap();
    journal::commit(tx, &ctx, Entry::new(Act::CaseOpened).case(case.id))
        .await
        .unwrap();
    to_stage(app, &case, Stage::Accepted).await
}

async fn to_stage(app: &App, case: &protection_case::Model, stage: Stage) -> protection_case::Model {
    protection_case::Entity::update_many()
        .set(protection_case::ActiveModel {
            stage: sea_orm::ActiveValue::Set(stage.code().to_owned()),
            ..Default::default()
        })
        .filter(protection_case::Column::Id.eq(case.id))
        .exec(app.state.db.schema())
        .await
        .unwrap();
    now(app, case).await
}

async fn now(app: &App, case: &protection_case::Model) -> protection_case::Model {
    let found = protection_case::Entity::find_by_id(case.id)
        .one(app.state.db.read())
        .await;
    found.unwrap().unwrap()
}

async fn first_task(app: &App, case: &protection_case::Model) -> task::Model {
    let found = task::Entity::find()
        .filter(task::Column::CaseId.eq(case.id))
        .one(app.state.db.read())
        .await;
    found.unwrap().unwrap()
}

async fn step(client: &Client, task: &task::Model, body: Value) -> Reply {
    client
        .json("POST", &format!("/api/v1/tasks/{}/steps", task.id), body)
        .await
}

fn receipt() -> Value {
    json!({ "kind": "alarm_receipt", "paper_no": "应公接〔2026〕8号", "issued_on": "2026-11-23" })
}

fn report(version: i32) -> Value {
    json!({ "step": "report", "version": version, "result": "已到场处置", "papers": [receipt()] })
}

#[tokio::test]
async fn a_department_sees_its_task_but_not_the_case() {
    let app = App::start().await;
    let case = given(&app, RiskLevel::Red, 7).await;
    let task = first_task(&app, &case).await;
    let police = app.sign_in("police").await;
    let shown = police.get(&format!("/api/v1/tasks/{}", task.id)).await;
    assert_eq!(shown.status, StatusCode::OK, "{}", shown.text());
    let shown = shown.json();
    assert_eq!(shown["type"], "T30");
    assert_eq!(shown["address"], "村东第二排");
    assert!(!shown.to_string().contains("秦安安"), "出警不需要姓名");
    let page = police.get(&format!("/tasks/{}", task.id)).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text().contains("红色上衣"));
    assert_eq!(
        police.get(&format!("/cases/{}", case.id)).await.status,
        StatusCode::NOT_FOUND
    );
    assert!(police.get("/tasks").await.text().contains(&task.number));
    let health = app.sign_in("health").await;
    let other = health.get(&format!("/api/v1/tasks/{}", task.id)).await;
    assert_eq!(other.status, StatusCode::NOT_FOUND);
    assert!(!health.get("/tasks").await.text().contains(&task.number));
}

#[tokio::test]
async fn a_task_runs_from_signing_to_acceptance_and_may_be_sent_back() {
    let app = App::start().await;
    let case = given(&app, RiskLevel::Red, 7).await;
    let task = first_task(&app, &case).await;
    let police = app.sign_in("police").await;
    let county = app.sign_in("county").await;
    let signed = step(&police, &task, json!({ "step": "sign", "version": 1 })).await;
    assert_eq!(signed.json()["state"], "working", "{}", signed.text());
    let bare = json!({ "step": "report", "version": 2, "result": "已到场处置" });
    let refused = step(&police, &task, bare).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refused.json()["errors"][0]["pointer"], "/paper_no");
    let stale = step(&police, &task, report(1)).await;
    assert_eq!(stale.status, StatusCode::CONFLICT);
    let reported = step(&police, &task, report(2)).await;
    assert_eq!(reported.json()["state"], "reported", "{}", reported.text());
    let own = step(&police, &task, json!({ "step": "accept", "version": 3 })).await;
    assert_eq!(own.status, StatusCode::FORBIDDEN);
    let back = step(
        &county,
        &task,
        json!({ "step": "reject", "version": 3, "reason": "缺到场时间" }),
    )
    .await;
    assert_eq!(back.json()["state"], "working", "{}", back.text());
    assert_eq!(step(&police, &task, report(4)).await.json()["state"], "reported");
    let done = step(&county, &task, json!({ "step": "accept", "version": 5 })).await;
    assert_eq!(done.json()["state"], "done", "{}", done.text());
    assert_eq!(done.json()["papers"].as_array().unwrap().len(), 1, "同一文书只登记一次");
    let case_page = county.get(&format!("/cases/{}", case.id)).await;
    assert!(case_page.text().contains("应公接〔2026〕8号"));
}

#[tokio::test]
async fn the_township_opens_a_task_for_the_countys_own_department() {
    let app = App::start().await;
    let case = given(&app, RiskLevel::Yellow, 7).await;
    let township = app.sign_in("township").await;
    let at = format!("/cases/{}/tasks/new", case.id);
    assert_eq!(township.get(&at).await.status, StatusCode::OK);
    let empty = township.post(&at, &[("type_code", "T80"), ("request", "")]).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    let opened = township
        .post(&at, &[("type_code", "T80"), ("request", "安排就诊并出具诊断证明")])
        .await;
    assert_eq!(opened.status, StatusCode::SEE_OTHER, "{}", opened.text());
    let health = app.sign_in("health").await;
    let listed = health.get("/api/v1/tasks?state=open&limit=5").await.json();
    assert_eq!(listed["items"][0]["type"], "T80");
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
}

/// An assessment with every item at its most but those named.
fn assessment(vetoes: &[&str]) -> Value {
    let items = codes::assessment_items().iter().filter(|item| !item.veto);
    let marks: serde_json::Map<_, _> = items.map(|item| (item.code.clone(), json!(item.max))).collect();
    json!({
        "step": "assess", "ways": ["home"], "on": "2026-11-23", "who": "督导员", "place": "儿童家中",
        "interviewed": "yes", "scene": "现场安全", "conclusion": "confirmed",
        "marks": marks, "vetoes": vetoes, "child_opinion": "想和奶奶住",
    })
}

async fn assess(app: &App, client: &Client, case: &protection_case::Model, mut body: Value) -> Reply {
    body["version"] = json!(now(app, case).await.version);
    client
        .json("POST", &format!("/api/v1/cases/{}/steps", case.id), body)
        .await
}

#[tokio::test]
async fn a_higher_level_holds_at_once_and_a_lower_one_is_only_proposed() {
    let app = App::start().await;
    let township = app.sign_in("township").await;
    let rising = given(&app, RiskLevel::Blue, 7).await;
    let reply = assess(&app, &township, &rising, assessment(&["A1-04"])).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    let after = now(&app, &rising).await;
    assert_eq!(
        (after.level, after.proposed_level, after.stage.as_str()),
        (1, None, "assessed")
    );
    let falling = given(&app, RiskLevel::Yellow, 7).await;
    let reply = assess(&app, &township, &falling, assessment(&[])).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    let after = now(&app, &falling).await;
    assert_eq!((after.level, after.proposed_level), (2, Some(4)));
}

#[tokio::test]
async fn a_child_of_eight_is_heard_or_the_reason_is_written() {
    let app = App::start().await;
    let township = app.sign_in("township").await;
    let case = given(&app, RiskLevel::Yellow, 8).await;
    let mut silent = assessment(&[]);
    silent["child_opinion"] = json!("");
    let reply = assess(&app, &township, &case, silent.clone()).await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(reply.json()["errors"][0]["pointer"], "/child_opinion");
    silent["opinion_unsuitable"] = json!("儿童正在住院");
    let reply = assess(&app, &township, &case, silent).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
}

#[tokio::test]
async fn the_preview_shows_the_score_and_keeps_nothing() {
    let app = App::start().await;
    let township = app.sign_in("township").await;
    let case = given(&app, RiskLevel::Yellow, 7).await;
    let at = format!("/cases/{}/assess/new", case.id);
    assert_eq!(township.get(&at).await.status, StatusCode::OK);
    let marks: Vec<(String, String)> = codes::assessment_items()
        .iter()
        .filter(|item| !item.veto)
        .map(|item| (format!("marks/{}", item.code), item.max.to_string()))
        .collect();
    let mut fields: Vec<(&str, &str)> = marks.iter().map(|(name, max)| (name.as_str(), max.as_str())).collect();
    fields.push(("preview", "1"));
    let shown = township.post(&at, &fields).await;
    assert_eq!(shown.status, StatusCode::OK, "{}", shown.text());
    assert!(shown.text().contains("报县级确认"));
    assert_eq!(now(&app, &case).await.version, case.version);
    let saved = township.post(&at, &[("version", "1"), ("who", "督导员甲")]).await;
    assert_eq!(saved.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(saved.text().contains("督导员甲"), "填过的内容保留");
}

#[tokio::test]
async fn the_plan_of_a_red_case_waits_for_the_county() {
    let app = App::start().await;
    let township = app.sign_in("township").await;
    let county = app.sign_in("county").await;
    let case = given(&app, RiskLevel::Red, 7).await;
    let case = to_stage(&app, &case, Stage::Assessed).await;
    let at = format!("/cases/{}/plan", case.id);
    let version = case.version.to_string();
    let nothing = township.post(&at, &[("version", &version)]).await;
    assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
    let goal = [
        ("version", version.as_str()),
        ("goals/2/dimension", "safety"),
        ("goals/2/goal", "儿童与施暴人分开居住"),
        ("goals/2/means", "由祖母照护，督导员每周走访"),
        ("goals/2/core", "true"),
    ];
    let made = township.post(&at, &goal).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.text());
    let again = township.post(&at, &goal).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    let version = now(&app, &case).await.version.to_string();
    let confirm = format!("{at}/confirm");
    let refused = township.post(&confirm, &[("version", &version)]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let confirmed = county.post(&confirm, &[("version", &version)]).await;
    assert_eq!(confirmed.status, StatusCode::SEE_OTHER, "{}", confirmed.text());
    let page = township.get(&at).await;
    assert!(page.text().contains("儿童与施暴人分开居住") && !page.text().contains("待县级审定"));
}

#[tokio::test]
async fn a_protection_order_beyond_six_months_is_refused() {
    let app = App::start().await;
    let county = app.sign_in("county").await;
    let case = given(&app, RiskLevel::Red, 7).await;
    let at = format!("/cases/{}/measures/new", case.id);
    assert_eq!(county.get(&at).await.status, StatusCode::OK);
    let order = |last: &'static str| {
        [
            ("kind", "protection_order"),
            ("paper_no", "（2026）晋0622民保令1号"),
            ("issued_by", "应县人民法院"),
            ("issued_on", "2026-11-23"),
            ("expires_on", last),
        ]
    };
    let long = county.post(&at, &order("2027-07-01")).await;
    assert_eq!(long.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(long.text().contains("（2026）晋0622民保令1号"), "填过的内容保留");
    let saved = county.post(&at, &order("2027-05-23")).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text());
    app.clock.advance(TimeDelta::minutes(1));
    let page = county.get(&format!("/cases/{}", case.id)).await;
    assert!(page.text().contains("2027-05-23"));
}
