//! The form for a new joint task.

use crate::casework::fetch_for;
use crate::clock;
use crate::ctx::Ctx;
use crate::error::{Error, FieldError, Result};
use crate::journal::Act;
use crate::measures;
use crate::rules::codes;
use crate::rules::policy::Action;
use crate::state::App;
use crate::tasks::{NewTask, opening};
use crate::web::routes::see_other;
use crate::web::{Choice, Form, Shell, render_with};
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use uuid::Uuid;

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct NewForm {
    #[serde(alias = "type")]
    type_code: String,
    unit_id: String,
    request: String,
    due_at: String,
}

#[derive(Template)]
#[template(path = "tasks/new.html")]
struct NewPage {
    shell: Shell,
    case: Uuid,
    number: String,
    form: NewForm,
    types: Vec<Choice>,
    units: Vec<Choice>,
}

pub(super) async fn new(
    State(app): State<App>,
    ctx: Ctx,
    Path(id): Path<Uuid>,
    Query(form): Query<NewForm>,
) -> Result<Response> {
    new_page(&app, &ctx, id, form, Vec::new()).await
}

pub(super) async fn save(
    State(app): State<App>,
    ctx: Ctx,
    Path(id): Path<Uuid>,
    Form(form): Form<NewForm>,
) -> Result<Response> {
    let opened = match read(&form) {
        Ok(new) => opening::open(&app, &ctx, id, new).await.map(drop),
        Err(fault) => Err(Error::Invalid(vec![fault])),
    };
    match opened {
        Ok(()) => Ok(see_other(&format!("/cases/{id}?done={}", Act::TaskOpened.code()))),
        Err(Error::Invalid(errors)) => new_page(&app, &ctx, id, form, errors).await,
        Err(error) => Err(error),
    }
}

fn read(form: &NewForm) -> Result<NewTask, FieldError> {
    let unit_id = match form.unit_id.as_str() {
        "" => None,
        text => Some(Uuid::parse_str(text).map_err(|_| FieldError::new("unit_id", "从列表中选择单位"))?),
    };
    Ok(NewTask {
        type_code: form.type_code.clone(),
        unit_id,
        request: form.request.clone(),
        due_at: moment("due_at", &form.due_at)?,
    })
}

/// A local moment of a form; an empty field is none.
fn moment(field: &str, text: &str) -> Result<Option<DateTime<Utc>>, FieldError> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    clock::read_minute(text)
        .map(Some)
        .ok_or_else(|| FieldError::new(field, "时间写成 2026-11-24 09:00 的样子"))
}

async fn new_page(app: &App, ctx: &Ctx, id: Uuid, form: NewForm, errors: Vec<FieldError>) -> Result<Response> {
    let db = app.db.read();
    let case = fetch_for(db, ctx, id, Action::OpenTask).await?;
    measures::open_stage(&case)?;
    let types = codes::task_types().iter().map(|kind| {
        let unit = codes::unit_kind(&kind.kind).map_or("", |row| row.name.as_str());
        Choice::new(
            &kind.code,
            &format!("{} {}（{unit}）", kind.code, kind.name),
            &form.type_code,
        )
    });
    let units = opening::candidates(db, &case).await?;
    let units = units
        .iter()
        .map(|unit| Choice::new(&unit.id.to_string(), &unit.name, &form.unit_id));
    let status = if errors.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let page = NewPage {
        types: types.collect(),
        units: units.collect(),
        shell: Shell::new(app, ctx, "发起协办任务", "/cases").errors(errors),
        case: id,
        number: case.number,
        form,
    };
    render_with(status, &page)
}
