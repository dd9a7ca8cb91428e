//! The steps on a case, over the API: who may, in what order, with what words.

mod ending;
mod people;

use crate::given::{self, Spec};
use crate::support::{App, Client, Reply};
use axum::http::StatusCode;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};
use tonghu::entity::{Sealed, assessment, case_unit, deadline, journal_entry, protection_case};
use tonghu::rules::level::RiskLevel;
use uuid::Uuid;

async fn step(who: &Client, case: Uuid, body: Value) -> Reply {
    who.json("POST", &format!("/api/v1/cases/{case}/steps"), body).await
}

fn pointers(reply: &Reply) -> Vec<String> {
    let body = reply.json();
    let errors = body["errors"].as_array().cloned().unwrap_or_default();
    errors
        .iter()
        .map(|error| error["pointer"].as_str().unwrap_or_default().to_owned())
        .collect()
}

async fn clock(app: &App, case: Uuid, milestone: &str) -> Vec<deadline::Model> {
    deadline::Entity::find()
        .filter(deadline::Column::CaseId.eq(case))
        .filter(deadline::Column::Milestone.eq(milestone))
        .all(app.state.db.read())
        .await
        .unwrap()
}

/// Puts a case into a stage that other features lead to.
async fn stands(app: &App, case: Uuid, stage: &str) -> i32 {
    protection_case::Entity::update_many()
        .col_expr(protection_case::Column::Stage, Expr::value(stage))
        .filter(protection_case::Column::Id.eq(case))
        .exec(app.state.db.schema())
        .await
        .unwrap();
    given::now(app, case).await.version
}

async fn assessed(app: &App, case: Uuid) {
    let row = assessment::ActiveModel {
        id: Set(Uuid::now_v7()),
        case_id: Set(case),
        kind: Set("initial".to_owned()),
        answers: Set(Sealed(vec![])),
        scores: Set(json!({})),
        level: Set(3),
        conclusion: Set(String::new()),
        findings: Set(Sealed(vec![])),
        child_opinion: Set(Some(Sealed(vec![]))),
        temp_custody: Set(false),
        assessed_by: Set(given::account_of(app, "township").await.id),
        assessed_at: Set(app.clock.now()),
    };
    row.insert(app.state.db.schema()).await.unwrap();
}

#[tokio::test]
async fn the_lead_unit_signs_and_its_clock_is_met() {
    let app = App::start().await;
    let case = given::case(&app, Spec::red(&app).await).await;
    let township = app.sign_in("township").await;
    let reply = step(&township, case.id, json!({ "step": "sign", "version": case.version })).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    assert_eq!(reply.json()["stage"], "accepted");
    assert_eq!(reply.json()["version"], case.version + 1);
    assert!(clock(&app, case.id, "sign").await[0].met_at.is_some());
    let own = case_unit::Entity::find()
        .filter(case_unit::Column::CaseId.eq(case.id))
        .filter(case_unit::Column::Part.eq("lead"))
        .one(app.state.db.read())
        .await
        .unwrap()
        .unwrap();
    assert!(own.signed_at.is_some());
}

#[tokio::test]
async fn an_assisting_signature_only_marks_its_own_row() {
    let app = App::start().await;
    let case = given::case(&app, Spec::red(&app).await).await;
    let village = app.sign_in("village").await;
    let reply = step(&village, case.id, json!({ "step": "sign", "version": case.version })).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    assert_eq!(reply.json()["stage"], "assigned");
    assert!(clock(&app, case.id, "sign").await[0].met_at.is_none());
}

#[tokio::test]
async fn of_two_signatures_at_once_exactly_one_holds() {
    let app = App::start().await;
    let township = app.sign_in("township").await;
    for _ in 0..5 {
        let case = given::case(&app, Spec::red(&app).await).await;
        let body = || json!({ "step": "sign", "version": case.version });
        let (one, two) = tokio::join!(step(&township, case.id, body()), step(&township, case.id, body()));
        let mut statuses = [one.status.as_u16(), two.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409]);
    }
}

