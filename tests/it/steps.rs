//! The steps on a case, over the API: who may, in what order, with what words.

use crate::given::{self, Spec};
use crate::support::{App, Client, Reply};
use axum::http::StatusCode;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};
use tonghu::casework::steps;
use tonghu::entity::{
    Sealed, assessment, case_unit, deadline, journal_entry, protection_case, report, reporter_identity,
};
use tonghu::error::Error;
use tonghu::rules::level::RiskLevel;
use tonghu::vault::Slot;
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
    let township = app.sign_in("township").await;
    let gone = step(&township, case.id, json!({ "step": "sign", "version": 2 })).await;
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

#[tokio::test]
async fn closing_is_refused_while_a_check_fails_and_never_approved_by_the_one_who_asked() {
    let app = App::start().await;
    let case = given::case(&app, Spec::at(&app, RiskLevel::Yellow).await).await;
    let (township, county) = (app.sign_in("township").await, app.sign_in("county").await);
    let version = stands(&app, case.id, "intervening").await;
    let ask = |kind: &str, version: i32| json!({ "step": "ask_close", "version": version, "closure_type": kind, "note": "已转由学校和民政持续关爱。" });
    let reply = step(&township, case.id, ask("goals_met", version)).await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        pointers(&reply),
        ["/check_1", "/check_4", "/check_6"],
        "{}",
        reply.text()
    );
    assert_eq!(
        pointers(&step(&township, case.id, ask("unreachable", version)).await),
        ["/closure_type"]
    );
    assessed(&app, case.id).await;
    let plan = json!({ "step": "follow_up", "version": version, "note": "由村儿童主任跟踪。" });
    assert_eq!(step(&township, case.id, plan).await.status, StatusCode::OK);
    assert_eq!(
        step(&county, case.id, ask("referred", version + 1)).await.json()["stage"],
        "closing"
    );
    let approve = |version| json!({ "step": "approve_close", "version": version });
    assert_eq!(
        step(&county, case.id, approve(version + 2)).await.status,
        StatusCode::FORBIDDEN
    );
    let refuse = json!({ "step": "refuse_close", "version": version + 2, "reason": "补充回执。" });
    assert_eq!(step(&county, case.id, refuse).await.json()["stage"], "intervening");
    assert_eq!(
        step(&township, case.id, ask("referred", version + 3)).await.json()["stage"],
        "closing"
    );
    let reply = step(&county, case.id, approve(version + 4)).await;
    assert_eq!(reply.json()["stage"], "closed", "{}", reply.text());
    assert_eq!(clock(&app, case.id, "follow_up").await.len(), 3);
    let reopen = json!({ "step": "reopen", "version": version + 5, "reason": "再次接到线索。" });
    let reply = step(&county, case.id, reopen).await;
    assert_eq!(reply.json()["stage"], "investigating", "{}", reply.text());
    assert_eq!(reply.json()["follow_up_planned"], false);
}

#[tokio::test]
async fn a_merge_freezes_the_case_and_its_undoing_restores_it() {
    let app = App::start().await;
    let (one, two) = (
        given::case(&app, Spec::at(&app, RiskLevel::Yellow).await).await,
        given::case(&app, Spec::red(&app).await).await,
    );
    let county = app.sign_in("county").await;
    let merge = |into: Uuid| json!({ "step": "merge", "version": 1, "into": into, "reason": "同一名儿童。" });
    assert_eq!(pointers(&step(&county, one.id, merge(one.id)).await), ["/into"]);
    assert_eq!(
        pointers(&step(&county, two.id, merge(one.id)).await),
        ["/into"],
        "into a less urgent one"
    );
    let reply = step(&county, one.id, merge(two.id)).await;
    assert_eq!(reply.json()["stage"], "merged", "{}", reply.text());
    assert_eq!(reply.json()["merged_into"], json!(two.id));
    assert_eq!(reply.json()["next_due_at"], Value::Null);
    let note = json!({ "step": "note", "version": 2, "text": "补充。" });
    let reply = step(&county, one.id, note).await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
    let undo = json!({ "step": "undo_merge", "version": 2, "reason": "并非同一名儿童。" });
    let reply = step(&county, one.id, undo).await;
    assert_eq!(reply.json()["stage"], "assigned", "{}", reply.text());
    assert_eq!(given::now(&app, one.id).await.next_due_at, one.next_due_at);
}

