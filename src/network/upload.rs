//! Bringing in a list on screen: a dry run first, then the same file for good.

use super::import::{LARGEST, Report, What, import};
use crate::ctx::Ctx;
use crate::error::{Error, FieldError, Result};
use crate::rules::policy::Role;
use crate::state::App;
use crate::web::{Access, Routes, Shell, csrf_holds, render, render_with};
use askama::Template;
use axum::body::Bytes;
use axum::extract::multipart::MultipartError;
use axum::extract::{Multipart, State};
use axum::http::StatusCode;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Lists touch the whole network.
const IMPORTERS: Access = Access::Roles(&[Role::City, Role::SysAdmin]);
/// A file once more in base64, and the fields around it.
pub(crate) const BODY: usize = LARGEST * 2;
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
    shown: Option<Shown>,
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
            shown: None,
        }
    }
}

async fn form(State(app): State<App>, ctx: Ctx) -> Result<Response> {
    render(&ImportPage::new(&app, &ctx, What::Units))
}

/// What was uploaded.
#[derive(Default)]
pub(crate) struct Upload {
    what: String,
    /// The file's name, for people.
    pub(crate) name: String,
    /// Its content.
    pub(crate) bytes: Vec<u8>,
    /// Whether to bring it in, or only to try.
    pub(crate) apply: bool,
    csrf: Option<String>,
}

async fn take(State(app): State<App>, ctx: Ctx, parts: Multipart) -> Result<Response> {
    let upload = Upload::read(&ctx, parts).await?;
    let what = What::parse(&upload.what).unwrap_or(What::Units);
    let mut page = ImportPage::new(&app, &ctx, what);
    if upload.bytes.is_empty() {
        page.shell = page.shell.errors(vec![FieldError::new("file", "选择要导入的文件")]);
        return render_with(StatusCode::UNPROCESSABLE_ENTITY, &page);
    }
    let report = import(&app, &ctx, &upload.what, (&upload.name, &upload.bytes), upload.apply).await?;
    let (shown, status) = Shown::of(upload, report);
    page.shell = page.shell.flash(shown.flash());
    page.shown = Some(shown);
    render_with(status, &page)
}

/// What an upload came to, ready for the page.
pub(crate) struct Shown {
    /// The file's name.
    pub(crate) file: String,
    /// The file once more, to be confirmed; empty when there is nothing to confirm.
    pub(crate) content: String,
    /// The first lines of the report.
    pub(crate) report: Report,
    /// How many more changes there are.
    pub(crate) more: usize,
}

impl Shown {
    /// The page's part and its status.
    pub(crate) fn of(upload: Upload, mut report: Report) -> (Self, StatusCode) {
        let good = report.faults.is_empty();
        let content = if good && !report.applied && !report.changes.is_empty() {
            STANDARD.encode(&upload.bytes)
        } else {
            String::new()
        };
        let more = report.changes.len().saturating_sub(SHOWN);
        report.changes.truncate(SHOWN);
        report.faults.truncate(SHOWN);
        let status = if good {
            StatusCode::OK
        } else {
            StatusCode::UNPROCESSABLE_ENTITY
        };
        let shown = Self {
            file: upload.name,
            content,
            report,
            more,
        };
        (shown, status)
    }

    /// All changes, shown or not.
    pub(crate) fn count(&self) -> usize {
        self.report.changes.len() + self.more
    }

    /// The word after it was brought in.
    pub(crate) fn flash(&self) -> Option<String> {
        self.report.applied.then(|| format!("已导入，{} 处变更", self.count()))
    }
}

impl Upload {
    /// Reads the fields; the confirmation sends the checked file back as text.
    pub(crate) async fn read(ctx: &Ctx, parts: Multipart) -> Result<Self> {
        let upload = fields(parts).await?;
        if !csrf_holds(ctx, upload.csrf.as_deref()) {
            return Err(Error::NotFromHere("页面已过期，刷新后重新提交"));
        }
        Ok(upload)
    }
}

/// One field of a form that brings a file.
#[derive(Debug)]
pub(crate) struct Part {
    /// Its name.
    pub(crate) field: String,
    /// What the file is called, cut to what fits on a line.
    pub(crate) file: Option<String>,
    /// What was sent.
    pub(crate) bytes: Bytes,
}

impl Part {
    /// What was sent, as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

/// Reads the fields of a form one after another.
///
/// # Errors
/// [`Error::TooLarge`]; [`Error::BadRequest`] for what breaks off.
pub(crate) async fn each_part(mut parts: Multipart, mut take: impl FnMut(Part)) -> Result<()> {
    let broken = |error: MultipartError| match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Error::TooLarge,
        _ => Error::BadRequest("上传内容无法读取，重试".to_owned()),
    };
    while let Some(part) = parts.next_field().await.map_err(broken)? {
        let field = part.name().unwrap_or_default().to_owned();
        let file = part.file_name().map(|name| name.chars().take(100).collect::<String>());
        let bytes = part.bytes().await.map_err(broken)?;
        take(Part { field, file, bytes });
    }
    Ok(())
}

async fn fields(parts: Multipart) -> Result<Upload> {
    let mut upload = Upload::default();
    each_part(parts, |part| match part.field.as_str() {
        "csrf" => upload.csrf = Some(part.text()),
        "what" => upload.what = part.text(),
        "apply" => upload.apply = part.text() == "1",
        "name" => upload.name = part.text().chars().take(100).collect(),
        "content" => upload.bytes = STANDARD.decode(&part.bytes).unwrap_or_default(),
        "file" => {
            upload.name = part.file.unwrap_or_default();
            upload.bytes = part.bytes.to_vec();
        }
        _ => {}
    })
    .await?;
    Ok(upload)
}
