//! Partners that sign: admitted, changed, given a new secret, shut out, by the
//! security administrator. A secret is shown once.

use super::id_of;
use crate::clock;
use crate::ctx::Ctx;
use crate::entity::hotline_client;
use crate::error::{Error, FieldError, Result};
use crate::hotline::clients::{self, OVERLAPS, Secret, Wanted};
use crate::hotline::door::Refusal;
use crate::state::App;
use crate::web::routes::see_other;
use crate::web::{Choice, Form, Shell, render, render_with};
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;
use uuid::Uuid;

struct Row {
    id: Uuid,
    code: String,
    name: String,
    addresses: String,
    push_url: String,
    attachment_hosts: String,
    created: String,
    disabled: Option<String>,
    version: i32,
    secrets: Vec<String>,
}

struct Refused {
    client: String,
    address: String,
    reason: &'static str,
    count: i32,
    last: String,
}

#[derive(Template)]
#[template(path = "hotline/partners.html")]
struct ListPage {
    shell: Shell,
    rows: Vec<Row>,
    refused: Vec<Refused>,
}

async fn row(app: &App, client: hotline_client::Model) -> Result<Row> {
    let now = app.clock.now();
    Ok(Row {
        id: client.id,
        name: clients::name(&app.vault, &client)?,
        push_url: clients::push_url(&app.vault, &client)?.unwrap_or_default(),
        secrets: clients::secret_lines(app.db.read(), client.id, now).await?,
        code: client.code,
        addresses: client.addresses,
        attachment_hosts: client.attachment_hosts,
        created: clock::minute(client.created_at),
        disabled: client.disabled_at.map(clock::minute),
        version: client.version,
    })
}

pub(super) async fn list(State(app): State<App>, ctx: Ctx) -> Result<Response> {
    let mut rows = Vec::new();
    for client in clients::all(app.db.read()).await? {
        rows.push(row(&app, client).await?);
    }
    let refused = clients::refusals(app.db.read(), ctx.now).await?;
    render(&ListPage {
        shell: Shell::new(&app, &ctx, "接入方", "/hotline/partners"),
        rows,
        refused: refused
            .into_iter()
            .map(|row| Refused {
                client: row.client,
                address: row.address,
                reason: Refusal::label(&row.reason),
                count: row.count,
                last: clock::minute(row.last_at),
            })
            .collect(),
    })
}

/// What is typed about a partner.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    version: i32,
    code: String,
    name: String,
    addresses: String,
    push_url: String,
    attachment_hosts: String,
}

impl Typed {
    fn wanted(&self) -> Wanted {
        Wanted {
            code: self.code.clone(),
            name: self.name.clone(),
            addresses: self.addresses.clone(),
            push_url: self.push_url.clone(),
            attachment_hosts: self.attachment_hosts.clone(),
        }
    }
}

#[derive(Template)]
#[template(path = "hotline/partner_new.html")]
struct NewPage {
    shell: Shell,
    form: Typed,
}

pub(super) async fn blank(State(app): State<App>, ctx: Ctx) -> Result<Response> {
    new_page(&app, &ctx, Typed::default(), Vec::new())
}

fn new_page(app: &App, ctx: &Ctx, form: Typed, errors: Vec<FieldError>) -> Result<Response> {
    let shell = Shell::new(app, ctx, "新增接入方", "/hotline/partners").errors(errors);
    render_with(shell.status(), &NewPage { shell, form })
}

/// `POST /hotline/partners/new`
pub(super) async fn add(State(app): State<App>, ctx: Ctx, Form(form): Form<Typed>) -> Result<Response> {
    match clients::add(&app, &ctx, &form.wanted()).await {
        Ok((id, secret)) => shown(&app, &ctx, id, &secret).await,
        Err(Error::Invalid(errors)) => new_page(&app, &ctx, form, errors),
        Err(error) => Err(error),
    }
}

#[derive(Template)]
#[template(path = "hotline/secret.html")]
struct SecretPage {
    shell: Shell,
    id: Uuid,
    code: String,
    secret: String,
}

