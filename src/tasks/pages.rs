//! Joint tasks on screen: the list, one task with its steps, the form for a
//! new one.

use super::{Asked, Move, NewTask, TaskRow, TaskView, list, opening, step, view};
use crate::casework::fetch_for;
use crate::clock;
use crate::ctx::Ctx;
use crate::error::{Error, FieldError, Result};
use crate::measures::{self, PaperForm};
use crate::rules::codes;
use crate::rules::policy::{Action, Role};
use crate::rules::taskflow::TaskStep;
use crate::state::App;
use crate::web::routes::see_other;
use crate::web::{Access, Choice, Form, Routes, Shell, render, render_with};
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, NaiveDateTime, Utc};
use serde::Deserialize;
use uuid::Uuid;

pub(super) fn routes() -> Routes {
    let access = Access::CASEWORK;
    Routes::new()
        .get("/tasks", access, index)
        .get("/tasks/{id}", access, show)
        .post("/tasks/{id}/sign", access, sign)
        .post("/tasks/{id}/report", access, report)
        .post("/tasks/{id}/accept", access, accept)
        .post("/tasks/{id}/reject", access, reject)
        .post("/tasks/{id}/cancel", access, cancel)
        .get("/cases/{id}/tasks/new", access, new)
        .post("/cases/{id}/tasks/new", access, save)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wanted {
    state: Option<String>,
    cursor: Option<String>,
}

struct Group {
    title: &'static str,
    rows: Vec<TaskRow>,
}

struct Tab {
    href: &'static str,
    label: &'static str,
    current: bool,
}

#[derive(Template)]
#[template(path = "tasks/list.html")]
struct ListPage {
    shell: Shell,
    heading: &'static str,
    tabs: Vec<Tab>,
    groups: Vec<Group>,
    prev: Option<String>,
    next: Option<String>,
}

async fn index(State(app): State<App>, ctx: Ctx, Query(wanted): Query<Wanted>) -> Result<Response> {
    let state = wanted.state.unwrap_or_else(|| "open".to_owned());
    let asked = Asked {
        state: Some(state.clone()).filter(|state| state != "all"),
        // A department works on its own unit's tasks.
        mine: ctx.actor.role == Role::Handler,
        cursor: wanted.cursor,
        limit: 50,
    };
    let page = list(&app, &ctx, &asked).await?;
    let tabs = [
        ("/tasks", "open", "未办结"),
        ("/tasks?state=reported", "reported", "待确认"),
        ("/tasks?state=done", "done", "已完成"),
        ("/tasks?state=all", "all", "全部"),
    ];
    render(&ListPage {
        shell: Shell::new(&app, &ctx, "协办任务", "/tasks"),
        heading: if asked.mine {
            "本单位协办任务"
        } else {
            "协办任务"
        },
        tabs: tabs
            .map(|(href, code, label)| Tab {
                href,
                label,
                current: code == state,
            })
            .into(),
        next: page.next.map(|cursor| format!("/tasks?state={state}&cursor={cursor}")),
        groups: groups(page.rows),
        prev: asked.cursor.map(|_| format!("/tasks?state={state}")),
    })
}

fn groups(rows: Vec<TaskRow>) -> Vec<Group> {
    let mut groups = [
        ("over", "已超期"),
        ("today", "今日到期"),
        ("soon", "三日内到期"),
        ("later", "以后到期"),
        ("done", "已反馈、已办结"),
    ]
    .map(|(code, title)| {
        (
            code,
            Group {
                title,
                rows: Vec::new(),
            },
        )
    });
    for row in rows {
        if let Some((_, group)) = groups.iter_mut().find(|(code, _)| *code == row.due_state) {
            group.rows.push(row);
        }
    }
    let filled = groups.into_iter().map(|(_, group)| group);
    filled.filter(|group| !group.rows.is_empty()).collect()
}

/// What a step's form posts; a second paper has the same fields with a 2.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct StepForm {
    version: i32,
    reason: String,
    result: String,
    kind: String,
    paper_no: String,
    issued_by: String,
    issued_on: String,
    in_force_from: String,
    expires_on: String,
    served_on: String,
    kind2: String,
    paper_no2: String,
    issued_by2: String,
    issued_on2: String,
}

