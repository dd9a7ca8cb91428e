//! Joint tasks, papers, assessments, plans, and the names behind a case.

use super::super::world::{Body, Shot, World};
use super::Drive;
use crate::given;
use crate::{fields, form};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};
use tonghu::entity::{measure, plan_goal, task};
use tonghu::rules::codes;
use tonghu::rules::level::RiskLevel::{Red, Yellow};
use uuid::Uuid;

#[expect(clippy::too_many_lines, reason = "one table")]
pub(super) fn drives() -> Vec<Drive> {
    vec![
        Drive::new("/cases/{id}/tasks/new", "", |w| Box::pin(new_task(w))),
        Drive::new("/cases/{id}/conferences/new", "", |w| Box::pin(conference(w))),
        Drive::new("/tasks/{id}/sign", "", |w| Box::pin(task_form(w, "sign"))),
        Drive::new("/tasks/{id}/report", "", |w| Box::pin(report_form(w))),
        Drive::new("/tasks/{id}/accept", "", |w| Box::pin(task_form(w, "accept"))),
        Drive::new("/tasks/{id}/reject", "", |w| Box::pin(task_form(w, "reject"))),
        Drive::new("/tasks/{id}/cancel", "", |w| Box::pin(task_form(w, "cancel"))),
        Drive::new("/tasks/{id}/waive", "", |w| Box::pin(task_form(w, "waive"))),
        Drive::new("/tasks/{id}/refuse", "", |w| Box::pin(task_form(w, "refuse"))),
        Drive::new("/tasks/{id}/rule", "", |w| Box::pin(task_form(w, "rule"))),
        Drive::new("/tasks/{id}/drop", "", |w| Box::pin(task_form(w, "drop"))),
        Drive::new("/api/v1/tasks/{id}/steps", "waive", |w| Box::pin(task_step(w, "waive"))),
        Drive::new("/api/v1/tasks/{id}/steps", "refuse", |w| {
            Box::pin(task_step(w, "refuse"))
        }),
        Drive::new("/api/v1/tasks/{id}/steps", "rule", |w| Box::pin(task_step(w, "rule"))),
        Drive::new("/api/v1/tasks/{id}/steps", "drop", |w| Box::pin(task_step(w, "drop"))),
        Drive::new("/api/v1/cases/{id}/steps", "open_tasks", |w| Box::pin(open_tasks(w))),
        Drive::new("/api/v1/tasks/{id}/steps", "sign", |w| Box::pin(task_step(w, "sign"))),
        Drive::new("/api/v1/tasks/{id}/steps", "report", |w| {
            Box::pin(task_step(w, "report"))
        }),
        Drive::new("/api/v1/tasks/{id}/steps", "accept", |w| {
            Box::pin(task_step(w, "accept"))
        }),
        Drive::new("/api/v1/tasks/{id}/steps", "reject", |w| {
            Box::pin(task_step(w, "reject"))
        }),
        Drive::new("/api/v1/tasks/{id}/steps", "cancel", |w| {
            Box::pin(task_step(w, "cancel"))
        }),
        Drive::new("/api/v1/cases/{id}/steps", "open_task", |w| Box::pin(open_task(w))),
        Drive::new("/api/v1/cases/{id}/steps", "measure", |w| Box::pin(measure_step(w))),
        Drive::new("/api/v1/cases/{id}/steps", "assess", |w| {
            Box::pin(assess_step(w, "assess", "accepted"))
        }),
        Drive::new("/api/v1/cases/{id}/steps", "review", |w| {
            Box::pin(assess_step(w, "review", "planned"))
        }),
        Drive::new("/api/v1/cases/{id}/steps", "plan", |w| Box::pin(plan_step(w))),
        Drive::new("/cases/{id}/measures/new", "", |w| Box::pin(measure_form(w))),
        Drive::new("/cases/{id}/measures/{measure}/end", "", |w| Box::pin(measure_end(w))),
        Drive::new("/cases/{id}/assess/new", "", |w| {
            Box::pin(assess_form(w, "assess", "accepted"))
        }),
        Drive::new("/cases/{id}/review/new", "", |w| {
            Box::pin(assess_form(w, "review", "planned"))
        }),
        Drive::new("/cases/{id}/plan", "", |w| Box::pin(plan_form(w))),
        Drive::new("/cases/{id}/plan/confirm", "", |w| Box::pin(goal_form(w, "confirm"))),
        Drive::new("/cases/{id}/plan/routine", "", |w| Box::pin(routine(w, false))),
        Drive::new("/cases/{id}/plan/routine/end", "", |w| Box::pin(routine(w, true))),
        Drive::new("/cases/{id}/plan/goals/{goal}/done", "", |w| {
            Box::pin(goal_form(w, "done"))
        }),
        Drive::new("/cases/{id}/plan/goals/{goal}/drop", "", |w| {
            Box::pin(goal_form(w, "drop"))
        }),
        Drive::new("/cases/{id}/identity", "", |w| Box::pin(identity(w))),
        Drive::new("/cases/{id}/reporter", "", |w| Box::pin(reporter(w))),
    ]
}

