//! The pages of transfers: asking on a case, both sides' lists, one transfer
//! with its steps, and the letter.

use super::form::AskForm;
use super::{Asked, Move, Reply, TransferRow, TransferView, ask, letter, list, step, view};
use crate::casework::fetch_for;
use crate::clock;
use crate::ctx::Ctx;
use crate::entity::protection_case;
use crate::error::{Error, FieldError, Result};
use crate::journal::Act;
use crate::rules::level::RiskLevel;
use crate::rules::policy::{Action, Role};
use crate::rules::transferflow::TransferStep;
use crate::rules::workflow::{Stage, Step};
use crate::state::App;
use crate::web::routes::see_other;
use crate::web::{Access, Choice, Form, Routes, Shell, render, render_with};
use anyhow::Context;
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use uuid::Uuid;

/// Whoever may have to do with a transfer.
pub(super) const ACCESS: Access = Access::Roles(&[Role::Lead, Role::City, Role::County, Role::Township, Role::Handler]);

pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/cases/{id}/transfers/new", ACCESS, new)
        .post("/cases/{id}/transfers/new", ACCESS, save)
        .get("/transfers", ACCESS, index)
        .get("/transfers/{id}", ACCESS, show)
        .post("/transfers/{id}/{step}", ACCESS, act)
        .get("/transfers/{id}/letter", ACCESS, print)
}

#[derive(Template)]
#[template(path = "transfers/new.html")]
struct NewPage {
    shell: Shell,
    case: Uuid,
    number: String,
    red: bool,
    form: AskForm,
    ways: Vec<Choice>,
    reasons: Vec<Choice>,
    child: Vec<Choice>,
    guardian: Vec<Choice>,
}

async fn new(State(app): State<App>, ctx: Ctx, Path(id): Path<Uuid>) -> Result<Response> {
    let case = may_ask(&app, &ctx, id).await?;
    let form = AskForm {
        id: ctx.new_id().to_string(),
        version: case.version,
        met_on: clock::day(ctx.now).to_string(),
        ..AskForm::default()
    };
    let page = new_page(Shell::new(&app, &ctx, "移交", "/cases"), case, form);
    render(&page)
}

/// The case, where it may be transferred at all.
async fn may_ask(app: &App, ctx: &Ctx, id: Uuid) -> Result<protection_case::Model> {
    let case = fetch_for(app.db.read(), ctx, id, Action::Transfer).await?;
    let stage = Stage::parse(&case.stage).context("stage in the database")?;
    stage.after(&Step::Transfer)?;
    Ok(case)
}

fn new_page(shell: Shell, case: protection_case::Model, form: AskForm) -> NewPage {
    NewPage {
        shell,
        case: case.id,
        red: case.level == RiskLevel::Red.number(),
        ways: form.ways(),
        reasons: form.reasons(),
        child: form.child_choices(),
        guardian: form.guardian_choices(),
        number: case.number,
        form,
    }
}

async fn save(
    State(app): State<App>,
    ctx: Ctx,
    Path(id): Path<Uuid>,
    Form(mut form): Form<AskForm>,
) -> Result<Response> {
    let asked = form.read(app.db.read()).await?;
    let outcome = ask(&app, &ctx, id, form.version, &asked).await;
    let (errors, stale) = match outcome {
        Ok(_) => return Ok(see_other(&format!("/cases/{id}?done={}", Act::TransferAsked.code()))),
        Err(Error::Invalid(errors)) => (errors, None),
        Err(Error::Conflict(text)) => (vec![FieldError::new("", &text)], None),
        Err(Error::Stale { seen, now }) => (Vec::new(), Some((seen, now))),
        Err(other) => return Err(other),
    };
    let case = may_ask(&app, &ctx, id).await?;
    if stale.is_some() {
        // What was typed comes back; sent again it counts for what is now.
        form.version = case.version;
    }
    let shell = Shell::new(&app, &ctx, "移交", "/cases").errors(errors).stale(stale);
    let status = shell.status();
    render_with(status, &new_page(shell, case, form))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wanted {
    list: Option<String>,
    cursor: Option<String>,
}

struct Tab {
    href: String,
    label: &'static str,
    current: bool,
}

#[derive(Template)]
#[template(path = "transfers/list.html")]
struct ListPage {
    shell: Shell,
    tabs: Vec<Tab>,
    rows: Vec<TransferRow>,
    prev: Option<String>,
    next: Option<String>,
}

/// The lists of a role: code and words, the first one is where it begins.
fn tabs(role: Role) -> &'static [(&'static str, &'static str)] {
    const SIDES: [(&str, &str); 4] = [
        ("in", "待我方答复"),
        ("out", "我方移出"),
        ("home", "户籍地摘要"),
        ("over", "已办结"),
    ];
    match role {
        Role::City => &[("rule", "待裁定"), ("", "全部"), ("over", "已办结")],
        Role::County => &[
            ("in", "待我方答复"),
            ("out", "我方移出"),
            ("rule", "待我方裁定"),
            ("home", "户籍地摘要"),
            ("over", "已办结"),
        ],
        Role::Township => &SIDES,
        _ => &[("", "全部"), ("over", "已办结")],
    }
}

