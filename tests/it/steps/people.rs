//! The people of a case: recused, recorded, and the reporter behind it.

use super::{pointers, step};
use crate::given::{self, Spec};
use crate::support::App;
use axum::http::StatusCode;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;
use tonghu::casework::steps;
use tonghu::entity::{CodeList, journal_entry, report, reporter_identity};
use tonghu::error::Error;
use tonghu::vault::Slot;
use uuid::Uuid;

#[tokio::test]
async fn a_recused_lead_unit_gives_way_to_another_by_the_rules() {
    let app = App::start().await;
    let case = given::case(&app, Spec::red(&app).await).await;
    let county = app.sign_in("county").await;
    let body = json!({ "step": "recuse", "version": 1, "unit": case.lead_unit, "reason": "当事人为该镇干部近亲属。" });
    let reply = step(&county, case.id, body).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    assert_ne!(reply.json()["lead_unit"], json!(case.lead_unit));
    let township = app.sign_in("township").await;
    let gone = township.get(&format!("/api/v1/cases/{}", case.id)).await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn people_are_recorded_sealed_and_checked() {
    let app = App::start().await;
    let case = given::case(&app, Spec::red(&app).await).await;
    let township = app.sign_in("township").await;
    let party = |phone: &str| json!({ "step": "party", "version": 1, "kind": "suspect", "name": "童大山", "phone": phone, "lives_with_child": true });
    assert_eq!(pointers(&step(&township, case.id, party("不知道")).await), ["/phone"]);
    assert_eq!(
        step(&township, case.id, party("1600000 0011")).await.status,
        StatusCode::OK
    );
    assert_eq!(given::now(&app, case.id).await.cohabiting_suspect, "yes");
    let view = township.get(&format!("/api/v1/cases/{}", case.id)).await;
    assert!(!view.text().contains("童大山"), "masked");
    let child = view.json()["children"][0]["id"].clone();
    let change = |number: &str| json!({ "step": "child", "version": 2, "child": child, "id_number": number, "opinion": "愿意住在外婆家。" });
    assert_eq!(
        pointers(&step(&township, case.id, change("140699201901010001")).await),
        ["/id_number"]
    );
    let stranger = json!({ "step": "child", "version": 2, "child": Uuid::now_v7(), "name": "某某" });
    assert_eq!(step(&township, case.id, stranger).await.status, StatusCode::NOT_FOUND);
    let reply = step(&township, case.id, change("140699201901010000")).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
}

#[tokio::test]
async fn the_reporter_is_opened_by_few_and_with_a_reason() {
    let app = App::start().await;
    let case = given::case(&app, Spec::red(&app).await).await;
    reported(&app, case.id).await;
    let (lead, county) = (given::ctx_of(&app, "lead").await, given::ctx_of(&app, "county").await);
    let refused = steps::open_reporter(&app.state, &county, case.id, "想联系").await;
    assert!(matches!(refused, Err(Error::Forbidden(_))));
    let silent = steps::open_reporter(&app.state, &lead, case.id, " ").await;
    assert!(matches!(silent, Err(Error::Invalid(_))));
    let opened = steps::open_reporter(&app.state, &lead, case.id, "核实现场情况")
        .await
        .unwrap();
    assert_eq!(opened[0].name.as_deref(), Some("热心人"));
    let entry = journal_entry::Entity::find()
        .filter(journal_entry::Column::Act.eq("reporter_opened"))
        .one(app.state.db.read())
        .await
        .unwrap();
    assert_eq!(entry.unwrap().case_id, Some(case.id));
}

/// A report of the case, from a person who gave a name.
async fn reported(app: &App, case: Uuid) {
    let id = Uuid::now_v7();
    let now = app.clock.now();
    let row = report::ActiveModel {
        id: Set(id),
        number: Set(format!("XS-{}", id.simple())),
        channel: Set("phone".to_owned()),
        state: Set("decided".to_owned()),
        demand_type: Set("tipoff".to_owned()),
        case_types: Set(CodeList::default()),
        mandatory_situations: Set(CodeList::default()),
        danger_flags: Set(CodeList::default()),
        safety_answers: Set(json!({})),
        suggestion: Set(json!([])),
        sensitivity: Set(3),
        confidential: Set(true),
        mandated: Set(false),
        cohabiting_suspect: Set("unknown".to_owned()),
        teaching_staff: Set(false),
        at_school: Set(false),
        reported_to_police: Set(false),
        started_at: Set(now),
        case_id: Set(Some(case)),
        decided_at: Set(Some(now)),
        version: Set(1),
        ..Default::default()
    };
    row.insert(app.state.db.schema()).await.unwrap();
    let slot = Slot::new("reporter_identity", "name", id);
    let identity = reporter_identity::ActiveModel {
        report_id: Set(id),
        name: Set(Some(app.state.vault.seal(slot, "热心人").unwrap())),
        anonymous: Set(false),
        safe_phone: Set(true),
        ..Default::default()
    };
    identity.insert(app.state.db.schema()).await.unwrap();
}