async fn new_task(w: &World) -> Shot {
    let case = w.case(Yellow, "accepted").await;
    Shot {
        who: "township",
        path: format!("/cases/{}/tasks/new", case.id),
        body: form! {
            "pick" => "T81", "common" => w.sentence(),
            "type_code" => "T32", "unit_id" => "", "request" => w.sentence(), "due_at" => "2026-11-25T09:00",
            "type_code2" => "T60", "request2" => w.sentence(), "due_at2" => "",
        },
    }
}

async fn conference(w: &World) -> Shot {
    let case = w.case(Red, "accepted").await;
    let unit = given::account_of(&w.app, "civil").await.unit_id.unwrap();
    Shot {
        who: "county",
        path: format!("/cases/{}/conferences/new", case.id),
        body: form! {
            "version" => case.version, "on" => "2026-11-23", "minutes_no" => w.sentence(), "place" => w.address(),
            "agenda" => w.sentence(), "decisions" => w.sentence(), "member" => unit, "function" => w.name(),
            "pick" => "T81", "common" => w.sentence(),
            "type_code" => "T12", "request" => w.sentence(), "due_at" => "2026-11-25T09:00",
        },
    }
}

async fn open_task(w: &World) -> Shot {
    let case = w.case(Yellow, "accepted").await;
    Shot {
        who: "township",
        path: format!("/api/v1/cases/{}/steps", case.id),
        body: Body::Json(json!({
            "step": "open_task", "version": case.version, "type": "T32", "request": w.sentence(),
            "due_at": "2026-11-25T09:00:00+08:00",
        })),
    }
}

async fn open_tasks(w: &World) -> Shot {
    let case = w.case(Yellow, "accepted").await;
    Shot {
        who: "township",
        path: format!("/api/v1/cases/{}/steps", case.id),
        body: Body::Json(json!({
            "step": "open_tasks", "version": case.version,
            "tasks": [
                { "type": "T32", "request": w.sentence(), "due_at": "2026-11-25T09:00:00+08:00" },
                { "type": "T60", "request": w.sentence() },
            ],
        })),
    }
}

/// A task of the police, as far as a step needs it.
async fn task_for(w: &World, step: &str) -> task::Model {
    let shot = open_task(w).await;
    let case: Uuid = shot.path.split('/').nth(4).unwrap().parse().unwrap();
    let reply = shot.send(w).await;
    assert!(reply.status.is_success(), "{}", reply.text());
    let find = async || {
        let found = task::Entity::find().filter(task::Column::CaseId.eq(case));
        found.one(w.app.state.db.read()).await.unwrap().unwrap()
    };
    let id = find().await.id;
    let path = format!("/api/v1/tasks/{id}/steps");
    if matches!(step, "report" | "accept" | "reject") {
        w.step("police", &path, json!({ "step": "sign", "version": 1 })).await;
    }
    if matches!(step, "accept" | "reject") {
        let papers = json!([{ "kind": "admonition", "paper_no": "应公告字1号", "issued_on": "2026-11-23" }]);
        let body = json!({ "step": "report", "version": 2, "result": "已办理", "papers": papers });
        w.step("police", &path, body).await;
    }
    if matches!(step, "rule" | "drop") {
        w.step("police", &path, refusal(w)).await;
    }
    find().await
}

fn refusal(w: &World) -> Value {
    json!({
        "step": "refuse", "version": 1, "reason": "R02", "basis": w.sentence(), "done_first": w.sentence(),
    })
}

