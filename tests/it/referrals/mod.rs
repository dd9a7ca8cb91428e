//! Sister lines: what is handed to another line, the clock of its answer, and
//! who sees it. A referral never ends a report or a case.

mod doors;
mod lines;
mod refused;

use crate::given;
use crate::support::{App, Client, Reply};
use chrono::TimeDelta;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};
use tonghu::entity::{deadline, emergency_call, journal_entry, notice, referral, report};
use uuid::Uuid;

/// A draft of the operator about a girl of twelve.
pub async fn draft(who: &Client) -> Value {
    let body = json!({
        "outcome": "hold", "channel": "phone", "demand_type": "help_request", "case_types": ["1302"],
        "content": "孩子最近不爱说话，想找人谈谈", "caller": { "name": "王大山", "phone": "16000000077" },
        "child_location": { "division": "140622100" },
        "children": [{ "name": "童小满", "sex": "2", "age": 12 }],
    });
    let reply = who.json("POST", "/api/v1/reports", body).await;
    assert_eq!(reply.status, 201, "{}", reply.text());
    reply.json()
}

pub fn id_of(value: &Value) -> Uuid {
    value["id"].as_str().unwrap().parse().unwrap()
}

pub fn letter() -> Value {
    json!({ "line": "12355", "kind": "letter", "told": "请为一名约12岁女童提供心理咨询，并告知安排" })
}

pub async fn refer(who: &Client, report: &Value, body: Value) -> Reply {
    let path = format!("/api/v1/reports/{}/referrals", report["id"].as_str().unwrap());
    who.json("POST", &path, body).await
}

async fn referred(who: &Client, report: &Value, body: Value) -> Value {
    let reply = refer(who, report, body).await;
    assert_eq!(reply.status, 201, "{}", reply.text());
    reply.json()
}

pub async fn take(who: &Client, row: &Value, mut body: Value) -> Reply {
    let path = format!("/api/v1/referrals/{}/steps", row["id"].as_str().unwrap());
    if body.get("version").is_none() {
        body["version"] = row["version"].clone();
    }
    who.json("POST", &path, body).await
}

async fn clock_of(app: &App, row: &Value) -> deadline::Model {
    let db = app.state.db.read();
    let row = referral::Entity::find_by_id(id_of(row)).one(db).await.unwrap().unwrap();
    let clock = deadline::Entity::find_by_id(row.clock_id.unwrap()).one(db).await;
    clock.unwrap().unwrap()
}

async fn noticed(app: &App, who: &str, kind: &str) -> u64 {
    notice::Entity::find()
        .filter(notice::Column::AccountId.eq(given::account_of(app, who).await.id))
        .filter(notice::Column::Kind.eq(kind))
        .count(app.state.db.read())
        .await
        .unwrap()
}

async fn acts(app: &App, row: &Value) -> Vec<String> {
    let rows = journal_entry::Entity::find()
        .filter(journal_entry::Column::Subject.eq(id_of(row)))
        .filter(journal_entry::Column::Outcome.eq("done"))
        .all(app.state.db.read())
        .await
        .unwrap();
    rows.into_iter().map(|row| row.act).collect()
}

