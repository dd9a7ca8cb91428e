//! What somebody has done need not be read by the others: it stays in the list
//! and leaves the badge.

use super::{rows, tell};
use crate::given::{self, Spec, colleague};
use crate::support::{App, Client};
use chrono::TimeDelta;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tonghu::entity::{notice, protection_case};
use tonghu::notices::{Kind, Notice, To};
use tonghu::rules::level::RiskLevel;
use tonghu::rules::policy::{Action, Role};
use tonghu::worker;

const COLLEAGUE: &str = "township.b";

async fn yellow(app: &App) -> protection_case::Model {
    given::case(app, Spec::at(app, RiskLevel::Yellow).await).await
}

/// Lets time go by; the worker has its round.
async fn later(app: &App, time: TimeDelta) {
    app.clock.advance(time);
    worker::tick(&app.state).await;
}

async fn step(app: &App, who: &Client, case: &protection_case::Model, step: Value) {
    let mut body = step;
    body["version"] = json!(given::now(app, case.id).await.version);
    let reply = who
        .json("POST", &format!("/api/v1/cases/{}/steps", case.id), body)
        .await;
    assert_eq!(reply.status, 200, "{}", reply.text());
}

async fn of_kind(app: &App, username: &str, kind: Kind) -> Vec<notice::Model> {
    let rows = rows(app, username).await.into_iter();
    rows.filter(|row| row.kind == kind.code()).collect()
}

async fn unread(who: &Client) -> u64 {
    who.get("/api/v1/notices").await.json()["unread"].as_u64().unwrap()
}

/// A yellow order that nobody signs until it has climbed to the county.
async fn climbed(app: &App) -> protection_case::Model {
    let case = yellow(app).await;
    for _ in 0..4 {
        later(app, TimeDelta::hours(12)).await;
    }
    assert!(!of_kind(app, "county", Kind::Escalated).await.is_empty());
    case
}

#[tokio::test]
async fn once_a_clock_has_ended_its_reminders_leave_the_badge_of_all_who_were_reminded() {
    let app = App::start().await;
    colleague(&app, "township", COLLEAGUE).await;
    let case = climbed(&app).await;
    let (county, other) = (app.sign_in("county").await, app.sign_in(COLLEAGUE).await);
    let before = (unread(&county).await, unread(&other).await);
    let reminders = |rows: &[notice::Model]| rows.iter().filter(|row| row.deadline_id.is_some()).count() as u64;
    let owed = (
        reminders(&rows(&app, "county").await),
        reminders(&rows(&app, COLLEAGUE).await),
    );
    assert!(owed.0 > 0 && owed.1 > 0, "{owed:?}");
    let township = app.sign_in("township").await;
    step(&app, &township, &case, json!({ "step": "sign" })).await;
    later(&app, TimeDelta::minutes(1)).await;
    let sign: Vec<_> = rows(&app, COLLEAGUE).await;
    let settled = sign.iter().filter(|row| row.settled_at.is_some());
    assert!(settled.clone().count() > 0);
    assert!(
        settled
            .clone()
            .all(|row| row.deadline_id.is_some() && row.seen_at.is_none())
    );
    let (county_now, other_now) = (unread(&county).await, unread(&other).await);
    assert!(
        county_now < before.0 && other_now < before.1,
        "{before:?} {county_now} {other_now}"
    );
    let page = county.with("accept", "text/html").get("/notices").await.text();
    assert!(page.contains("事项已办"), "{page}");
    assert!(page.contains(&format!("id=\"bell-count\">{county_now}<")), "{page}");
    let all = county.get("/api/v1/notices?limit=100").await.json();
    let marked = all["items"].as_array().unwrap().iter();
    assert!(
        marked
            .clone()
            .any(|item| item["settled"] == true && item["seen"] == false)
    );
    let open = county.get("/api/v1/notices?unread=true&limit=100").await.json();
    assert!(
        open["items"]
            .as_array()
            .unwrap()
            .iter()
            .all(|item| item["settled"] == false)
    );
}

#[tokio::test]
async fn reminders_of_a_clock_that_runs_stay() {
    let app = App::start().await;
    climbed(&app).await;
    later(&app, TimeDelta::minutes(5)).await;
    for who in ["township", "county"] {
        assert!(
            rows(&app, who).await.iter().all(|row| row.settled_at.is_none()),
            "{who}"
        );
    }
}

#[tokio::test]
async fn an_answer_settles_the_question_for_all_who_were_asked_and_no_other() {
    let app = App::start().await;
    colleague(&app, "county", "county.b").await;
    let (case, another) = (yellow(&app).await, yellow(&app).await);
    let township = app.sign_in("township").await;
    let ask = json!({ "step": "ask_extension", "days": 3, "reason": "等待医院出具诊断。" });
    for case in [&case, &another] {
        step(&app, &township, case, json!({ "step": "sign" })).await;
        step(&app, &township, case, ask.clone()).await;
    }
    assert_eq!(of_kind(&app, "county.b", Kind::ExtensionAsked).await.len(), 2);
    let county = app.sign_in("county").await;
    step(&app, &county, &case, json!({ "step": "rule_extension", "grant": true })).await;
    for who in ["county", "county.b"] {
        let asked = of_kind(&app, who, Kind::ExtensionAsked).await;
        let settled = asked.iter().filter(|row| row.settled_at.is_some());
        assert_eq!(
            settled.map(|row| row.case_id).collect::<Vec<_>>(),
            [Some(case.id)],
            "{who}"
        );
    }
    let told = of_kind(&app, "township", Kind::ExtensionRuled).await;
    assert!(
        told.iter().all(|row| row.settled_at.is_none()),
        "the answer itself is news"
    );
}

