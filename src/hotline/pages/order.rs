//! `GET /hotline/orders/{id}`: one order with what a person has to look at,
//! what came later, and what 12345 was told.

use super::id_of;
use crate::clock;
use crate::ctx::Ctx;
use crate::entity::{hotline_client, hotline_event, hotline_order, outbox, report};
use crate::error::{Error, FieldError, Result};
use crate::hotline::attachments;
use crate::hotline::events::{self, is_cancelled};
use crate::hotline::flags::{self, Flag};
use crate::hotline::out::lane;
use crate::hotline::places::place;
use crate::hotline::{OrderEvent, standing};
use crate::intake;
use crate::journal::{self, Act, Entry};
use crate::outbox as out;
use crate::state::App;
use crate::vault::Slot;
use crate::web::routes::see_other;
use crate::web::{Form, Shell, render_with};
use anyhow::Context;
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

struct FlagRow {
    id: Uuid,
    words: &'static str,
    pointer: String,
    given: String,
    raised: String,
    settled: Option<String>,
    note: String,
}

struct EventRow {
    number: String,
    kind: &'static str,
    at: String,
    arrived: String,
    outcome: &'static str,
    content: String,
}

/// An answer as the ledger shows it.
pub(super) struct AnswerRow {
    pub(super) id: Uuid,
    pub(super) seq: i32,
    pub(super) text: String,
    pub(super) made: String,
    pub(super) tries: i32,
    pub(super) arrived: Option<String>,
    pub(super) dead: bool,
    pub(super) failure: String,
}