#[tokio::test]
async fn a_referral_starts_the_clock_of_its_answer_and_the_answer_meets_it() {
    let app = App::start().await;
    let operator = app.sign_in("operator").await;
    let report = draft(&operator).await;
    let row = referred(&operator, &report, letter()).await;
    assert_eq!(
        (row["state"].as_str(), row["steps"].as_array().unwrap().len()),
        (Some("open"), 3)
    );
    let clock = clock_of(&app, &row).await;
    assert_eq!(
        (clock.rule_code.as_str(), clock.milestone.as_str()),
        ("REF-12355", "referral")
    );
    assert_eq!((clock.case_id, clock.report_id), (None, Some(id_of(&report))));
    // Three working days after Monday end with Thursday.
    assert_eq!(tonghu::clock::minute(clock.due_at), "2026-11-26 23:59");
    app.clock.advance(TimeDelta::hours(2));
    let operator = app.sign_in("operator").await;
    let receipt = take(
        &operator,
        &row,
        json!({ "step": "receipt", "receipt": "QN〔2026〕31号" }),
    )
    .await;
    assert_eq!(receipt.status, 200, "{}", receipt.text());
    assert_eq!(receipt.json()["receipt"], "QN〔2026〕31号");
    let done = take(
        &operator,
        &receipt.json(),
        json!({ "step": "answer", "answer": "已约本周六面谈" }),
    )
    .await;
    assert_eq!(done.status, 200, "{}", done.text());
    assert_eq!(
        (done.json()["state"].as_str(), done.json()["due_at"].is_null()),
        (Some("answered"), true)
    );
    assert_eq!(clock_of(&app, &row).await.met_at, Some(app.clock.now()));
    assert_eq!(
        acts(&app, &row).await,
        ["referral_made", "referral_receipted", "referral_answered"]
    );
}

#[tokio::test]
async fn an_answer_that_does_not_come_is_warned_of_runs_out_and_climbs() {
    let app = App::start().await;
    let operator = app.sign_in("operator").await;
    let row = referred(&operator, &draft(&operator).await, letter()).await;
    app.clock.advance(TimeDelta::days(3));
    tonghu::worker::tick(&app.state).await;
    assert_eq!(
        noticed(&app, "operator", "due_soon").await,
        1,
        "whoever took the call is warned"
    );
    assert_eq!(
        noticed(&app, "operator2", "due_soon").await,
        0,
        "another's report is nobody else's"
    );
    app.clock.advance(TimeDelta::days(1));
    tonghu::worker::tick(&app.state).await;
    assert_eq!(noticed(&app, "lead", "overdue").await, 1);
    let late = clock_of(&app, &row).await;
    assert!(late.overdue_at.is_some());
    app.clock.advance(TimeDelta::days(2));
    tonghu::worker::tick(&app.state).await;
    assert!(noticed(&app, "lead", "escalated").await >= 1);
    let list = app.sign_in("operator").await.get("/referrals").await.text();
    assert!(list.contains("已逾期"), "{list}");
}

#[tokio::test]
async fn a_withdrawn_referral_is_waited_for_no_more() {
    let app = App::start().await;
    let operator = app.sign_in("operator").await;
    let row = referred(&operator, &draft(&operator).await, letter()).await;
    let none = take(&operator, &row, json!({ "step": "withdraw", "reason": " " })).await;
    assert_eq!(none.status, 422, "{}", none.text());
    let done = take(
        &operator,
        &row,
        json!({ "step": "withdraw", "reason": "来电人改为自行联系" }),
    )
    .await;
    assert_eq!(done.json()["state"], "withdrawn", "{}", done.text());
    let clock = clock_of(&app, &row).await;
    assert!(clock.met_at.is_none() && clock.cancelled_at.is_some());
    let late = take(&operator, &done.json(), json!({ "step": "answer", "answer": "来了" })).await;
    assert_eq!(late.status, 409, "{}", late.text());
}