fn worker(step: &str) -> &'static str {
    match step {
        "sign" | "report" | "refuse" => "police",
        "rule" | "drop" => "county",
        _ => "township",
    }
}

async fn task_form(w: &World, step: &str) -> Shot {
    let task = task_for(w, step).await;
    Shot {
        who: worker(step),
        path: format!("/tasks/{}/{step}", task.id),
        body: form! {
            "version" => task.version, "reason" => w.sentence(), "refusal" => "R02", "basis" => w.sentence(),
            "done_first" => w.sentence(), "unit" => "",
        },
    }
}

async fn report_form(w: &World) -> Shot {
    let task = task_for(w, "report").await;
    Shot {
        who: "police",
        path: format!("/tasks/{}/report", task.id),
        body: form! {
            "version" => task.version, "result" => w.sentence(),
            "kind" => "admonition", "paper_no" => w.sentence(), "issued_by" => w.name(), "issued_on" => "2026-11-23",
            "in_force_from" => "", "expires_on" => "", "served_on" => "2026-11-23",
            "kind2" => "alarm_receipt", "paper_no2" => w.sentence(), "issued_by2" => w.name(),
            "issued_on2" => "2026-11-23",
        },
    }
}

async fn task_step(w: &World, step: &str) -> Shot {
    let task = task_for(w, step).await;
    let mut body = json!({ "step": step, "version": task.version });
    match step {
        "report" => {
            body["result"] = json!(w.sentence());
            body["papers"] = json!([{
                "kind": "admonition", "paper_no": w.sentence(), "issued_by": w.name(), "issued_on": "2026-11-23",
                "served_on": "2026-11-23", "note": w.sentence(),
            }]);
        }
        "accept" => body["note"] = json!(w.sentence()),
        "refuse" => body = refusal(w),
        "reject" | "cancel" | "waive" | "rule" | "drop" => body["reason"] = json!(w.sentence()),
        _ => {}
    }
    Shot {
        who: worker(step),
        path: format!("/api/v1/tasks/{}/steps", task.id),
        body: Body::Json(body),
    }
}

async fn measure_step(w: &World) -> Shot {
    let case = w.case(Red, "accepted").await;
    Shot {
        who: "township",
        path: format!("/api/v1/cases/{}/steps", case.id),
        body: Body::Json(json!({
            "step": "measure", "version": case.version, "kind": "protection_order", "paper_no": w.sentence(),
            "issued_by": w.name(), "issued_on": "2026-11-23", "in_force_from": "2026-11-23",
            "expires_on": "2027-05-01", "served_on": "2026-11-23", "note": w.sentence(),
        })),
    }
}

async fn measure_form(w: &World) -> Shot {
    let case = w.case(Red, "accepted").await;
    Shot {
        who: "township",
        path: format!("/cases/{}/measures/new", case.id),
        body: form! {
            "kind" => "protection_order", "paper_no" => w.sentence(), "issued_by" => w.name(),
            "issued_on" => "2026-11-23", "in_force_from" => "2026-11-23", "expires_on" => "2027-05-01",
            "served_on" => "2026-11-23", "note" => w.sentence(),
        },
    }
}

async fn measure_end(w: &World) -> Shot {
    let shot = measure_form(w).await;
    let case: Uuid = shot.path.split('/').nth(2).unwrap().parse().unwrap();
    assert_eq!(shot.send(w).await.status, 303);
    let found = measure::Entity::find().filter(measure::Column::CaseId.eq(case));
    let paper = found.one(w.app.state.db.read()).await.unwrap().unwrap();
    Shot {
        who: "township",
        path: format!("/cases/{case}/measures/{}/end", paper.id),
        body: form! { "version" => paper.version, "ended_on" => "2026-11-23", "reason" => w.sentence() },
    }
}

fn marks() -> impl Iterator<Item = &'static codes::AssessmentItem> {
    codes::assessment_items().iter().filter(|item| !item.veto)
}

