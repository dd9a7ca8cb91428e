//! The intake desk, the reports of the API, and the obliged reporter's page.

use super::super::world::{Body, Shot, World};
use super::Drive;
use crate::{fields, form};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};
use tonghu::entity::{emergency_call, report};
use tonghu::rules::level::RiskLevel::Red;
use uuid::Uuid;

pub(super) fn drives() -> Vec<Drive> {
    let mut drives = vec![
        Drive::new("/intake/new", "", |_| Box::pin(async { begin() })),
        Drive::new("/intake/{id}/draft", "", |w| Box::pin(desk(w, "/draft", &[]))),
        Drive::new("/intake/{id}/advice", "", |w| Box::pin(desk(w, "/advice", &[]))),
        Drive::new("/intake/{id}/caller", "", |w| Box::pin(caller(w))),
        Drive::new("/intake/{id}/candidate", "", |w| Box::pin(candidate(w))),
        Drive::new("/intake/{id}/emergency", "start", |w| {
            Box::pin(desk(w, "/emergency", &[("step", "start")]))
        }),
        Drive::new("/intake/{id}/emergency", "joined", |w| Box::pin(joined(w))),
        Drive::new("/intake/{id}/consult", "answered", |w| Box::pin(consult(w, "answered"))),
        Drive::new("/intake/{id}/consult", "nuisance", |w| Box::pin(consult(w, "nuisance"))),
        Drive::new("/intake/{id}/undo", "", |w| Box::pin(undo(w))),
        Drive::new("/intake/{id}/review", "refuse", |w| Box::pin(review(w, "refuse"))),
        Drive::new("/intake/{id}/review", "confirm", |w| Box::pin(review(w, "confirm"))),
        Drive::new("/intake/{id}", "join by number", |w| Box::pin(join(w))),
        Drive::new("/reports/{id}/reporter", "", |w| Box::pin(reporter(w))),
        Drive::new("/portal/new", "", |w| Box::pin(portal(w))),
        Drive::new("/api/v1/reports", "route", |w| Box::pin(report_json(w, "route"))),
        Drive::new("/api/v1/reports", "hold", |w| Box::pin(report_json(w, "hold"))),
        Drive::new("/api/v1/reports", "by a school", |w| Box::pin(by_school(w))),
    ];
    for outcome in ["route", "hold", "add_child", "screened_out"] {
        drives.push(Drive::new("/intake/{id}", outcome, move |w| {
            Box::pin(async move { desk(w, "", &[("outcome", outcome)]).await })
        }));
    }
    for (outcome, line) in [("answered", ""), ("referred", "12348")] {
        drives.push(Drive::new("/intake/{id}", outcome, move |w| {
            Box::pin(inquiry(w, outcome, line))
        }));
    }
    for step in [
        "save",
        "route",
        "join",
        "answer",
        "refer",
        "screen_out",
        "confirm_screen_out",
        "refuse_screen_out",
        "dismiss",
        "emergency",
        "undo",
    ] {
        drives.push(Drive::new("/api/v1/reports/{id}/steps", step, move |w| {
            Box::pin(report_step(w, step))
        }));
    }
    drives
}

fn begin() -> Shot {
    Shot {
        who: "operator",
        path: "/intake/new".to_owned(),
        body: form! { "channel" => "phone" },
    }
}

/// Every control of the desk, filled in.
fn controls(w: &World) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = fields! {
        "channel" => "phone", "demand_type" => "tipoff", "caller_phone" => w.phone(), "caller_name" => w.name(),
        "anonymous" => "true", "confidential" => "true", "safe_phone" => "true", "safe_time" => w.sentence(),
        "reporter_type" => "V04", "relation_to_child" => "905",
        "q1" => "no", "q3" => "yes", "q7" => w.sentence(),
        "child_location" => "140622100000", "child_location_text" => "", "child_address" => w.address(),
        "incident_place" => "140622100000", "incident_place_text" => "", "incident_address" => w.address(),
        "title" => w.sentence(), "content" => w.sentence(), "case_types" => "0101",
        "mandatory_situations" => "MR4", "danger_flags" => "needs_medical", "cohabiting_suspect" => "yes",
        "suspect_relation" => "father", "suspect_name" => w.name(), "involved_official" => "",
        "reported_to_police" => "true", "police_receipt_no" => w.sentence(), "urgency" => "1",
        "urgency_reason" => w.sentence(), "outcome_note" => w.sentence(), "join_number" => "", "referred_to" => "",
        "inquiry" => w.sentence(), "answer" => w.sentence(),
    };
    for _ in 0..2 {
        for (name, value) in [
            ("child_name", w.name()),
            ("child_sex", "2".to_owned()),
            ("child_age", "7".to_owned()),
            ("child_feature", w.sentence()),
            ("child_id_number", w.id_number()),
        ] {
            fields.push((name.to_owned(), value));
        }
    }
    fields
}

