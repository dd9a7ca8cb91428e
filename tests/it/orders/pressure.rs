//! 催办与督办.

use super::{case, refused, signed, take, taken, told};
use crate::support::App;
use chrono::TimeDelta;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};
use tonghu::clock::minute;
use tonghu::entity::{protection_case, supervision, urging};
use tonghu::rules::level::RiskLevel::{Blue, Red, Yellow};
use tonghu::worker;
use uuid::Uuid;

async fn sheets(app: &App, case: Uuid) -> Vec<supervision::Model> {
    supervision::Entity::find()
        .filter(supervision::Column::CaseId.eq(case))
        .order_by_asc(supervision::Column::Id)
        .all(app.state.db.read())
        .await
        .unwrap()
}

async fn causes(app: &App, case: Uuid) -> Vec<String> {
    let mut causes: Vec<String> = sheets(app, case).await.into_iter().map(|row| row.cause).collect();
    causes.sort();
    causes
}

async fn words(app: &App, case: Uuid) -> Vec<(String, String)> {
    let rows = urging::Entity::find()
        .filter(urging::Column::CaseId.eq(case))
        .order_by_asc(urging::Column::Id)
        .all(app.state.db.read())
        .await
        .unwrap();
    rows.into_iter().map(|row| (row.kind, row.source)).collect()
}

#[tokio::test]
async fn an_order_is_urged_and_counted_by_those_above_it() {
    let app = App::start().await;
    let id = case(&app, Yellow).await.id;
    let urge = json!({ "step": "urge", "note": "请尽快签收。" });
    let township = app.sign_in("township").await;
    assert_eq!(take(&app, &township, id, urge.clone()).await.status, 403);
    for who in ["lead", "county", "city"] {
        let client = app.sign_in(who).await;
        taken(&app, &client, id, urge.clone()).await;
    }
    let lead = app.sign_in("lead").await;
    taken(&app, &lead, id, json!({ "step": "urge", "from_caller": true })).await;
    let said: Vec<(String, String)> = words(&app, id).await;
    let sources: Vec<&str> = said.iter().map(|(_, source)| source.as_str()).collect();
    assert_eq!(sources, ["hotline", "county", "city", "caller"]);
    assert_eq!(told(&app, id, "order_urged").await, 4);
}

#[tokio::test]
async fn what_is_overdue_is_urged_on_paper_told_in_writing_and_supervised_each_once() {
    let app = App::start().await;
    let (_, id) = signed(&app, Yellow).await;
    let later = async |days: i64| {
        app.clock.advance(TimeDelta::days(days));
        worker::tick(&app.state).await;
        worker::tick(&app.state).await;
    };
    later(15).await;
    assert!(words(&app, id).await.is_empty(), "the last day is not over");
    assert!(causes(&app, id).await.is_empty());
    later(1).await;
    let paper = ("paper".to_owned(), "system".to_owned());
    assert_eq!(words(&app, id).await, std::slice::from_ref(&paper));
    assert_eq!(causes(&app, id).await, ["overdue"]);
    later(7).await;
    assert_eq!(
        words(&app, id).await,
        std::slice::from_ref(&paper),
        "five working days are not over"
    );
    later(1).await;
    let bulletin = ("bulletin".to_owned(), "system".to_owned());
    assert_eq!(words(&app, id).await, [paper, bulletin]);
    later(1).await;
    assert_eq!(causes(&app, id).await, ["overdue", "still_overdue"]);
    let levels: Vec<i16> = sheets(&app, id).await.iter().map(|row| row.level).collect();
    assert_eq!(levels, [1, 2]);
    let county = app.sign_in("county").await;
    let row = &sheets(&app, id).await[0];
    let page = county.get(&format!("/cases/{id}/sheet?no={}", row.number)).await;
    assert!(
        page.text().contains(&row.number) && page.text().contains("逾期未办结"),
        "{}",
        page.text()
    );
    let stranger = app.sign_in("county2").await;
    let page = stranger.get(&format!("/cases/{id}/sheet?no={}", row.number)).await;
    assert_eq!(page.status, 404);
}

#[tokio::test]
async fn the_other_causes_fire_by_themselves() {
    let app = App::start().await;
    let red = case(&app, Red).await.id;
    let twice = case(&app, Blue).await.id;
    protection_case::Entity::update_many()
        .col_expr(protection_case::Column::ReturnCount, Expr::value(2))
        .filter(protection_case::Column::Id.eq(twice))
        .exec(app.state.db.schema())
        .await
        .unwrap();
    app.clock.advance(TimeDelta::minutes(31));
    worker::tick(&app.state).await;
    assert_eq!(causes(&app, red).await, ["unsigned"]);
    assert_eq!(causes(&app, twice).await, ["returns"]);
    app.clock.advance(TimeDelta::hours(2));
    worker::tick(&app.state).await;
    worker::tick(&app.state).await;
    assert_eq!(causes(&app, red).await, ["unresponded", "unsigned"]);
    assert_eq!(told(&app, red, "supervision_opened").await, 2);
}

#[tokio::test]
async fn two_workers_write_one_sheet() {
    let app = App::start().await;
    let red = case(&app, Red).await.id;
    app.clock.advance(TimeDelta::minutes(31));
    let (one, two) = (app.state.clone(), app.state.clone());
    let both = tokio::join!(
        tokio::spawn(async move { worker::tick(&one).await }),
        tokio::spawn(async move { worker::tick(&two).await }),
    );
    assert!(both.0.is_ok() && both.1.is_ok());
    assert_eq!(causes(&app, red).await, ["unsigned"]);
}

fn sheet(level: i16, cause: &str, due: &str) -> Value {
    json!({ "step": "supervise", "level": level, "cause": cause, "reason": "两日内见到儿童并书面报告。", "due_on": due })
}

#[tokio::test]
async fn a_sheet_is_written_at_ones_level_answered_by_the_unit_and_ended_by_the_supervisor() {
    let app = App::start().await;
    let (township, id) = signed(&app, Yellow).await;
    let county = app.sign_in("county").await;
    refused(&app, &county, id, (sheet(3, "instruction", "2026-11-25"), "督办级别")).await;
    refused(&app, &county, id, (sheet(2, "overdue", "2026-11-25"), "督办事由")).await;
    refused(
        &app,
        &county,
        id,
        (sheet(2, "ill_handled", "2026-11-22"), "不得早于今天"),
    )
    .await;
    taken(&app, &county, id, sheet(2, "ill_handled", "2026-11-25")).await;
    let row = sheets(&app, id).await.remove(0);
    assert_eq!((row.level, minute(row.due_at).as_str()), (2, "2026-11-25 23:59"));
    let end = json!({ "step": "end_supervision", "supervision": row.id });
    refused(&app, &county, id, (end.clone(), "尚未答复")).await;
    let lead = app.sign_in("lead").await;
    refused(&app, &lead, id, (end.clone(), "由相应级别解除")).await;
    let answer = json!({ "step": "answer_supervision", "supervision": row.id, "answer": "今天已见到儿童，报告附后。" });
    assert_eq!(take(&app, &county, id, answer.clone()).await.status, 403);
    taken(&app, &township, id, answer.clone()).await;
    assert_eq!(take(&app, &township, id, end.clone()).await.status, 403);
    let desk = county.get("/orders").await.text();
    assert!(desk.contains("已答复、待解除的督办"), "{desk}");
    taken(&app, &county, id, end.clone()).await;
    refused(&app, &county, id, (end, "没有这份在督的督办单")).await;
    refused(&app, &township, id, (answer, "没有这份在督的督办单")).await;
}
