//! Transfers: asking, and every step on one.

use super::super::world::{Body, Shot, World};
use super::Drive;
use crate::form;
use crate::given;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;
use tonghu::entity::{protection_case, transfer};
use tonghu::rules::level::RiskLevel::Yellow;

/// Each step, who takes it, and whether the other side is outside the city.
const STEPS: [(&str, &str, bool); 9] = [
    ("confirm", "county2", false),
    ("refuse", "county2", false),
    ("withdraw", "township", false),
    ("dispute", "township", false),
    ("rule_move", "city", false),
    ("rule_keep", "city", false),
    ("contacted", "township", true),
    ("confirm", "township", true),
    ("refuse", "township", true),
];

pub(super) fn drives() -> Vec<Drive> {
    let mut all = vec![
        Drive::new("/cases/{id}/transfers/new", "inside", |w| Box::pin(ask(w, false))),
        Drive::new("/cases/{id}/transfers/new", "outside", |w| Box::pin(ask(w, true))),
    ];
    for step in STEPS {
        let what = format!("{}{}", step.0, if step.2 { " by letter" } else { "" });
        all.push(Drive::new("/transfers/{id}/{step}", &what, move |w| {
            Box::pin(on_the_page(w, step))
        }));
        all.push(Drive::new("/api/v1/transfers/{id}/steps", &what, move |w| {
            Box::pin(over_the_interface(w, step))
        }));
    }
    all
}

async fn ask(w: &World, outside: bool) -> Shot {
    let case = w.case(Yellow, "accepted").await;
    asking(w, &case, outside)
}

fn asking(w: &World, case: &protection_case::Model, outside: bool) -> Shot {
    let (way, to) = if outside {
        ("outside", "")
    } else {
        ("inside", "140623100")
    };
    Shot {
        who: "township",
        path: format!("/cases/{}/transfers/new", case.id),
        body: form! {
            "version" => case.version, "way" => way, "to" => to, "to_text" => "", "outside" => w.address(),
            "reason" => "residence", "met_on" => "2026-11-23", "meeting" => w.sentence(),
            "child_informed" => "no", "guardian_informed" => "yes", "informed_note" => w.sentence(),
        },
    }
}

/// A transfer as far as the step needs it.
async fn made(w: &World, (step, _, outside): (&str, &str, bool)) -> transfer::Model {
    let case = w.case(Yellow, "accepted").await;
    let reply = asking(w, &case, outside).send(w).await;
    assert_eq!(reply.status, 303, "{}", reply.text());
    let find = async || {
        let found = transfer::Entity::find().filter(transfer::Column::CaseId.eq(case.id));
        found.one(w.app.state.db.read()).await.unwrap().unwrap()
    };
    let path = format!("/api/v1/transfers/{}/steps", find().await.id);
    if matches!(step, "dispute" | "rule_move" | "rule_keep") {
        let refuse = json!({ "step": "refuse", "version": 1, "reason": "未到" });
        w.step("county2", &path, refuse).await;
    }
    if matches!(step, "rule_move" | "rule_keep") {
        let dispute = json!({ "step": "dispute", "version": 2, "reason": "已到" });
        w.step("township", &path, dispute).await;
    }
    assert_eq!(given::now(&w.app, case.id).await.lead_unit, case.lead_unit);
    find().await
}

async fn on_the_page(w: &World, step: (&'static str, &'static str, bool)) -> Shot {
    let row = made(w, step).await;
    Shot {
        who: step.1,
        path: format!("/transfers/{}/{}", row.id, step.0),
        body: form! {
            "version" => row.version, "reason" => w.sentence(), "reply_no" => w.name(),
            "reply_on" => "2026-11-23", "called_on" => "2026-11-23",
        },
    }
}

async fn over_the_interface(w: &World, step: (&'static str, &'static str, bool)) -> Shot {
    let row = made(w, step).await;
    Shot {
        who: step.1,
        path: format!("/api/v1/transfers/{}/steps", row.id),
        body: Body::Json(json!({
            "step": step.0, "version": row.version, "reason": w.sentence(), "reply_no": w.name(),
            "reply_on": "2026-11-23", "called_on": "2026-11-23",
        })),
    }
}
