//! The plan on screen: its goals, and five rows for new ones.

use super::input::DIMENSIONS;
use super::{GoalRow, MOST, NewGoal, confirmed, fault, of_case};
use crate::casework::{facts, fetch_for};
use crate::ctx::Ctx;
use crate::error::{Error, FieldError, Result};
use crate::journal::Act;
use crate::measures::date;
use crate::rules::policy::{self, Action};
use crate::rules::workflow::{Stage, Step};
use crate::state::App;
use crate::web::routes::see_other;
use crate::web::{Access, Choice, Form, Routes, Shell, render_with};
use anyhow::Context;
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;
use std::collections::HashMap;
use uuid::Uuid;

pub(super) fn routes() -> Routes {
    let access = Access::CASEWORK;
    Routes::new()
        .get("/cases/{id}/plan", access, show)
        .post("/cases/{id}/plan", access, save)
        .post("/cases/{id}/plan/confirm", access, confirm)
        .post("/cases/{id}/plan/goals/{goal}/done", access, done)
        .post("/cases/{id}/plan/goals/{goal}/drop", access, dropped)
}

/// One row of the form as it was typed.
#[derive(Debug, Clone, Default)]
struct Typed {
    dimension: String,
    goal: String,
    means: String,
    responsible: String,
    due_on: String,
    core: bool,
}

struct FormRow {
    number: usize,
    id: String,
    dimensions: Vec<Choice>,
    typed: Typed,
    /// Something was typed: the row stands open.
    filled: bool,
}

#[derive(Template)]
#[template(path = "plans/show.html")]
struct ShowPage {
    shell: Shell,
    case: Uuid,
    number: String,
    version: i32,
    goals: Vec<GoalRow>,
    rows: Vec<FormRow>,
    may_plan: bool,
    may_end: bool,
    may_confirm: bool,
    waiting: bool,
}

async fn show(State(app): State<App>, ctx: Ctx, Path(id): Path<Uuid>) -> Result<Response> {
    page(&app, &ctx, id, Vec::new(), Answer::default()).await
}

/// What the page says about the last submission.
#[derive(Default)]
struct Answer {
    seen: Option<i32>,
    errors: Vec<FieldError>,
    stale: Option<(i32, i32)>,
}

impl Answer {
    fn stale(seen: i32, now: i32) -> Self {
        Self {
            seen: Some(now),
            stale: Some((seen, now)),
            ..Self::default()
        }
    }
}

type Pairs = Vec<(String, String)>;

async fn save(State(app): State<App>, ctx: Ctx, Path(id): Path<Uuid>, Form(pairs): Form<Pairs>) -> Result<Response> {
    let mut fields: HashMap<String, String> = pairs.into_iter().collect();
    let seen: i32 = fields
        .get("version")
        .and_then(|version| version.parse().ok())
        .ok_or_else(|| Error::BadRequest("页面已过期，刷新后重新提交".to_owned()))?;
    let typed: Vec<Typed> = (0..MOST).map(|at| row(&mut fields, at)).collect();
    let (goals, rows, wrong) = read(&typed);
    let saved = if wrong.is_empty() {
        super::make(&app, &ctx, id, seen, &goals).await.map(drop)
    } else {
        Err(Error::Invalid(wrong))
    };
    match saved {
        Ok(()) => Ok(done_with(id, Act::PlanMade)),
        Err(Error::Invalid(errors)) => {
            let answer = Answer {
                seen: Some(seen),
                errors: errors.into_iter().map(|error| at_row(error, &rows)).collect(),
                stale: None,
            };
            page(&app, &ctx, id, typed, answer).await
        }
        Err(Error::Stale { seen, now }) => page(&app, &ctx, id, typed, Answer::stale(seen, now)).await,
        Err(error) => Err(error),
    }
}

fn row(fields: &mut HashMap<String, String>, at: usize) -> Typed {
    let mut take = |field: &str| fields.remove(&format!("goals/{at}/{field}")).unwrap_or_default();
    Typed {
        dimension: take("dimension"),
        goal: take("goal"),
        means: take("means"),
        responsible: take("responsible"),
        due_on: take("due_on"),
        core: !take("core").is_empty(),
    }
}

/// The rows that were filled in, which rows of the form they are, and what
/// cannot be read of them.
fn read(typed: &[Typed]) -> (Vec<NewGoal>, Vec<usize>, Vec<FieldError>) {
    let (mut goals, mut rows, mut wrong) = (Vec::new(), Vec::new(), Vec::new());
    for (at, row) in typed.iter().enumerate() {
        let due_on = date("due_on", &row.due_on);
        let unreadable = due_on.is_err();
        let goal = NewGoal {
            dimension: row.dimension.clone(),
            goal: row.goal.clone(),
            means: row.means.clone(),
            responsible: row.responsible.clone(),
            due_on: due_on.ok().flatten(),
            core: row.core,
        };
        if goal.is_blank() && !unreadable {
            continue;
        }
        if unreadable {
            wrong.push(fault(rows.len(), "due_on", "日期写成 2026-12-31 的样子"));
        }
        goals.push(goal);
        rows.push(at);
    }
    (goals, rows, wrong)
}