/// The page that shows a secret: once.
async fn shown(app: &App, ctx: &Ctx, id: Uuid, secret: &Secret) -> Result<Response> {
    let client = clients::find(app.db.read(), id).await?;
    render(&SecretPage {
        shell: Shell::new(app, ctx, "签名密钥", "/hotline/partners"),
        id,
        code: client.code,
        secret: secret.0.clone(),
    })
}

#[derive(Template)]
#[template(path = "hotline/partner.html")]
struct PartnerPage {
    shell: Shell,
    row: Row,
    form: Typed,
    overlaps: Vec<Choice>,
}

async fn page(app: &App, ctx: &Ctx, id: Uuid, (form, errors): (Option<Typed>, Vec<FieldError>)) -> Result<Response> {
    let client = clients::find(app.db.read(), id).await?;
    let row = row(app, client).await?;
    let form = form.unwrap_or_else(|| Typed {
        version: row.version,
        code: row.code.clone(),
        name: row.name.clone(),
        addresses: row.addresses.clone(),
        push_url: row.push_url.clone(),
        attachment_hosts: row.attachment_hosts.clone(),
    });
    let overlaps = OVERLAPS
        .iter()
        .map(|(hours, label)| Choice::new(&hours.to_string(), label, "72"));
    let shell = Shell::new(app, ctx, "接入方", "/hotline/partners").errors(errors);
    let page = PartnerPage {
        overlaps: overlaps.collect(),
        shell,
        row,
        form,
    };
    render_with(page.shell.status(), &page)
}

pub(super) async fn show(State(app): State<App>, ctx: Ctx, Path(id): Path<String>) -> Result<Response> {
    page(&app, &ctx, id_of(&id)?, (None, Vec::new())).await
}

/// `POST /hotline/partners/{id}`
pub(super) async fn change(
    State(app): State<App>,
    ctx: Ctx,
    Path(id): Path<String>,
    Form(form): Form<Typed>,
) -> Result<Response> {
    let id = id_of(&id)?;
    clients::find(app.db.read(), id).await?;
    match clients::change(&app, &ctx, (id, form.version), &form.wanted()).await {
        Ok(()) => Ok(see_other(&format!("/hotline/partners/{id}"))),
        Err(Error::Invalid(errors)) => page(&app, &ctx, id, (Some(form), errors)).await,
        Err(error) => Err(error),
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Rotating {
    version: i32,
    overlap: String,
}

/// `POST /hotline/partners/{id}/rotate`
pub(super) async fn rotate(
    State(app): State<App>,
    ctx: Ctx,
    Path(id): Path<String>,
    Form(form): Form<Rotating>,
) -> Result<Response> {
    let id = id_of(&id)?;
    let hours = form.overlap.trim().parse().unwrap_or(-1);
    match clients::rotate(&app, &ctx, (id, form.version), hours).await {
        Ok(secret) => shown(&app, &ctx, id, &secret).await,
        Err(Error::Invalid(errors)) => page(&app, &ctx, id, (None, errors)).await,
        Err(error) => Err(error),
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Seen {
    version: i32,
}

/// `POST /hotline/partners/{id}/disable`
pub(super) async fn disable(
    State(app): State<App>,
    ctx: Ctx,
    Path(id): Path<String>,
    Form(seen): Form<Seen>,
) -> Result<Response> {
    switch(&app, &ctx, (&id, seen), false).await
}

/// `POST /hotline/partners/{id}/enable`
pub(super) async fn enable(
    State(app): State<App>,
    ctx: Ctx,
    Path(id): Path<String>,
    Form(seen): Form<Seen>,
) -> Result<Response> {
    switch(&app, &ctx, (&id, seen), true).await
}

async fn switch(app: &App, ctx: &Ctx, (id, seen): (&str, Seen), on: bool) -> Result<Response> {
    let id = id_of(id)?;
    clients::enable(app, ctx, (id, seen.version), on).await?;
    Ok(see_other(&format!("/hotline/partners/{id}")))
}
