//! 12345: what is let in, what an order becomes, what comes later, and what is
//! told back.

mod answers;
mod answers_by_file;
mod attachments;
mod by_file;
mod hosts;
mod comparing;
mod door;
mod events;
mod far;
mod files;
mod meeting;
mod orders;
mod paper;
mod partners;
mod platform;
mod screens;
mod stand_in;

use crate::support::{App, Client, Reply};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};
use tonghu::entity::{hotline_flag, hotline_order, journal_entry, notice, protection_case, report};

const ORDERS: &str = "/api/v1/hotline/work-orders";

/// An order as 12345 sends it.
fn order(number: &str) -> Value {
    json!({
        "ext_order_no": number, "received_at": "2026-11-23T08:52:00+08:00", "channel": "phone",
        "demand_type": "tipoff", "case_types": ["0101"], "mandatory_situations": ["MR4"], "urgency": null,
        "title": "约7岁女童身上有伤", "content": "邻居家孩子被打，胳膊有伤",
        "caller": { "name": "柳报信", "phone": "16000000001", "anonymous": true, "safe_phone": false, "safe_time": null },
        "reporter_type": "V04", "relation_to_child": "905", "confidential": true,
        "incident_place": { "division": "140622100", "address": "东街38号" },
        "child_location": { "division": "140622100", "address": "东街38号" },
        "children": [{ "name": format!("童小满{number}"), "sex": "2", "age": 7, "id_number": "14069920190312014X" }],
        "cohabiting_suspect": "yes", "danger_flags": [], "reported_to_police": false,
        "recording_id": "REC-17", "callback_url": null
    })
}

/// An order that is not red.
fn quiet(number: &str) -> Value {
    let mut order = order(number);
    order["case_types"] = json!(["0301"]);
    order["mandatory_situations"] = json!([]);
    order["cohabiting_suspect"] = json!("no");
    order["children"][0]["id_number"] = json!(null);
    order["content"] = json!("邻居总是大声训斥孩子");
    order["title"] = json!("约7岁女童被训斥");
    order
}

async fn send(app: &App, body: &Value) -> Reply {
    app.partner().json("POST", ORDERS, body.clone()).await
}

/// Sends an order that must be new.
async fn sent(app: &App, body: &Value) -> Value {
    let reply = send(app, body).await;
    assert_eq!(reply.status, 201, "{}", reply.text());
    reply.json()
}

async fn event(app: &App, number: &str, body: Value) -> Reply {
    let path = format!("{ORDERS}/{number}/events");
    app.partner().json("POST", &path, body).await
}

async fn state(app: &App, number: &str) -> Value {
    let reply = app.partner().get(&format!("{ORDERS}/{number}")).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.json()
}

async fn row(app: &App, number: &str) -> hotline_order::Model {
    hotline_order::Entity::find()
        .filter(hotline_order::Column::ExtOrderNo.eq(number))
        .one(app.state.db.read())
        .await
        .unwrap()
        .unwrap()
}

async fn report_of(app: &App, number: &str) -> report::Model {
    let order = row(app, number).await;
    report::Entity::find_by_id(order.report_id)
        .one(app.state.db.read())
        .await
        .unwrap()
        .unwrap()
}

async fn case_of(app: &App, number: &str) -> protection_case::Model {
    let report = report_of(app, number).await;
    protection_case::Entity::find_by_id(report.case_id.unwrap())
        .one(app.state.db.read())
        .await
        .unwrap()
        .unwrap()
}

/// What a person has to look at, by kind and place.
async fn flags(app: &App, number: &str) -> Vec<(String, String)> {
    let order = row(app, number).await;
    let rows = hotline_flag::Entity::find()
        .filter(hotline_flag::Column::OrderId.eq(order.id))
        .order_by_asc(hotline_flag::Column::Id)
        .all(app.state.db.read())
        .await
        .unwrap();
    rows.into_iter().map(|row| (row.kind, row.pointer)).collect()
}

/// How often the shift lead was told to look.
async fn lead_told(app: &App) -> usize {
    let lead = crate::given::account_of(app, "lead").await.id;
    notice::Entity::find()
        .filter(notice::Column::AccountId.eq(lead))
        .filter(notice::Column::Kind.eq("partner_flagged"))
        .all(app.state.db.read())
        .await
        .unwrap()
        .len()
}

/// The acts of the journal that were done, as a number for each.
pub(super) async fn acts(app: &App, act: &str) -> usize {
    journal_entry::Entity::find()
        .filter(journal_entry::Column::Act.eq(act))
        .all(app.state.db.read())
        .await
        .unwrap()
        .len()
}

/// A step on the case of an order, which must succeed.
async fn step(app: &App, who: &Client, number: &str, mut body: Value) -> Value {
    let case = case_of(app, number).await;
    body["version"] = json!(case.version);
    let path = format!("/api/v1/cases/{}/steps", case.id);
    let reply = who.json("POST", &path, body.clone()).await;
    assert_eq!(reply.status, 200, "{body}: {}", reply.text());
    reply.json()
}
