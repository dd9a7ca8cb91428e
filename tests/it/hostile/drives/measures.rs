//! Measures with a life of their own.

use super::super::world::{Body, Shot, World};
use super::Drive;
use crate::fields;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};
use tonghu::entity::measure;
use tonghu::rules::level::RiskLevel::Red;
use uuid::Uuid;

pub(super) fn drives() -> Vec<Drive> {
    vec![
        Drive::new("/cases/{id}/measures/begin/{kind}", "", |w| Box::pin(begin_form(w))),
        Drive::new("/cases/{id}/measures/{measure}/do/{deed}", "", |w| {
            Box::pin(deed_form(w))
        }),
        Drive::new("/api/v1/cases/{id}/steps", "begin_measure", |w| Box::pin(begin_step(w))),
        Drive::new("/api/v1/cases/{id}/steps", "measure_step", |w| Box::pin(deed_step(w))),
        Drive::new("/api/v1/measures/{id}/steps", "grant", |w| Box::pin(own_step(w))),
    ]
}

/// An application for a protection order.
fn application(w: &World) -> Vec<(String, String)> {
    fields! {
        "applicant_kind" => "WF", "applicant" => w.name(), "respondent" => w.name(), "court" => w.sentence(),
        "filed_at" => "2026-11-23 09:00", "urgent" => "no", "grounds" => w.sentence(),
    }
}

async fn begin_form(w: &World) -> Shot {
    let case = w.case(Red, "accepted").await;
    Shot {
        who: "township",
        path: format!("/cases/{}/measures/begin/protection_order", case.id),
        body: Body::Form(application(w)),
    }
}

async fn begin_step(w: &World) -> Shot {
    let case = w.case(Red, "accepted").await;
    let fields = answers(application(w));
    Shot {
        who: "township",
        path: format!("/api/v1/cases/{}/steps", case.id),
        body: Body::Json(json!({
            "step": "begin_measure", "version": case.version, "kind": "protection_order", "fields": fields,
        })),
    }
}

/// An application that waits for its ruling, and the answers to one.
async fn applied(w: &World) -> (measure::Model, Vec<(String, String)>) {
    let shot = begin_form(w).await;
    let case: Uuid = shot.path.split('/').nth(2).unwrap().parse().unwrap();
    assert_eq!(shot.send(w).await.status, 303);
    let found = measure::Entity::find().filter(measure::Column::CaseId.eq(case));
    let ruling = fields! {
        "paper_no" => w.sentence(), "issued_by" => w.name(), "issued_on" => "2026-11-23",
        "in_force_from" => "2026-11-23", "expires_on" => "2027-05-01", "served_on" => "2026-11-23",
        "police_at" => "2026-11-23 09:00", "terms" => w.sentence(),
    };
    (found.one(w.app.state.db.read()).await.unwrap().unwrap(), ruling)
}

async fn deed_form(w: &World) -> Shot {
    let (row, mut ruling) = applied(w).await;
    ruling.push(("version".to_owned(), row.version.to_string()));
    Shot {
        who: "township",
        path: format!("/cases/{}/measures/{}/do/grant", row.case_id, row.id),
        body: Body::Form(ruling),
    }
}

/// Answers as JSON.
fn answers(given: Vec<(String, String)>) -> serde_json::Map<String, Value> {
    given.into_iter().map(|(name, value)| (name, value.into())).collect()
}

async fn own_step(w: &World) -> Shot {
    let (row, ruling) = applied(w).await;
    Shot {
        who: "township",
        path: format!("/api/v1/measures/{}/steps", row.id),
        body: Body::Json(json!({ "step": "grant", "version": row.version, "fields": answers(ruling) })),
    }
}

async fn deed_step(w: &World) -> Shot {
    let (row, ruling) = applied(w).await;
    let fields = answers(ruling);
    Shot {
        who: "township",
        path: format!("/api/v1/cases/{}/steps", row.case_id),
        body: Body::Json(json!({
            "step": "measure_step", "version": row.version, "measure": row.id, "deed": "grant", "fields": fields,
        })),
    }
}