async fn desk(w: &World, path: &str, more: &[(&str, &str)]) -> Shot {
    let (id, version) = w.draft().await;
    let mut fields = controls(w);
    fields.push(("version".to_owned(), version.to_string()));
    fields.extend(
        more.iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
    );
    Shot {
        who: "operator",
        path: format!("/intake/{id}{path}"),
        body: Body::Form(fields),
    }
}

/// A call in which nobody is harmed.
async fn inquiry(w: &World, outcome: &str, line: &str) -> Shot {
    let (id, version) = w.draft().await;
    Shot {
        who: "operator",
        path: format!("/intake/{id}"),
        body: form! {
            "version" => version, "channel" => "phone", "demand_type" => "inquiry", "caller_name" => w.name(),
            "caller_phone" => w.phone(), "content" => w.sentence(), "outcome_note" => w.sentence(),
            "referred_to" => line, "outcome" => outcome,
        },
    }
}

async fn join(w: &World) -> Shot {
    let case = w.case(Red, "accepted").await;
    let mut shot = desk(w, "", &[("outcome", "join")]).await;
    if let Body::Form(fields) = &mut shot.body {
        for (name, value) in fields.iter_mut() {
            if name == "join_number" {
                value.clone_from(&case.number);
            }
        }
    }
    shot
}

async fn caller(w: &World) -> Shot {
    let (id, _) = w.draft().await;
    Shot {
        who: "operator",
        path: format!("/intake/{id}/caller"),
        body: form! { "caller_phone" => w.phone() },
    }
}

/// The same caller and child once more: the first case is the candidate.
async fn candidate(w: &World) -> Shot {
    let first = report_json(w, "route").await;
    let taken = first.send(w).await.json();
    let Body::Json(mut body) = first.body else {
        unreachable!("JSON")
    };
    body["outcome"] = json!("hold");
    let draft = w.step("operator", "/api/v1/reports", body.clone()).await;
    let mut fields = controls(w);
    for (name, value) in &mut fields {
        match name.as_str() {
            "caller_phone" => body["caller"]["phone"].as_str().unwrap().clone_into(value),
            "child_name" => body["children"][0]["name"].as_str().unwrap().clone_into(value),
            _ => {}
        }
    }
    fields.push(("version".to_owned(), draft["version"].to_string()));
    let case = taken["case"]["id"].as_str().unwrap();
    fields.push(("decision".to_owned(), format!("related:{case}")));
    Shot {
        who: "operator",
        path: format!("/intake/{}/candidate", draft["id"].as_str().unwrap()),
        body: Body::Form(fields),
    }
}

async fn joined(w: &World) -> Shot {
    let receipt = w.sentence();
    let more = [
        ("step", "joined"),
        ("emergency_line", "both"),
        ("emergency_time", "08:59"),
        ("emergency_receipt", receipt.as_str()),
    ];
    desk(w, "/emergency", &more).await
}

pub(super) async fn later_receipt(w: &World) -> Shot {
    let sent = joined(w).await;
    let reply = sent.send(w).await;
    assert!(reply.status.as_u16() < 400, "{}", reply.text());
    let report = Uuid::parse_str(sent.path.split('/').nth(2).unwrap()).unwrap();
    let found = emergency_call::Entity::find()
        .filter(emergency_call::Column::ReportId.eq(report))
        .filter(emergency_call::Column::Line.eq("120"))
        .one(w.app.state.db.read())
        .await;
    Shot {
        who: "operator",
        path: format!("/reports/{report}/emergency/{}", found.unwrap().unwrap().id),
        body: form! { "version" => 1, "receipt" => w.name() },
    }
}

async fn consult(w: &World, outcome: &str) -> Shot {
    let (id, version) = w.draft().await;
    Shot {
        who: "operator",
        path: format!("/intake/{id}/consult"),
        body: form! {
            "version" => version, "inquiry" => w.sentence(), "answer" => w.sentence(), "outcome" => outcome,
        },
    }
}

async fn version_of(w: &World, id: &str) -> i32 {
    let id: Uuid = id.parse().unwrap();
    let found = report::Entity::find_by_id(id).one(w.app.state.db.read()).await;
    found.unwrap().unwrap().version
}

async fn undo(w: &World) -> Shot {
    let shot = consult(w, "answered").await;
    assert_eq!(shot.send(w).await.status, 303);
    let id = shot.path.split('/').nth(2).unwrap();
    Shot {
        who: "operator",
        path: format!("/intake/{id}/undo"),
        body: form! { "version" => version_of(w, id).await },
    }
}

async fn proposed(w: &World) -> String {
    let shot = desk(w, "", &[("outcome", "screened_out")]).await;
    let sent = shot.send(w).await;
    assert_eq!(sent.status, 303, "{}", sent.text());
    shot.path.split('/').nth(2).unwrap().to_owned()
}

async fn review(w: &World, decision: &str) -> Shot {
    let id = proposed(w).await;
    Shot {
        who: "lead",
        path: format!("/intake/{id}/review"),
        body: form! { "version" => version_of(w, &id).await, "decision" => decision, "why" => w.sentence() },
    }
}

async fn reporter(w: &World) -> Shot {
    let (id, _) = w.draft().await;
    Shot {
        who: "lead",
        path: format!("/reports/{id}/reporter"),
        body: form! { "reason" => "call_back" },
    }
}

