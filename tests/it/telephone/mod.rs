//! The telephone: what rings opens a draft, what is missed is owed a call, and
//! nothing that an exchange sends does harm.

mod calls;
mod exchanges;
mod refused;
mod returns;
mod screens;

use crate::support::{App, Client, Reply};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};
use tonghu::entity::{call_leg, call_return, journal_entry, phone_call, report};

const CALLER: &str = "16000000061";

fn path() -> String {
    format!("/api/v1/cti/{}", tonghu::demo::EXCHANGE)
}

/// Sends an event as the exchange of the demonstration does.
async fn sent(app: &App, body: Value) -> Reply {
    app.stranger().json("POST", &path(), body).await
}

/// An event that must be taken; answers the state of the call.
async fn told(app: &App, body: Value) -> String {
    let at = body.to_string();
    let reply = sent(app, body).await;
    assert_eq!(reply.status, 200, "{at}: {}", reply.text());
    reply.json()["state"].as_str().unwrap().to_owned()
}

fn event(kind: &str, call: &str, user: &str) -> Value {
    json!({ "event": kind, "direction": "in", "from": CALLER, "to": "12345", "callId": call, "user": user })
}

async fn ring(app: &App, call: &str, user: &str) -> String {
    told(app, event("newCall", call, user)).await
}

async fn answer(app: &App, call: &str, user: &str) -> String {
    told(app, event("answer", call, user)).await
}

async fn hang_up(app: &App, call: &str) -> String {
    told(
        app,
        json!({ "event": "hangup", "callId": call, "cause": "normalClearing" }),
    )
    .await
}

/// The only call there is.
async fn the_call(app: &App) -> phone_call::Model {
    let mut calls = phone_call::Entity::find().all(app.state.db.read()).await.unwrap();
    assert_eq!(calls.len(), 1);
    calls.remove(0)
}

async fn legs(app: &App) -> Vec<call_leg::Model> {
    let found = call_leg::Entity::find().order_by_asc(call_leg::Column::Id);
    found.all(app.state.db.read()).await.unwrap()
}

async fn reports(app: &App) -> Vec<report::Model> {
    let found = report::Entity::find().order_by_asc(report::Column::Id);
    found.all(app.state.db.read()).await.unwrap()
}

/// Callers who are owed a call.
async fn owed(app: &App) -> Vec<call_return::Model> {
    let found = call_return::Entity::find().filter(call_return::Column::OpenKey.is_not_null());
    found.all(app.state.db.read()).await.unwrap()
}

async fn acts(app: &App, act: &str) -> u64 {
    let found = journal_entry::Entity::find().filter(journal_entry::Column::Act.eq(act));
    found.count(app.state.db.read()).await.unwrap()
}

/// The addresses of the drafts that the person's start page lists.
async fn drafts(who: &Client) -> Vec<String> {
    let page = who.get("/intake").await.text();
    let links = page.split("<a href=\"/intake/").skip(1);
    links.map(|rest| format!("/intake/{}", &rest[..36])).collect()
}
