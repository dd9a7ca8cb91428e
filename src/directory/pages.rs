//! The directory on screen: what is near a place, one service, the import.

use super::import::{COLUMNS, import};
use super::keep::{Entry, add, change};
use super::near::{Near, near};
use crate::ctx::Ctx;
use crate::entity::service;
use crate::error::{Error, FieldError, Result};
use crate::network::{self, BODY, Meant, Shown, Upload};
use crate::rules::codes;
use crate::rules::division::Division;
use crate::rules::policy::{self, Role};
use crate::state::App;
use crate::web::routes::see_other;
use crate::web::{Access, Choice, Form, Routes, Shell, render, render_with};
use askama::Template;
use axum::extract::{Multipart, Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use sea_orm::EntityTrait;
use serde::Deserialize;
use uuid::Uuid;

/// Whoever keeps the directory, a county for its own place.
const KEEPERS: Access = Access::Roles(&[Role::Lead, Role::City, Role::County]);
const HOME: &str = "/services";
/// So many on one page, nearest first.
const SHOWN: usize = 100;

pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/services", Access::CASEWORK, index)
        .get("/services/new", KEEPERS, new)
        .post("/services/new", KEEPERS, create)
        .get("/services/import", KEEPERS, upload)
        .upload("/services/import", KEEPERS, BODY, take)
        .get("/services/{id}", KEEPERS, edit)
        .post("/services/{id}", KEEPERS, save)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wanted {
    place: String,
    place_text: String,
    kind: String,
    saved: bool,
}

#[derive(Template)]
#[template(path = "directory/list.html")]
struct ListPage {
    shell: Shell,
    place: String,
    place_text: String,
    kinds: Vec<Choice>,
    rows: Vec<Near>,
    keeps: bool,
}

fn kinds(chosen: &str) -> Vec<Choice> {
    let rows = codes::service_kinds().iter();
    rows.map(|row| Choice::new(&row.code, &row.name, chosen)).collect()
}

async fn index(State(app): State<App>, ctx: Ctx, Query(wanted): Query<Wanted>) -> Result<Response> {
    let db = app.db.read();
    let (place, text, errors) = match network::meant(db, &wanted.place, &wanted.place_text).await? {
        Meant::Place(place, path) => (Some(place), path, Vec::new()),
        Meant::Nothing => (None, String::new(), Vec::new()),
        Meant::Unclear => (
            None,
            wanted.place_text.clone(),
            vec![FieldError::new("place", network::UNCLEAR)],
        ),
    };
    let kind = codes::service_kind(&wanted.kind).map(|row| row.code.as_str());
    let saved = wanted.saved.then(|| "已保存".to_owned());
    let shell = Shell::new(&app, &ctx, "身边的服务机构", "/knowledge")
        .flash(saved)
        .errors(errors);
    let status = shell.status();
    let page = ListPage {
        rows: near(db, place.as_ref(), kind, SHOWN).await?,
        place: place.map(|place| place.code().to_owned()).unwrap_or_default(),
        place_text: text,
        kinds: kinds(&wanted.kind),
        keeps: policy::keeps_services(ctx.actor.role),
        shell,
    };
    render_with(status, &page)
}

/// What is typed into the form of a service.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct ServiceForm {
    version: i32,
    kind: String,
    name: String,
    place: String,
    place_text: String,
    address: String,
    phone: String,
    hours: String,
    note: String,
    active: bool,
}

impl ServiceForm {
    fn entry(&self) -> Entry {
        Entry {
            kind: self.kind.clone(),
            name: self.name.clone(),
            place: self.place.clone(),
            place_text: self.place_text.clone(),
            address: self.address.clone(),
            phone: self.phone.clone(),
            hours: self.hours.clone(),
            note: self.note.clone(),
            active: self.active,
        }
    }
}

#[derive(Template)]
#[template(path = "directory/edit.html")]
struct EditPage {
    shell: Shell,
    action: String,
    is_new: bool,
    form: ServiceForm,
    kinds: Vec<Choice>,
}

fn edit_page(shell: Shell, id: Option<Uuid>, form: ServiceForm) -> EditPage {
    EditPage {
        shell,
        action: id.map_or_else(|| format!("{HOME}/new"), |id| format!("{HOME}/{id}")),
        is_new: id.is_none(),
        kinds: kinds(&form.kind),
        form,
    }
}