#[tokio::test]
async fn a_stale_step_is_told_both_versions() {
    let app = App::start().await;
    let case = given::case(&app, Spec::red(&app).await).await;
    let township = app.sign_in("township").await;
    let note = json!({ "step": "note", "version": case.version, "text": "电话联系过学校。" });
    assert_eq!(step(&township, case.id, note.clone()).await.status, StatusCode::OK);
    let reply = step(&township, case.id, note).await;
    assert_eq!(reply.status, StatusCode::CONFLICT);
    assert_eq!(reply.json()["versions"], json!({ "seen": 1, "now": 2 }));
}

#[tokio::test]
async fn who_sees_but_may_not_is_refused_and_who_may_not_see_finds_nothing() {
    let app = App::start().await;
    let case = given::case(&app, Spec::red(&app).await).await;
    let expected = [
        ("operator", 403),
        ("operator2", 404),
        ("lead", 403),
        ("county2", 404),
        ("township2", 404),
        ("village2", 404),
        ("auditor", 403),
        ("sysadmin", 403),
    ];
    for (who, status) in expected {
        let client = app.sign_in(who).await;
        let body = json!({ "step": "sign", "version": case.version });
        assert_eq!(step(&client, case.id, body).await.status.as_u16(), status, "{who}");
        let account = given::account_of(&app, who).await.id;
        let denied = journal_entry::Entity::find()
            .filter(journal_entry::Column::ActorId.eq(account))
            .filter(journal_entry::Column::Outcome.eq("denied"))
            .one(app.state.db.read())
            .await
            .unwrap();
        assert!(denied.is_some(), "{who}");
    }
    assert_eq!(given::now(&app, case.id).await.version, case.version);
}

#[tokio::test]
async fn a_return_needs_a_reason_of_the_list_and_at_red_what_was_done_first() {
    let app = App::start().await;
    let case = given::case(&app, Spec::red(&app).await).await;
    let township = app.sign_in("township").await;
    let ask = |reason: &str, done: &str| json!({ "step": "return", "version": 1, "reason": reason, "explanation": "儿童现住右玉县，附村委会说明。", "done_first": done });
    for reason in ["X01", "X02", "X03", "X04", "R05", "R99"] {
        let reply = step(&township, case.id, ask(reason, "已到场。")).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{reason}");
        assert_eq!(pointers(&reply), ["/reason"], "{reason}");
    }
    let reply = step(&township, case.id, ask("R01", " ")).await;
    assert_eq!(pointers(&reply), ["/done_first"]);
    let reply = step(&township, case.id, ask("R01", "已到场核实，儿童安全。")).await;
    assert_eq!(reply.json()["stage"], "returning", "{}", reply.text());
    assert_eq!(reply.json()["return_count"], 1);
    assert!(clock(&app, case.id, "sign").await[0].cancelled_at.is_none());
    let refusal = json!({ "step": "refuse_return", "version": 2, "reason": "儿童仍在本镇。" });
    assert_eq!(
        step(&township, case.id, refusal.clone()).await.status,
        StatusCode::FORBIDDEN
    );
    let lead = app.sign_in("lead").await;
    assert_eq!(step(&lead, case.id, refusal).await.json()["stage"], "assigned");
}

#[tokio::test]
async fn another_lead_unit_signs_anew_and_the_old_one_loses_sight() {
    let app = App::start().await;
    let case = given::case(&app, Spec::red(&app).await).await;
    let (county, township) = (app.sign_in("county").await, app.sign_in("township").await);
    let civil = given::account_of(&app, "civil").await;
    let far = given::account_of(&app, "township2").await.unit_id;
    let body = |unit| json!({ "step": "redispatch", "version": 1, "unit": unit, "reason": "由县民政局直接办理。" });
    assert_eq!(pointers(&step(&county, case.id, body(far)).await), ["/unit"]);
    let reply = step(&county, case.id, body(civil.unit_id)).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    let now = given::now(&app, case.id).await;
    assert_eq!(Some(now.lead_unit), civil.unit_id);
    let signs = clock(&app, case.id, "sign").await;
    assert_eq!(signs.iter().filter(|clock| clock.cancelled_at.is_some()).count(), 1);
    assert_eq!(clock(&app, case.id, "contact").await[0].owner_unit, now.lead_unit);
    // The township still oversees its own subtree, but no longer works on it.
    let reply = step(&township, case.id, json!({ "step": "sign", "version": 2 })).await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN);
    let handler = app.sign_in("civil").await;
    let reply = step(&handler, case.id, json!({ "step": "sign", "version": 2 })).await;
    assert_eq!(reply.json()["stage"], "accepted", "{}", reply.text());
}

