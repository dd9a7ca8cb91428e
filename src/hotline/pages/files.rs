//! `/hotline/orders/import`: a partner's export is uploaded, its columns are matched,
//! it is tried and taken in. The file stays with the browser between the steps.

use crate::ctx::Ctx;
use crate::entity::hotline_client;
use crate::error::{Error, FieldError, Result};
use crate::hotline::clients;
use crate::hotline::files::{self, FIELDS, LARGEST, Mapping, Outcome, Run, Task};
use crate::network::{Sheet, each_part};
use crate::state::App;
use crate::web::{Choice, Shell, csrf_holds, render_with};
use askama::Template;
use axum::extract::{Multipart, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::collections::BTreeMap;

/// A file once more in base64, and the fields around it.
pub(super) const BODY: usize = LARGEST * 2;
/// Rows shown before the columns are matched, and rows of a result.
const FIRST: usize = 3;
const SHOWN: usize = 500;

/// A column of the file and what it may stand for.
struct Column {
    id: String,
    head: String,
    samples: String,
    options: Vec<Choice>,
}

/// A row that needs a person.
struct Faulty {
    line: usize,
    number: String,
    why: String,
}

/// What a file came to.
struct Found {
    applied: bool,
    rows: usize,
    new: usize,
    fuller: usize,
    same: usize,
    other: usize,
    refused: usize,
    before: usize,
    left: usize,
    faulty: Vec<Faulty>,
    more: usize,
}

#[derive(Template)]
#[template(path = "hotline/files.html")]
struct FilesPage {
    shell: Shell,
    clients: Vec<Choice>,
    client: String,
    name: String,
    content: String,
    from: usize,
    columns: Vec<Column>,
    found: Option<Found>,
}

#[derive(Default)]
struct Upload {
    csrf: Option<String>,
    client: String,
    step: String,
    name: String,
    from: usize,
    bytes: Vec<u8>,
    chosen: BTreeMap<usize, String>,
}

impl Upload {
    async fn read(parts: Multipart) -> Result<Self> {
        let mut upload = Self::default();
        each_part(parts, |part| match part.field.as_str() {
            "csrf" => upload.csrf = Some(part.text()),
            "client" => upload.client = part.text(),
            "step" => upload.step = part.text(),
            "from" => upload.from = part.text().parse().unwrap_or_default(),
            "name" => upload.name = part.text().chars().take(100).collect(),
            "content" => upload.bytes = STANDARD.decode(&part.bytes).unwrap_or_default(),
            "file" => {
                upload.bytes = part.bytes.to_vec();
                upload.name = part.file.unwrap_or_default();
            }
            other => {
                let at = other.strip_prefix("map").and_then(|at| at.parse().ok());
                if let Some(at) = at {
                    upload.chosen.insert(at, part.text());
                }
            }
        })
        .await?;
        Ok(upload)
    }
}

async fn blank(app: &App, ctx: &Ctx, chosen: &str) -> Result<FilesPage> {
    let mut options = Vec::new();
    for client in usable(app).await? {
        let name = clients::name(&app.vault, &client)?;
        options.push(Choice::new(&client.code, &name, chosen));
    }
    Ok(FilesPage {
        shell: Shell::new(app, ctx, "文件补录", "/hotline/orders"),
        clients: options,
        client: String::new(),
        name: String::new(),
        content: String::new(),
        from: 0,
        columns: Vec::new(),
        found: None,
    })
}

/// Partners that are not shut out.
async fn usable(app: &App) -> Result<Vec<hotline_client::Model>> {
    let all = clients::all(app.db.read()).await?;
    Ok(all.into_iter().filter(|client| client.disabled_at.is_none()).collect())
}

pub(super) async fn form(State(app): State<App>, ctx: Ctx) -> Result<Response> {
    let page = blank(&app, &ctx, "").await?;
    render_with(StatusCode::OK, &page)
}

/// `POST /hotline/orders/import`: `step` is empty, `try`, `apply` or `refusals`.
pub(super) async fn take(State(app): State<App>, ctx: Ctx, parts: Multipart) -> Result<Response> {
    let upload = Upload::read(parts).await?;
    if !csrf_holds(&ctx, upload.csrf.as_deref()) {
        return Err(Error::NotFromHere("页面已过期，刷新后重新提交"));
    }
    let mut page = blank(&app, &ctx, &upload.client).await?;
    let client = usable(&app)
        .await?
        .into_iter()
        .find(|client| client.code == upload.client);
    let (client, sheet) = match (client, files::read(&upload.bytes)) {
        (Some(client), Ok(sheet)) => (client, sheet),
        (client, sheet) => {
            let client = client
                .is_none()
                .then(|| FieldError::new("client", "选择文件来自哪个接入方"));
            let file = sheet.err().map(|why| FieldError::new("file", &why));
            page.shell = page.shell.errors(client.into_iter().chain(file).collect());
            return render_with(StatusCode::UNPROCESSABLE_ENTITY, &page);
        }
    };
    let first = !matches!(upload.step.as_str(), "try" | "apply" | "refusals");
    let mapping = if first {
        Mapping::of(app.db.read(), client.id, &sheet).await?
    } else {
        Mapping::chosen(&sheet, &upload.chosen)
    };
    page.columns = columns(&sheet, &mapping);
    page.client.clone_from(&client.code);
    page.content = STANDARD.encode(&upload.bytes);
    page.name.clone_from(&upload.name);
    if first {
        return render_with(StatusCode::OK, &page);
    }
    let apply = upload.step == "apply";
    let task = if apply { Task::Apply(upload.from) } else { Task::Try };
    match Box::pin(files::bring(&app, &ctx, &client, (&sheet, &mapping), task)).await {
        Ok(run) if upload.step == "refusals" => refusals(&run),
        Ok(run) => {
            page.from = if apply { run.before + run.rows.len() } else { 0 };
            page.found = Some(found(&run, apply));
            render_with(StatusCode::OK, &page)
        }
        Err(Error::Invalid(errors)) => {
            page.shell = page.shell.errors(errors);
            render_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(error) => Err(error),
    }
}

fn columns(sheet: &Sheet, mapping: &Mapping) -> Vec<Column> {
    let heads = sheet.heads().iter().enumerate().filter(|(_, head)| !head.is_empty());
    let column = |(at, head): (usize, &String)| {
        let samples = sheet.rows.iter().take(FIRST).map(|row| {
            let text: String = row.get(&[head.as_str()]).chars().take(20).collect();
            if text.is_empty() { "（空）".to_owned() } else { text }
        });
        let options = FIELDS
            .iter()
            .map(|field| Choice::new(field.code, field.label, mapping.field(head)));
        Column {
            id: format!("map{at}"),
            head: head.clone(),
            samples: format!("前几行：{}", samples.collect::<Vec<_>>().join("｜")),
            options: options.collect(),
        }
    };
    heads.map(column).collect()
}

const OTHER: &str = "该号已登记过其他内容，未改动；导入时标记待人工核对";

fn faulty(run: &Run) -> Vec<Faulty> {
    let one = |(line, number, outcome): &(usize, String, Outcome)| {
        let why = match outcome {
            Outcome::Refused(why) => why.clone(),
            Outcome::Other => OTHER.to_owned(),
            Outcome::New | Outcome::Same | Outcome::Fuller => return None,
        };
        Some(Faulty {
            line: *line,
            number: number.clone(),
            why,
        })
    };
    run.rows.iter().filter_map(one).collect()
}

fn found(run: &Run, applied: bool) -> Found {
    let mut faulty = faulty(run);
    let more = faulty.len().saturating_sub(SHOWN);
    faulty.truncate(SHOWN);
    Found {
        applied,
        rows: run.before + run.rows.len() + run.left,
        before: run.before,
        fuller: run.count(|one| *one == Outcome::Fuller),
        new: run.count(|one| *one == Outcome::New),
        same: run.count(|one| *one == Outcome::Same),
        other: run.count(|one| *one == Outcome::Other),
        refused: run.count(|one| matches!(one, Outcome::Refused(_))),
        left: run.left,
        faulty,
        more,
    }
}

/// The rows that need a person, as a file for a spreadsheet.
fn refusals(run: &Run) -> Result<Response> {
    let mut rows = vec![["行号", "工单号", "原因"].map(str::to_owned).to_vec()];
    rows.extend(
        faulty(run)
            .into_iter()
            .map(|row| vec![row.line.to_string(), row.number, row.why]),
    );
    let bytes = files::csv(&rows)?;
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"refused.csv\""),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, bytes).into_response())
}