async fn index(State(app): State<App>, ctx: Ctx, Query(wanted): Query<Wanted>) -> Result<Response> {
    let tabs = tabs(ctx.actor.role);
    let chosen = wanted.list.unwrap_or_else(|| tabs[0].0.to_owned());
    let asked = Asked {
        list: Some(chosen.clone()),
        cursor: wanted.cursor,
        limit: 50,
    };
    let page = list(&app, &ctx, &asked).await?;
    let here = format!("/transfers?list={chosen}");
    render(&ListPage {
        shell: Shell::new(&app, &ctx, "移交", "/transfers"),
        tabs: tabs
            .iter()
            .map(|(code, label)| Tab {
                href: format!("/transfers?list={code}"),
                label,
                current: *code == chosen,
            })
            .collect(),
        next: page.next.map(|cursor| format!("{here}&cursor={cursor}")),
        prev: asked.cursor.map(|_| here),
        rows: page.rows,
    })
}

/// What was typed into the form of the steps.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct StepForm {
    version: i32,
    reason: String,
    reply_no: String,
    reply_on: String,
    called_on: String,
}

#[derive(Template)]
#[template(path = "transfers/show.html")]
struct ShowPage {
    shell: Shell,
    transfer: TransferView,
    form: StepForm,
    sends: bool,
}

impl ShowPage {
    fn may(&self, code: &str) -> bool {
        self.transfer.steps.iter().any(|step| step.code() == code)
    }

    /// Within the city the receiver answers here; outside it the sender
    /// records the letter that came back.
    fn answers_by_letter(&self) -> bool {
        self.transfer.row.outside && self.may("confirm")
    }
}

/// The step that was taken just now, by its word.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Arrival {
    done: String,
}

async fn show(
    State(app): State<App>,
    ctx: Ctx,
    Path(id): Path<Uuid>,
    Query(arrival): Query<Arrival>,
) -> Result<Response> {
    let seen = view(&app, &ctx, id).await?;
    let form = StepForm {
        version: seen.row.version,
        ..StepForm::default()
    };
    let done = TransferStep::parse(&arrival.done).map(|step| format!("已完成：{}", step.label()));
    let shell = Shell::new(&app, &ctx, "移交", "/transfers").flash(done);
    render(&show_page(shell, seen, form))
}

fn show_page(shell: Shell, transfer: TransferView, form: StepForm) -> ShowPage {
    ShowPage {
        sends: transfer.steps.contains(&TransferStep::Withdraw),
        shell,
        transfer,
        form,
    }
}

async fn act(
    State(app): State<App>,
    ctx: Ctx,
    Path((id, slug)): Path<(Uuid, String)>,
    Form(mut form): Form<StepForm>,
) -> Result<Response> {
    let made = Move {
        step: TransferStep::parse(&slug).ok_or(Error::NotFound)?,
        words: form.reason.clone(),
        reply: Some(Reply {
            number: form.reply_no.clone(),
            on: clock::read_day(&form.reply_on),
        }),
        called_on: clock::read_day(&form.called_on),
    };
    let (status, errors, stale) = match step(&app, &ctx, id, form.version, &made).await {
        Ok(_) => return Ok(see_other(&format!("/transfers/{id}?done={slug}"))),
        Err(Error::Invalid(errors)) => (StatusCode::UNPROCESSABLE_ENTITY, errors, None),
        Err(Error::IllegalTransferStep(illegal)) => {
            let error = FieldError::new("", &illegal.to_string());
            (StatusCode::UNPROCESSABLE_ENTITY, vec![error], None)
        }
        Err(Error::Conflict(text)) => (StatusCode::CONFLICT, vec![FieldError::new("", &text)], None),
        Err(Error::Stale { seen, now }) => (StatusCode::CONFLICT, Vec::new(), Some((seen, now))),
        Err(other) => return Err(other),
    };
    let seen = view(&app, &ctx, id).await?;
    if stale.is_some() {
        form.version = seen.row.version;
    }
    let shell = Shell::new(&app, &ctx, "移交", "/transfers").errors(errors).stale(stale);
    render_with(status, &show_page(shell, seen, form))
}

#[derive(Template)]
#[template(path = "transfers/letter.html")]
struct LetterPage {
    shell: Shell,
    transfer: TransferView,
    today: String,
    printed: String,
}

/// The letter to a place outside the city, on one sheet.
async fn print(State(app): State<App>, ctx: Ctx, Path(id): Path<Uuid>) -> Result<Response> {
    let transfer = letter(&app, &ctx, id).await?;
    render(&LetterPage {
        shell: Shell::new(&app, &ctx, "移交函", "/transfers"),
        transfer,
        today: clock::day(ctx.now).to_string(),
        printed: format!("{} {} {}", ctx.unit_name, ctx.name, clock::minute(ctx.now)),
    })
}