/// A fault of the n-th goal, at the row of the form where it was typed.
fn at_row(error: FieldError, rows: &[usize]) -> FieldError {
    let mut parts = error.field.splitn(3, '/');
    let (_, at, field) = (parts.next(), parts.next(), parts.next());
    let place = at.and_then(|at| at.parse::<usize>().ok()).and_then(|at| rows.get(at));
    match (place, field) {
        (Some(row), Some(field)) => fault(*row, field, &error.message),
        _ => error,
    }
}

async fn page(app: &App, ctx: &Ctx, id: Uuid, mut typed: Vec<Typed>, answer: Answer) -> Result<Response> {
    let db = app.db.read();
    let case = fetch_for(db, ctx, id, Action::View).await?;
    let facts = facts(db, &case).await?;
    let may = |action| policy::reach(&ctx.actor, action).covers(&facts);
    let stage = Stage::parse(&case.stage).context("stage in the database")?;
    let waiting = confirmed(db, &case).await? == Some(false);
    let goals = of_case(app, db, id).await?;
    if typed.is_empty() {
        let open = goals.iter().filter(|goal| goal.open).count();
        typed.resize(MOST.saturating_sub(open), Typed::default());
    }
    let rows = typed.into_iter().enumerate().map(|(at, typed)| FormRow {
        number: at + 1,
        id: format!("goals/{at}"),
        dimensions: Choice::list(&DIMENSIONS, &typed.dimension),
        filled: !(typed.goal.is_empty() && typed.means.is_empty() && typed.dimension.is_empty()),
        typed,
    });
    let page = ShowPage {
        shell: Shell::new(app, ctx, "个案计划", "/cases")
            .errors(answer.errors)
            .stale(answer.stale),
        case: id,
        version: answer.seen.unwrap_or(case.version),
        goals,
        rows: rows.collect(),
        may_plan: may(Action::Plan) && stage.after(&Step::Plan).is_ok(),
        may_end: may(Action::Plan),
        may_confirm: waiting && may(Action::Confirm),
        waiting,
        number: case.number,
    };
    render_with(page.shell.status(), &page)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct StepForm {
    version: i32,
    reason: String,
}

async fn confirm(
    State(app): State<App>,
    ctx: Ctx,
    Path(id): Path<Uuid>,
    Form(form): Form<StepForm>,
) -> Result<Response> {
    match super::confirm(&app, &ctx, id, form.version).await {
        Ok(_) => Ok(done_with(id, Act::PlanConfirmed)),
        Err(Error::Stale { seen, now }) => page(&app, &ctx, id, Vec::new(), Answer::stale(seen, now)).await,
        Err(error) => Err(error),
    }
}

/// Back to the case, which says what was done.
fn done_with(case: Uuid, act: Act) -> Response {
    see_other(&format!("/cases/{case}?done={}", act.code()))
}

async fn done(
    State(app): State<App>,
    ctx: Ctx,
    Path(key): Path<(Uuid, Uuid)>,
    Form(form): Form<StepForm>,
) -> Result<Response> {
    ended(&app, &ctx, key, super::goal_done(&app, &ctx, key, form.version).await).await
}

async fn dropped(
    State(app): State<App>,
    ctx: Ctx,
    Path(key): Path<(Uuid, Uuid)>,
    Form(form): Form<StepForm>,
) -> Result<Response> {
    let done = super::goal_dropped(&app, &ctx, key, form.version, &form.reason).await;
    ended(&app, &ctx, key, done).await
}

/// The plan again, after one of its goals was ended or could not be.
async fn ended(app: &App, ctx: &Ctx, (case, goal): (Uuid, Uuid), done: Result<()>) -> Result<Response> {
    match done {
        Ok(()) => Ok(see_other(&format!("/cases/{case}/plan"))),
        Err(Error::Invalid(errors)) => {
            // The reason stands beside its goal.
            let at = |error: FieldError| FieldError {
                field: format!("reason-{goal}"),
                ..error
            };
            let errors = errors.into_iter().map(at).collect();
            page(
                app,
                ctx,
                case,
                Vec::new(),
                Answer {
                    errors,
                    ..Answer::default()
                },
            )
            .await
        }
        // The version told is the goal's; the page holds the case's own.
        Err(Error::Stale { seen, now }) => {
            let stale = Some((seen, now));
            page(
                app,
                ctx,
                case,
                Vec::new(),
                Answer {
                    stale,
                    ..Answer::default()
                },
            )
            .await
        }
        Err(error) => Err(error),
    }
}