async fn portal(w: &World) -> Shot {
    Shot {
        who: "hospital",
        path: "/portal/new".to_owned(),
        body: form! {
            "reporter_type" => "M05", "caller_name" => w.name(), "position" => w.sentence(),
            "caller_phone" => w.phone(), "head_informed" => "yes", "discovered_at" => "2026-11-23T08:30",
            "discovered_how" => w.sentence(), "mandatory_situations" => "MR4", "child_name" => w.name(),
            "child_feature" => w.sentence(), "child_sex" => "2", "child_age" => "7",
            "child_id_number" => w.id_number(), "guardian" => w.name(), "content" => w.sentence(),
            "injury" => w.sentence(), "child_location" => "140622100000", "child_location_text" => "",
            "child_address" => w.address(), "child_safe" => "no", "suspect_relation" => "father",
            "suspect_name" => w.name(), "cohabiting_suspect" => "yes", "measures_taken" => w.sentence(),
            "reported_to_police" => "yes", "police_at" => "2026-11-23T08:35", "police_unit" => w.sentence(),
            "police_receipt_no" => w.sentence(), "superior_at" => "2026-11-23T08:40", "guardian_told" => "no",
            "guardian_reason" => w.sentence(), "late_reason" => w.sentence(), "submission" => Uuid::now_v7(),
        },
    }
}

/// Every field of a report.
fn whole(w: &World) -> Value {
    json!({
        "channel": "phone", "demand_type": "tipoff", "case_types": ["0101"], "mandatory_situations": ["MR4"],
        "danger_flags": ["needs_medical"], "answers": { "safe_now": "no", "where_hurt": w.sentence() },
        "urgency": "red", "urgency_reason": w.sentence(), "title": w.sentence(), "content": w.sentence(),
        "caller": {
            "name": w.name(), "phone": w.phone(), "anonymous": false, "safe_phone": true, "safe_time": w.sentence(),
        },
        "reporter_type": "V04", "relation_to_child": "905", "confidential": true,
        "incident_place": { "division": "140622100", "address": w.address() },
        "child_location": { "division": "140622100", "address": w.address() },
        "residence": "140622100", "domicile": "140622100",
        "children": [{
            "name": w.name(), "sex": "2", "age": 7, "id_number": w.id_number(), "feature": w.sentence(),
        }],
        "cohabiting_suspect": "yes", "suspect_relation": "father", "suspect_name": w.name(),
        "suspect_phone": w.phone(), "suspect_id_number": w.id_number(), "teaching_staff": false, "at_school": false,
        "reported_to_police": true, "police_receipt_no": w.sentence(),
        "discovered_at": "2026-11-23T08:00:00+08:00", "received_at": "2026-11-23T08:50:00+08:00",
        "ext_order_no": "SZ12345-20261123-000017", "recording_id": w.sentence(), "callback_url": w.sentence(),
        "form_extra": { "note": w.sentence() },
    })
}

async fn report_json(w: &World, outcome: &str) -> Shot {
    let mut body = whole(w);
    body["outcome"] = json!(outcome);
    Shot {
        who: "operator",
        path: "/api/v1/reports".to_owned(),
        body: Body::Json(body),
    }
}

async fn by_school(w: &World) -> Shot {
    let mut body = whole(w);
    body["reporter_type"] = json!("M01");
    Shot {
        who: "school",
        path: "/api/v1/reports".to_owned(),
        body: Body::Json(body),
    }
}

/// A step with what it needs beforehand.
async fn report_step(w: &World, step: &str) -> Shot {
    let id = match step {
        "confirm_screen_out" | "refuse_screen_out" => proposed(w).await,
        "undo" => {
            let shot = undo(w).await;
            shot.path.split('/').nth(2).unwrap().to_owned()
        }
        _ => w.draft().await.0,
    };
    let mut body = json!({ "step": step, "version": version_of(w, &id).await });
    let calm = json!({ "demand_type": "inquiry", "content": w.sentence(), "caller": { "name": w.name() } });
    match step {
        "save" | "route" | "screen_out" => body["report"] = whole(w),
        "join" => {
            body["report"] = whole(w);
            body["case_number"] = json!(w.case(Red, "accepted").await.number);
        }
        "answer" | "refer" => body["report"] = calm,
        "emergency" => {
            body["lines"] = json!(["110", "120"]);
            body["at"] = json!("2026-11-23T08:55:00+08:00");
            body["receipt"] = json!(w.sentence());
        }
        _ => {}
    }
    match step {
        "answer" | "screen_out" | "refuse_screen_out" => body["note"] = json!(w.sentence()),
        "refer" => {
            body["note"] = json!(w.sentence());
            body["line"] = json!("12348");
        }
        "dismiss" => body["note"] = json!("silent"),
        _ => {}
    }
    Shot {
        who: if step.ends_with("_screen_out") {
            "lead"
        } else {
            "operator"
        },
        path: format!("/api/v1/reports/{id}/steps"),
        body: Body::Json(body),
    }
}
