//! The main job over the JSON interface, from the call to the closed case.

mod closing;
mod opening;
mod routine_care;

use crate::given;
use crate::support::{App, Client, Reply};
use serde_json::{Value, json};
use uuid::Uuid;

/// A case on its way, and the people who work on it. Whoever acts signs in
/// afresh: sessions end while the clock is moved.
pub struct Job {
    pub app: App,
    pub case: String,
}

impl Job {
    /// The case as `who` reads it.
    pub async fn view(&self, who: &Client) -> Value {
        let reply = who.get(&format!("/api/v1/cases/{}", self.case)).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
        reply.json()
    }

    /// A step with the version of now.
    pub async fn step(&self, who: &Client, mut body: Value) -> Reply {
        let reply = who.get(&format!("/api/v1/cases/{}", self.case)).await;
        body["version"] = reply.json()["version"].clone();
        who.json("POST", &format!("/api/v1/cases/{}/steps", self.case), body)
            .await
    }

    /// A step that must be taken; answers the case after it.
    pub async fn taken(&self, who: &Client, body: Value) -> Value {
        let name = body["step"].clone();
        let reply = self.step(who, body).await;
        assert_eq!(reply.status, 200, "{name}: {}", reply.text());
        reply.json()
    }

    /// A step that is refused; answers the pointers of what is wrong.
    pub async fn refused(&self, who: &Client, body: Value) -> Vec<String> {
        let reply = self.step(who, body).await;
        assert_eq!(reply.status, 422, "{}", reply.text());
        let errors = reply.json()["errors"].as_array().cloned().unwrap_or_default();
        let pointer = |error: &Value| error["pointer"].as_str().unwrap_or_default().to_owned();
        errors.iter().map(pointer).collect()
    }

    pub fn id(&self) -> Uuid {
        self.case.parse().unwrap()
    }
}

/// A call about a child of seven, beaten at home.
pub fn call(place: &str) -> Value {
    json!({
        "channel": "phone", "demand_type": "tipoff", "case_types": ["0101"], "mandatory_situations": ["MR4"],
        "content": "孩子这几天常被同住的大人打，胳膊上有成片淤青。", "danger_flags": ["needs_medical"],
        "caller": { "phone": "16000000001", "anonymous": true, "safe_phone": false },
        "reporter_type": "V04", "relation_to_child": "905", "cohabiting_suspect": "yes",
        "child_location": { "division": place, "address": "村口第三排" },
        "children": [{ "sex": "2", "age": 7, "feature": "约7岁女童" }],
    })
}

/// The report is taken and routed; answers the job and what the desk was told.
pub async fn opened() -> (Job, Value) {
    let app = App::start().await;
    let place = given::account_of(&app, "village").await.division;
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

/// Signs the police's task of a type and reports it with a paper.
pub async fn report_back(police: &Client, kind: &str, paper: (&str, &str)) -> String {
    let list = police.get("/api/v1/tasks?mine=true").await.json();
    let all = list["items"].as_array().unwrap_or_else(|| panic!("{list}"));
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

/// An assessment or review of `day` that finds nothing wrong any more.
pub fn assessment(step: &str, day: &str) -> Value {
    let items = tonghu::rules::codes::assessment_items()
        .iter()
        .filter(|item| !item.veto);
    let marks: serde_json::Map<_, _> = items.map(|item| (item.code.clone(), json!(item.max))).collect();
    json!({
        "step": step, "ways": ["home"], "on": day, "who": "督导员、儿童主任", "place": "家中",
        "interviewed": "yes", "child_words": "想和姑姑住", "scene": "暂无现实危险", "conclusion": "confirmed",
        "marks": marks, "child_opinion": "想和姑姑住",
    })
}

/// The village director sees the child.
pub fn visit(case: &str, kind: &str, at: &str) -> Value {
    json!({
        "id": Uuid::now_v7(), "case_id": case, "kind": kind, "method": "home", "started_at": at,
        "seen": true, "danger": false, "injury": "yes", "injury_note": "左上臂淤青", "mood": "afraid",
    })
}

/// From the signature to the beginning of support: signed, visited, both
/// papers of the police in hand, assessed, planned, confirmed.
pub async fn supported() -> Job {
    let (job, _) = opened().await;
    let township = job.app.sign_in("township").await;
    let police = job.app.sign_in("police").await;
    let county = job.app.sign_in("county").await;
    let village = job.app.sign_in("village").await;
    job.taken(&township, json!({ "step": "sign" })).await;
    let seen = visit(&job.case, "routine", "2026-11-23T09:00:00+08:00");
    for status in [201, 200] {
        let reply = village.json("POST", "/api/v1/visits", seen.clone()).await;
        assert_eq!(reply.status, status, "{}", reply.text());
    }
    let first = report_back(&police, "T30", ("alarm_receipt", "应公接〔2026〕8号")).await;
    let order = json!({ "step": "open_task", "type": "T32", "request": "依法出具告诫书并反馈文号" });
    job.taken(&township, order).await;
    let second = report_back(&police, "T32", ("admonition", "应公（城）告字〔2026〕12号")).await;
    for task in [first, second] {
        let accept = json!({ "step": "accept", "version": 3 });
        let accepted = township
            .json("POST", &format!("/api/v1/tasks/{task}/steps"), accept)
            .await;
        assert_eq!(accepted.status, 200, "{}", accepted.text());
    }
    job.taken(&township, assessment("assess", "2026-11-23")).await;
    let goals = json!([
        { "dimension": "safety", "goal": "不再挨打", "means": "每周走访", "core": true },
        { "dimension": "family", "goal": "父母学会不用打骂管教", "means": "家庭教育指导", "core": true },
    ]);
    job.taken(&township, json!({ "step": "plan", "goals": goals })).await;
    job.taken(&county, json!({ "step": "confirm_plan" })).await;
    job.taken(&township, json!({ "step": "begin_support" })).await;
    job
}
