//! Referrals to other lines, the list of the lines, and a search while somebody
//! talks.

use super::super::world::{Body, Shot, World};
use super::Drive;
use crate::form;
use serde_json::{Value, json};

pub(super) fn drives() -> Vec<Drive> {
    let mut all = vec![
        Drive::new("/reports/{id}/referrals", "", |w| Box::pin(record(w))),
        Drive::new("/api/v1/reports/{id}/referrals", "", |w| Box::pin(record_json(w))),
        Drive::new("/reports/{id}/emergency/{call}", "", |w| {
            Box::pin(super::desk::later_receipt(w))
        }),
        Drive::new("/referral-lines/{code}", "", |w| Box::pin(line(w))),
        Drive::new("/knowledge/find", "", |w| Box::pin(search(w))),
    ];
    for step in ["receipt", "answer", "withdraw"] {
        all.push(Drive::new("/referrals/{id}/{step}", step, move |w| {
            Box::pin(on_the_page(w, step))
        }));
        all.push(Drive::new("/api/v1/referrals/{id}/steps", step, move |w| {
            Box::pin(over_the_interface(w, step))
        }));
    }
    all
}

async fn record(w: &World) -> Shot {
    let (id, _) = w.draft().await;
    Shot {
        who: "operator",
        path: format!("/reports/{id}/referrals"),
        body: form! {
            "referral_id" => "", "referral_line" => "12355", "referral_kind" => "joined", "referral_at" => "",
            "referral_told" => w.sentence(), "referral_receipt" => w.name(),
        },
    }
}

async fn record_json(w: &World) -> Shot {
    let (id, _) = w.draft().await;
    Shot {
        who: "operator",
        path: format!("/api/v1/reports/{id}/referrals"),
        body: Body::Json(json!({
            "line": "12355", "kind": "joined", "told": w.sentence(), "receipt": w.name(),
        })),
    }
}

/// A referral that waits for its answer.
async fn waiting(w: &World) -> Value {
    let shot = record_json(w).await;
    let Body::Json(body) = shot.body else {
        unreachable!("made above")
    };
    w.step("operator", &shot.path, body).await
}

async fn on_the_page(w: &World, step: &str) -> Shot {
    let row = waiting(w).await;
    Shot {
        who: "operator",
        path: format!("/referrals/{}/{step}", row["id"].as_str().unwrap()),
        body: form! {
            "version" => row["version"], "receipt" => w.name(), "answer" => w.sentence(), "answered_at" => "",
            "reason" => w.sentence(),
        },
    }
}

async fn over_the_interface(w: &World, step: &str) -> Shot {
    let row = waiting(w).await;
    Shot {
        who: "operator",
        path: format!("/api/v1/referrals/{}/steps", row["id"].as_str().unwrap()),
        body: Body::Json(json!({
            "step": step, "version": row["version"], "receipt": w.name(), "answer": w.sentence(),
            "reason": w.sentence(),
        })),
    }
}

async fn line(w: &World) -> Shot {
    let list = w.who("operator").await.get("/api/v1/referral-lines").await;
    assert_eq!(list.status, 200, "{}", list.text());
    let rows = list.json()["items"].as_array().unwrap().clone();
    let row = rows.iter().find(|row| row["code"] == "12333").unwrap();
    Shot {
        who: "sysadmin",
        path: "/referral-lines/12333".to_owned(),
        body: form! {
            "version" => row["version"], "name" => "人社热线", "purpose" => "劳动用工", "dial" => "0349-0001234",
            "hours" => "工作日", "recipient" => "人社局", "active" => "true", "source" => "拨测", "reason" => w.sentence(),
        },
    }
}

async fn search(w: &World) -> Shot {
    Shot {
        who: "operator",
        path: "/knowledge/find".to_owned(),
        body: form! { "q" => w.sentence(), "case_type" => "0101", "demand_type" => "inquiry" },
    }
}
