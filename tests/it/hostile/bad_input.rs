//! Every address that takes something is given what nobody should send: each
//! answer is a clear refusal or a legitimate success, never a fault on our
//! side, and a refusal leaves nothing behind.

use super::drives::{self, Drive};
use super::junk::{self, Spoilt};
use super::world::World;
use crate::support::Reply;
use sea_orm::{ConnectionTrait, Statement};
use std::collections::BTreeSet;

/// Drives whose form is that of another one: every value in all fields at
/// once is enough for them.
const SHALLOW: [&str; 17] = [
    "/intake/{id} referred",
    "/intake/{id}/emergency joined",
    "/api/v1/reports/{id}/steps save",
    "/intake/{id}/advice ",
    "/intake/{id}/candidate ",
    "/intake/{id}/emergency start",
    "/intake/{id} hold",
    "/intake/{id} add_child",
    "/intake/{id} screened_out",
    "/intake/{id} join by number",
    "/api/v1/reports by a school",
    "/api/v1/reports/{id}/steps route",
    "/api/v1/reports/{id}/steps join",
    "/api/v1/reports/{id}/steps screen_out",
    "/cases/{id}/review/new ",
    "/api/v1/cases/{id}/steps review",
    "/cases/{id}/visits/new not seen",
];

#[tokio::test]
async fn the_desk_takes_no_harm_from_bad_input() {
    battery(|route| route.starts_with("/intake") && route != "/intake/{id}").await;
}

#[tokio::test]
async fn what_ends_a_call_takes_no_harm_from_bad_input() {
    battery(|route| route == "/intake/{id}").await;
}

#[tokio::test]
async fn the_obliged_reporters_form_takes_no_harm_from_bad_input() {
    battery(|route| route.starts_with("/portal") || route.starts_with("/reports")).await;
}

#[tokio::test]
async fn the_reports_of_the_interface_take_no_harm_from_bad_input() {
    battery(|route| route.starts_with("/api/v1/reports")).await;
}

#[tokio::test]
async fn the_forms_of_a_case_take_no_harm_from_bad_input() {
    battery(|route| route == "/cases/{id}/do/{step}").await;
}

#[tokio::test]
async fn the_steps_of_a_case_take_no_harm_from_bad_input() {
    battery(|route| route == "/api/v1/cases/{id}/steps").await;
}

#[tokio::test]
async fn what_belongs_to_a_case_takes_no_harm_from_bad_input() {
    battery(|route| route.starts_with("/cases/") && route != "/cases/{id}/do/{step}").await;
}

#[tokio::test]
async fn the_forms_of_tasks_take_no_harm_from_bad_input() {
    battery(|route| route.starts_with("/tasks")).await;
}

#[tokio::test]
async fn the_steps_of_tasks_take_no_harm_from_bad_input() {
    battery(|route| route.starts_with("/api/v1/tasks")).await;
}

#[tokio::test]
async fn visits_take_no_harm_from_bad_input() {
    battery(|route| route.starts_with("/visits") || route.starts_with("/api/v1/visits")).await;
}

#[tokio::test]
async fn transfers_and_measures_take_no_harm_from_bad_input() {
    let of = |route: &str| {
        ["/transfers", "/api/v1/transfers", "/api/v1/measures"]
            .iter()
            .any(|start| route.starts_with(start))
    };
    battery(of).await;
}

#[tokio::test]
async fn accounts_and_the_network_take_no_harm_from_bad_input() {
    let of = |route: &str| {
        [
            "/accounts",
            "/log",
            "/password",
            "/network",
            "/children",
            "/deadline-rules",
            "/api/v1/deadline-rules",
            "/api/v1/session",
        ]
        .iter()
        .any(|start| route.starts_with(start))
    };
    battery(of).await;
}

#[tokio::test]
async fn notices_and_what_goes_out_take_no_harm_from_bad_input() {
    let of = |route: &str| {
        ["/notices", "/outbox", "/api/v1/notices"]
            .iter()
            .any(|start| route.starts_with(start))
    };
    battery(of).await;
}

#[tokio::test]
async fn orders_of_12345_take_no_harm_from_bad_input() {
    battery(|route| route.starts_with("/api/v1/hotline")).await;
}

#[tokio::test]
async fn partners_and_the_ledger_take_no_harm_from_bad_input() {
    battery(|route| route.starts_with("/hotline")).await;
}

#[tokio::test]
async fn reviews_of_calls_take_no_harm_from_bad_input() {
    battery(|route| route.starts_with("/quality")).await;
}