#[tokio::test]
async fn a_recused_lead_unit_gives_way_to_another_by_the_rules() {
    let app = App::start().await;
    let case = given::case(&app, Spec::red(&app).await).await;
    let county = app.sign_in("county").await;
    let body = json!({ "step": "recuse", "version": 1, "unit": case.lead_unit, "reason": "当事人为该镇干部近亲属。" });
    let reply = step(&county, case.id, body).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    assert_ne!(reply.json()["lead_unit"], json!(case.lead_unit));
    let township = app.sign_in("township").await;
    let gone = township.get(&format!("/api/v1/cases/{}", case.id)).await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn people_are_recorded_sealed_and_checked() {
    let app = App::start().await;
    let case = given::case(&app, Spec::red(&app).await).await;
    let township = app.sign_in("township").await;
    let party = |phone: &str| json!({ "step": "party", "version": 1, "kind": "suspect", "name": "童大山", "phone": phone, "lives_with_child": true });
    assert_eq!(pointers(&step(&township, case.id, party("不知道")).await), ["/phone"]);
    assert_eq!(
        step(&township, case.id, party("1600000 0011")).await.status,
        StatusCode::OK
    );
    assert_eq!(given::now(&app, case.id).await.cohabiting_suspect, "yes");
    let view = township.get(&format!("/api/v1/cases/{}", case.id)).await;
    assert!(!view.text().contains("童大山"), "masked");
    let child = view.json()["children"][0]["id"].clone();
    let change = |number: &str| json!({ "step": "child", "version": 2, "child": child, "id_number": number, "opinion": "愿意住在外婆家。" });
    assert_eq!(
        pointers(&step(&township, case.id, change("140699201901010000")).await),
        ["/id_number"]
    );
    let stranger = json!({ "step": "child", "version": 2, "child": Uuid::now_v7(), "name": "某某" });
    assert_eq!(step(&township, case.id, stranger).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_reporter_is_opened_by_few_and_with_a_reason() {
    let app = App::start().await;
    let case = given::case(&app, Spec::red(&app).await).await;
    reported(&app, case.id).await;
    let (lead, county) = (given::ctx_of(&app, "lead").await, given::ctx_of(&app, "county").await);
    let refused = steps::open_reporter(&app.state, &county, case.id, "想联系").await;
    assert!(matches!(refused, Err(Error::Forbidden(_))));
    let silent = steps::open_reporter(&app.state, &lead, case.id, " ").await;
    assert!(matches!(silent, Err(Error::Invalid(_))));
    let opened = steps::open_reporter(&app.state, &lead, case.id, "核实现场情况")
        .await
        .unwrap();
    assert_eq!(opened[0].name.as_deref(), Some("热心人"));
    let entry = journal_entry::Entity::find()
        .filter(journal_entry::Column::Act.eq("reporter_opened"))
        .one(app.state.db.read())
        .await
        .unwrap();
    assert_eq!(entry.unwrap().case_id, Some(case.id));
}

/// A report of the case, from a person who gave a name.
async fn reported(app: &App, case: Uuid) {
    let id = Uuid::now_v7();
    let now = app.clock.now();
    let row = report::Model {
        case_id: Some(case),
        ..blank(id, now)
    };
    let row: report::ActiveModel = row.into();
    report::Entity::insert(row.reset_all())
        .exec(app.state.db.schema())
        .await
        .unwrap();
    let name = app
        .state
        .vault
        .seal(Slot::new("reporter_identity", "name", id), "热心人")
        .unwrap();
    let identity = reporter_identity::ActiveModel {
        report_id: Set(id),
        name: Set(Some(name)),
        phone: Set(None),
        phone_index: Set(None),
        anonymous: Set(false),
        safe_phone: Set(true),
        safe_time: Set(None),
    };
    identity.insert(app.state.db.schema()).await.unwrap();
}

#[expect(clippy::too_many_lines, reason = "one row is one statement, however many columns")]
fn blank(id: Uuid, now: chrono::DateTime<chrono::Utc>) -> report::Model {
    report::Model {
        id,
        number: format!("XS-{}", id.simple()),
        channel: "phone".to_owned(),
        state: "decided".to_owned(),
        demand_type: "tipoff".to_owned(),
        case_types: tonghu::entity::CodeList::default(),
        mandatory_situations: tonghu::entity::CodeList::default(),
        danger_flags: tonghu::entity::CodeList::default(),
        safety_answers: json!({}),
        suggested_level: None,
        suggestion: json!([]),
        level: None,
        level_reason: None,
        sensitivity: 3,
        reporter_type: None,
        relation_to_child: None,
        confidential: true,
        mandated: false,
        child_location: None,
        incident_place: None,
        residence: None,
        domicile: None,
        child_address: None,
        incident_address: None,
        cohabiting_suspect: "unknown".to_owned(),
        suspect_relation: None,
        suspect_name: None,
        official_tier: None,
        teaching_staff: false,
        at_school: false,
        reported_to_police: false,
        police_receipt: None,
        title: None,
        content: None,
        form: None,
        started_at: now,
        discovered_at: None,
        submitted_at: Some(now),
        opened_by: None,
        reporter_account: None,
        unit_id: None,
        case_id: None,
        outcome: Some("case".to_owned()),
        outcome_note: None,
        referred_to: None,
        proposed_by: None,
        confirmed_by: None,
        decided_at: Some(now),
        ext_order_no: None,
        version: 1,
    }
}
