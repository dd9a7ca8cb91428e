//! The pages of clocks: what a unit owes, what runs on a case, and the same over
//! the interface; who sees what, what an empty one says, what comes next.

use crate::given::{self, Spec};
use crate::support::App;
use axum::http::StatusCode;
use chrono::TimeDelta;
use serde_json::{Value, json};
use tonghu::entity::protection_case;
use tonghu::rules::level::RiskLevel;
use tonghu::worker;

async fn case(app: &App, level: RiskLevel) -> protection_case::Model {
    given::case(app, Spec::at(app, level).await).await
}

async fn take(app: &App, who: &str, case: &protection_case::Model, mut body: Value) {
    body["version"] = given::now(app, case.id).await.version.into();
    let path = format!("/api/v1/cases/{}/steps", case.id);
    let reply = app.sign_in(who).await.json("POST", &path, body).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
}

async fn page(app: &App, who: &str, path: &str) -> String {
    let reply = app.sign_in(who).await.get(path).await;
    assert_eq!(reply.status, StatusCode::OK, "{who} {path}");
    reply.text()
}

#[tokio::test]
async fn a_unit_sees_what_it_owes_in_the_order_in_which_it_is_due() {
    let app = App::start().await;
    let (yellow, red) = (case(&app, RiskLevel::Yellow).await, case(&app, RiskLevel::Red).await);
    let shown = page(&app, "township", "/clocks").await;
    let at = |number: &str| shown.find(number).unwrap_or_else(|| panic!("{number}: {shown}"));
    assert!(at(&red.number) < at(&yellow.number), "what is due first stands first");
    for words in ["今天到期", "签收", "应完成", "提醒责任单位", "2026-11-23 09:30"] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    for who in ["township2", "county2", "education"] {
        let shown = page(&app, who, "/clocks").await;
        assert!(!shown.contains(&red.number) && !shown.contains(&yellow.number), "{who}");
    }
}

#[tokio::test]
async fn among_what_has_run_out_the_red_stands_first_however_old_the_rest_is() {
    let app = App::start().await;
    let green = case(&app, RiskLevel::Green).await;
    app.clock.advance(TimeDelta::days(5));
    let red = case(&app, RiskLevel::Red).await;
    app.clock.advance(TimeDelta::hours(1));
    let shown = page(&app, "township", "/clocks").await;
    let (_, over) = shown.split_once("已超期").unwrap();
    let at = |number: &str| over.find(number).unwrap_or_else(|| panic!("{number}: {shown}"));
    assert!(at(&red.number) < at(&green.number), "{shown}");
    assert_eq!(shown.matches("<h2>今天到期").count(), 1, "each heading once");
}

#[tokio::test]
async fn a_page_without_clocks_says_so_and_what_will_stand_there() {
    let app = App::start().await;
    let shown = page(&app, "township", "/clocks").await;
    assert!(
        shown.contains("没有在走的时限") && shown.contains("新的转办、协办到达后会列在这里"),
        "{shown}"
    );
    for who in ["auditor", "sysadmin", "secadmin", "hospital"] {
        assert_eq!(app.sign_in(who).await.get("/clocks").await.status, 403, "{who}");
    }
}

#[tokio::test]
async fn mine_are_those_of_the_cases_that_i_answer_for() {
    let app = App::start().await;
    let (own, other) = (case(&app, RiskLevel::Yellow).await, case(&app, RiskLevel::Yellow).await);
    take(&app, "township", &own, json!({ "step": "sign" })).await;
    given::colleague(&app, "township", "township.b").await;
    take(&app, "township.b", &other, json!({ "step": "sign" })).await;
    let colleague = given::account_of(&app, "township.b").await.id;
    take(
        &app,
        "township",
        &other,
        json!({ "step": "assign", "account": colleague }),
    )
    .await;
    let shown = page(&app, "township", "/clocks?mine=true").await;
    assert!(shown.contains(&own.number) && !shown.contains(&other.number), "{shown}");
    let all = page(&app, "township", "/clocks").await;
    assert!(all.contains(&own.number) && all.contains(&other.number));
}

