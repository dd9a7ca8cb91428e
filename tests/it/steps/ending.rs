//! Closing, merging and what is reopened or undone.

use super::{assessed, clock, pointers, stands, step};
use crate::given::{self, Spec};
use crate::support::App;
use axum::http::StatusCode;
use serde_json::{Value, json};
use tonghu::rules::level::RiskLevel;
use uuid::Uuid;

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
