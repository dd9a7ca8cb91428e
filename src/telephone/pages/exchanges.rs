//! Exchanges that tell of calls: admitted, given a new token, shut out, by the
//! security administrator. A token is shown once.

use super::id_of;
use crate::clock;
use crate::ctx::Ctx;
use crate::error::{Error, FieldError, Result};
use crate::hotline::clients::OVERLAPS;
use crate::state::App;
use crate::telephone::exchanges::{self, Exchange, Token};
use crate::web::routes::see_other;
use crate::web::{Choice, Form, Shell, render, render_with};
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;
use uuid::Uuid;

struct Row {
    id: Uuid,
    name: String,
    version: i32,
    created: String,
    disabled: Option<String>,
    tokens: Vec<String>,
}

#[derive(Template)]
#[template(path = "telephone/exchanges.html")]
struct ExchangesPage {
    shell: Shell,
    rows: Vec<Row>,
    overlaps: Vec<Choice>,
    name: String,
}

async fn row(app: &App, ctx: &Ctx, exchange: Exchange) -> Result<Row> {
    let tokens = exchanges::tokens(app.db.read(), exchange.id).await?;
    let line = |token: &crate::entity::call_token::Model| {
        let since = clock::minute(token.created_at);
        match token.ends_at {
            None => format!("{since} 起，现行"),
            Some(ends) if ends > ctx.now => format!("{since} 起，{} 失效", clock::minute(ends)),
            Some(ends) => format!("{since} 起，{} 已失效", clock::minute(ends)),
        }
    };
    Ok(Row {
        id: exchange.id,
        name: exchanges::name(&app.vault, &exchange)?,
        version: exchange.version,
        created: clock::minute(exchange.created_at),
        disabled: exchange.disabled_at.map(clock::minute),
        tokens: tokens.iter().map(line).collect(),
    })
}

/// `GET /exchanges`
pub(super) async fn list(State(app): State<App>, ctx: Ctx) -> Result<Response> {
    page(&app, &ctx, String::new(), Vec::new()).await
}

async fn page(app: &App, ctx: &Ctx, name: String, errors: Vec<FieldError>) -> Result<Response> {
    let mut rows = Vec::new();
    for exchange in exchanges::all(app.db.read()).await? {
        rows.push(row(app, ctx, exchange).await?);
    }
    let overlaps = OVERLAPS
        .iter()
        .map(|(hours, label)| Choice::new(&hours.to_string(), label, "24"));
    let page = ExchangesPage {
        shell: Shell::new(app, ctx, "话务平台", "/exchanges").errors(errors),
        rows,
        overlaps: overlaps.collect(),
        name,
    };
    render_with(page.shell.status(), &page)
}

#[derive(Template)]
#[template(path = "telephone/token.html")]
struct TokenPage {
    shell: Shell,
    token: String,
}

/// The page that shows a token: once.
fn shown(app: &App, ctx: &Ctx, token: Token) -> Result<Response> {
    render(&TokenPage {
        shell: Shell::new(app, ctx, "话务平台令牌", "/exchanges"),
        token: token.0,
    })
}

/// A new exchange.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct New {
    name: String,
}

/// `POST /exchanges/new`
pub(super) async fn add(State(app): State<App>, ctx: Ctx, Form(form): Form<New>) -> Result<Response> {
    match exchanges::add(&app, &ctx, &form.name).await {
        Ok((_, token)) => shown(&app, &ctx, token),
        Err(Error::Invalid(errors)) => page(&app, &ctx, form.name, errors).await,
        Err(error) => Err(error),
    }
}

/// What is done with an exchange.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Done {
    version: i32,
    step: String,
    overlap: String,
}

/// `POST /exchanges/{id}`
pub(super) async fn act(
    State(app): State<App>,
    ctx: Ctx,
    Path(id): Path<String>,
    Form(form): Form<Done>,
) -> Result<Response> {
    let seen = (id_of(&id)?, form.version);
    let done = match form.step.as_str() {
        "rotate" => {
            let hours = form.overlap.trim().parse().unwrap_or(-1);
            exchanges::rotate(&app, &ctx, seen, hours).await.map(Some)
        }
        "disable" => exchanges::enable(&app, &ctx, seen, false).await.map(|()| None),
        "enable" => exchanges::enable(&app, &ctx, seen, true).await.map(|()| None),
        _ => Err(Error::BadRequest("没有这个操作，刷新页面后重试".to_owned())),
    };
    match done {
        Ok(Some(token)) => shown(&app, &ctx, token),
        Ok(None) => Ok(see_other("/exchanges")),
        Err(Error::Invalid(errors)) => page(&app, &ctx, String::new(), errors).await,
        Err(error) => Err(error),
    }
}
