//! The clock of a sheet of supervision: owed by the unit, met by its answer.

use super::{case, signed, taken, unit_of};
use crate::support::App;
use chrono::TimeDelta;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};
use tonghu::clock::minute;
use tonghu::entity::{deadline, supervision};
use tonghu::rules::level::RiskLevel::{Blue, Red, Yellow};
use tonghu::worker;
use uuid::Uuid;

/// The clock of the one sheet of a case.
async fn clock(app: &App, case: Uuid) -> deadline::Model {
    let clocks = deadline::Entity::find()
        .filter(deadline::Column::CaseId.eq(case))
        .filter(deadline::Column::Milestone.eq("supervision"));
    clocks.one(app.state.db.read()).await.unwrap().unwrap()
}

pub(super) async fn sheet(app: &App, case: Uuid) -> supervision::Model {
    let sheets = supervision::Entity::find().filter(supervision::Column::CaseId.eq(case));
    sheets.one(app.state.db.read()).await.unwrap().unwrap()
}

fn supervise(due_on: Option<&str>) -> Value {
    json!({ "step": "supervise", "level": 2, "cause": "ill_handled", "reason": "两日内见到儿童并书面报告。", "due_on": due_on })
}

async fn answer(app: &App, case: Uuid) -> Value {
    json!({ "step": "answer_supervision", "supervision": sheet(app, case).await.id, "answer": "今天已见到儿童。" })
}

async fn lift(app: &App, case: Uuid) -> Value {
    json!({ "step": "end_supervision", "supervision": sheet(app, case).await.id, "reason": "情况已清楚。" })
}

#[tokio::test]
async fn the_unit_owes_an_answer_by_the_rule_of_the_cause_and_meets_it() {
    let app = App::start().await;
    let (township, id) = signed(&app, Yellow).await;
    let county = app.sign_in("county").await;
    taken(&app, &county, id, supervise(None)).await;
    let owed = clock(&app, id).await;
    assert_eq!(owed.rule_code, "SUP-ill_handled");
    assert_eq!(owed.owner_unit, unit_of(&app, "township").await);
    assert_eq!(minute(owed.due_at), "2026-11-25 23:59");
    assert_eq!(sheet(&app, id).await.due_at, owed.due_at);
    for path in [format!("/cases/{id}/clocks"), "/clocks".to_owned()] {
        let page = township.get(&path).await.text();
        assert!(page.contains("答复督办"), "{path}: {page}");
    }
    let next = township.get(&format!("/cases/{id}")).await.text();
    assert!(next.contains(&format!("/cases/{id}/do/answer-supervision")), "{next}");
    taken(&app, &township, id, answer(&app, id).await).await;
    let met = clock(&app, id).await.met_at.unwrap();
    app.clock.advance(TimeDelta::hours(1));
    let (township, county) = (app.sign_in("township").await, app.sign_in("county").await);
    taken(&app, &township, id, answer(&app, id).await).await;
    taken(&app, &county, id, lift(&app, id).await).await;
    let after = clock(&app, id).await;
    assert_eq!(
        (after.met_at, after.cancelled_at),
        (Some(met), None),
        "the first answer met it"
    );
}

#[tokio::test]
async fn a_day_that_the_supervisor_names_stands_in_for_the_rule() {
    let app = App::start().await;
    let (_, id) = signed(&app, Yellow).await;
    let county = app.sign_in("county").await;
    taken(&app, &county, id, supervise(Some("2026-12-01"))).await;
    let owed = clock(&app, id).await;
    assert_eq!(
        (minute(owed.due_at).as_str(), owed.rule_code.as_str()),
        ("2026-12-01 23:59", "")
    );
}

#[tokio::test]
async fn a_sheet_that_is_lifted_unanswered_is_owed_no_more_and_was_not_met() {
    let app = App::start().await;
    let (_, id) = signed(&app, Yellow).await;
    let county = app.sign_in("county").await;
    taken(&app, &county, id, supervise(None)).await;
    taken(&app, &county, id, lift(&app, id).await).await;
    let after = clock(&app, id).await;
    assert!(after.met_at.is_none() && after.cancelled_at.is_some());
}

#[tokio::test]
async fn an_answer_that_does_not_come_is_told_to_the_unit_and_climbs() {
    let app = App::start().await;
    let red = case(&app, Red).await.id;
    app.clock.advance(TimeDelta::hours(3));
    worker::tick(&app.state).await;
    let clocks = async || {
        let all = deadline::Entity::find()
            .filter(deadline::Column::CaseId.eq(red))
            .filter(deadline::Column::RuleCode.eq("SUP-unresponded"));
        all.one(app.state.db.read()).await.unwrap().unwrap()
    };
    assert!(clocks().await.overdue_at.is_none());
    app.clock.advance(TimeDelta::hours(3));
    for _ in 0..8 {
        worker::tick(&app.state).await;
    }
    let late = clocks().await;
    assert!(late.overdue_at.is_some() && late.escalation > 2, "{late:?}");
    let county = app.sign_in("county").await;
    let board = county.get("/supervision").await.text();
    assert!(board.contains("已升级"), "{board}");
    let story = county.get(&format!("/cases/{red}")).await.text();
    assert!(story.contains("已上报县（市、区）"), "{story}");
}

/// The unit answers for the case that goes on; what the merged one owes stands
/// still, and runs again when the merge is undone.
#[tokio::test]
async fn the_clock_of_a_merged_case_stands_still() {
    let app = App::start().await;
    let (one, two) = (case(&app, Blue).await.id, case(&app, Yellow).await.id);
    let county = app.sign_in("county").await;
    taken(&app, &county, one, supervise(None)).await;
    let before = clock(&app, one).await;
    let merge = json!({ "step": "merge", "into": two, "reason": "同一名儿童。" });
    taken(&app, &county, one, merge).await;
    assert!(clock(&app, one).await.cancelled_at.is_some());
    taken(
        &app,
        &county,
        one,
        json!({ "step": "undo_merge", "reason": "并非同一名儿童。" }),
    )
    .await;
    let after = clock(&app, one).await;
    assert!(after.met_at.is_none() && after.cancelled_at.is_none(), "{after:?}");
    assert_eq!(after.due_at, before.due_at);
}