impl StepForm {
    fn papers(&self) -> [PaperForm; 2] {
        let first = PaperForm {
            id: String::new(),
            kind: self.kind.clone(),
            paper_no: self.paper_no.clone(),
            issued_by: self.issued_by.clone(),
            issued_on: self.issued_on.clone(),
            in_force_from: self.in_force_from.clone(),
            expires_on: self.expires_on.clone(),
            served_on: self.served_on.clone(),
            note: String::new(),
        };
        let second = PaperForm {
            kind: self.kind2.clone(),
            paper_no: self.paper_no2.clone(),
            issued_by: self.issued_by2.clone(),
            issued_on: self.issued_on2.clone(),
            ..PaperForm::default()
        };
        [first, second]
    }

    /// The report, or what is wrong with its papers.
    fn report(&self, ctx: &Ctx) -> Result<Move> {
        let (mut papers, mut wrong) = (Vec::new(), Vec::new());
        let [first, second] = self.papers();
        for (form, suffix) in [(first, ""), (second, "2")] {
            if form.is_blank() {
                continue;
            }
            let (paper, faults) = form.read(clock::day(ctx.now));
            papers.push(paper);
            wrong.extend(faults.into_iter().map(|fault| FieldError {
                field: format!("{}{suffix}", fault.field),
                ..fault
            }));
        }
        if wrong.is_empty() {
            let result = self.result.clone();
            Ok(Move::Report { result, papers })
        } else {
            Err(Error::Invalid(wrong))
        }
    }
}

