//! The first clocks of a case, over the interface: which are owed for which
//! demand at which level, and which step stops each of them (诉求类型×紧急度).

use crate::given;
use crate::support::{App, Client};
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tonghu::clock;
use tonghu::entity::{deadline, protection_case};
use tonghu::rules::codes;
use tonghu::rules::level::RiskLevel;
use uuid::Uuid;

/// Milestones with their last moments.
type Owed<'a> = &'a [(&'a str, &'a str)];

/// A demand and a level, with what is owed.
type Row = (&'static str, &'static str, Vec<(&'static str, &'static str)>);

/// What is owed for a report received on Monday, 23 November 2026, at 9:00.
/// Natural days and working days end with the day.
const OWED: &[(&[&str], &str, Owed<'static>)] = &[
    (
        &["tipoff", "help_request", "inquiry", "suggestion", "praise"],
        "red",
        &[
            ("sign", "11-23 09:30"),
            ("contact", "11-23 11:00"),
            ("assess", "11-24 09:00"),
            ("resolve", "12-08 23:59"),
        ],
    ),
    (
        &["tipoff", "help_request", "inquiry", "suggestion", "praise"],
        "yellow",
        &[
            ("sign", "11-23 11:00"),
            ("contact", "11-24 09:00"),
            ("assess", "11-26 09:00"),
            ("resolve", "12-08 23:59"),
        ],
    ),
    (
        &["tipoff", "help_request"],
        "blue",
        &[
            ("sign", "11-24 23:59"),
            ("contact", "11-26 23:59"),
            ("assess", "11-30 23:59"),
            ("resolve", "12-08 23:59"),
        ],
    ),
    (
        &["tipoff", "help_request"],
        "green",
        &[("sign", "11-24 23:59"), ("resolve", "11-30 23:59")],
    ),
    (
        &["complaint"],
        "red",
        &[
            ("sign", "11-23 09:30"),
            ("contact", "11-23 11:00"),
            ("resolve", "12-08 23:59"),
        ],
    ),
    (
        &["complaint"],
        "yellow",
        &[("sign", "11-23 11:00"), ("resolve", "11-24 23:59")],
    ),
    (
        &["complaint"],
        "blue",
        &[("sign", "11-24 23:59"), ("resolve", "11-30 23:59")],
    ),
    (
        &["complaint"],
        "green",
        &[("sign", "11-24 23:59"), ("resolve", "12-14 23:59")],
    ),
    (&["inquiry"], "blue", &[("resolve", "11-24 23:59")]),
    (&["inquiry"], "green", &[("resolve", "11-26 23:59")]),
    (&["suggestion", "praise"], "blue", &[("resolve", "12-14 23:59")]),
    (&["suggestion", "praise"], "green", &[("resolve", "12-14 23:59")]),
];

pub const MILESTONES: [&str; 4] = ["sign", "contact", "assess", "resolve"];

/// Every demand with every level, and what is owed.
fn rows() -> Vec<Row> {
    let rows = OWED
        .iter()
        .flat_map(|(demands, level, owed)| demands.iter().map(|demand| (*demand, *level, owed.to_vec())));
    let rows: Vec<_> = rows.collect();
    let demands = codes::demand_types().len();
    assert_eq!(
        rows.len(),
        demands * RiskLevel::ALL.len(),
        "every demand at every level"
    );
    rows
}

/// A report of neglect in the director's village; answers its case.
pub async fn reported(app: &App, operator: &Client, (demand, level): (&str, &str)) -> protection_case::Model {
    let place = given::account_of(app, "village").await.division;
    let body = json!({
        "channel": "phone", "demand_type": demand, "case_types": ["0401"], "urgency": level,
        "urgency_reason": "按来电情况核定", "content": "孩子衣着单薄，常没人做饭",
        "caller": { "phone": "16000000001", "safe_phone": true }, "reporter_type": "V04",
        "child_location": { "division": place, "address": "村口第三排" },
        "children": [{ "sex": "2", "age": 7, "feature": "约7岁女童" }], "cohabiting_suspect": "no",
    });
    let reply = operator.json("POST", "/api/v1/reports", body).await;
    assert_eq!(reply.status, 201, "{demand} {level}: {}", reply.text());
    assert_eq!(reply.json()["level"], level, "{demand}");
    let case: Uuid = reply.json()["case"]["id"].as_str().unwrap().parse().unwrap();
    given::now(app, case).await
}

pub async fn clocks(app: &App, case: Uuid) -> Vec<deadline::Model> {
    let mut found = deadline::Entity::find()
        .filter(deadline::Column::CaseId.eq(case))
        .filter(deadline::Column::TaskId.is_null())
        .filter(deadline::Column::Milestone.is_in(MILESTONES))
        .all(app.state.db.read())
        .await
        .unwrap();
    found.sort_by_key(|clock| MILESTONES.iter().position(|milestone| *milestone == clock.milestone));
    found
}

pub async fn one(app: &App, case: Uuid, milestone: &str) -> deadline::Model {
    let found = deadline::Entity::find()
        .filter(deadline::Column::CaseId.eq(case))
        .filter(deadline::Column::Milestone.eq(milestone))
        .all(app.state.db.read())
        .await
        .unwrap();
    assert_eq!(found.len(), 1, "{milestone}");
    found.into_iter().next().unwrap()
}

pub fn local(at: DateTime<Utc>) -> String {
    clock::minute(at).get(5..).unwrap().to_owned()
}

#[tokio::test]
async fn each_demand_at_each_level_starts_its_own_clocks_as_rows() {
    let app = App::start().await;
    let operator = app.sign_in("operator").await;
    for (demand, level, owed) in rows() {
        let case = reported(&app, &operator, (demand, level)).await;
        let stored = clocks(&app, case.id).await;
        let told: Vec<(&str, String)> = stored
            .iter()
            .map(|row| (row.milestone.as_str(), local(row.due_at)))
            .collect();
        let owed: Vec<(&str, String)> = owed
            .iter()
            .map(|(milestone, at)| (*milestone, (*at).to_owned()))
            .collect();
        assert_eq!(told, owed, "{demand} {level}");
        for row in &stored {
            assert_eq!(row.owner_unit, case.lead_unit, "{demand} {level}");
            assert_eq!(row.started_at, app.clock.now(), "{demand} {level}");
            assert!(
                codes::deadline_rules().iter().any(|rule| rule.rule == row.rule),
                "{}",
                row.rule
            );
            assert!(row.met_at.is_none() && row.cancelled_at.is_none(), "{demand} {level}");
        }
        let first = stored.iter().map(|row| row.due_at).min();
        assert!(case.next_due_at <= first, "{demand} {level}");
    }
}

pub async fn step(app: &App, who: &Client, case: Uuid, mut body: Value) {
    body["version"] = json!(given::now(app, case).await.version);
    let name = body["step"].clone();
    let reply = who.json("POST", &format!("/api/v1/cases/{case}/steps"), body).await;
    assert_eq!(reply.status, 200, "{name}: {}", reply.text());
}

pub async fn visited(app: &App, who: &Client, case: Uuid, changes: &Value) {
    let mut visit = crate::main_job::visit(&case.to_string(), "routine", &app.clock.now().to_rfc3339());
    for (field, value) in changes.as_object().unwrap() {
        visit[field] = value.clone();
    }
    let reply = who.json("POST", "/api/v1/visits", visit).await;
    assert_eq!(reply.status, 201, "{}", reply.text());
}

async fn met(app: &App, case: Uuid) -> BTreeSet<String> {
    let rows = clocks(app, case).await;
    let met = rows.into_iter().filter(|row| row.met_at.is_some());
    met.map(|row| row.milestone).collect()
}

/// The way of one case, the step that stops a clock beside those that do not;
/// answers the case.
async fn stopped_in_turn(app: &App, (demand, level): (&str, &str), owed: &BTreeSet<&str>) -> Uuid {
    let operator = app.sign_in("operator").await;
    let (township, village) = (app.sign_in("township").await, app.sign_in("village").await);
    let case = reported(app, &operator, (demand, level)).await.id;
    let so_far = async |reached: &[&str], after: &str| {
        let expected: BTreeSet<String> = reached
            .iter()
            .filter(|milestone| owed.contains(*milestone))
            .map(|milestone| (*milestone).to_owned())
            .collect();
        assert_eq!(met(app, case).await, expected, "{demand} {level} after {after}");
    };
    township.get(&format!("/cases/{case}")).await;
    let note = json!({ "step": "note", "text": "电话联系过学校" });
    step(app, &township, case, note).await;
    step(app, &village, case, json!({ "step": "sign" })).await;
    so_far(&[], "a look, a note, an assisting signature").await;
    step(app, &township, case, json!({ "step": "sign" })).await;
    so_far(&["sign"], "the lead's signature").await;
    let unseen = json!({ "seen": false, "not_seen_reason": "not_home", "injury": null, "injury_note": null });
    visited(app, &village, case, &unseen).await;
    visited(
        app,
        &village,
        case,
        &json!({ "method": "phone", "injury": "not_seen", "injury_note": null }),
    )
    .await;
    so_far(&["sign"], "a visit that saw nobody, and a call").await;
    visited(app, &village, case, &json!({})).await;
    so_far(&["sign", "contact"], "seeing the child").await;
    step(
        app,
        &township,
        case,
        crate::main_job::assessment("assess", "2026-11-23"),
    )
    .await;
    so_far(&["sign", "contact", "assess"], "the assessment").await;
    let goals = json!([{ "dimension": "living", "goal": "按时吃饭", "means": "村里送餐", "core": true }]);
    step(app, &township, case, json!({ "step": "plan", "goals": goals })).await;
    so_far(&["sign", "contact", "assess"], "the plan").await;
    step(app, &township, case, json!({ "step": "begin_support" })).await;
    so_far(&MILESTONES, "the beginning of support").await;
    case
}

#[tokio::test]
async fn each_clock_is_stopped_by_its_own_step_and_by_no_other() {
    let app = App::start().await;
    for (demand, level, owed) in rows() {
        let owed: BTreeSet<&str> = owed.iter().map(|(milestone, _)| *milestone).collect();
        let case = stopped_in_turn(&app, (demand, level), &owed).await;
        let cancelled = clocks(&app, case).await.iter().any(|row| row.cancelled_at.is_some());
        assert!(!cancelled, "{demand} {level}: what is met is not cancelled");
    }
}

/// 投诉 at red is owed to be passed on within two hours (2小时转督办).
#[tokio::test]
async fn a_complaint_is_passed_on_by_giving_somebody_the_task() {
    let app = App::start().await;
    let (operator, township) = (app.sign_in("operator").await, app.sign_in("township").await);
    let order = json!({ "step": "open_task", "type": "T01", "request": "督查学校不作为" });
    let complaint = reported(&app, &operator, ("complaint", "red")).await.id;
    step(&app, &township, complaint, order.clone()).await;
    assert!(one(&app, complaint, "contact").await.met_at.is_some());
    assert!(one(&app, complaint, "sign").await.met_at.is_none());
    let tip_off = reported(&app, &operator, ("tipoff", "red")).await.id;
    step(&app, &township, tip_off, order).await;
    assert!(
        one(&app, tip_off, "contact").await.met_at.is_none(),
        "a child is still to be seen"
    );
}
