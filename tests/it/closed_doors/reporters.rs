//! An obliged reporter sees their own reports, in a neutral state, and nothing
//! that came of them.

use crate::given;
use crate::support::App;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};
use tonghu::entity::{journal_entry, report};
use uuid::Uuid;

#[tokio::test]
async fn an_obliged_reporter_sees_their_own_reports_and_their_neutral_state_only() {
    let app = App::start().await;
    let mut own = Vec::new();
    for who in ["hospital", "school"] {
        let person = app.sign_in(who).await;
        let mut call = crate::main_job::call("140622100");
        call["reporter_type"] = json!("M05");
        call["content"] = json!(format!("{who} 反映的情况"));
        let reply = person.json("POST", "/api/v1/reports", call).await;
        assert_eq!(reply.status, 201, "{}", reply.text());
        own.push(reply.json());
    }
    let hospital = app.sign_in("hospital").await;
    let (mine, theirs) = (own[0]["id"].as_str().unwrap(), own[1]["id"].as_str().unwrap());
    let list = hospital.get("/portal").await.text();
    assert!(list.contains(mine) && !list.contains(theirs));
    for path in ["/portal/", "/api/v1/reports/"] {
        assert_eq!(hospital.get(&format!("{path}{mine}")).await.status, 200, "{path}");
        assert_eq!(hospital.get(&format!("{path}{theirs}")).await.status, 404, "{path}");
    }
    let account = given::account_of(&app, "hospital").await.id;
    let tried = journal_entry::Entity::find()
        .filter(journal_entry::Column::ActorId.eq(account))
        .filter(journal_entry::Column::ReportId.eq(theirs.parse::<Uuid>().unwrap()))
        .filter(journal_entry::Column::Outcome.eq("denied"))
        .all(app.state.db.read())
        .await
        .unwrap();
    assert_eq!(tried.len(), 2, "both attempts are on record");
    let found = report::Entity::find_by_id(mine.parse::<Uuid>().unwrap())
        .one(app.state.db.read())
        .await;
    let case = found.unwrap().unwrap().case_id.unwrap();
    let told = hospital.get(&format!("/api/v1/reports/{mine}")).await.json();
    assert_eq!(told["state"], "已收到");
    for absent in ["report", "case", "plan", "level", "suggested_level", "note"] {
        assert_eq!(told[absent], Value::Null, "{absent}: {told}");
    }
    for path in [
        format!("/cases/{case}"),
        format!("/api/v1/cases/{case}"),
        "/cases".to_owned(),
        "/api/v1/cases".to_owned(),
        "/tasks".to_owned(),
        "/reports".to_owned(),
    ] {
        assert_eq!(hospital.get(&path).await.status, 403, "{path}");
    }
}
