//! Several tasks at once, and nobody asked twice for the same.

use super::{case, fault, on_case, task_of};
use crate::support::App;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::json;
use tonghu::entity::{deadline, task};
use tonghu::rules::level::RiskLevel;
use uuid::Uuid;

async fn count(app: &App, case: Uuid) -> u64 {
    let all = task::Entity::find().filter(task::Column::CaseId.eq(case));
    all.count(app.state.db.read()).await.unwrap()
}

#[tokio::test]
async fn suggested_tasks_are_ticked_and_opened_together_with_one_that_is_written_out() {
    let app = App::start().await;
    let case = case(&app, RiskLevel::Yellow).await.id;
    let township = app.sign_in("township").await;
    let at = format!("/cases/{case}/tasks/new");
    let page = township.get(&at).await;
    assert_eq!(page.status, 200, "{}", page.text());
    for suggested in ["T30", "T31", "T32", "T81"] {
        assert!(
            page.text().contains(&format!("name=\"pick\" value=\"{suggested}\"")),
            "{suggested}"
        );
    }
    let fields = [
        ("pick", "T31"),
        ("pick", "T81"),
        ("type_code", "T70"),
        ("request", "核实在校表现"),
        ("due_at", ""),
    ];
    let opened = township.post(&at, &fields).await;
    assert_eq!(opened.status, 303, "{}", opened.text());
    assert_eq!(count(&app, case).await, 3);
    for (kind, rule) in [("T31", "DL32-07"), ("T81", "TSK-yellow"), ("T70", "DL40")] {
        let task = task_of(&app, case, kind).await;
        let clock = deadline::Entity::find()
            .filter(deadline::Column::TaskId.eq(task.id))
            .filter(deadline::Column::Milestone.eq("task_done"))
            .one(app.state.db.read())
            .await
            .unwrap()
            .unwrap();
        assert_eq!(clock.rule_code, rule, "{kind}");
    }
    let education = app.sign_in("education").await;
    let listed = education.get("/api/v1/tasks?state=open").await.json();
    assert_eq!(listed["items"][0]["type"], "T70");
    let again = township.get(&at).await.text();
    assert!(
        !again.contains("name=\"pick\" value=\"T31\""),
        "what is open is not suggested"
    );
}

#[tokio::test]
async fn one_fault_opens_none_and_every_fault_is_named() {
    let app = App::start().await;
    let case = case(&app, RiskLevel::Yellow).await.id;
    let county = app.sign_in("county").await;
    let past = app.clock.now() - chrono::TimeDelta::hours(1);
    let body = json!({ "step": "open_tasks", "tasks": [
        { "type": "T81", "request": "固定伤情与病历" },
        { "type": "T00", "request": "没有这种任务" },
        { "type": "T60", "request": "", "due_at": past },
    ] });
    let refused = on_case(&app, &county, case, body).await;
    assert_eq!(refused.status, 422, "{}", refused.text());
    let reply = refused.json();
    let errors = reply["errors"].as_array().unwrap();
    let pointers: Vec<&str> = errors.iter().map(|error| error["pointer"].as_str().unwrap()).collect();
    assert_eq!(pointers, ["/tasks/1/type_code", "/tasks/2/request", "/tasks/2/due_at"]);
    assert_eq!(count(&app, case).await, 0, "nothing was opened");
    let none = on_case(&app, &county, case, json!({ "step": "open_tasks", "tasks": [] })).await;
    assert_eq!(fault(&none).0, "/tasks");
}

#[tokio::test]
async fn the_same_of_the_same_unit_is_refused_with_the_way_to_the_first() {
    let app = App::start().await;
    let case = case(&app, RiskLevel::Yellow).await.id;
    let county = app.sign_in("county").await;
    let first = super::opened(&app, &county, case, "T80").await;
    let twice = on_case(
        &app,
        &county,
        case,
        json!({ "step": "open_task", "type": "T80", "request": "再办一次" }),
    )
    .await;
    let (pointer, message) = fault(&twice);
    assert_eq!(pointer, "/type_code");
    assert!(message.contains(&first.number), "{message}");
    let at = format!("/cases/{case}/tasks/new");
    let page = county.post(&at, &[("type_code", "T80"), ("request", "再办一次")]).await;
    assert_eq!(page.status, 422);
    let text = page.text();
    assert!(
        text.contains(&format!("/tasks/{}", first.id)) && text.contains("再办一次"),
        "{text}"
    );
    let body = json!({ "step": "open_tasks", "tasks": [
        { "type": "T60", "request": "法律援助" }, { "type": "T60", "request": "法律援助" },
    ] });
    let (pointer, _) = fault(&on_case(&app, &county, case, body).await);
    assert_eq!(pointer, "/tasks/1/type_code", "nor twice in one order");
    let over = json!({ "step": "cancel", "reason": "发错" });
    assert_eq!(super::on_task(&app, &county, first.id, over).await.status, 200);
    super::opened(&app, &county, case, "T80").await;
    assert_eq!(count(&app, case).await, 2, "what is over may be asked for again");
}

#[tokio::test]
async fn the_same_order_sent_twice_is_the_same_tasks() {
    let app = App::start().await;
    let case = case(&app, RiskLevel::Yellow).await.id;
    let county = app.sign_in("county").await;
    let body = json!({ "step": "open_tasks", "tasks": [
        { "id": Uuid::now_v7(), "type": "T81", "request": "固定伤情与病历" },
        { "id": Uuid::now_v7(), "type": "T60", "request": "法律援助" },
    ] });
    for _ in 0..2 {
        let reply = on_case(&app, &county, case, body.clone()).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
    }
    assert_eq!(count(&app, case).await, 2);
}
