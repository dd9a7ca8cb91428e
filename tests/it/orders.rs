//! The order of a case: handed back, arbitrated, extended, supervised, handed
//! in, called back.

mod answers;
mod next;
mod pressure;
mod results;
mod returns;
mod second_tip;
mod time;

use crate::given::{self, Spec};
use crate::support::{App, Client, Reply};
use axum::http::StatusCode;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};
use tonghu::entity::{journal_entry, protection_case};
use tonghu::rules::level::RiskLevel;
use uuid::Uuid;

/// A step on a case under the version that it has now.
async fn take(app: &App, who: &Client, case: Uuid, mut body: Value) -> Reply {
    body["version"] = json!(given::now(app, case).await.version);
    who.json("POST", &format!("/api/v1/cases/{case}/steps"), body).await
}

/// The same, which must succeed; answers the case as it is then.
async fn taken(app: &App, who: &Client, case: Uuid, body: Value) -> Value {
    let reply = take(app, who, case, body.clone()).await;
    assert_eq!(reply.status, StatusCode::OK, "{body}: {}", reply.text());
    reply.json()
}

/// The same, which must be refused for a reason that says these words, with
/// nothing changed.
async fn refused(app: &App, who: &Client, case: Uuid, (body, words): (Value, &str)) {
    let before = given::now(app, case).await;
    let reply = take(app, who, case, body.clone()).await;
    assert_eq!(
        reply.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "{body}: {}",
        reply.text()
    );
    assert!(reply.text().contains(words), "{body}: {}", reply.text());
    assert_eq!(given::now(app, case).await, before, "{body}");
}

async fn case(app: &App, level: RiskLevel) -> protection_case::Model {
    given::case(app, Spec::at(app, level).await).await
}

/// A case that the township has signed, and the township.
async fn signed(app: &App, level: RiskLevel) -> (Client, Uuid) {
    let id = case(app, level).await.id;
    let township = app.sign_in("township").await;
    taken(app, &township, id, json!({ "step": "sign" })).await;
    (township, id)
}

/// How often an act stands in the journal of a case.
async fn told(app: &App, case: Uuid, act: &str) -> u64 {
    journal_entry::Entity::find()
        .filter(journal_entry::Column::CaseId.eq(case))
        .filter(journal_entry::Column::Act.eq(act))
        .count(app.state.db.read())
        .await
        .unwrap()
}

async fn unit_of(app: &App, who: &str) -> Uuid {
    given::account_of(app, who).await.unit_id.unwrap()
}
