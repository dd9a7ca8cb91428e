//! The rules of time, and measures, which have stories of their own.

use super::{CASE_STEPS, Run, at};
use crate::given::{self, Spec};
use serde_json::json;
use std::collections::BTreeSet;
use tonghu::rules::level::RiskLevel;

const MEASURES: &str = "/api/v1/measures";
const MEASURE: &str = "/api/v1/measures/{id}";
const MEASURE_STEPS: &str = "/api/v1/measures/{id}/steps";

/// The rules of time: read, and one of them changed.
pub(super) async fn rules(run: &mut Run) {
    const RULES: &str = "/api/v1/deadline-rules";
    const RULE: &str = "/api/v1/deadline-rules/{code}";
    let keeper = run.app.sign_in("secadmin").await;
    let list = run.get(&keeper, RULES, RULES).await;
    assert!(list["items"].as_array().unwrap().len() > 100, "{list}");
    let path = RULE.replace("{code}", "DL05");
    let before = run.get(&keeper, RULE, &path).await;
    let with = json!({ "version": before["version"] });
    let changed = run.example(&keeper, RULE, &path, ("", with)).await;
    assert_eq!(
        (changed.status.as_u16(), &changed.json()["version"]),
        (200, &json!(2)),
        "{}",
        changed.text()
    );
}

/// What the police record on two measures, each example once.
pub(super) async fn measures(run: &mut Run) {
    let spec = Spec::at(&run.app, RiskLevel::Yellow).await;
    let case = given::case(&run.app, spec).await;
    let county = run.app.sign_in("county").await;
    let steps = at(CASE_STEPS, &json!(case.id));
    for (kind, paper) in [
        ("admonition", "应公（城）告字〔2026〕12号"),
        ("protection_order", "（2026）晋0622民保令1号"),
    ] {
        let version = given::now(&run.app, case.id).await.version;
        let with = json!({ "version": version, "kind": kind, "paper_no": paper });
        let recorded = run.example(&county, CASE_STEPS, &steps, ("measure", with)).await;
        assert_eq!(recorded.status, 200, "{kind}: {}", recorded.text());
    }
    let list = run
        .get(&county, MEASURES, "/api/v1/measures?kind=protection_order")
        .await;
    let order = list["items"][0].clone();
    let to_police = json!({
        "step": "to_police", "version": order["version"], "fields": { "police_at": "2026-11-23T09:00:00+08:00" },
    });
    let path = at(MEASURE_STEPS, &order["id"]);
    let sent = run.send(&county, ("POST", MEASURE_STEPS), &path, Some(to_police)).await;
    assert_eq!(sent.status, 200, "{}", sent.text());
    let police = run.app.sign_in("police").await;
    let list = run.get(&police, MEASURES, MEASURES).await;
    let mut told = BTreeSet::new();
    for row in list["items"].as_array().unwrap() {
        let name = match row["kind"].as_str().unwrap() {
            "admonition" => "police_visit",
            _ => "police_check",
        };
        run.get(&police, MEASURE, &at(MEASURE, &row["id"])).await;
        let path = at(MEASURE_STEPS, &row["id"]);
        let with = json!({ "version": row["version"] });
        let reply = run.example(&police, MEASURE_STEPS, &path, (name, with)).await;
        assert_eq!(reply.status, 200, "{name}: {}", reply.text());
        told.insert(name.to_owned());
    }
    let all: BTreeSet<_> = run.told.examples("POST", MEASURE_STEPS).into_keys().collect();
    assert_eq!(told, all, "every example of a measure's step ran");
}

/// Every example of a call's event, as the exchange of the demonstration sends it.
pub(super) async fn telephone(run: &mut Run) {
    const CTI: &str = "/api/v1/cti/{token}";
    let path = CTI.replace("{token}", tonghu::demo::EXCHANGE);
    let exchange = run.app.stranger();
    let mut repeated = 0;
    for name in run.told.examples("POST", CTI).into_keys() {
        for _ in 0..2 {
            let reply = run.example(&exchange, CTI, &path, (&name, json!({}))).await;
            assert_eq!(reply.status, 200, "{name}: {}", reply.text());
            repeated += usize::from(reply.json()["repeated"] == json!(true));
        }
    }
    assert_eq!(repeated, run.told.examples("POST", CTI).len());
}

/// Every example about a referral.
pub(super) async fn sister_lines(run: &mut Run) {
    const LINES: &str = "/api/v1/referral-lines";
    const LIST: &str = "/api/v1/referrals";
    const ONE: &str = "/api/v1/referrals/{id}";
    const STEPS: &str = "/api/v1/referrals/{id}/steps";
    const MADE: &str = "/api/v1/reports/{id}/referrals";
    let operator = run.app.sign_in("operator").await;
    run.get(&operator, LINES, LINES).await;
    let held = json!({ "outcome": "hold" });
    let report = run
        .example(&operator, super::REPORTS, super::REPORTS, ("", held))
        .await
        .json();
    let path = at(MADE, &report["id"]);
    let mut told = BTreeSet::new();
    for story in [&["receipt", "answer"][..], &["withdraw"]] {
        let with = json!({ "id": uuid::Uuid::now_v7() });
        let made = run.example(&operator, MADE, &path, ("", with.clone())).await;
        assert_eq!(made.status, 201, "{}", made.text());
        let again = run.example(&operator, MADE, &path, ("", with)).await;
        assert_eq!(again.status, 200, "{}", again.text());
        let mut row = made.json();
        run.get(&operator, ONE, &at(ONE, &row["id"])).await;
        for name in story {
            let with = json!({ "version": row["version"] });
            let reply = run
                .example(&operator, STEPS, &at(STEPS, &row["id"]), (name, with))
                .await;
            assert_eq!(reply.status, 200, "{name}: {}", reply.text());
            row = reply.json();
            told.insert((*name).to_owned());
        }
    }
    run.get(&operator, LIST, "/api/v1/referrals?list=answered&limit=5")
        .await;
    let all: BTreeSet<_> = run.told.examples("POST", STEPS).into_keys().collect();
    assert_eq!(told, all, "every example of a referral's step ran");
}

/// Searching and reading what is published, and the directory.
pub(super) async fn knowledge(run: &mut Run) {
    const FIND: &str = "/api/v1/knowledge";
    const ONE: &str = "/api/v1/knowledge/{id}";
    const SERVICES: &str = "/api/v1/services";
    let id = crate::knowledge::published(&run.app, "怎样申请人身安全保护令", "向基层人民法院申请。").await;
    let operator = run.app.sign_in("operator").await;
    let found = run
        .get(&operator, FIND, "/api/v1/knowledge?q=%E4%BF%9D%E6%8A%A4%E4%BB%A4")
        .await;
    assert_eq!(found["items"].as_array().unwrap().len(), 1, "{found}");
    run.get(&operator, ONE, &at(ONE, &json!(id))).await;
    crate::directory::hospital(&run.app, "应县演示医院", "140622").await;
    let near = run
        .get(&operator, SERVICES, "/api/v1/services?division=140622100&kind=hospital")
        .await;
    assert_eq!(near["items"][0]["how_near"], "本县", "{near}");
}

/// The hotline's board, as the shift lead and an operator read it.
pub(super) async fn board(run: &mut Run) {
    const BOARD: &str = "/api/v1/hotline/board";
    for (who, watches) in [("lead", true), ("operator", false)] {
        let client = run.app.sign_in(who).await;
        let board = run.get(&client, BOARD, BOARD).await;
        assert_eq!(board["line"].is_object(), watches, "{who}: {board}");
    }
}
