//! The steps on a case: every form and every step of the API.

use super::super::world::{Body, Shot, World};
use super::Drive;
use super::case_rows::{FORMS, Given, Row, STEPS, W};
use super::order_rows;
use crate::given;
use sea_orm::ActiveValue::Set;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Map, Value, json};
use tonghu::entity::{Sealed, assessment, case_child, protection_case, supervision};
use tonghu::rules::level::RiskLevel::Red;
use uuid::Uuid;

/// `POST /cases/{id}/do/{step}` for every step.
pub(super) fn forms() -> Vec<Drive> {
    let row = |row: &'static Row| {
        Drive::new("/cases/{id}/do/{step}", row.0, move |world| {
            Box::pin(async move {
                let (case, fields) = prepared(world, row).await;
                let mut form = vec![("version".to_owned(), case.version.to_string())];
                form.extend(fields.into_iter().map(|(name, value)| (name.to_owned(), text(&value))));
                Shot {
                    who: row.1,
                    path: format!("/cases/{}/do/{}", case.id, row.0),
                    body: Body::Form(form),
                }
            })
        })
    };
    let of_orders = order_rows::BOTH_FORMS.iter().chain(order_rows::FORMS);
    FORMS.iter().chain(of_orders).map(row).collect()
}

/// `POST /api/v1/cases/{id}/steps` for every step that is no other feature's.
pub(super) fn steps() -> Vec<Drive> {
    let row = |row: &'static Row| {
        Drive::new("/api/v1/cases/{id}/steps", row.0, move |world| {
            Box::pin(async move {
                let (case, fields) = prepared(world, row).await;
                let mut body = Map::new();
                body.insert("step".to_owned(), json!(row.0));
                body.insert("version".to_owned(), json!(case.version));
                body.extend(fields.into_iter().map(|(name, value)| (name.to_owned(), value)));
                Shot {
                    who: row.1,
                    path: format!("/api/v1/cases/{}/steps", case.id),
                    body: Body::Json(Value::Object(body)),
                }
            })
        })
    };
    let of_orders = order_rows::BOTH_STEPS.iter().chain(order_rows::STEPS);
    STEPS.iter().chain(of_orders).map(row).collect()
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

async fn prepared(world: &World, row: &Row) -> (protection_case::Model, Vec<(&'static str, Value)>) {
    let (_, _, level, stage, wanted, words) = *row;
    let case = world.case(level, stage).await;
    let case = given_so(world, case, wanted).await;
    let mut fields = Vec::new();
    for (name, word) in words {
        fields.push((*name, value(world, &case, *word).await));
    }
    (case, fields)
}

async fn value(world: &World, case: &protection_case::Model, word: W) -> Value {
    let other = async || world.case(Red, "accepted").await;
    match word {
        W::Is(text) => json!(text),
        W::Yes => json!(true),
        W::Name => json!(world.name()),
        W::Sentence => json!(world.sentence()),
        W::Phone => json!(world.phone()),
        W::Id => json!(world.id_number()),
        W::Child => json!(child_of(world, case.id).await),
        W::Seat(who) => json!(given::account_of(&world.app, who).await.unit_id),
        W::Person(who) => json!(given::account_of(&world.app, who).await.id),
        W::Other => json!(other().await.id),
        W::OtherNumber => json!(other().await.number),
        W::Sheet => json!(sheet_of(world, case.id).await),
    }
}

pub(super) async fn child_of(world: &World, case: Uuid) -> Uuid {
    let link = case_child::Entity::find()
        .filter(case_child::Column::CaseId.eq(case))
        .one(world.app.state.db.read())
        .await;
    link.unwrap().unwrap().child_id
}

async fn given_so(world: &World, case: protection_case::Model, wanted: Given) -> protection_case::Model {
    match wanted {
        Given::Nothing => case,
        Given::Proposed => world.change(case.id, |row| row.proposed_level = Set(Some(4))).await,
        Given::Closable => {
            assessed(world, case.id).await;
            let close = |row: &mut protection_case::ActiveModel| {
                row.follow_up_planned = Set(true);
                row.closure_type = Set(Some("referred".to_owned()));
            };
            world.change(case.id, close).await
        }
        Given::Merged => {
            let into = world.case(Red, "accepted").await.id;
            let merge = json!({ "step": "merge", "version": case.version, "into": into, "reason": "同一名儿童" });
            world
                .step("county", &format!("/api/v1/cases/{}/steps", case.id), merge)
                .await;
            given::now(&world.app, case.id).await
        }
        Given::Planned => {
            let goals = json!([{ "dimension": "safety", "goal": "不再挨打", "means": "每周走访" }]);
            let plan = json!({ "step": "plan", "version": case.version, "goals": goals });
            world
                .step("township", &format!("/api/v1/cases/{}/steps", case.id), plan)
                .await;
            given::now(&world.app, case.id).await
        }
        order => ordered(world, case, order).await,
    }
}

/// Brings the order of a case as far as a row wants it.
async fn ordered(world: &World, case: protection_case::Model, wanted: Given) -> protection_case::Model {
    let time = json!({ "step": "ask_extension", "days": 3, "reason": "等待诊断" });
    let pause = json!({ "step": "ask_pause", "ground": "ruling", "reason": "等待裁定" });
    let sheet = json!({ "step": "supervise", "level": 2, "cause": "other", "reason": "限期报告" });
    let result = json!({ "step": "hand_in", "summary": "已安置" });
    let steps: Vec<(&str, Value)> = match wanted {
        Given::WantsTime => vec![("township", time)],
        Given::WantsPause => vec![("township", pause)],
        Given::Paused => vec![
            ("township", pause),
            ("county", json!({ "step": "rule_pause", "grant": true })),
        ],
        Given::Supervised => vec![("county", sheet)],
        Given::HandedIn => vec![("township", result)],
        Given::Resolved => vec![("township", result), ("county", json!({ "step": "accept_result" }))],
        _ => Vec::new(),
    };
    let mut case = case;
    for (who, mut step) in steps {
        step["version"] = json!(case.version);
        world.step(who, &format!("/api/v1/cases/{}/steps", case.id), step).await;
        case = given::now(&world.app, case.id).await;
    }
    case
}

async fn sheet_of(world: &World, case: Uuid) -> Uuid {
    let sheet = supervision::Entity::find()
        .filter(supervision::Column::CaseId.eq(case))
        .one(world.app.state.db.read())
        .await;
    sheet.unwrap().unwrap().id
}

/// An assessment that says the child was heard.
async fn assessed(world: &World, case: Uuid) {
    let row = assessment::ActiveModel {
        id: Set(Uuid::now_v7()),
        case_id: Set(case),
        kind: Set("first".to_owned()),
        answers: Set(Sealed(Vec::new())),
        scores: Set(json!({})),
        level: Set(3),
        conclusion: Set("confirmed".to_owned()),
        findings: Set(Sealed(Vec::new())),
        child_opinion: Set(Some(Sealed(Vec::new()))),
        temp_custody: Set(false),
        assessed_by: Set(given::account_of(&world.app, "township").await.id),
        assessed_at: Set(world.app.clock.now()),
    };
    row.insert(world.app.state.db.schema()).await.unwrap();
}
