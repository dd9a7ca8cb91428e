//! The examples of the description, sent as they stand: only ids, versions and
//! numbers that the service itself gives are put in.

mod further;

use super::Described;
use crate::support::{App, Client, Reply};
use axum::body::Body;
use axum::http::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Sends requests and holds every reply against the description.
struct Run {
    app: App,
    told: Described,
    seen: BTreeSet<(String, String)>,
}

impl Run {
    async fn start() -> Self {
        Self {
            app: App::start().await,
            told: Described::read(),
            seen: BTreeSet::new(),
        }
    }

    async fn send(&mut self, who: &Client, (method, path): (&str, &str), at: &str, body: Option<Value>) -> Reply {
        let verb: Method = method.parse().unwrap();
        let (kind, body) = match body {
            Some(body) => (Some("application/json"), Body::from(body.to_string())),
            None => (None, Body::empty()),
        };
        let reply = who.send(verb, at, kind, body).await;
        self.told.holds((method, path), &reply);
        if reply.status.is_success() {
            self.seen.insert((method.to_owned(), path.to_owned()));
        }
        reply
    }

    /// Reads a record or a list that must be there.
    async fn get(&mut self, who: &Client, path: &str, at: &str) -> Value {
        let reply = self.send(who, ("GET", path), at, None).await;
        assert_eq!(reply.status, 200, "{at}: {}", reply.text());
        reply.json()
    }

    /// Sends the example of that name with some values put in.
    async fn example(&mut self, who: &Client, path: &str, at: &str, (name, with): (&str, Value)) -> Reply {
        let mut body = self.told.examples("POST", path)[name].clone();
        for (key, value) in with.as_object().unwrap() {
            body[key] = value.clone();
        }
        self.send(who, ("POST", path), at, Some(body)).await
    }
}

const REPORTS: &str = "/api/v1/reports";
const REPORT: &str = "/api/v1/reports/{id}";
const REPORT_STEPS: &str = "/api/v1/reports/{id}/steps";
const CASES: &str = "/api/v1/cases";
const CASE: &str = "/api/v1/cases/{id}";
const CLOCKS: &str = "/api/v1/cases/{id}/clocks";
const CASE_STEPS: &str = "/api/v1/cases/{id}/steps";
const TASKS: &str = "/api/v1/tasks";
const TASK: &str = "/api/v1/tasks/{id}";
const TASK_STEPS: &str = "/api/v1/tasks/{id}/steps";
const VISITS: &str = "/api/v1/visits";
const TRANSFERS: &str = "/api/v1/transfers";
const TRANSFER: &str = "/api/v1/transfers/{id}";
const TRANSFER_STEPS: &str = "/api/v1/transfers/{id}/steps";

fn at(path: &str, id: &Value) -> String {
    path.replace("{id}", id.as_str().unwrap_or_else(|| panic!("no id: {id}")))
}

#[tokio::test]
async fn the_examples_run_from_the_first_report_to_the_last_paper() {
    let mut run = Run::start().await;
    operation(&mut run).await;
    further::rules(&mut run).await;
    session(&mut run).await;
    let case = reported(&mut run).await;
    handled(&mut run, &case).await;
    tasks(&mut run).await;
    notices(&mut run).await;
    visits(&mut run, &case).await;
    transfers(&mut run).await;
    further::measures(&mut run).await;
    hotline(&mut run).await;
    further::telephone(&mut run).await;
    further::sister_lines(&mut run).await;
    further::knowledge(&mut run).await;
    further::board(&mut run).await;
    let all: BTreeSet<_> = run.told.operations().into_keys().collect();
    assert_eq!(run.seen, all, "every operation succeeded at least once");
}

async fn operation(run: &mut Run) {
    tonghu::worker::tick(&run.app.state).await;
    let stranger = run.app.stranger();
    for path in ["/healthz", "/readyz", "/api/v1/openapi.json"] {
        run.get(&stranger, path, path).await;
    }
    let service = stranger.with("authorization", &format!("Bearer {}", tonghu::demo::TOKEN));
    let counts = run.send(&service, ("GET", "/metrics"), "/metrics", None).await;
    assert_eq!(counts.status, 200, "{}", counts.text());
    assert!(counts.text().contains("tonghu_cases_open 0"), "{}", counts.text());
}

async fn session(run: &mut Run) {
    let path = "/api/v1/session";
    let mut client = run.app.stranger();
    let opened = run.example(&client, path, path, ("", json!({}))).await;
    assert_eq!(opened.status, 200, "{}", opened.text());
    client.keep(&opened);
    let closed = run.send(&client, ("DELETE", path), path, None).await;
    assert_eq!(closed.status, 204, "{}", closed.text());
}

