//! A case does not close over an open task unless its lead says why it may.

use super::{case, fault, now, on_task, opened};
use crate::support::App;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::json;
use tonghu::casework::steps;
use tonghu::entity::deadline;
use tonghu::rules::level::RiskLevel;

#[tokio::test]
async fn an_open_task_holds_the_case_until_the_lead_waives_it_with_a_reason() {
    let app = App::start().await;
    let row = case(&app, RiskLevel::Yellow).await;
    let township = app.sign_in("township").await;
    let task = opened(&app, &township, row.id, "T80").await;
    let orders = async || {
        let case = crate::given::now(&app, row.id).await;
        let db = app.state.db.read();
        let checks = steps::closing_checks(db, &app.state, &case, "goals_met", app.clock.now()).await;
        checks.unwrap().pop().unwrap()
    };
    let held = orders().await;
    assert!(!held.met && held.detail.contains(&task.number), "{}", held.detail);
    let bare = on_task(&app, &township, task.id, json!({ "step": "waive", "reason": "" })).await;
    assert_eq!(fault(&bare).0, "/reason");
    for who in ["health", "education"] {
        let person = app.sign_in(who).await;
        let waive = json!({ "step": "waive", "reason": "不用办" });
        let status = on_task(&app, &person, task.id, waive).await.status.as_u16();
        assert_eq!(status, if who == "health" { 403 } else { 404 }, "{who}");
    }
    let waived = on_task(
        &app,
        &township,
        task.id,
        json!({ "step": "waive", "reason": "儿童已由外县医院收治" }),
    )
    .await;
    assert_eq!(waived.json()["state"], "waived", "{}", waived.text());
    let free = orders().await;
    assert!(
        free.met && free.detail.contains(&format!("免办：{}", task.number)),
        "{}",
        free.detail
    );
    let running = deadline::Entity::find()
        .filter(deadline::Column::TaskId.eq(task.id))
        .filter(deadline::Column::MetAt.is_null())
        .filter(deadline::Column::CancelledAt.is_null());
    assert_eq!(running.count(app.state.db.read()).await.unwrap(), 0);
    let health = app.sign_in("health").await;
    let page = health.get(&format!("/tasks/{}", task.id)).await.text();
    assert!(
        page.contains("已免办") && page.contains("儿童已由外县医院收治"),
        "{page}"
    );
    let late = on_task(&app, &health, task.id, json!({ "step": "sign" })).await;
    assert_eq!(late.status, 422, "{}", late.text());
    assert_eq!(now(&app, task.id).await.version, 2);
}
