//! Joint handling: several departments on one case, each with its own task.

mod conference;
mod disputes;
mod fields;
mod list;
mod papers;
mod several;
mod waiving;

use crate::given::{self, Spec};
use crate::support::{App, Client, Reply};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};
use tonghu::entity::{protection_case, task};
use tonghu::rules::level::RiskLevel;
use uuid::Uuid;

/// A case in the village of the demonstration, on which work may be done.
async fn case(app: &App, level: RiskLevel) -> protection_case::Model {
    let case = given::case(app, Spec::at(app, level).await).await;
    let row = protection_case::ActiveModel {
        stage: sea_orm::ActiveValue::Set("accepted".to_owned()),
        ..Default::default()
    };
    given::set(app, case.id, row).await;
    given::now(app, case.id).await
}

/// A step on a case, as the person sees it now.
async fn on_case(app: &App, who: &Client, case: Uuid, mut body: Value) -> Reply {
    body["version"] = json!(given::now(app, case).await.version);
    who.json("POST", &format!("/api/v1/cases/{case}/steps"), body).await
}

/// A step on a task, as it is now.
async fn on_task(app: &App, who: &Client, task: Uuid, mut body: Value) -> Reply {
    body["version"] = json!(now(app, task).await.version);
    who.json("POST", &format!("/api/v1/tasks/{task}/steps"), body).await
}

/// The task as it is now.
async fn now(app: &App, id: Uuid) -> task::Model {
    let found = task::Entity::find_by_id(id).one(app.state.db.read()).await;
    found.unwrap().unwrap()
}

/// The latest task of a type on a case.
async fn task_of(app: &App, case: Uuid, kind: &str) -> task::Model {
    let found = task::Entity::find()
        .filter(task::Column::CaseId.eq(case))
        .filter(task::Column::TypeCode.eq(kind))
        .order_by_desc(task::Column::Id)
        .one(app.state.db.read())
        .await;
    found.unwrap().unwrap()
}

/// Opens a task of a type for the county's own department.
async fn opened(app: &App, who: &Client, case: Uuid, kind: &str) -> task::Model {
    let body = json!({ "step": "open_task", "type": kind, "request": "按职责办理并反馈文书号" });
    let reply = on_case(app, who, case, body).await;
    assert_eq!(reply.status, 200, "{kind}: {}", reply.text());
    task_of(app, case, kind).await
}

/// The message of the first fault, and where it stands.
fn fault(reply: &Reply) -> (String, String) {
    assert_eq!(reply.status, 422, "{}", reply.text());
    let error = reply.json()["errors"][0].clone();
    let text = |name: &str| error[name].as_str().unwrap().to_owned();
    (text("pointer"), text("message"))
}