fn shell(app: &App, ctx: &Ctx, title: &str) -> Shell {
    Shell::new(app, ctx, title, "/knowledge")
}

async fn new(State(app): State<App>, ctx: Ctx) -> Result<Response> {
    let form = ServiceForm {
        active: true,
        ..ServiceForm::default()
    };
    render(&edit_page(shell(&app, &ctx, "新增服务机构"), None, form))
}

async fn create(State(app): State<App>, ctx: Ctx, Form(form): Form<ServiceForm>) -> Result<Response> {
    match add(&app, &ctx, &form.entry()).await {
        Ok(_) => Ok(see_other(&format!("{HOME}?saved=true"))),
        Err(Error::Invalid(faults)) => {
            let shell = shell(&app, &ctx, "新增服务机构").errors(faults);
            render_with(shell.status(), &edit_page(shell, None, form))
        }
        Err(other) => Err(other),
    }
}

async fn row(app: &App, ctx: &Ctx, id: Uuid) -> Result<service::Model> {
    let row = service::Entity::find_by_id(id)
        .one(app.db.read())
        .await?
        .ok_or(Error::NotFound)?;
    let elsewhere = !ctx.actor.division.contains(&Division::parse(&row.division)?);
    if ctx.actor.role == Role::County && elsewhere {
        return Err(Error::Forbidden(Error::denied("service.change", None)));
    }
    Ok(row)
}

async fn edit(State(app): State<App>, ctx: Ctx, Path(id): Path<Uuid>) -> Result<Response> {
    let row = row(&app, &ctx, id).await?;
    let place = Division::parse(&row.division)?;
    let form = ServiceForm {
        version: row.version,
        kind: row.kind,
        name: row.name,
        place_text: network::path_of(app.db.read(), &place).await?,
        place: row.division,
        address: row.address,
        phone: row.phone,
        hours: row.hours,
        note: row.note,
        active: row.active,
    };
    render(&edit_page(shell(&app, &ctx, "修改服务机构"), Some(id), form))
}

async fn save(
    State(app): State<App>,
    ctx: Ctx,
    Path(id): Path<Uuid>,
    Form(mut form): Form<ServiceForm>,
) -> Result<Response> {
    row(&app, &ctx, id).await?;
    let (faults, stale) = match change(&app, &ctx, id, form.version, &form.entry()).await {
        Ok(_) => return Ok(see_other(&format!("{HOME}?saved=true"))),
        Err(Error::Invalid(faults)) => (faults, None),
        Err(Error::Stale { seen, now }) => (Vec::new(), Some((seen, now))),
        Err(other) => return Err(other),
    };
    if let Some((_, now)) = stale {
        // What was typed comes back over the version that stands now.
        form.version = now;
    }
    let shell = shell(&app, &ctx, "修改服务机构").errors(faults).stale(stale);
    render_with(shell.status(), &edit_page(shell, Some(id), form))
}

#[derive(Template)]
#[template(path = "directory/import.html")]
struct ImportPage {
    shell: Shell,
    columns: &'static str,
    shown: Option<Shown>,
}

async fn upload(State(app): State<App>, ctx: Ctx) -> Result<Response> {
    render(&ImportPage {
        shell: shell(&app, &ctx, "导入服务机构"),
        columns: COLUMNS,
        shown: None,
    })
}

async fn take(State(app): State<App>, ctx: Ctx, parts: Multipart) -> Result<Response> {
    let upload = Upload::read(&ctx, parts).await?;
    let mut page = ImportPage {
        shell: shell(&app, &ctx, "导入服务机构"),
        columns: COLUMNS,
        shown: None,
    };
    if upload.bytes.is_empty() {
        page.shell = page.shell.errors(vec![FieldError::new("file", "选择要导入的文件")]);
        return render_with(StatusCode::UNPROCESSABLE_ENTITY, &page);
    }
    let report = import(&app, &ctx, (&upload.name, &upload.bytes), upload.apply).await?;
    let (shown, status) = Shown::of(upload, report);
    page.shell = page.shell.flash(shown.flash());
    page.shown = Some(shown);
    render_with(status, &page)
}