async fn battery(of: impl Fn(&str) -> bool) {
    let world = World::new().await;
    let chosen: Vec<Drive> = drives::all().into_iter().filter(|drive| of(drive.route)).collect();
    assert!(!chosen.is_empty());
    let mut bad = Vec::new();
    let mut routes = BTreeSet::new();
    for drive in &chosen {
        let deep = !SHALLOW.contains(&drive.name().as_str());
        // Bodies that cannot be read never come as far as the use of an address.
        let raw = routes.insert(drive.route);
        torment(&world, drive, (deep, raw), &mut bad).await;
    }
    assert!(bad.is_empty(), "{} wrong answers:\n{}", bad.len(), bad.join("\n"));
    let alive = world.app.stranger().get("/healthz").await;
    assert_eq!(alive.status, 200);
}

/// Sends every spoilt form of a request; what was consumed by a success is
/// made anew.
async fn torment(world: &World, drive: &Drive, (deep, raw): (bool, bool), bad: &mut Vec<String>) {
    let mut shot = drive.shot(world).await;
    let mut before = fingerprint(world).await;
    for recipe in junk::recipes(&shot, deep, raw) {
        let spoilt = recipe.spoil(&shot);
        let reply = spoilt.send(world, &shot).await;
        let untouched = reply.status.is_client_error() && fingerprint(world).await == before;
        if let Some(what) = wrong(&reply, &spoilt, !untouched) {
            bad.push(format!("{} {}: {what}", drive.name(), spoilt.what));
        }
        if untouched {
            continue;
        }
        shot = drive.shot(world).await;
        before = fingerprint(world).await;
    }
}

/// What is wrong with an answer, if anything.
fn wrong(reply: &Reply, spoilt: &Spoilt, touched: bool) -> Option<String> {
    let status = reply.status.as_u16();
    let text = reply.text();
    let start: String = text.chars().take(300).collect();
    if status >= 500 {
        return Some(format!("{status} {start}"));
    }
    if status < 400 {
        return None;
    }
    if touched {
        return Some(format!("{status} but something was saved: {start}"));
    }
    let clear = if spoilt.machine {
        reply.header("content-type") == Some("application/problem+json") && told(&reply.json())
    } else {
        reply
            .header("content-type")
            .is_some_and(|kind| kind.starts_with("text/html"))
            && chinese(&text)
    };
    let recognisable = spoilt.value.as_deref().filter(|value| value.len() > 12);
    let echoed = spoilt.machine && recognisable.is_some_and(|value| text.contains(value));
    match (clear, echoed) {
        (false, _) => Some(format!("{status} is not clear: {start}")),
        (_, true) => Some(format!("{status} repeats what was sent: {start}")),
        _ => None,
    }
}

/// A problem says in Chinese what is wrong, a 422 also where.
fn told(problem: &serde_json::Value) -> bool {
    let errors = problem["errors"].as_array().cloned().unwrap_or_default();
    let named = errors
        .iter()
        .all(|error| error["pointer"].is_string() && error["message"].as_str().is_some_and(chinese));
    problem["title"].as_str().is_some_and(chinese) && named
}

fn chinese(text: &str) -> bool {
    text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
}

/// Tables whose rows have a version.
const VERSIONED: [&str; 12] = [
    "account",
    "child",
    "hotline_client",
    "measure",
    "plan_goal",
    "post",
    "protection_case",
    "quality_review",
    "report",
    "task",
    "unit",
    "visit",
];

/// Tables whose rows are only counted.
const COUNTED: [&str; 25] = [
    "assessment",
    "case_child",
    "case_event",
    "case_unit",
    "deadline",
    "division",
    "emergency_call",
    "emergency_receipt",
    "hotline_attachment",
    "hotline_event",
    "hotline_file_mapping",
    "hotline_flag",
    "hotline_order",
    "hotline_secret",
    "idempotency",
    "measure_event",
    "outbox",
    "party",
    "quality_frame",
    "quality_sample",
    "quality_sheet",
    "recusal",
    "report_child",
    "reporter_identity",
    "visit_photo",
];

/// What the database holds, as far as a request could change it: rows and
/// versions. Views, refusals, sessions and counters of failures may change.
async fn fingerprint(world: &World) -> String {
    let versions = VERSIONED.map(|table| format!("(SELECT COUNT(*) + COALESCE(SUM(version), 0) FROM {table})"));
    let counts = COUNTED.map(|table| format!("(SELECT COUNT(*) FROM {table})"));
    let acts = "(SELECT COUNT(*) FROM journal_entry WHERE outcome = 'done' \
        AND act NOT IN ('sign_in_failed', 'signed_in', 'signed_out'))";
    let columns: Vec<String> = versions.into_iter().chain(counts).chain([acts.to_owned()]).collect();
    let texts: Vec<String> = columns.iter().map(|column| format!("CAST({column} AS TEXT)")).collect();
    let sql = format!("SELECT {} AS held", texts.join(" || ',' || "));
    let db = world.app.state.db.read();
    let statement = Statement::from_string(db.get_database_backend(), sql);
    let row = db.query_one_raw(statement).await.unwrap().unwrap();
    row.try_get("", "held").unwrap()
}
