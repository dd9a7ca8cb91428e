//! The forms that open an account and move one.

use super::picker::{Choice, Picker, Picking, role_of, roles, roles_beside};
use super::{row, shown};
use crate::accounts::directory::Row;
use crate::accounts::{Change, NewAccount, OneTime, first_secret};
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::state::App;
use crate::web::routes::see_other;
use crate::web::{Form, Shell, render, render_with};
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use uuid::Uuid;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct NewForm {
    username: String,
    name: String,
    phone: String,
    id_number: String,
    role: String,
    unit: String,
}

#[derive(Template)]
#[template(path = "accounts/new.html")]
struct NewPage {
    shell: Shell,
    picker: Picker,
    form: NewForm,
    roles: Vec<Choice>,
}

fn new_page(app: &App, ctx: &Ctx, picker: Picker, form: NewForm) -> NewPage {
    NewPage {
        shell: Shell::new(app, ctx, "新增账号", "/accounts"),
        picker,
        roles: roles(&form.role),
        form,
    }
}

pub(super) async fn blank(State(app): State<App>, ctx: Ctx, Query(picking): Query<Picking>) -> Result<Response> {
    let picker = Picker::of(&app, &picking).await?;
    render(&new_page(&app, &ctx, picker, NewForm::default()))
}

pub(super) async fn add(State(app): State<App>, ctx: Ctx, Form(form): Form<NewForm>) -> Result<Response> {
    let picking = Picking {
        q: String::new(),
        unit: form.unit.clone(),
    };
    let picker = Picker::of(&app, &picking).await?;
    match add_typed(&app, &ctx, &picker, &form).await {
        Ok((id, secret)) => shown(&app, &ctx, id, secret).await,
        Err(Error::Invalid(errors)) => {
            let mut page = new_page(&app, &ctx, picker, form);
            page.shell = page.shell.errors(errors);
            render_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(other) => Err(other),
    }
}

async fn add_typed(app: &App, ctx: &Ctx, picker: &Picker, form: &NewForm) -> Result<(Uuid, OneTime)> {
    let role = role_of(&form.role)?;
    let secret = first_secret(role)?;
    let new = NewAccount {
        username: form.username.clone(),
        name: form.name.clone(),
        role,
        unit_id: picker.unit(),
        division: picker.division()?,
        phone: Some(form.phone.clone()),
        id_number: Some(form.id_number.clone()),
        password: secret.clone(),
        must_change: true,
    };
    Ok((crate::accounts::add(app, ctx, &new).await?, OneTime(secret)))
}

#[derive(Template)]
#[template(path = "accounts/change.html")]
struct ChangePage {
    shell: Shell,
    row: Row,
    picker: Picker,
    roles: Vec<Choice>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ChangeForm {
    role: String,
    unit: String,
    version: i32,
}

pub(super) async fn moving(
    State(app): State<App>,
    ctx: Ctx,
    Path(id): Path<String>,
    Query(mut picking): Query<Picking>,
) -> Result<Response> {
    let row = row(&app, &id).await?;
    if picking.unit.is_empty() {
        picking.unit = row.unit_id.map(|id| id.to_string()).unwrap_or_default();
    }
    let picker = Picker::of(&app, &picking).await?;
    let roles = roles_beside(&row.role_code, &row.role_code);
    render(&change_page(&app, &ctx, row, (picker, roles)))
}

fn change_page(app: &App, ctx: &Ctx, row: Row, (picker, roles): (Picker, Vec<Choice>)) -> ChangePage {
    ChangePage {
        shell: Shell::new(app, ctx, "变更账号", "/accounts"),
        roles,
        picker,
        row,
    }
}

pub(super) async fn change(
    State(app): State<App>,
    ctx: Ctx,
    Path(id): Path<String>,
    Form(form): Form<ChangeForm>,
) -> Result<Response> {
    let row = row(&app, &id).await?;
    let picking = Picking {
        q: String::new(),
        unit: form.unit.clone(),
    };
    let picker = Picker::of(&app, &picking).await?;
    match change_typed(&app, &ctx, (row.id, &picker), &form).await {
        Ok(()) => Ok(see_other(&format!("/accounts/{}", row.id))),
        Err(Error::Invalid(errors)) => {
            let roles = roles_beside(&row.role_code, &form.role);
            let mut page = change_page(&app, &ctx, row, (picker, roles));
            page.shell = page.shell.errors(errors);
            render_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(other) => Err(other),
    }
}

async fn change_typed(app: &App, ctx: &Ctx, (id, picker): (Uuid, &Picker), form: &ChangeForm) -> Result<()> {
    let to = Change {
        role: role_of(&form.role)?,
        unit_id: picker.unit(),
        division: picker.division()?,
    };
    crate::accounts::change(app, ctx, (id, form.version), &to).await
}