/// 首接负责: whoever is told first takes it, whatever else it hands on.
#[tokio::test]
async fn a_referral_never_closes_or_replaces_what_smells_of_harm() {
    let app = App::start().await;
    let operator = app.sign_in("operator").await;
    let report = draft(&operator).await;
    let row = referred(&operator, &report, letter()).await;
    let stored = report::Entity::find_by_id(id_of(&report))
        .one(app.state.db.read())
        .await;
    let stored = stored.unwrap().unwrap();
    assert_eq!((stored.state.as_str(), stored.outcome), ("draft", None));
    let steps = format!("/api/v1/reports/{}/steps", id_of(&report));
    let harm =
        json!({ "case_types": ["0101"], "content": "孩子胳膊有伤", "child_location": { "division": "140622100" } });
    let ended =
        json!({ "step": "refer", "version": stored.version, "line": "12355", "note": "已告知", "report": harm });
    let refused = operator.json("POST", &steps, ended).await;
    assert_eq!(refused.status, 422, "{}", refused.text());
    assert!(refused.text().contains("须转办立案"), "{}", refused.text());
    let routed = json!({ "step": "route", "version": stored.version, "report": harm });
    let routed = operator.json("POST", &steps, routed).await;
    assert_eq!(routed.status, 200, "{}", routed.text());
    let case = id_of(&routed.json()["case"]);
    let before = given::now(&app, case).await;
    let more = json!({ "line": "12338", "kind": "joined", "told": "家庭暴力，约12岁女童" });
    let more = refer(&operator, &report, more).await;
    assert_eq!(more.status, 201, "{}", more.text());
    let after = given::now(&app, case).await;
    assert_eq!((&before.stage, before.next_due_at), (&after.stage, after.next_due_at));
    let shown = app.sign_in("county").await.get(&format!("/cases/{case}")).await.text();
    assert!(
        shown.contains("12355 青少年服务台") && shown.contains("12338"),
        "{shown}"
    );
    assert!(
        !shown.contains("家庭暴力，约12岁女童"),
        "what was told is for the hotline"
    );
    let done = take(&operator, &row, json!({ "step": "answer", "answer": "已约谈" })).await;
    assert_eq!(done.status, 200, "{}", done.text());
    assert_eq!(given::now(&app, case).await.stage, after.stage, "the case goes on");
}

#[tokio::test]
async fn the_emergency_key_stands_beside_the_referrals_once() {
    let app = App::start().await;
    let operator = app.sign_in("operator").await;
    let report = draft(&operator).await;
    let steps = format!("/api/v1/reports/{}/steps", id_of(&report));
    let call = json!({ "step": "emergency", "version": report["version"], "lines": ["110"], "receipt": "JJ-7" });
    assert_eq!(operator.json("POST", &steps, call).await.status, 200);
    let twice = refer(
        &operator,
        &report,
        json!({ "line": "110", "kind": "joined", "told": "孩子走失" }),
    )
    .await;
    assert_eq!(twice.status, 422, "{}", twice.text());
    assert!(twice.text().contains("F9"), "{}", twice.text());
    let by_letter = json!({ "line": "110", "kind": "letter", "told": "请协助查找一名约12岁女童" });
    assert_eq!(refer(&operator, &report, by_letter).await.status, 201);
    let shown = operator.get(&format!("/reports/{}", id_of(&report))).await.text();
    assert_eq!(shown.matches("110 公安报警").count(), 2, "{shown}");
    assert!(shown.contains("紧急联动") && shown.contains("JJ-7"), "{shown}");
    let calls = emergency_call::Entity::find().count(app.state.db.read()).await.unwrap();
    assert_eq!(calls, 1);
}

#[tokio::test]
async fn a_call_that_ends_with_a_number_given_is_a_referral_too_and_is_undone_with_it() {
    let app = App::start().await;
    let operator = app.sign_in("operator").await;
    let held = json!({ "outcome": "hold", "demand_type": "inquiry", "content": "想咨询劳动合同" });
    let report = operator.json("POST", "/api/v1/reports", held).await.json();
    let steps = format!("/api/v1/reports/{}/steps", id_of(&report));
    let body = json!({ "step": "refer", "version": report["version"], "line": "12333", "note": "已告知号码" });
    let reply = operator.json("POST", &steps, body).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    let list = operator.get("/api/v1/referrals?list=told").await.json();
    let row = &list["items"][0];
    assert_eq!(
        (row["line"].as_str(), row["due_at"].is_null()),
        (Some("12333"), true),
        "{list}"
    );
    let undo = json!({ "step": "undo", "version": reply.json()["version"] });
    assert_eq!(operator.json("POST", &steps, undo).await.status, 200);
    let list = operator.get("/api/v1/referrals?list=withdrawn").await.json();
    assert_eq!(list["items"].as_array().unwrap().len(), 1, "{list}");
}

