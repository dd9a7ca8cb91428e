//! Whose telephone is whose, kept by the shift lead.

use crate::accounts;
use crate::ctx::Ctx;
use crate::entity::account;
use crate::error::{Error, FieldError, Result};
use crate::state::App;
use crate::telephone::extensions;
use crate::web::routes::see_other;
use crate::web::{Choice, Form, Shell, render_with};
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use uuid::Uuid;

struct Row {
    number: String,
    name: String,
    username: String,
    gone: bool,
}

#[derive(Template)]
#[template(path = "telephone/extensions.html")]
struct ExtensionsPage {
    shell: Shell,
    rows: Vec<Row>,
    people: Vec<Choice>,
    number: String,
}

/// An extension and whose it is.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    number: String,
    account: String,
}

/// `GET /extensions`
pub(super) async fn list(State(app): State<App>, ctx: Ctx) -> Result<Response> {
    page(&app, &ctx, Typed::default(), Vec::new()).await
}

async fn page(app: &App, ctx: &Ctx, typed: Typed, errors: Vec<FieldError>) -> Result<Response> {
    let people = extensions::desk(app.db.read()).await?;
    let mut rows = Vec::new();
    for known in extensions::all(app).await? {
        let account = accounts::find(&app.db, known.account).await?;
        let here = people.iter().any(|one| one.id == known.account);
        let (name, username) = match &account {
            Some(account) => (accounts::name(app, account)?, account.username.clone()),
            None => (String::new(), String::new()),
        };
        rows.push(Row {
            number: known.number,
            name,
            username,
            gone: !here,
        });
    }
    let choice = |account: &account::Model| {
        let label = format!("{}（{}）", accounts::name(app, account)?, account.username);
        Ok(Choice::new(&account.id.to_string(), &label, &typed.account))
    };
    let page = ExtensionsPage {
        shell: Shell::new(app, ctx, "分机与工号", "/calls").errors(errors),
        rows,
        people: people.iter().map(choice).collect::<Result<_>>()?,
        number: typed.number,
    };
    render_with(page.shell.status(), &page)
}

/// `POST /extensions`
pub(super) async fn set(State(app): State<App>, ctx: Ctx, Form(form): Form<Typed>) -> Result<Response> {
    let account = form.account.trim();
    let account = match (account.is_empty(), Uuid::parse_str(account)) {
        (true, _) => Ok(None),
        (false, Ok(id)) => Ok(Some(id)),
        (false, Err(_)) => Err(Error::field("account", "选择坐在这个分机的话务员")),
    };
    let done = match account {
        Ok(account) => extensions::set(&app, &ctx, &form.number, account).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(()) => Ok(see_other("/extensions")),
        Err(Error::Invalid(errors)) => page(&app, &ctx, form, errors).await,
        Err(error) => Err(error),
    }
}
