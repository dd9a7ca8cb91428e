//! Joint tasks on screen: the list, one task with its steps, the form for new
//! ones.

mod conference;
mod form;
mod list;
mod new;
mod orders;

use self::form::{Pairs, StepForm, beside, suffix};
use super::{TaskView, step, view};
use crate::ctx::Ctx;
use crate::error::{Error, FieldError, Result};
use crate::measures;
use crate::rules::codes;
use crate::rules::level::RiskLevel;
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
    let pages = Routes::new()
        .get("/tasks", access, list::index)
        .get("/tasks/{id}", access, show)
        .get("/cases/{id}/tasks/new", access, new::new)
        .post("/cases/{id}/tasks/new", access, new::save)
        .get("/cases/{id}/conferences/new", access, conference::new)
        .post("/cases/{id}/conferences/new", access, conference::save)
        .get("/cases/{id}/conferences/{conference}", access, conference::show);
    STEPS.into_iter().fold(pages, |pages, (path, word)| {
        let taken =
            move |app: State<App>, ctx: Ctx, id: Path<Uuid>, form: Form<Pairs>| take((app, ctx), id, word, form);
        pages.post(path, access, taken)
    })
}

/// The address of every step's form, and its word.
const STEPS: [(&str, &str); 9] = [
    ("/tasks/{id}/sign", "sign"),
    ("/tasks/{id}/refuse", "refuse"),
    ("/tasks/{id}/report", "report"),
    ("/tasks/{id}/accept", "accept"),
    ("/tasks/{id}/reject", "reject"),
    ("/tasks/{id}/rule", "rule"),
    ("/tasks/{id}/drop", "drop"),
    ("/tasks/{id}/waive", "waive"),
    ("/tasks/{id}/cancel", "cancel"),
];

/// One paper of the report, as the page asks for it.
struct PaperRow {
    /// The ending of its fields.
    suffix: String,
    /// What stands before the words of its labels.
    which: String,
    kinds: Vec<Choice>,
    /// The legal grounds, where one of the kinds needs one.
    grounds: Vec<Choice>,
    typed: measures::PaperForm,
    /// Something was typed: the row stands open.
    filled: bool,
}

#[derive(Template)]
#[template(path = "tasks/show.html")]
struct ShowPage {
    shell: Shell,
    task: TaskView,
    form: StepForm,
    papers: Vec<PaperRow>,
    reasons: Vec<Choice>,
    others: Vec<Choice>,
    /// At red and yellow a department first acts.
    acts_first: bool,
}

impl ShowPage {
    fn may(&self, code: &str) -> bool {
        self.task.steps.iter().any(|step| step.code() == code)
    }

    fn first_hint(&self) -> &'static str {
        if self.acts_first {
            "红、黄须先处置后移交；500字以内"
        } else {
            "没有可留空；500字以内"
        }
    }

    /// What the arbiter chooses by choosing nobody else.
    fn stays(&self) -> String {
        format!("仍由{}承办", self.task.row.unit)
    }

    /// The step of the first button.
    fn leading(&self) -> Option<&'static str> {
        let judging = [
            TaskStep::Accept,
            TaskStep::Rule,
            TaskStep::Reject,
            TaskStep::Waive,
            TaskStep::Cancel,
        ];
        judging.map(TaskStep::code).into_iter().find(|code| self.may(code))
    }
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
            "refuse" => "异议已提交，等待裁定；任务时限继续计算",
            "report" => "结果已反馈，待主办单位确认；本单位主办的，由县级确认",
            "accept" => "已确认结果，任务完成",
            "reject" => "已退回承办单位补办",
            "rule" => "已裁定，承办单位须签收办理，不得再提异议",
            "drop" => "已裁定不再办理",
            "waive" => "已免办，承办单位收到通知",
            "cancel" => "任务已撤销",
            _ => return None,
        };
        Some(words.to_owned())
    }
}

async fn show(State(app): State<App>, ctx: Ctx, Path(id): Path<Uuid>, Query(after): Query<After>) -> Result<Response> {
    let said = Said {
        flash: after.words(),
        ..Said::default()
    };
    page(&app, &ctx, id, StepForm::offered(&ctx), said).await
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
    let level = RiskLevel::from_number(task.row.level).unwrap_or(RiskLevel::Red);
    let shell = Shell::new(app, ctx, &format!("协办任务 {}", task.row.number), "/tasks");
    let others = task.others.iter();
    let page = ShowPage {
        papers: papers(&task, &form),
        reasons: reasons(level, &form.refusal),
        others: others
            .map(|(id, name)| Choice::new(&id.to_string(), name, &form.unit))
            .collect(),
        acts_first: codes::acts_before_return(level),
        shell: shell.flash(said.flash).errors(said.errors).stale(said.stale),
        task,
        form,
    };
    render_with(page.shell.status(), &page)
}

fn papers(task: &TaskView, form: &StepForm) -> Vec<PaperRow> {
    let kind = codes::task_type(&task.row.type_code);
    let first = kind.map_or(&[][..], |kind| &kind.artifacts);
    let issued = |paper: &codes::ArtifactKind| kind.is_some_and(|kind| paper.issuers.contains(&kind.kind));
    let rows = form.papers.iter().enumerate().map(|(at, typed)| {
        let kinds = measures::kinds(first, issued, &typed.kind);
        PaperRow {
            suffix: suffix(at),
            which: if at == 0 {
                String::new()
            } else {
                format!("第{}份", at + 1)
            },
            grounds: measures::grounds(&kinds, &typed.ground),
            kinds,
            filled: !typed.is_blank(),
            typed: typed.clone(),
        }
    });
    rows.collect()
}

/// The reasons for which a task at this level may be refused.
fn reasons(level: RiskLevel, chosen: &str) -> Vec<Choice> {
    let usable = codes::return_reasons().iter().filter(|row| row.usable_at(level));
    usable
        .map(|row| {
            Choice::new(
                &row.code,
                &format!("{} {}（{}）", row.code, row.name, row.requirement),
                chosen,
            )
        })
        .collect()
}

/// Takes a step; what cannot be done keeps what was typed.
async fn take(
    (State(app), ctx): (State<App>, Ctx),
    Path(id): Path<Uuid>,
    word: &'static str,
    Form(pairs): Form<Pairs>,
) -> Result<Response> {
    let form = StepForm::read(pairs)?;
    let taken = match form.step(word, &ctx) {
        Ok(made) => step(&app, &ctx, id, form.version, &made).await,
        Err(error) => Err(error),
    };
    let said = match taken {
        Ok(_) => return Ok(see_other(&format!("/tasks/{id}?saved={word}"))),
        Err(Error::Invalid(errors)) => Said {
            errors: errors.into_iter().map(|fault| beside(word, fault)).collect(),
            ..Said::default()
        },
        Err(Error::Stale { seen, now }) => Said {
            stale: Some((seen, now)),
            ..Said::default()
        },
        Err(error) => return Err(error),
    };
    page(&app, &ctx, id, form, said).await
}