#[derive(Template)]
#[template(path = "hotline/order.html")]
struct OrderPage {
    shell: Shell,
    id: Uuid,
    ext_order_no: String,
    client: String,
    number: String,
    report: Uuid,
    case: Option<(Uuid, String)>,
    received: String,
    arrived: String,
    standing: &'static str,
    cancelled: bool,
    flags: Vec<FlagRow>,
    events: Vec<EventRow>,
    attachments: Vec<attachments::Row>,
    answers: Vec<AnswerRow>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct After {
    saved: Option<String>,
}

/// An order that the person may see: whoever is kept out of its case does not.
pub(super) async fn fetch(app: &App, ctx: &Ctx, id: &str) -> Result<hotline_order::Model> {
    let order = hotline_order::Entity::find_by_id(id_of(id)?).one(app.db.read()).await?;
    let order = order.ok_or(Error::NotFound)?;
    intake::check_view(app, ctx, order.report_id).await?;
    Ok(order)
}

pub(super) async fn show(
    State(app): State<App>,
    ctx: Ctx,
    Path(id): Path<String>,
    Query(after): Query<After>,
) -> Result<Response> {
    let order = fetch(&app, &ctx, &id).await?;
    let flash = after.saved.map(|what| match what.as_str() {
        "repeat" => "已安排立即重发".to_owned(),
        "fetch" => "已安排再取一次，稍后刷新查看".to_owned(),
        _ => "已记录核对结果".to_owned(),
    });
    page(&app, &ctx, order, (flash, Vec::new())).await
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Settling {
    note: String,
}

/// `POST /hotline/orders/{id}/flags/{flag}`
pub(super) async fn settle(
    State(app): State<App>,
    ctx: Ctx,
    Path((id, flag)): Path<(String, String)>,
    Form(form): Form<Settling>,
) -> Result<Response> {
    let order = fetch(&app, &ctx, &id).await?;
    let flag = id_of(&flag)?;
    match flags::settle(&app, &ctx, (order.id, flag), &form.note).await {
        Ok(()) => Ok(see_other(&format!("/hotline/orders/{}?saved=look", order.id))),
        Err(Error::Invalid(errors)) => {
            // Every flag has a control of its own.
            let own = |error: FieldError| FieldError::new(&format!("note-{flag}"), &error.message);
            let errors = errors.into_iter().map(own).collect();
            page(&app, &ctx, order, (None, errors)).await
        }
        Err(error) => Err(error),
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Nothing {}

/// `POST /hotline/orders/{id}/answers/{message}/repeat`
pub(super) async fn repeat(
    State(app): State<App>,
    ctx: Ctx,
    Path((id, message)): Path<(String, String)>,
    Form(_): Form<Nothing>,
) -> Result<Response> {
    let order = fetch(&app, &ctx, &id).await?;
    let found = outbox::Entity::find_by_id(id_of(&message)?)
        .filter(outbox::Column::Lane.eq(lane(order.id)))
        .one(app.db.read())
        .await?;
    out::repeat(&app, &ctx, found.ok_or(Error::NotFound)?.id).await?;
    Ok(see_other(&format!("/hotline/orders/{}?saved=repeat", order.id)))
}

async fn page(
    app: &App,
    ctx: &Ctx,
    order: hotline_order::Model,
    (flash, errors): (Option<String>, Vec<FieldError>),
) -> Result<Response> {
    let db = app.db.read();
    let report = report::Entity::find_by_id(order.report_id).one(db).await?;
    let report = report.context("report of an order")?;
    let case = standing::last_case(db, report.case_id).await?;
    let client = hotline_client::Entity::find_by_id(order.client_id).one(db).await?;
    let entry = Entry::new(Act::HotlineOrderViewed).report(report.id).subject(order.id);
    journal::viewed(&app.db, ctx, entry).await?;
    let flags = flags::of(db, &app.vault, order.id).await?;
    let page = OrderPage {
        shell: Shell::new(app, ctx, "12345 工单", "/hotline/orders")
            .flash(flash)
            .errors(errors),
        id: order.id,
        client: client.map_or_else(String::new, |client| client.code),
        number: report.number,
        report: report.id,
        case: case.map(|case| (case.id, case.number)),
        received: clock::minute(order.received_at),
        arrived: clock::minute(order.arrived_at),
        standing: standing::now(db, order.report_id).await?.text(),
        cancelled: is_cancelled(&order),
        flags: flags.into_iter().map(flag_row).collect(),
        events: event_rows(app, &order).await?,
        attachments: attachments::of_order(app, order.id).await?,
        answers: answer_rows(app, order.id).await?,
        ext_order_no: order.ext_order_no,
    };
    render_with(page.shell.status(), &page)
}

fn flag_row(flag: Flag) -> FlagRow {
    FlagRow {
        id: flag.id,
        words: flag.words,
        pointer: place(&flag.pointer),
        given: flag.given,
        raised: clock::minute(flag.raised_at),
        settled: flag.settled_at.map(clock::minute),
        note: flag.note,
    }
}

async fn event_rows(app: &App, order: &hotline_order::Model) -> Result<Vec<EventRow>> {
    let found = hotline_event::Entity::find()
        .filter(hotline_event::Column::ClientId.eq(order.client_id))
        .filter(hotline_event::Column::ExtOrderNo.eq(&order.ext_order_no))
        .order_by_asc(hotline_event::Column::At)
        .order_by_asc(hotline_event::Column::Id)
        .all(app.db.read())
        .await?;
    let mut rows = Vec::new();
    for event in found {
        let text = app
            .vault
            .open(Slot::new("hotline_event", "body", event.id), &event.body)?;
        let said: OrderEvent = serde_json::from_str(&text).context("kept event")?;
        rows.push(EventRow {
            kind: events::kind_label(&event.kind),
            at: clock::minute(event.at),
            arrived: clock::minute(event.arrived_at),
            outcome: events::outcome_label(event.outcome.as_deref()),
            content: said.content.unwrap_or_default(),
            number: event.ext_event_id,
        });
    }
    Ok(rows)
}

async fn answer_rows(app: &App, order: Uuid) -> Result<Vec<AnswerRow>> {
    let found = outbox::Entity::find()
        .filter(outbox::Column::Lane.eq(lane(order)))
        .order_by_asc(outbox::Column::LaneSeq)
        .all(app.db.read())
        .await?;
    Ok(found.into_iter().map(answer_row).collect())
}

/// An answer by its message.
pub(super) fn answer_row(message: outbox::Model) -> AnswerRow {
    let payload: Value = serde_json::from_str(&message.payload).unwrap_or_default();
    let text = match payload["text"].as_str() {
        Some(text) => text.to_owned(),
        None => "每日对账单".to_owned(),
    };
    AnswerRow {
        id: message.id,
        seq: message.lane_seq.unwrap_or_default(),
        text,
        made: clock::minute(message.created_at),
        tries: message.attempts,
        arrived: message.delivered_at.map(clock::minute),
        dead: message.dead_at.is_some(),
        failure: message.failure.unwrap_or_default(),
    }
}
