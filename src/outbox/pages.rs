//! What waits to go out and what was laid aside, for the system administrator.

use super::repeat;
use crate::clock;
use crate::ctx::Ctx;
use crate::entity::outbox;
use crate::error::Result;
use crate::rules::policy::Role;
use crate::state::App;
use crate::web::routes::see_other;
use crate::web::{Access, Form, Routes, Shell, render};
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::Deserialize;
use uuid::Uuid;

/// Rows of the page: what is older waits behind them.
const ROWS: u64 = 200;

pub(super) fn routes() -> Routes {
    let access = Access::Roles(&[Role::SysAdmin]);
    Routes::new()
        .get("/outbox", access, index)
        .post("/outbox/{id}/repeat", access, again)
}

struct Row {
    id: Uuid,
    topic: String,
    created: String,
    tries: i32,
    dead: bool,
    next: String,
    failure: String,
}

#[derive(Template)]
#[template(path = "outbox/list.html")]
struct ListPage {
    shell: Shell,
    dead: Vec<Row>,
    waiting: Vec<Row>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct After {
    saved: Option<String>,
}

async fn index(State(app): State<App>, ctx: Ctx, Query(after): Query<After>) -> Result<Response> {
    let open = outbox::Entity::find()
        .filter(outbox::Column::DeliveredAt.is_null())
        .order_by_asc(outbox::Column::CreatedAt)
        .limit(ROWS)
        .all(app.db.read())
        .await?;
    let (dead, waiting) = open.into_iter().map(row).partition(|row: &Row| row.dead);
    let flash = after.saved.map(|_| "已安排立即重发".to_owned());
    render(&ListPage {
        shell: Shell::new(&app, &ctx, "外发消息", "/outbox").flash(flash),
        dead,
        waiting,
    })
}

fn row(message: outbox::Model) -> Row {
    Row {
        id: message.id,
        topic: topic(&message.topic),
        created: clock::minute(message.created_at),
        tries: message.attempts,
        dead: message.dead_at.is_some(),
        next: clock::minute(message.available_at),
        failure: message.failure.unwrap_or_default(),
    }
}

fn topic(code: &str) -> String {
    match code {
        "sms" => "短信".to_owned(),
        "hotline" => "12345 回告".to_owned(),
        "attachment" => "取 12345 工单附件".to_owned(),
        other => other.to_owned(),
    }
}

#[derive(Debug, Deserialize)]
struct Nothing {}

async fn again(State(app): State<App>, ctx: Ctx, Path(id): Path<Uuid>, Form(_): Form<Nothing>) -> Result<Response> {
    repeat(&app, &ctx, id).await?;
    Ok(see_other("/outbox?saved=1"))
}
