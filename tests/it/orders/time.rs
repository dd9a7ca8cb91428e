//! 延期与停表.

use super::{case, refused, signed, take, taken};
use crate::given;
use crate::support::App;
use chrono::TimeDelta;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};
use tonghu::clock::minute;
use tonghu::entity::{deadline, order_extension, order_pause};
use tonghu::rules::level::RiskLevel::{Blue, Red, Yellow};
use tonghu::worker;
use uuid::Uuid;

async fn resolve(app: &App, case: Uuid) -> deadline::Model {
    deadline::Entity::find()
        .filter(deadline::Column::CaseId.eq(case))
        .filter(deadline::Column::Milestone.eq("resolve"))
        .filter(deadline::Column::CancelledAt.is_null())
        .one(app.state.db.read())
        .await
        .unwrap()
        .unwrap()
}

async fn extension(app: &App, case: Uuid) -> order_extension::Model {
    order_extension::Entity::find()
        .filter(order_extension::Column::CaseId.eq(case))
        .one(app.state.db.read())
        .await
        .unwrap()
        .unwrap()
}

fn more(days: u32) -> Value {
    json!({ "step": "ask_extension", "days": days, "reason": "等待医院出具诊断。" })
}

#[tokio::test]
async fn more_time_is_asked_for_once_and_granted_by_another_one() {
    let app = App::start().await;
    let (township, id) = signed(&app, Yellow).await;
    for days in [0, 11] {
        refused(&app, &township, id, (more(days), "1 至 10 个工作日")).await;
    }
    taken(&app, &township, id, more(5)).await;
    refused(&app, &township, id, (more(5), "限申请一次")).await;
    let rule = json!({ "step": "rule_extension", "grant": true });
    assert_eq!(take(&app, &township, id, rule.clone()).await.status, 403);
    let city = app.sign_in("county2").await;
    assert_eq!(take(&app, &city, id, rule.clone()).await.status, 404);
    let county = app.sign_in("county").await;
    let no = json!({ "step": "rule_extension", "grant": false });
    refused(&app, &county, id, (no, "不同意的理由")).await;
    taken(&app, &county, id, rule.clone()).await;
    refused(&app, &county, id, (rule, "没有待裁定的延期")).await;
    assert_eq!(minute(resolve(&app, id).await.due_at), "2026-12-15 23:59");
    let row = extension(&app, id).await;
    assert_eq!(
        (row.state.as_str(), minute(row.due_before).as_str()),
        ("granted", "2026-12-08 23:59")
    );
    let page = county.get(&format!("/cases/{id}")).await.text();
    assert!(
        page.contains("原到期 2026-12-08 23:59"),
        "the old end stays to be seen: {page}"
    );
}

#[tokio::test]
async fn red_is_never_extended_and_nothing_after_its_end() {
    let app = App::start().await;
    let (township, red) = signed(&app, Red).await;
    refused(&app, &township, red, (more(3), "红色工单不得延期")).await;
    let unsigned = case(&app, Yellow).await.id;
    refused(&app, &township, unsigned, (more(3), "待签收")).await;
    let (_, late) = signed(&app, Yellow).await;
    app.clock.advance(TimeDelta::days(16));
    let township = app.sign_in("township").await;
    refused(&app, &township, late, (more(3), "到期前提出")).await;
}

#[tokio::test]
async fn what_nobody_ruled_before_the_end_is_refused_by_itself_once() {
    let app = App::start().await;
    let (township, id) = signed(&app, Yellow).await;
    taken(&app, &township, id, more(5)).await;
    app.clock.advance(TimeDelta::days(16));
    let county = app.sign_in("county").await;
    let rule = json!({ "step": "rule_extension", "grant": true });
    refused(&app, &county, id, (rule, "视为驳回")).await;
    let before = given::now(&app, id).await.version;
    worker::tick(&app.state).await;
    worker::tick(&app.state).await;
    assert_eq!(extension(&app, id).await.state, "lapsed");
    assert_eq!(given::now(&app, id).await.version, before, "nobody's form goes stale");
    assert_eq!(super::told(&app, id, "extension_lapsed").await, 1);
    assert_eq!(minute(resolve(&app, id).await.due_at), "2026-12-08 23:59");
}

#[tokio::test]
async fn clocks_stand_still_for_three_grounds_and_run_on_for_what_was_left() {
    let app = App::start().await;
    let (township, id) = signed(&app, Blue).await;
    let ask = |ground: &str| json!({ "step": "ask_pause", "ground": ground, "reason": "儿童住院，医嘱两周。" });
    let reply = take(&app, &township, id, ask("holiday")).await;
    assert_eq!(reply.status, 422, "{}", reply.text());
    taken(&app, &township, id, ask("hospital")).await;
    refused(&app, &township, id, (ask("hospital"), "已申请或正在停表")).await;
    let rule = json!({ "step": "rule_pause", "grant": true });
    let lead = app.sign_in("lead").await;
    assert_eq!(
        take(&app, &lead, id, rule.clone()).await.status,
        403,
        "the county grants a pause"
    );
    let county = app.sign_in("county").await;
    taken(&app, &county, id, rule).await;
    assert!(resolve(&app, id).await.paused_at.is_some());
    app.clock.advance(TimeDelta::days(7));
    let township = app.sign_in("township").await;
    taken(
        &app,
        &township,
        id,
        json!({ "step": "end_pause", "reason": "已出院。" }),
    )
    .await;
    let clock = resolve(&app, id).await;
    assert_eq!(
        (clock.paused_at, minute(clock.due_at).as_str()),
        (None, "2026-12-15 23:59")
    );
    refused(
        &app,
        &township,
        id,
        (json!({ "step": "end_pause", "reason": "再来。" }), "没有停表"),
    )
    .await;
}

#[tokio::test]
async fn red_and_yellow_never_stand_still_and_a_higher_level_ends_a_pause() {
    let app = App::start().await;
    let ask = json!({ "step": "ask_pause", "ground": "ruling", "reason": "等待法院裁定。" });
    for level in [Red, Yellow] {
        let (township, id) = signed(&app, level).await;
        refused(&app, &township, id, (ask.clone(), "不得停表")).await;
    }
    let (township, id) = signed(&app, Blue).await;
    taken(&app, &township, id, ask).await;
    let county = app.sign_in("county").await;
    taken(&app, &county, id, json!({ "step": "rule_pause", "grant": true })).await;
    taken(
        &app,
        &township,
        id,
        json!({ "step": "raise_risk", "level": "red", "reason": "发现新伤。" }),
    )
    .await;
    assert!(resolve(&app, id).await.paused_at.is_none());
    let row = order_pause::Entity::find()
        .filter(order_pause::Column::CaseId.eq(id))
        .one(app.state.db.read())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(row.state, "ended");
}
