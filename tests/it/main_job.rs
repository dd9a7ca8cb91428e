//! The main job over the JSON interface, from the call to the county's refusal
//! to close too early.

use crate::support::{App, Client, Reply};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};
use tonghu::entity::account;
use uuid::Uuid;

struct Job {
    app: App,
    case: String,
}

impl Job {
    async fn version(&self, who: &Client) -> i64 {
        let reply = who.get(&format!("/api/v1/cases/{}", self.case)).await;
        reply.json()["version"]
            .as_i64()
            .unwrap_or_else(|| panic!("{}", reply.text()))
    }

    async fn step(&self, who: &Client, mut body: Value) -> Reply {
        body["version"] = json!(self.version(who).await);
        who.json("POST", &format!("/api/v1/cases/{}/steps", self.case), body)
            .await
    }

    async fn taken(&self, who: &Client, body: Value) {
        let name = body["step"].clone();
        let reply = self.step(who, body).await;
        assert_eq!(reply.status, 200, "{name}: {}", reply.text());
    }
}

async fn village_of(app: &App) -> String {
    let row = account::Entity::find()
        .filter(account::Column::Username.eq("village"))
        .one(app.state.db.read())
        .await
        .unwrap();
    row.unwrap().division
}

fn call(place: &str) -> Value {
    json!({
        "channel": "phone", "demand_type": "tipoff", "case_types": ["0101"], "mandatory_situations": ["MR4"],
        "content": "孩子这几天常被同住的大人打，胳膊上有成片淤青。", "danger_flags": ["needs_medical"],
        "caller": { "phone": "16000000001", "anonymous": true, "safe_phone": false },
        "reporter_type": "V04", "relation_to_child": "905", "cohabiting_suspect": "yes",
        "child_location": { "division": place, "address": "村口第三排" },
        "children": [{ "sex": "2", "age": 7, "feature": "约7岁女童" }],
    })
}

async fn opened() -> (Job, Value) {
    let app = App::start().await;
    let place = village_of(&app).await;
    let operator = app.sign_in("operator").await;
    let key = Uuid::now_v7().to_string();
    let reply = operator
        .with("idempotency-key", &key)
        .json("POST", "/api/v1/reports", call(&place))
        .await;
    assert_eq!(reply.status, 201, "{}", reply.text());
    let body = reply.json();
    let case = body["case"]["id"].as_str().unwrap().to_owned();
    (Job { app, case }, body)
}

#[tokio::test]
async fn a_red_report_is_routed_to_township_police_and_county_with_the_rule_named() {
    let (_, body) = opened().await;
    assert_eq!(body["level"], "red", "{body}");
    let plan = &body["plan"];
    assert_eq!(plan["lead"]["unit_kind"], "TMP", "{plan}");
    assert!(plan["lead"]["rule"].as_str().unwrap().starts_with("RT"), "{plan}");
    let kinds = |list: &Value| -> Vec<String> {
        let list = list.as_array().unwrap();
        list.iter()
            .map(|one| one["unit_kind"].as_str().unwrap().to_owned())
            .collect()
    };
    assert!(kinds(&plan["assists"]).contains(&"PSB".to_owned()), "{plan}");
    let county = [kinds(&plan["assists"]), kinds(&plan["overseers"])].concat();
    assert!(county.contains(&"MPC".to_owned()), "{plan}");
}

/// Signs the police's task of a type and reports it with a paper.
async fn report_back(police: &Client, kind: &str, paper: (&str, &str)) -> String {
    let list = police.get("/api/v1/tasks?mine=true").await.json();
    let all = list["tasks"]
        .as_array()
        .or_else(|| list["items"].as_array())
        .unwrap_or_else(|| panic!("{list}"));
    let task = all
        .iter()
        .find(|task| task["type"] == kind)
        .unwrap_or_else(|| panic!("{list}"));
    let id = task["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/tasks/{id}/steps");
    let signed = police
        .json("POST", &path, json!({ "step": "sign", "version": task["version"] }))
        .await;
    assert_eq!(signed.status, 200, "{}", signed.text());
    let body = json!({
        "step": "report", "version": signed.json()["version"], "result": "已办理",
        "papers": [{ "kind": paper.0, "paper_no": paper.1, "issued_on": "2026-11-23" }],
    });
    let reported = police.json("POST", &path, body).await;
    assert_eq!(reported.status, 200, "{}", reported.text());
    id
}

fn assessment() -> Value {
    let items = tonghu::rules::codes::assessment_items()
        .iter()
        .filter(|item| !item.veto);
    let marks: serde_json::Map<_, _> = items.map(|item| (item.code.clone(), json!(item.max))).collect();
    json!({
        "step": "assess", "ways": ["home"], "on": "2026-11-23", "who": "督导员、儿童主任", "place": "家中",
        "interviewed": "yes", "child_words": "想和姑姑住", "scene": "暂无现实危险", "conclusion": "confirmed",
        "marks": marks, "child_opinion": "想和姑姑住",
    })
}

async fn visited(job: &Job) {
    let village = job.app.sign_in("village").await;
    let visit = json!({
        "id": Uuid::now_v7(), "case_id": job.case, "kind": tonghu::rules::codes::visit_kinds()[0].code,
        "method": "home", "started_at": "2026-11-23T08:40:00+08:00", "seen": true, "danger": false,
        "injury": "yes", "injury_note": "左上臂淤青", "mood": "afraid",
    });
    let reply = village.json("POST", "/api/v1/visits", visit.clone()).await;
    assert_eq!(reply.status, 201, "{}", reply.text());
    let again = village.json("POST", "/api/v1/visits", visit).await;
    assert_eq!(again.status, 200, "{}", again.text());
}

#[tokio::test]
async fn the_case_goes_from_the_signature_to_the_refused_closing() {
    let (job, _) = opened().await;
    let township = job.app.sign_in("township").await;
    let police = job.app.sign_in("police").await;
    let county = job.app.sign_in("county").await;
    job.taken(&township, json!({ "step": "sign" })).await;
    visited(&job).await;
    report_back(&police, "T30", ("alarm_receipt", "应公接〔2026〕8号")).await;
    let order = json!({ "step": "open_task", "type": "T32", "request": "依法出具告诫书并反馈文号" });
    job.taken(&township, order).await;
    let task = report_back(&police, "T32", ("admonition", "应公（城）告字〔2026〕12号")).await;
    let whole = police.get(&format!("/api/v1/cases/{}", job.case)).await;
    assert_eq!(whole.status, 404, "an assisting department sees its task, not the case");
    let accept = json!({ "step": "accept", "version": 3 });
    let accepted = township
        .json("POST", &format!("/api/v1/tasks/{task}/steps"), accept)
        .await;
    assert_eq!(accepted.status, 200, "{}", accepted.text());
    job.taken(&township, assessment()).await;
    let goals = json!([{ "dimension": "safety", "goal": "不再挨打", "means": "每周走访", "core": true }]);
    job.taken(&township, json!({ "step": "plan", "goals": goals })).await;
    job.taken(&county, json!({ "step": "confirm_plan" })).await;
    job.taken(&township, json!({ "step": "begin_support" })).await;
    let early = json!({ "step": "ask_close", "closure_type": "goals_met", "note": "目标已达成" });
    let refused = job.step(&township, early).await;
    assert_eq!(refused.status, 422, "{}", refused.text());
    assert!(
        !refused.json()["errors"].as_array().unwrap().is_empty(),
        "{}",
        refused.text()
    );
}