#[derive(Template)]
#[template(path = "tasks/show.html")]
struct ShowPage {
    shell: Shell,
    task: TaskView,
    form: StepForm,
    kinds: Vec<Choice>,
    kinds2: Vec<Choice>,
    may_sign: bool,
    may_report: bool,
    may_accept: bool,
    may_reject: bool,
    may_cancel: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct After {
    saved: Option<String>,
}

impl After {
    fn words(&self) -> Option<String> {
        let words = match self.saved.as_deref()? {
            "sign" => "已签收",
            "report" => "结果已反馈，待主办单位确认",
            "accept" => "已确认结果，任务完成",
            "reject" => "已退回承办单位补办",
            "cancel" => "任务已撤销",
            _ => return None,
        };
        Some(words.to_owned())
    }
}

async fn show(State(app): State<App>, ctx: Ctx, Path(id): Path<Uuid>, Query(after): Query<After>) -> Result<Response> {
    let form = StepForm {
        issued_by: ctx.unit_name.clone(),
        issued_on: clock::day(ctx.now).to_string(),
        issued_by2: ctx.unit_name.clone(),
        issued_on2: clock::day(ctx.now).to_string(),
        ..StepForm::default()
    };
    page(&app, &ctx, id, (form, Vec::new()), after.words()).await
}

async fn page(
    app: &App,
    ctx: &Ctx,
    id: Uuid,
    (mut form, errors): (StepForm, Vec<FieldError>),
    flash: Option<String>,
) -> Result<Response> {
    let task = view(app, ctx, id).await?;
    let status = if errors.is_empty() {
        form.version = task.row.version;
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let kind = codes::task_type(&task.row.type_code);
    let first = kind.map_or(&[][..], |kind| &kind.artifacts);
    let issued = |paper: &codes::ArtifactKind| kind.is_some_and(|kind| paper.issuers.contains(&kind.kind));
    let may = |step| task.steps.contains(&step);
    let shell = Shell::new(app, ctx, &format!("协办任务 {}", task.row.number), "/tasks");
    let page = ShowPage {
        kinds: measures::kinds(first, issued, &form.kind),
        kinds2: measures::kinds(first, issued, &form.kind2),
        may_sign: may(TaskStep::Sign),
        may_report: may(TaskStep::Report),
        may_accept: may(TaskStep::Accept),
        may_reject: may(TaskStep::Reject),
        may_cancel: may(TaskStep::Cancel),
        shell: shell.flash(flash).errors(errors),
        task,
        form,
    };
    render_with(status, &page)
}

async fn sign(State(app): State<App>, ctx: Ctx, Path(id): Path<Uuid>, Form(form): Form<StepForm>) -> Result<Response> {
    take(&app, &ctx, id, form, Ok(Move::Sign)).await
}

async fn report(
    State(app): State<App>,
    ctx: Ctx,
    Path(id): Path<Uuid>,
    Form(form): Form<StepForm>,
) -> Result<Response> {
    let made = form.report(&ctx);
    take(&app, &ctx, id, form, made).await
}

async fn accept(
    State(app): State<App>,
    ctx: Ctx,
    Path(id): Path<Uuid>,
    Form(form): Form<StepForm>,
) -> Result<Response> {
    let note = form.reason.clone();
    take(&app, &ctx, id, form, Ok(Move::Accept { note })).await
}

async fn reject(
    State(app): State<App>,
    ctx: Ctx,
    Path(id): Path<Uuid>,
    Form(form): Form<StepForm>,
) -> Result<Response> {
    let reason = form.reason.clone();
    take(&app, &ctx, id, form, Ok(Move::Reject { reason })).await
}

async fn cancel(
    State(app): State<App>,
    ctx: Ctx,
    Path(id): Path<Uuid>,
    Form(form): Form<StepForm>,
) -> Result<Response> {
    let reason = form.reason.clone();
    take(&app, &ctx, id, form, Ok(Move::Cancel { reason })).await
}

async fn take(app: &App, ctx: &Ctx, id: Uuid, form: StepForm, made: Result<Move>) -> Result<Response> {
    let taken = match made {
        Ok(made) => step(app, ctx, id, form.version, &made).await.map(|_| made.code()),
        Err(error) => Err(error),
    };
    match taken {
        Ok(code) => Ok(see_other(&format!("/tasks/{id}?saved={code}"))),
        Err(Error::Invalid(mut errors)) => {
            // On the page the remark of an acceptance is the same field.
            for error in errors.iter_mut().filter(|error| error.field == "note") {
                "reason".clone_into(&mut error.field);
            }
            page(app, ctx, id, (form, errors), None).await
        }
        Err(error) => Err(error),
    }
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct NewForm {
    id: String,
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

async fn new(
    State(app): State<App>,
    ctx: Ctx,
    Path(id): Path<Uuid>,
    Query(mut form): Query<NewForm>,
) -> Result<Response> {
    form.id = ctx.new_id().to_string();
    new_page(&app, &ctx, id, form, Vec::new()).await
}

async fn save(State(app): State<App>, ctx: Ctx, Path(id): Path<Uuid>, Form(form): Form<NewForm>) -> Result<Response> {
    let opened = match read(&form) {
        Ok(new) => opening::open(&app, &ctx, id, new).await.map(drop),
        Err(fault) => Err(Error::Invalid(vec![fault])),
    };
    match opened {
        Ok(()) => Ok(see_other(&format!("/cases/{id}"))),
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
        id: Uuid::parse_str(&form.id).ok(),
        type_code: form.type_code.clone(),
        unit_id,
        request: form.request.clone(),
        due_at: moment("due_at", &form.due_at)?,
    })
}

/// A local moment of a form, `2026-11-24T09:00`; an empty field is none.
fn moment(field: &str, text: &str) -> Result<Option<DateTime<Utc>>, FieldError> {
    let text = text.trim().replace(' ', "T");
    if text.is_empty() {
        return Ok(None);
    }
    NaiveDateTime::parse_from_str(&text, "%Y-%m-%dT%H:%M")
        .ok()
        .and_then(|local| local.and_local_timezone(clock::shanghai()).single())
        .map(|at| Some(at.to_utc()))
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
