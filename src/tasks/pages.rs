//! Joint tasks on screen: the list, one task with its steps, the form for a
//! new one.

mod list;
mod new;

use super::{Move, TaskView, step, view};
use crate::clock;
use crate::ctx::Ctx;
use crate::error::{Error, FieldError, Result};
use crate::measures::{self, PaperForm};
use crate::rules::codes;
use crate::rules::taskflow::TaskStep;
use crate::state::App;
use crate::web::routes::see_other;
use crate::web::{Access, Choice, Form, Routes, Shell, render_with};
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use serde::Deserialize;
use uuid::Uuid;

pub(super) fn routes() -> Routes {
    let access = Access::CASEWORK;
    Routes::new()
        .get("/tasks", access, list::index)
        .get("/tasks/{id}", access, show)
        .post("/tasks/{id}/sign", access, sign)
        .post("/tasks/{id}/report", access, report)
        .post("/tasks/{id}/accept", access, accept)
        .post("/tasks/{id}/reject", access, reject)
        .post("/tasks/{id}/cancel", access, cancel)
        .get("/cases/{id}/tasks/new", access, new::new)
        .post("/cases/{id}/tasks/new", access, new::save)
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
    let said = Said {
        flash: after.words(),
        ..Said::default()
    };
    page(&app, &ctx, id, form, said).await
}

/// What the page says about the last step.
#[derive(Default)]
struct Said {
    flash: Option<String>,
    errors: Vec<FieldError>,
    stale: Option<(i32, i32)>,
}

async fn page(app: &App, ctx: &Ctx, id: Uuid, mut form: StepForm, said: Said) -> Result<Response> {
    let task = view(app, ctx, id).await?;
    // After a fault the page still speaks for the version that the person saw.
    if said.errors.is_empty() {
        form.version = task.row.version;
    }
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
        shell: shell.flash(said.flash).errors(said.errors).stale(said.stale),
        task,
        form,
    };
    render_with(page.shell.status(), &page)
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
            let said = Said {
                errors,
                ..Said::default()
            };
            page(app, ctx, id, form, said).await
        }
        Err(Error::Stale { seen, now }) => {
            let said = Said {
                stale: Some((seen, now)),
                ..Said::default()
            };
            page(app, ctx, id, form, said).await
        }
        Err(error) => Err(error),
    }
}
