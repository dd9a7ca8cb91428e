//! Steps on one case, or on two that touch each other.

use super::{at_once, case, one_of, sent, steps, told};
use crate::given;
use crate::support::{App, Client};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};
use tonghu::entity::{Sealed, assessment, case_unit, deadline, protection_case};
use tonghu::journal::Act;
use tonghu::rules::level::RiskLevel;
use uuid::Uuid;

const ROUNDS: usize = 50;
const FEWER: usize = 12;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_people_sign_the_same_case_at_once() {
    let app = App::start().await;
    let township = app.sign_in("township").await;
    let colleague = given::colleague(&app, "township", "township.b").await;
    for round in 0..ROUNDS {
        let case = case(&app, RiskLevel::Red).await;
        let body = json!({ "step": "sign", "version": case.version });
        let both = at_once(
            sent(&township, steps(case.id), body.clone()),
            sent(&colleague, steps(case.id), body),
        )
        .await;
        one_of(round, &both);
        let now = given::now(&app, case.id).await;
        assert_eq!(
            (now.stage.as_str(), now.version),
            ("accepted", case.version + 1),
            "round {round}"
        );
        assert_eq!(told(&app, case.id, Act::CaseSigned).await, 1, "round {round}");
        let signed = case_unit::Entity::find()
            .filter(case_unit::Column::CaseId.eq(case.id))
            .filter(case_unit::Column::SignedAt.is_not_null())
            .count(app.state.db.read())
            .await
            .unwrap();
        assert_eq!(signed, 1, "round {round}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn lead_and_assisting_unit_sign_at_once() {
    let app = App::start().await;
    let (township, village) = (app.sign_in("township").await, app.sign_in("village").await);
    for round in 0..FEWER {
        let case = case(&app, RiskLevel::Red).await;
        let body = json!({ "step": "sign", "version": case.version });
        let both = at_once(
            sent(&township, steps(case.id), body.clone()),
            sent(&village, steps(case.id), body),
        )
        .await;
        one_of(round, &both);
        assert_eq!(
            given::now(&app, case.id).await.version,
            case.version + 1,
            "round {round}"
        );
    }
}

/// A case whose closing was asked for and whose checks are met.
async fn closing(app: &App) -> protection_case::Model {
    let case = case(app, RiskLevel::Yellow).await;
    let row = assessment::ActiveModel {
        id: Set(Uuid::now_v7()),
        case_id: Set(case.id),
        kind: Set("first".to_owned()),
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
    let stands = protection_case::ActiveModel {
        stage: Set("closing".to_owned()),
        closure_type: Set(Some("adult".to_owned())),
        close_asked_by: Set(Some(given::account_of(app, "township").await.id)),
        follow_up_planned: Set(true),
        ..Default::default()
    };
    given::set(app, case.id, stands).await;
    given::now(app, case.id).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_approves_the_closing_while_another_refuses_it() {
    let app = App::start().await;
    let county = app.sign_in("county").await;
    let colleague = given::colleague(&app, "county", "county.b").await;
    let mut approved = 0;
    for round in 0..FEWER {
        let case = closing(&app).await;
        let yes = json!({ "step": "approve_close", "version": case.version });
        let no = json!({ "step": "refuse_close", "version": case.version, "reason": "材料不齐" });
        let both = at_once(sent(&county, steps(case.id), yes), sent(&colleague, steps(case.id), no)).await;
        one_of(round, &both);
        let now = given::now(&app, case.id).await;
        let won = both.0.status == 200;
        approved += usize::from(won);
        let stage = if won { "closed" } else { "intervening" };
        assert_eq!(
            (now.stage.as_str(), now.version),
            (stage, case.version + 1),
            "round {round}"
        );
        assert_eq!(
            told(&app, case.id, Act::CloseApproved).await,
            u64::from(won),
            "round {round}"
        );
        assert_eq!(
            told(&app, case.id, Act::CloseRefused).await,
            u64::from(!won),
            "round {round}"
        );
        let follow_up = deadline::Entity::find()
            .filter(deadline::Column::CaseId.eq(case.id))
            .filter(deadline::Column::Milestone.eq("follow_up"))
            .count(app.state.db.read())
            .await
            .unwrap();
        assert_eq!(follow_up, if won { 3 } else { 0 }, "round {round}");
    }
    assert!(approved <= FEWER);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_merge_meets_another_step_on_the_same_case() {
    let app = App::start().await;
    let (county, township) = (app.sign_in("county").await, app.sign_in("township").await);
    for round in 0..FEWER {
        let (one, two) = (case(&app, RiskLevel::Yellow).await, case(&app, RiskLevel::Red).await);
        let merge = json!({ "step": "merge", "version": one.version, "into": two.id, "reason": "同一名儿童" });
        let note = json!({ "step": "note", "version": one.version, "text": "学校来电核实" });
        let both = at_once(
            sent(&county, steps(one.id), merge),
            sent(&township, steps(one.id), note),
        )
        .await;
        one_of(round, &both);
        let stage = if both.0.status == 200 { "merged" } else { "assigned" };
        assert_eq!(given::now(&app, one.id).await.stage, stage, "round {round}");
    }
}

/// The survivor moves on with the merge: a step there at the same moment is
/// either before it or told that it came too late.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_merge_meets_a_step_on_the_case_that_goes_on() {
    let app = App::start().await;
    let (county, township) = (app.sign_in("county").await, app.sign_in("township").await);
    for round in 0..FEWER {
        let (one, two) = (case(&app, RiskLevel::Yellow).await, case(&app, RiskLevel::Red).await);
        let merge = json!({ "step": "merge", "version": one.version, "into": two.id, "reason": "同一名儿童" });
        let sign = json!({ "step": "sign", "version": two.version });
        let (merged, signed) = at_once(
            sent(&county, steps(one.id), merge),
            sent(&township, steps(two.id), sign),
        )
        .await;
        assert_eq!(merged.status, 200, "round {round}: {}", merged.text());
        assert!(
            matches!(signed.status.as_u16(), 200 | 409),
            "round {round}: {}",
            signed.text()
        );
        let now = given::now(&app, two.id).await;
        let moved = 1 + i32::from(signed.status == 200);
        assert_eq!(now.version, two.version + moved, "round {round}");
    }
}

/// Each into the other: one goes, the other finds its target merged.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_cases_are_merged_into_each_other_at_once() {
    let app = App::start().await;
    let county = app.sign_in("county").await;
    let colleague = given::colleague(&app, "county", "county.b").await;
    for round in 0..FEWER {
        let (one, two) = (case(&app, RiskLevel::Red).await, case(&app, RiskLevel::Red).await);
        let merge = |version: i32, into: Uuid| json!({ "step": "merge", "version": version, "into": into, "reason": "同一名儿童" });
        let both = at_once(
            sent(&county, steps(one.id), merge(one.version, two.id)),
            sent(&colleague, steps(two.id), merge(two.version, one.id)),
        )
        .await;
        one_of(round, &both);
        let stages = [
            given::now(&app, one.id).await.stage,
            given::now(&app, two.id).await.stage,
        ];
        let open = stages.iter().filter(|stage| *stage != "merged").count();
        assert_eq!(open, 1, "round {round}: {stages:?}");
    }
}

/// Taken rows in another order, signing and sending elsewhere once locked each
/// other out.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_lead_signs_while_the_dispatcher_sends_the_case_elsewhere() {
    let app = App::start().await;
    let (lead, township) = (app.sign_in("lead").await, app.sign_in("township").await);
    let civil = given::account_of(&app, "civil").await.unit_id;
    for round in 0..FEWER {
        let case = case(&app, RiskLevel::Red).await;
        let send = json!({ "step": "redispatch", "version": case.version, "unit": civil, "reason": "由民政局办理" });
        let sign = json!({ "step": "sign", "version": case.version });
        let both = at_once(sent(&lead, steps(case.id), send), sent(&township, steps(case.id), sign)).await;
        let mut statuses = [both.0.status.as_u16(), both.1.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses[0], 200, "round {round}");
        // Whoever no longer leads the case is refused rather than late.
        assert!(matches!(statuses[1], 403 | 409), "round {round}: {statuses:?}");
        assert_eq!(
            given::now(&app, case.id).await.version,
            case.version + 1,
            "round {round}"
        );
    }
}

fn visit(case: Uuid, id: Uuid) -> Value {
    json!({
        "id": id, "case_id": case, "kind": "routine", "method": "home",
        "started_at": "2026-11-23T09:00:00+08:00", "seen": true, "danger": false, "injury": "no",
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_visit_sent_twice_at_once_is_one_visit() {
    let app = App::start().await;
    let village = app.sign_in("village").await;
    for round in 0..FEWER {
        let case = case(&app, RiskLevel::Red).await;
        let body = visit(case.id, Uuid::now_v7());
        let path = "/api/v1/visits".to_owned();
        let (one, two) = at_once(sent(&village, path.clone(), body.clone()), sent(&village, path, body)).await;
        let mut statuses = [one.status.as_u16(), two.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 201], "round {round}: {} {}", one.text(), two.text());
        assert_eq!(one.json()["number"], two.json()["number"], "round {round}");
        assert_eq!(told(&app, case.id, Act::VisitRecorded).await, 1, "round {round}");
    }
}

/// What was seen of a child is never refused because somebody merges the case.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_visit_is_taken_while_its_case_is_merged() {
    let app = App::start().await;
    let (county, village) = (app.sign_in("county").await, app.sign_in("village").await);
    for round in 0..FEWER {
        let (one, two) = (case(&app, RiskLevel::Yellow).await, case(&app, RiskLevel::Red).await);
        let merge = json!({ "step": "merge", "version": one.version, "into": two.id, "reason": "同一名儿童" });
        let (merged, visited) = at_once(
            sent(&county, steps(one.id), merge),
            sent(&village, "/api/v1/visits".to_owned(), visit(one.id, Uuid::now_v7())),
        )
        .await;
        assert_eq!(visited.status, 201, "round {round}: {}", visited.text());
        assert!(
            matches!(merged.status.as_u16(), 200 | 409),
            "round {round}: {}",
            merged.text()
        );
    }
}

async fn report(operator: &Client, place: &str) -> Value {
    let call = crate::main_job::call(place);
    let reply = operator.json("POST", "/api/v1/reports", call).await;
    assert_eq!(reply.status, 201, "{}", reply.text());
    reply.json()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_report_sent_twice_at_once_under_one_key_opens_one_case() {
    let app = App::start().await;
    let operator = app.sign_in("operator").await;
    let place = given::account_of(&app, "village").await.division;
    report(&operator, &place).await;
    for round in 0..FEWER {
        let keyed = operator.with("idempotency-key", &Uuid::now_v7().to_string());
        let before = count(&app).await;
        let path = "/api/v1/reports".to_owned();
        let body = crate::main_job::call(&place);
        let (one, two) = at_once(sent(&keyed, path.clone(), body.clone()), sent(&keyed, path, body)).await;
        assert_eq!(
            (one.status.as_u16(), two.status.as_u16()),
            (201, 201),
            "round {round}: {}",
            two.text()
        );
        assert_eq!(one.json(), two.json(), "round {round}");
        assert_eq!(count(&app).await, before + 1, "round {round}");
    }
}

async fn count(app: &App) -> u64 {
    protection_case::Entity::find()
        .count(app.state.db.read())
        .await
        .unwrap()
}