/// Every example about a report; answers the case of the first.
async fn reported(run: &mut Run) -> Value {
    let operator = run.app.sign_in("operator").await;
    let first = run.example(&operator, REPORTS, REPORTS, ("", json!({}))).await;
    assert_eq!(first.status, 201, "{}", first.text());
    let first = first.json();
    run.get(&operator, REPORT, &at(REPORT, &first["id"])).await;
    let lead = run.app.sign_in("lead").await;
    let stories: [&[(&Client, &str)]; 5] = [
        &[
            (&operator, "save"),
            (&operator, "answer"),
            (&operator, "undo"),
            (&operator, "refer"),
        ],
        &[(&operator, "screen_out"), (&lead, "confirm_screen_out")],
        &[
            (&operator, "screen_out"),
            (&lead, "refuse_screen_out"),
            (&operator, "dismiss"),
        ],
        &[(&operator, "emergency"), (&operator, "route")],
        &[(&operator, "join")],
    ];
    let mut told = BTreeSet::new();
    for story in stories {
        let held = json!({ "outcome": "hold" });
        let mut report = run.example(&operator, REPORTS, REPORTS, ("", held)).await.json();
        for (who, name) in story {
            let mut with = json!({ "version": report["version"] });
            if *name == "join" {
                with["case_number"] = first["case"]["number"].clone();
            }
            let place = at(REPORT_STEPS, &report["id"]);
            let reply = run.example(who, REPORT_STEPS, &place, (name, with)).await;
            assert_eq!(reply.status, 200, "{name}: {}", reply.text());
            report = reply.json();
            told.insert((*name).to_owned());
        }
    }
    let all: BTreeSet<_> = run.told.examples("POST", REPORT_STEPS).into_keys().collect();
    assert_eq!(told, all, "every example of a report's step ran");
    first["case"]["id"].clone()
}

/// An order of 12345, the same once more, and what comes later.
async fn hotline(run: &mut Run) {
    const ORDERS: &str = "/api/v1/hotline/work-orders";
    const ORDER: &str = "/api/v1/hotline/work-orders/{ext_order_no}";
    const EVENTS: &str = "/api/v1/hotline/work-orders/{ext_order_no}/events";
    let partner = run.app.partner();
    let mut first = Value::Null;
    for status in [201, 200] {
        let reply = run.example(&partner, ORDERS, ORDERS, ("", json!({}))).await;
        assert_eq!(reply.status, status, "{}", reply.text());
        first = reply.json();
    }
    let at = |path: &str| path.replace("{ext_order_no}", first["ext_order_no"].as_str().unwrap());
    for name in run.told.examples("POST", EVENTS).into_keys() {
        for status in [201, 200] {
            let reply = run.example(&partner, EVENTS, &at(EVENTS), (&name, json!({}))).await;
            assert_eq!(reply.status, status, "{name}: {}", reply.text());
        }
    }
    let state = run.get(&partner, ORDER, &at(ORDER)).await;
    assert_eq!(state["events"].as_array().unwrap().len(), 4, "{state}");
}

async fn handled(run: &mut Run, case: &Value) {
    let township = run.app.sign_in("township").await;
    let list = run
        .get(&township, CASES, "/api/v1/cases?limit=1&stage=assigned&risk=red")
        .await;
    assert_eq!(list["items"].as_array().unwrap().len(), 1, "{list}");
    let next = list["next"].as_str().unwrap_or_default().to_owned();
    run.get(&township, CASES, &format!("/api/v1/cases?cursor={next}")).await;
    let shown = run.get(&township, CASE, &at(CASE, case)).await;
    let clocks = run.get(&township, CLOCKS, &at(CLOCKS, case)).await;
    assert!(!clocks["items"].as_array().unwrap().is_empty());
    let now = json!({ "version": shown["version"] });
    let signed = run
        .example(&township, CASE_STEPS, &at(CASE_STEPS, case), ("sign", now))
        .await;
    assert_eq!(signed.status, 200, "{}", signed.text());
    // Each of the others is read; whether it may be taken now is another matter.
    for name in run.told.examples("POST", CASE_STEPS).into_keys() {
        let stale = json!({ "version": 0 });
        let reply = run
            .example(&township, CASE_STEPS, &at(CASE_STEPS, case), (&name, stale))
            .await;
        assert_ne!(reply.status, 400, "{name}");
        assert!(
            !["缺少", "类型不符", "不支持"]
                .iter()
                .any(|word| reply.text().contains(word)),
            "{name}: {}",
            reply.text()
        );
    }
}

async fn tasks(run: &mut Run) {
    let police = run.app.sign_in("police").await;
    let list = run
        .get(&police, TASKS, "/api/v1/tasks?state=open&mine=true&limit=100")
        .await;
    let first = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|task| task["type"] == "T30");
    let mut task = first.unwrap_or_else(|| panic!("{list}")).clone();
    run.get(&police, TASK, &at(TASK, &task["id"])).await;
    let county = run.app.sign_in("county").await;
    for (who, name) in [
        (&police, "sign"),
        (&police, "report"),
        (&county, "reject"),
        (&police, "report"),
        (&county, "accept"),
    ] {
        let with = json!({ "version": task["version"] });
        let reply = run
            .example(who, TASK_STEPS, &at(TASK_STEPS, &task["id"]), (name, with))
            .await;
        assert_eq!(reply.status, 200, "{name}: {}", reply.text());
        task = reply.json();
    }
    let with = json!({ "version": task["version"] });
    let late = run
        .example(&county, TASK_STEPS, &at(TASK_STEPS, &task["id"]), ("cancel", with))
        .await;
    assert_eq!(late.status, 422, "a finished task is not cancelled: {}", late.text());
    // Each of the others is read; whether it may be taken now is another matter.
    for name in run.told.examples("POST", TASK_STEPS).into_keys() {
        let stale = json!({ "version": 0 });
        let place = at(TASK_STEPS, &task["id"]);
        for who in [&police, &county] {
            let reply = run.example(who, TASK_STEPS, &place, (&name, stale.clone())).await;
            assert!(matches!(reply.status.as_u16(), 403 | 409), "{name}: {}", reply.text());
        }
    }
}