#[tokio::test]
async fn a_clock_that_was_moved_settles_what_it_had_reminded_of() {
    let app = App::start().await;
    let case = yellow(&app).await;
    let township = app.sign_in("township").await;
    step(&app, &township, &case, json!({ "step": "sign" })).await;
    let resolves = tonghu::clocks::of_case(app.state.db.read(), case.id).await.unwrap();
    let resolve = resolves.into_iter().find(|clock| clock.milestone == "resolve").unwrap();
    let warned = resolve.next_at.unwrap() - app.clock.now() + TimeDelta::minutes(1);
    later(&app, warned).await;
    let reminder = async || {
        let rows = rows(&app, "township").await.into_iter();
        rows.filter(|row| row.deadline_id == Some(resolve.id))
            .collect::<Vec<_>>()
    };
    assert_eq!(reminder().await.len(), 1);
    let township = app.sign_in("township").await;
    let ask = json!({ "step": "ask_extension", "days": 10, "reason": "等待医院出具诊断。" });
    step(&app, &township, &case, ask).await;
    let county = app.sign_in("county").await;
    step(&app, &county, &case, json!({ "step": "rule_extension", "grant": true })).await;
    later(&app, TimeDelta::minutes(1)).await;
    assert!(reminder().await.iter().all(|row| row.settled_at.is_some()));
}

#[tokio::test]
async fn a_callback_is_to_be_made_until_it_is_made() {
    let app = App::start().await;
    let case = yellow(&app).await;
    let (township, county) = (app.sign_in("township").await, app.sign_in("county").await);
    step(&app, &township, &case, json!({ "step": "sign" })).await;
    let result = json!({ "step": "hand_in", "summary": "儿童已由姑姑照料。", "papers": "应公告字〔2026〕12号" });
    step(&app, &township, &case, result).await;
    let handed_in = of_kind(&app, "county", Kind::ResultHandedIn).await;
    assert!(!handed_in.is_empty() && handed_in.iter().all(|row| row.settled_at.is_none()));
    step(&app, &county, &case, json!({ "step": "accept_result" })).await;
    let left = async |kind| {
        let rows = of_kind(&app, "township", kind).await.into_iter();
        rows.filter(|row| row.settled_at.is_none()).count()
    };
    later(&app, TimeDelta::minutes(5)).await;
    assert_eq!(left(Kind::CallbackDue).await, 1, "nothing has been done about it");
    let called = json!({
        "step": "call_back", "way": "school", "reached": true, "solved": true, "told": "handled", "note": "儿童情绪平稳。",
    });
    step(&app, &township, &case, called).await;
    later(&app, TimeDelta::minutes(1)).await;
    assert_eq!(left(Kind::CallbackDue).await, 0);
    assert_eq!(left(Kind::ResultReviewed).await, 1, "the answer itself is news");
}

#[tokio::test]
async fn what_somebody_marks_as_read_at_the_same_moment_is_read_and_nothing_fails() {
    let app = App::start().await;
    let case = yellow(&app).await;
    let ask = Notice::new(Kind::ReturnAsked, To::Role(Role::Lead)).case(case.id);
    let ruled = Notice::new(Kind::ReturnRuled, To::Able(Action::View)).case(case.id);
    let lead = app.sign_in("lead").await;
    for _ in 0..8 {
        tell(&app, "county", &ask).await;
        let (read, ()) = tokio::join!(
            lead.json("POST", "/api/v1/notices/read", json!({})),
            tell(&app, "county", &ruled)
        );
        assert_eq!(read.status, 200, "{}", read.text());
    }
    let left = of_kind(&app, "lead", Kind::ReturnAsked).await;
    assert!(left.iter().all(|row| row.seen_at.is_some() || row.settled_at.is_some()));
}

#[tokio::test]
async fn what_was_settled_long_ago_is_taken_away_though_nobody_read_it_once_the_case_is_closed() {
    let app = App::start().await;
    let case = climbed(&app).await;
    let township = app.sign_in("township").await;
    step(&app, &township, &case, json!({ "step": "sign" })).await;
    later(&app, TimeDelta::minutes(1)).await;
    let reminders = async || {
        let rows = rows(&app, "county").await.into_iter();
        rows.filter(|row| row.settled_at.is_some())
            .map(|row| row.id)
            .collect::<BTreeSet<_>>()
    };
    let settled = reminders().await;
    assert!(!settled.is_empty());
    tonghu::notices::ring(&app.state, 0).await.unwrap();
    later(&app, TimeDelta::days(181)).await;
    assert!(reminders().await.is_superset(&settled), "the case is open");
    let closed = protection_case::ActiveModel {
        stage: sea_orm::ActiveValue::Set("closed".to_owned()),
        ..Default::default()
    };
    given::set(&app, case.id, closed).await;
    tonghu::notices::ring(&app.state, 0).await.unwrap();
    later(&app, TimeDelta::hours(2)).await;
    assert!(reminders().await.is_disjoint(&settled));
}
