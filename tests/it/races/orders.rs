//! Steps on one order: two who rule, review, hand in or call back at once.

use super::{at_once, case, one_of, sent, steps, told};
use crate::given;
use crate::support::{App, Client};
use sea_orm::ActiveValue::Set;
use serde_json::{Value, json};
use tonghu::entity::protection_case;
use tonghu::journal::Act;
use tonghu::rules::level::RiskLevel;
use uuid::Uuid;

const FEWER: usize = 12;

/// Sends a step under the version that the case has now.
async fn taken(app: &App, who: &Client, case: Uuid, mut body: Value) {
    body["version"] = json!(given::now(app, case).await.version);
    let reply = who.json("POST", &steps(case), body).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
}

/// A signed case on which the township took a step.
async fn after(app: &App, township: &Client, body: Value) -> protection_case::Model {
    let id = case(app, RiskLevel::Yellow).await.id;
    taken(app, township, id, json!({ "step": "sign" })).await;
    taken(app, township, id, body).await;
    given::now(app, id).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_people_of_the_city_arbitrate_one_dispute_at_once() {
    let app = App::start().await;
    let city = app.sign_in("city").await;
    let colleague = given::colleague(&app, "city", "city.b").await;
    let civil = given::account_of(&app, "civil").await.unit_id;
    for round in 0..FEWER {
        let case = case(&app, RiskLevel::Blue).await;
        let stands = protection_case::ActiveModel {
            stage: Set("arbitrating".to_owned()),
            ..Default::default()
        };
        given::set(&app, case.id, stands).await;
        let case = given::now(&app, case.id).await;
        let there = json!({ "step": "arbitrate", "version": case.version, "unit": civil, "reason": "由民政承办" });
        let here = json!({ "step": "arbitrate", "version": case.version, "reason": "仍由镇里承办" });
        let both = at_once(
            sent(&city, steps(case.id), there),
            sent(&colleague, steps(case.id), here),
        )
        .await;
        one_of(round, &both);
        assert_eq!(told(&app, case.id, Act::DisputeRuled).await, 1, "round {round}");
        assert_eq!(
            given::now(&app, case.id).await.version,
            case.version + 1,
            "round {round}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_grants_more_time_while_another_refuses_it() {
    let app = App::start().await;
    let (township, county) = (app.sign_in("township").await, app.sign_in("county").await);
    let lead = app.sign_in("lead").await;
    for round in 0..FEWER {
        let ask = json!({ "step": "ask_extension", "days": 5, "reason": "等待诊断" });
        let case = after(&app, &township, ask).await;
        let yes = json!({ "step": "rule_extension", "version": case.version, "grant": true });
        let no = json!({ "step": "rule_extension", "version": case.version, "grant": false, "reason": "可以按期" });
        let both = at_once(sent(&county, steps(case.id), yes), sent(&lead, steps(case.id), no)).await;
        one_of(round, &both);
        assert_eq!(told(&app, case.id, Act::ExtensionRuled).await, 1, "round {round}");
        assert_eq!(
            given::now(&app, case.id).await.version,
            case.version + 1,
            "round {round}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_accepts_a_result_while_another_sends_it_back() {
    let app = App::start().await;
    let (township, county) = (app.sign_in("township").await, app.sign_in("county").await);
    let lead = app.sign_in("lead").await;
    for round in 0..FEWER {
        let case = after(&app, &township, json!({ "step": "hand_in", "summary": "已安置" })).await;
        let yes = json!({ "step": "accept_result", "version": case.version });
        let no = json!({ "step": "send_back_result", "version": case.version, "reason": "未见到儿童" });
        let both = at_once(sent(&county, steps(case.id), yes), sent(&lead, steps(case.id), no)).await;
        one_of(round, &both);
        let won = both.0.status == 200;
        assert_eq!(
            told(&app, case.id, Act::ResultAccepted).await,
            u64::from(won),
            "round {round}"
        );
        assert_eq!(
            told(&app, case.id, Act::ResultSentBack).await,
            u64::from(!won),
            "round {round}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_double_click_hands_in_once_and_urges_once() {
    let app = App::start().await;
    let (township, lead) = (app.sign_in("township").await, app.sign_in("lead").await);
    for round in 0..FEWER {
        let case = after(&app, &township, json!({ "step": "note", "text": "已联系学校" })).await;
        let (who, act, body) = if round % 2 == 0 {
            (
                &township,
                Act::ResultHandedIn,
                json!({ "step": "hand_in", "summary": "已安置" }),
            )
        } else {
            (&lead, Act::OrderUrged, json!({ "step": "urge", "note": "请尽快" }))
        };
        let mut body = body;
        body["version"] = json!(case.version);
        let both = at_once(sent(who, steps(case.id), body.clone()), sent(who, steps(case.id), body)).await;
        one_of(round, &both);
        assert_eq!(told(&app, case.id, act).await, 1, "round {round}");
    }
}
