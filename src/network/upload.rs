//! Bringing in a list on screen: a dry run first, then the same file for good.

use super::import::{LARGEST, Report, What, import};
use crate::ctx::Ctx;
use crate::error::{Error, FieldError, Result};
use crate::rules::policy::Role;
use crate::state::App;
use crate::web::{Access, Routes, Shell, csrf_holds, render, render_with};
use askama::Template;
use axum::extract::multipart::MultipartError;
use axum::extract::{Multipart, State};
use axum::http::StatusCode;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Lists touch the whole network.
const IMPORTERS: Access = Access::Roles(&[Role::City, Role::SysAdmin]);
/// A file once more in base64, and the fields around it.
const BODY: usize = LARGEST * 2;
/// Lines shown; the rest is counted.
const SHOWN: usize = 500;

pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/network/import", IMPORTERS, form)
        .upload("/network/import", IMPORTERS, BODY, take)
}

struct Choice {
    code: &'static str,
    label: &'static str,
    hint: &'static str,
    on: bool,
}

#[derive(Template)]
#[template(path = "network/import.html")]
struct ImportPage {
    shell: Shell,
    choices: Vec<Choice>,
    what: &'static str,
    file: String,
    content: String,
    report: Option<Report>,
    more: usize,
}

impl ImportPage {
    fn new(app: &App, ctx: &Ctx, what: What) -> Self {
        let choice = |each: What| Choice {
            code: each.code(),
            label: each.label(),
            hint: each.columns(),
            on: each == what,
        };
        Self {
            shell: Shell::new(app, ctx, "导入名册", "/network"),
            choices: What::ALL.into_iter().map(choice).collect(),
            what: what.code(),
            file: String::new(),
            content: String::new(),
            report: None,
            more: 0,
        }
    }
}

async fn form(State(app): State<App>, ctx: Ctx) -> Result<Response> {
    render(&ImportPage::new(&app, &ctx, What::Units))
}

/// What was uploaded.
#[derive(Default)]
struct Upload {
    csrf: Option<String>,
    what: String,
    name: String,
    bytes: Vec<u8>,
    apply: bool,
}

async fn take(State(app): State<App>, ctx: Ctx, parts: Multipart) -> Result<Response> {
    let upload = read(parts).await?;
    if !csrf_holds(&ctx, upload.csrf.as_deref()) {
        return Err(Error::NotFromHere("页面已过期，刷新后重新提交"));
    }
    let what = What::parse(&upload.what).unwrap_or(What::Units);
    let mut page = ImportPage::new(&app, &ctx, what);
    if upload.bytes.is_empty() {
        page.shell = page.shell.errors(vec![FieldError::new("file", "选择要导入的文件")]);
        return render_with(StatusCode::UNPROCESSABLE_ENTITY, &page);
    }
    let mut report = import(&app, &ctx, &upload.what, (&upload.name, &upload.bytes), upload.apply).await?;
    let status = if report.faults.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    if report.faults.is_empty() && !report.applied && !report.changes.is_empty() {
        page.content = STANDARD.encode(&upload.bytes);
    }
    if report.applied {
        page.shell = page
            .shell
            .flash(Some(format!("已导入，{} 处变更", report.changes.len())));
    }
    page.more = report.changes.len().saturating_sub(SHOWN);
    report.changes.truncate(SHOWN);
    report.faults.truncate(SHOWN);
    page.file = upload.name;
    page.report = Some(report);
    render_with(status, &page)
}

/// Reads the fields; the confirmation sends the checked file back as text.
async fn read(mut parts: Multipart) -> Result<Upload> {
    let broken = |error: MultipartError| match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Error::TooLarge,
        _ => Error::BadRequest("上传内容无法读取，重试".to_owned()),
    };
    let mut upload = Upload::default();
    while let Some(part) = parts.next_field().await.map_err(broken)? {
        let field = part.name().unwrap_or_default().to_owned();
        let file = part.file_name().map(|name| name.chars().take(100).collect::<String>());
        let bytes = part.bytes().await.map_err(broken)?;
        let text = || String::from_utf8_lossy(&bytes).into_owned();
        match field.as_str() {
            "csrf" => upload.csrf = Some(text()),
            "what" => upload.what = text(),
            "apply" => upload.apply = text() == "1",
            "name" => upload.name = text().chars().take(100).collect(),
            "content" => upload.bytes = STANDARD.decode(&bytes).unwrap_or_default(),
            "file" => {
                upload.name = file.unwrap_or_default();
                upload.bytes = bytes.to_vec();
            }
            _ => {}
        }
    }
    Ok(upload)
}