#[tokio::test]
async fn the_clocks_of_a_case_stand_by_their_rule_their_version_and_what_comes_next() {
    let app = App::start().await;
    let red = case(&app, RiskLevel::Red).await;
    let path = format!("/cases/{}/clocks", red.id);
    let shown = page(&app, "township", &path).await;
    for words in [
        "正在走",
        "30分钟内签收响应",
        "第1版",
        "到期：自动督办到县",
        "2026-11-23 09:22 提醒责任单位",
    ] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    assert!(
        !shown.contains("/deadline-rules/"),
        "a township does not look the rules up"
    );
    let county = page(&app, "county", &path).await;
    assert!(county.contains("/deadline-rules/DL08-tipoff-red-sign"), "{county}");
    // The village is told what and until when, and no rule.
    let village = page(&app, "village", &path).await;
    assert!(
        village.contains("签收") && !village.contains("第1版") && !village.contains("DL08"),
        "{village}"
    );
    for who in ["county2", "township2", "village2", "education"] {
        assert_eq!(app.sign_in(who).await.get(&path).await.status, 404, "{who}");
    }
    assert_eq!(app.sign_in("auditor").await.get(&path).await.status, 403);
}

#[tokio::test]
async fn what_was_met_and_what_climbed_says_so() {
    let app = App::start().await;
    let (met, late) = (case(&app, RiskLevel::Yellow).await, case(&app, RiskLevel::Red).await);
    take(&app, "township", &met, json!({ "step": "sign" })).await;
    let shown = page(&app, "township", &format!("/cases/{}/clocks", met.id)).await;
    assert!(shown.contains("已完成") && shown.contains("按时完成"), "{shown}");
    app.clock.advance(TimeDelta::minutes(31));
    for _ in 0..3 {
        worker::tick(&app.state).await;
    }
    let path = format!("/cases/{}/clocks", late.id);
    let shown = page(&app, "township", &path).await;
    assert!(shown.contains("超期"), "{shown}");
    let over = app
        .sign_in("township")
        .await
        .get(&format!("/api/v1{path}"))
        .await
        .json();
    let clocks = over["items"].as_array().unwrap();
    let sign = clocks.iter().find(|clock| clock["milestone"] == "sign").unwrap();
    assert_eq!((&sign["state"], &sign["overdue"]), (&json!("running"), &json!(true)));
    let next = sign["next"].as_str().unwrap();
    let named = ["报单位负责人", "报代班人", "报县（市、区）", "报市级", "报乡镇（街道）"];
    assert!(
        named.iter().any(|rung| next.contains(rung)),
        "the next rung is named: {sign}"
    );
    assert!(shown.contains(next), "{next}: {shown}");
}

#[tokio::test]
async fn the_interface_tells_the_clocks_of_a_case_and_no_rule_to_a_village() {
    let app = App::start().await;
    let red = case(&app, RiskLevel::Red).await;
    let path = format!("/api/v1/cases/{}/clocks", red.id);
    let whole = app.sign_in("township").await.get(&path).await.json();
    let first = &whole["items"][0];
    assert_eq!(first["state"], "running");
    assert_eq!(
        (&first["next_step"], &first["rule"]["version"]),
        (&json!("warn"), &json!(1))
    );
    let village = app.sign_in("village").await.get(&path).await.json();
    let plain = village["items"].as_array().unwrap();
    assert_eq!(plain.len(), whole["items"].as_array().unwrap().len());
    assert!(
        plain
            .iter()
            .all(|clock| clock["rule"].is_null() && clock["due_at"].is_string())
    );
    for (who, status) in [
        ("county2", 404),
        ("education", 404),
        ("secadmin", 403),
        ("hospital", 403),
    ] {
        assert_eq!(app.sign_in(who).await.get(&path).await.status, status, "{who}");
    }
}
