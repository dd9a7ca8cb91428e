//! The two readings of the policy agree: what it says of one case, the WHERE
//! clause says of all, for every person, every action and every kind of case.

use crate::given::{self, PEOPLE, Spec};
use crate::support::App;
use sea_orm::{ActiveValue::Set, EntityTrait, QueryFilter};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tonghu::casework;
use tonghu::entity::protection_case;
use tonghu::rules::level::RiskLevel;
use tonghu::rules::policy::{self, Action};
use uuid::Uuid;

async fn step(app: &App, who: &str, case: Uuid, mut body: Value) {
    body["version"] = json!(given::now(app, case).await.version);
    let person = app.sign_in(who).await;
    let reply = person.json("POST", &format!("/api/v1/cases/{case}/steps"), body).await;
    assert_eq!(reply.status, 200, "{who}: {}", reply.text());
}

async fn opened(app: &App, kind: &'static str, level: RiskLevel, place: &str, by: &'static str) -> Uuid {
    let place = place.to_owned();
    given::case(app, Spec { kind, level, place, by }).await.id
}

/// Cases of every kind that the policy tells apart: by place, by part, by
/// label, by whoever took the call, recused, handed on, merged, closed.
async fn fixtures(app: &App) -> Vec<Uuid> {
    let here = given::account_of(app, "village").await.division;
    let there = given::account_of(app, "village2").await.division;
    let mut cases = Vec::new();
    for (kind, level, place, by) in [
        ("0101", RiskLevel::Red, here.as_str(), "operator"),
        ("0101", RiskLevel::Blue, there.as_str(), "operator2"),
        ("0202", RiskLevel::Red, here.as_str(), "operator"),
        ("1601", RiskLevel::Green, here.as_str(), "operator2"),
        ("0901", RiskLevel::Blue, here.as_str(), "lead"),
        ("1301", RiskLevel::Red, there.as_str(), "operator"),
        ("0101", RiskLevel::Yellow, "140622", "operator"),
        ("0101", RiskLevel::Yellow, "140600", "operator"),
        ("1901", RiskLevel::Green, "140600", "lead"),
    ] {
        cases.push(opened(app, kind, level, place, by).await);
    }
    let changed = changed(app, &here, cases[0]).await;
    cases.extend(changed);
    cases
}

/// Cases to which something has happened since.
async fn changed(app: &App, here: &str, survivor: Uuid) -> [Uuid; 6] {
    let unit = |account: tonghu::entity::account::Model| account.unit_id.unwrap();
    let civil = unit(given::account_of(app, "civil").await);
    let beyond = unit(given::account_of(app, "county2").await);
    let recused = opened(app, "0101", RiskLevel::Red, here, "operator").await;
    let account = given::account_of(app, "village").await.id;
    let out = json!({ "step": "recuse", "account": account, "reason": "近亲属" });
    step(app, "county", recused, out).await;
    let passed_over = opened(app, "0101", RiskLevel::Red, here, "operator").await;
    let lead = given::now(app, passed_over).await.lead_unit;
    step(
        app,
        "county",
        passed_over,
        json!({ "step": "recuse", "unit": lead, "reason": "涉及该镇干部" }),
    )
    .await;
    let handed_on = opened(app, "0101", RiskLevel::Yellow, here, "operator").await;
    step(
        app,
        "county",
        handed_on,
        json!({ "step": "redispatch", "unit": civil, "reason": "由民政局办理" }),
    )
    .await;
    let sent_away = opened(app, "0101", RiskLevel::Yellow, here, "operator").await;
    step(
        app,
        "city",
        sent_away,
        json!({ "step": "redispatch", "unit": beyond, "reason": "由右玉县办理" }),
    )
    .await;
    let merged = opened(app, "0101", RiskLevel::Yellow, here, "operator").await;
    step(
        app,
        "county",
        merged,
        json!({ "step": "merge", "into": survivor, "reason": "同一名儿童" }),
    )
    .await;
    let closed = opened(app, "0101", RiskLevel::Yellow, here, "operator").await;
    let stands = protection_case::ActiveModel {
        stage: Set("closed".to_owned()),
        ..Default::default()
    };
    given::set(app, closed, stands).await;
    [recused, passed_over, handed_on, sent_away, merged, closed]
}

#[tokio::test]
async fn one_case_and_the_list_are_judged_alike_for_everybody_and_every_action() {
    let app = App::start().await;
    let cases = fixtures(&app).await;
    let db = app.state.db.read();
    let mut facts = Vec::new();
    for id in &cases {
        let case = given::now(&app, *id).await;
        facts.push((*id, casework::facts(db, &case).await.unwrap()));
    }
    let (mut granted, mut refused) = (0, 0);
    for who in PEOPLE {
        let ctx = given::ctx_of(&app, who).await;
        for action in Action::ALL {
            let reach = policy::reach(&ctx.actor, action);
            let listed: BTreeSet<Uuid> = protection_case::Entity::find()
                .filter(casework::scope(&reach))
                .all(db)
                .await
                .unwrap()
                .into_iter()
                .map(|case| case.id)
                .collect();
            let covered: BTreeSet<Uuid> = facts
                .iter()
                .filter(|(_, facts)| reach.covers(facts))
                .map(|(id, _)| *id)
                .collect();
            assert_eq!(listed, covered, "{who} {action:?}");
            granted += covered.len();
            refused += cases.len() - covered.len();
        }
    }
    assert!(granted > 500 && refused > 500, "{granted} granted, {refused} refused");
}

/// A unit that was sent a case from elsewhere can work on it, and the county
/// above it sees what it is to decide.
#[tokio::test]
async fn a_case_sent_to_another_county_is_seen_there() {
    let app = App::start().await;
    let here = given::account_of(&app, "village").await.division;
    let case = opened(&app, "0101", RiskLevel::Yellow, &here, "operator").await;
    let county2 = app.sign_in("county2").await;
    let path = format!("/api/v1/cases/{case}");
    assert_eq!(county2.get(&path).await.status, 404);
    let beyond = given::account_of(&app, "county2").await.unit_id;
    step(
        &app,
        "city",
        case,
        json!({ "step": "redispatch", "unit": beyond, "reason": "由右玉县办理" }),
    )
    .await;
    assert_eq!(county2.get(&path).await.status, 200);
    step(&app, "county2", case, json!({ "step": "sign" })).await;
    assert_eq!(given::now(&app, case).await.stage, "accepted");
}
