//! Bringing in the list of children on screen: a dry run first, then the same
//! file for good.

use super::{COLUMNS, import};
use crate::ctx::Ctx;
use crate::error::{FieldError, Result};
use crate::network::{self, BODY, Shown, Upload};
use crate::rules::policy::Role;
use crate::state::App;
use crate::web::{Access, Routes, Shell, render, render_with};
use askama::Template;
use axum::extract::{Multipart, State};
use axum::http::StatusCode;
use axum::response::Response;

/// Whoever keeps the files of an area.
const KEEPERS: Access = Access::Roles(&[Role::County, Role::Township]);

/// The routes of the feature.
#[must_use]
pub fn routes() -> Routes {
    Routes::new()
        .get("/children/import", KEEPERS, form)
        .upload("/children/import", KEEPERS, BODY, take)
}

#[derive(Template)]
#[template(path = "children/import.html")]
struct ImportPage {
    shell: Shell,
    area: String,
    columns: &'static str,
    shown: Option<Shown>,
}

async fn page(app: &App, ctx: &Ctx) -> Result<ImportPage> {
    Ok(ImportPage {
        shell: Shell::new(app, ctx, "导入儿童名册", "/network"),
        area: network::path_of(app.db.read(), &ctx.actor.division).await?,
        columns: COLUMNS,
        shown: None,
    })
}

async fn form(State(app): State<App>, ctx: Ctx) -> Result<Response> {
    render(&page(&app, &ctx).await?)
}

async fn take(State(app): State<App>, ctx: Ctx, parts: Multipart) -> Result<Response> {
    let upload = Upload::read(&ctx, parts).await?;
    let mut page = page(&app, &ctx).await?;
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