async fn assess_step(w: &World, step: &str, stage: &str) -> Shot {
    let case = w.case(Yellow, stage).await;
    let marks: serde_json::Map<String, Value> = marks().map(|item| (item.code.clone(), json!(item.max))).collect();
    Shot {
        who: "township",
        path: format!("/api/v1/cases/{}/steps", case.id),
        body: Body::Json(json!({
            "step": step, "version": case.version, "ways": ["home", "school"], "on": "2026-11-23", "who": w.name(),
            "place": w.address(), "interviewed": "yes", "child_words": w.sentence(), "scene": w.sentence(),
            "conclusion": "confirmed", "temp_custody": false, "marks": marks, "vetoes": ["A1-04"],
            "child_opinion": w.sentence(), "opinion_unsuitable": w.sentence(),
        })),
    }
}

async fn assess_form(w: &World, path: &str, stage: &str) -> Shot {
    let case = w.case(Yellow, stage).await;
    let mut fields: Vec<(String, String)> = fields! {
        "version" => case.version, "ways" => "home", "on" => "2026-11-23", "who" => w.name(),
        "place" => w.address(), "interviewed" => "yes", "child_words" => w.sentence(), "scene" => w.sentence(),
        "conclusion" => "confirmed", "child_opinion" => w.sentence(), "opinion_unsuitable" => w.sentence(),
    };
    fields.extend(marks().map(|item| (format!("marks/{}", item.code), item.max.to_string())));
    Shot {
        who: "township",
        path: format!("/cases/{}/{path}/new", case.id),
        body: Body::Form(fields),
    }
}

async fn plan_step(w: &World) -> Shot {
    let case = w.case(Red, "assessed").await;
    Shot {
        who: "township",
        path: format!("/api/v1/cases/{}/steps", case.id),
        body: Body::Json(json!({
            "step": "plan", "version": case.version,
            "goals": [{
                "dimension": "safety", "goal": w.sentence(), "means": w.sentence(), "responsible": w.name(),
                "due_on": "2026-12-31", "core": true,
            }],
        })),
    }
}

async fn plan_form(w: &World) -> Shot {
    let case = w.case(Red, "assessed").await;
    Shot {
        who: "township",
        path: format!("/cases/{}/plan", case.id),
        body: form! {
            "version" => case.version, "goals/0/dimension" => "safety", "goals/0/goal" => w.sentence(),
            "goals/0/means" => w.sentence(), "goals/0/responsible" => w.name(), "goals/0/due_on" => "2026-12-31",
            "goals/0/core" => "true",
        },
    }
}

async fn goal_form(w: &World, step: &str) -> Shot {
    let shot = plan_form(w).await;
    let case: Uuid = shot.path.split('/').nth(2).unwrap().parse().unwrap();
    assert_eq!(shot.send(w).await.status, 303);
    let found = plan_goal::Entity::find().filter(plan_goal::Column::CaseId.eq(case));
    let goal = found.one(w.app.state.db.read()).await.unwrap().unwrap();
    let version = given::now(&w.app, case).await.version;
    match step {
        "confirm" => Shot {
            who: "county",
            path: format!("/cases/{case}/plan/confirm"),
            body: form! { "version" => version },
        },
        step => Shot {
            who: "township",
            path: format!("/cases/{case}/plan/goals/{}/{step}", goal.id),
            body: form! { "version" => goal.version, "reason" => w.sentence() },
        },
    }
}

/// Open goals handed over to routine care, or, once they are, taken back.
async fn routine(w: &World, back: bool) -> Shot {
    let plan = plan_form(w).await;
    let case: Uuid = plan.path.split('/').nth(2).unwrap().parse().unwrap();
    assert_eq!(plan.send(w).await.status, 303);
    let shot = async |path: &str| Shot {
        who: "township",
        path: format!("/cases/{case}/plan/{path}"),
        body: form! {
            "version" => given::now(&w.app, case).await.version, "note" => w.sentence(), "reason" => w.sentence(),
        },
    };
    let over = shot("routine").await;
    if !back {
        return over;
    }
    assert_eq!(over.send(w).await.status, 303);
    shot("routine/end").await
}

async fn identity(w: &World) -> Shot {
    let case = w.case(Yellow, "accepted").await;
    Shot {
        who: "township",
        path: format!("/cases/{}/identity", case.id),
        body: form! { "reason" => w.sentence() },
    }
}

async fn reporter(w: &World) -> Shot {
    let case = w.case(Yellow, "accepted").await;
    Shot {
        who: "lead",
        path: format!("/cases/{}/reporter", case.id),
        body: form! { "reason" => w.sentence() },
    }
}