#[tokio::test]
async fn sent_twice_it_is_one_referral() {
    let app = App::start().await;
    let operator = app.sign_in("operator").await;
    let report = draft(&operator).await;
    let mut body = letter();
    body["id"] = json!(Uuid::now_v7());
    assert_eq!(refer(&operator, &report, body.clone()).await.status, 201);
    assert_eq!(refer(&operator, &report, body.clone()).await.status, 200);
    let other = draft(&operator).await;
    assert_eq!(
        refer(&operator, &other, body).await.status,
        422,
        "the id is another report's"
    );
    let rows = referral::Entity::find().count(app.state.db.read()).await.unwrap();
    assert_eq!(rows, 1);
}

#[tokio::test]
async fn two_answers_at_once_are_one_and_a_stale_page() {
    let app = App::start().await;
    let operator = app.sign_in("operator").await;
    let row = referred(&operator, &draft(&operator).await, letter()).await;
    let answer = json!({ "step": "answer", "answer": "已约谈" });
    let (one, two) = tokio::join!(take(&operator, &row, answer.clone()), take(&operator, &row, answer));
    let mut statuses = [one.status.as_u16(), two.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
}

#[tokio::test]
async fn the_letter_says_what_the_other_side_needs_and_names_nobody() {
    let app = App::start().await;
    let operator = app.sign_in("operator").await;
    let row = referred(&operator, &draft(&operator).await, letter()).await;
    let page = operator.get(&format!("/referrals/{}/letter", id_of(&row))).await;
    assert_eq!(page.status, 200, "{}", page.text());
    let text = page.text();
    for told in [
        "转介函",
        "青少年服务台",
        "女，约12岁",
        "金城镇",
        "请为一名约12岁女童提供心理咨询",
        "2026-11-26 23:59",
    ] {
        assert!(text.contains(told), "{told}: {text}");
    }
    for kept in ["童小满", "王大山", "16000000077", "不爱说话"] {
        assert!(!text.contains(kept), "{kept}");
    }
    let joined = json!({ "line": "12355", "kind": "joined", "told": "约12岁女童，想找人谈谈" });
    let joined = referred(&operator, &draft(&operator).await, joined).await;
    let none = operator.get(&format!("/referrals/{}/letter", id_of(&joined))).await;
    assert_eq!(none.status, 404, "a call has no letter");
}

#[tokio::test]
async fn the_desk_records_one_without_leaving_the_call() {
    let app = App::start().await;
    let operator = app.sign_in("operator").await;
    let report = draft(&operator).await;
    let path = format!("/reports/{}/referrals", id_of(&report));
    let fields = [
        ("referral_id", ""),
        ("referral_line", "12356"),
        ("referral_kind", "joined"),
        ("referral_told", "约12岁女童，情绪低落"),
        ("referral_receipt", "😀"),
        ("referral_at", ""),
    ];
    let partial = operator.with("hx-request", "true");
    let wrong = partial.post(&path, &fields).await;
    assert_eq!(wrong.status, 422, "{}", wrong.text());
    assert!(wrong.text().contains("id=\"referral_receipt-error\"") && wrong.text().contains("情绪低落"));
    let mut right = fields;
    right[4].1 = "";
    let panel = partial.post(&path, &right).await;
    assert_eq!(panel.status, 200, "{}", panel.text());
    assert!(panel.text().contains("12356 心理援助热线") && !panel.text().contains("<!DOCTYPE"));
    assert!(!panel.text().contains("情绪低落"), "the form is empty again");
    let desk = operator.get(&format!("/intake/{}", id_of(&report))).await.text();
    assert!(desk.contains("12356 心理援助热线") && desk.contains("待答复"), "{desk}");
}