async fn notices(run: &mut Run) {
    const NOTICES: &str = "/api/v1/notices";
    const READ: &str = "/api/v1/notices/read";
    let township = run.app.sign_in("township").await;
    let list = run.get(&township, NOTICES, "/api/v1/notices?unread=true&limit=5").await;
    let first = list["items"][0]["id"].clone();
    assert!(first.is_string(), "{list}");
    let read = run
        .example(&township, READ, READ, ("", json!({ "ids": [first] })))
        .await;
    assert_eq!(read.status, 200, "{}", read.text());
}

async fn visits(run: &mut Run, case: &Value) {
    let township = run.app.sign_in("township").await;
    let with = json!({ "case_id": case });
    let sent = run.example(&township, VISITS, VISITS, ("", with.clone())).await;
    assert_eq!(sent.status, 201, "{}", sent.text());
    let again = run.example(&township, VISITS, VISITS, ("", with)).await;
    assert_eq!(again.status, 200, "{}", again.text());
    let list = run
        .get(
            &township,
            VISITS,
            &format!("/api/v1/visits?case={}", case.as_str().unwrap()),
        )
        .await;
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
}

/// Every example about a transfer, each story on a case of its own.
async fn transfers(run: &mut Run) {
    let stories: [(Value, &[(&str, &str)]); 5] = [
        (json!({}), &[("county2", "confirm")]),
        (
            json!({}),
            &[("county2", "refuse"), ("township", "dispute"), ("city", "rule_move")],
        ),
        (
            json!({}),
            &[("county2", "refuse"), ("county", "dispute"), ("city", "rule_keep")],
        ),
        (json!({}), &[("township", "withdraw")]),
        (
            json!({ "to": null, "outside": "和林格尔县民政局" }),
            &[("township", "contacted"), ("township", "confirm_by_letter")],
        ),
    ];
    let township = run.app.sign_in("township").await;
    let mut told = BTreeSet::new();
    for (mut with, story) in stories {
        let spec = crate::given::Spec::at(&run.app, tonghu::rules::level::RiskLevel::Yellow).await;
        let case = crate::given::case(&run.app, spec).await;
        with["version"] = json!(case.version);
        let path = at(CASE_STEPS, &json!(case.id));
        let asked = run.example(&township, CASE_STEPS, &path, ("transfer", with)).await;
        assert_eq!(asked.status, 200, "{}", asked.text());
        let list = run
            .get(&township, TRANSFERS, "/api/v1/transfers?list=out&limit=1")
            .await;
        let mut row = list["items"][0].clone();
        for (who, name) in story {
            let who = run.app.sign_in(who).await;
            run.get(&who, TRANSFER, &at(TRANSFER, &row["id"])).await;
            let with = json!({ "version": row["version"] });
            let path = at(TRANSFER_STEPS, &row["id"]);
            let reply = run.example(&who, TRANSFER_STEPS, &path, (name, with)).await;
            assert_eq!(reply.status, 200, "{name}: {}", reply.text());
            row = reply.json();
            told.insert((*name).to_owned());
        }
    }
    let all: BTreeSet<_> = run.told.examples("POST", TRANSFER_STEPS).into_keys().collect();
    assert_eq!(told, all, "every example of a transfer's step ran");
}

#[test]
fn every_step_that_is_described_has_its_example() {
    let told = Described::read();
    let step = &told.0["components"]["schemas"]["CaseStep"];
    let mut names = BTreeSet::new();
    collect(step, &mut names);
    let examples: BTreeSet<String> = told.examples("POST", CASE_STEPS).into_keys().collect();
    assert!(names.len() > 20, "{names:?}");
    assert_eq!(examples, names);
    for (name, example) in told.examples("POST", CASE_STEPS) {
        assert_eq!(example["step"], name.as_str());
    }
}

/// The values that the schema allows for `step`.
fn collect(schema: &Value, names: &mut BTreeSet<String>) {
    match schema {
        Value::Array(parts) => parts.iter().for_each(|part| collect(part, names)),
        Value::Object(fields) => {
            let told = fields.get("properties").and_then(|properties| properties.get("step"));
            let allowed = told.and_then(|step| step["enum"].as_array()).into_iter().flatten();
            names.extend(allowed.filter_map(|name| name.as_str().map(str::to_owned)));
            for part in ["oneOf", "allOf"] {
                fields.get(part).into_iter().for_each(|part| collect(part, names));
            }
        }
        _ => {}
    }
}