#[tokio::test]
async fn a_corrected_place_is_planned_anew() {
    let app = App::start().await;
    let case = given::case(&app, Spec::red(&app).await).await;
    let lead = app.sign_in("lead").await;
    let body = json!({ "step": "redispatch", "version": 1, "place": "140623100", "reason": "儿童已到右玉县新城镇。" });
    let reply = step(&lead, case.id, body).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    let there = given::account_of(&app, "township2").await;
    assert_eq!(reply.json()["lead_unit"], json!(there.unit_id));
    // 居住地协办: where the child lives takes part still, and leads no longer (RT06).
    let township = app.sign_in("township").await;
    let lives = given::account_of(&app, "township").await.unit_id.unwrap();
    let part = case_unit::Entity::find()
        .filter(case_unit::Column::CaseId.eq(case.id))
        .filter(case_unit::Column::UnitId.eq(lives))
        .filter(case_unit::Column::Until.is_null())
        .one(app.state.db.read())
        .await
        .unwrap();
    assert_eq!(part.unwrap().part, "assist");
    let assigned = json!({ "step": "assign", "version": 2, "account": given::account_of(&app, "township").await.id });
    assert_eq!(step(&township, case.id, assigned).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_corrected_place_leaves_behind_whoever_has_no_part_there() {
    let app = App::start().await;
    let spec = Spec {
        kind: "0901",
        ..Spec::red(&app).await
    };
    let case = given::case(&app, spec).await;
    let education = app.sign_in("education").await;
    let page = format!("/api/v1/cases/{}", case.id);
    assert_eq!(education.get(&page).await.status, StatusCode::OK);
    let body = json!({ "step": "redispatch", "version": 1, "place": "140623100", "reason": "儿童已到右玉县新城镇。" });
    let reply = step(&app.sign_in("lead").await, case.id, body).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    assert_eq!(education.get(&page).await.status, StatusCode::NOT_FOUND);
    let gone = step(&education, case.id, json!({ "step": "sign", "version": 2 })).await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_level_rises_at_once_and_falls_only_with_a_second_person() {
    let app = App::start().await;
    let case = given::case(&app, Spec::at(&app, RiskLevel::Blue).await).await;
    let (township, county) = (app.sign_in("township").await, app.sign_in("county").await);
    let raise = |level: &str, version| json!({ "step": "raise_risk", "version": version, "level": level, "reason": "发现新伤。" });
    assert_eq!(pointers(&step(&township, case.id, raise("green", 1)).await), ["/level"]);
    let reply = step(&township, case.id, raise("red", 1)).await;
    assert_eq!(reply.json()["level"], "red", "{}", reply.text());
    let contact = clock(&app, case.id, "contact").await;
    let running: Vec<_> = contact.iter().filter(|clock| clock.cancelled_at.is_none()).collect();
    assert_eq!(running.len(), 1);
    assert_eq!((running[0].due_at - app.clock.now()).num_minutes(), 120);
    let lower = json!({ "step": "propose_lowering", "version": 2, "level": "yellow", "reason": "已安置。" });
    assert_eq!(step(&county, case.id, lower).await.json()["proposed_level"], "yellow");
    let confirm = json!({ "step": "confirm_lowering", "version": 3 });
    assert_eq!(step(&county, case.id, confirm).await.status, StatusCode::FORBIDDEN);
    let refuse = json!({ "step": "refuse_lowering", "version": 3, "reason": "观察期未满。" });
    assert_eq!(step(&county, case.id, refuse).await.status, StatusCode::OK);
    let lower = json!({ "step": "propose_lowering", "version": 4, "level": "yellow", "reason": "已安置。" });
    assert_eq!(step(&township, case.id, lower).await.status, StatusCode::OK);
    let confirm = json!({ "step": "confirm_lowering", "version": 5 });
    assert_eq!(
        step(&township, case.id, confirm.clone()).await.status,
        StatusCode::FORBIDDEN
    );
    assert_eq!(step(&county, case.id, confirm).await.json()["level"], "yellow");
    assert_eq!(given::now(&app, case.id).await.peak_level, 1);
}
