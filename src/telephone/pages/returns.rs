//! Callers who were missed: claimed, rung up as far as the rules allow it, and
//! what came of it.

use super::id_of;
use crate::clock;
use crate::ctx::Ctx;
use crate::error::{Error, FieldError, Result};
use crate::rules::call_back::{Mark, Outcome};
use crate::rules::policy;
use crate::state::App;
use crate::telephone::number::masked;
use crate::telephone::returns::{self, Deed, Owed, held_by};
use crate::telephone::{softphone, taking};
use crate::web::routes::see_other;
use crate::web::{Form, Shell, render_with};
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;
use uuid::Uuid;

struct OwedRow {
    id: Uuid,
    version: i32,
    /// In full for whoever claimed it, masked for everybody else.
    number: String,
    urgency: &'static str,
    level: i16,
    first: String,
    last: String,
    missed: i32,
    attempts: i32,
    mark: &'static str,
    mark_kind: &'static str,
    why_not: Option<&'static str>,
    holder: String,
    mine: bool,
    taken: bool,
    link: Option<String>,
    may_allow: bool,
    allowed: bool,
    /// When a call to them was answered, and who made it.
    rung: Option<(String, String)>,
}

#[derive(Template)]
#[template(path = "telephone/returns.html")]
struct ReturnsPage {
    shell: Shell,
    rows: Vec<OwedRow>,
    most: u32,
    hours: String,
    outcomes: Vec<(&'static str, &'static str, bool)>,
}

/// `GET /callbacks`
pub(super) async fn list(State(app): State<App>, ctx: Ctx) -> Result<Response> {
    page(&app, &ctx, Vec::new()).await
}

async fn page(app: &App, ctx: &Ctx, errors: Vec<FieldError>) -> Result<Response> {
    let mut rows = Vec::new();
    for owed in returns::open(app, ctx).await? {
        rows.push(row(app, ctx, owed).await?);
    }
    let page = ReturnsPage {
        shell: Shell::new(app, ctx, "待回拨", "/callbacks").errors(errors),
        rows,
        most: app.config.call_back_attempts.value,
        hours: app.config.call_back_hours.value.to_string().replace('-', " 至 "),
        outcomes: Outcome::ALL
            .map(|outcome| (outcome.code(), outcome.label(), outcome.rang()))
            .into(),
    };
    render_with(page.shell.status(), &page)
}

async fn row(app: &App, ctx: &Ctx, owed: Owed) -> Result<OwedRow> {
    let mine = owed.is_mine(ctx);
    let holder = held_by(&owed.row, ctx);
    let free = owed.refusal.is_none();
    let (mark, mark_kind) = match owed.mark {
        Mark::Safe => ("登记为可安全回拨", "ok"),
        Mark::Unmarked => ("没有安全登记", "wait"),
        Mark::Unsafe => ("登记为不可回拨", "bad"),
    };
    let (urgency, level) = match owed.row.urgency {
        0 => ("红色事项来电人", 1),
        1 => ("儿童本人来过电", 2),
        _ => ("一般", 4),
    };
    let allowed = owed.row.allowed_by.is_some();
    let rung = match owed.row.rung_at {
        Some(at) => Some((clock::minute(at), taking::name_of(app, owed.row.rung_by).await?)),
        None => None,
    };
    Ok(OwedRow {
        id: owed.row.id,
        version: owed.row.version,
        link: (mine && free).then(|| softphone::link(&app.config, &owed.number)),
        number: if mine && free {
            owed.number
        } else {
            masked(&owed.number)
        },
        urgency,
        level,
        first: clock::minute(owed.row.first_at),
        last: clock::minute(owed.row.last_at),
        missed: owed.row.missed,
        attempts: owed.row.attempts,
        mark,
        mark_kind,
        why_not: owed.refusal.map(crate::rules::call_back::Refusal::label),
        holder: taking::name_of(app, holder).await?,
        mine,
        taken: holder.is_some() && !mine,
        may_allow: policy::leads_calls(ctx.actor.role) && owed.mark == Mark::Unmarked && !allowed,
        allowed,
        rung,
    })
}

/// What is done with a caller on the list.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Done {
    version: i32,
    step: String,
    result: String,
    why: String,
}

/// `POST /callbacks/{id}`
pub(super) async fn act(
    State(app): State<App>,
    ctx: Ctx,
    Path(id): Path<String>,
    Form(form): Form<Done>,
) -> Result<Response> {
    let id = id_of(&id)?;
    let deed = match form.step.as_str() {
        "claim" => Deed::Claim,
        "release" => Deed::Release,
        "allow" => Deed::Allow(&form.why),
        "result" => match Outcome::parse(&form.result) {
            Some(outcome) => Deed::Result(outcome),
            None => return page(&app, &ctx, vec![FieldError::new("", "选择回拨结果")]).await,
        },
        _ => return Err(Error::BadRequest("没有这个操作，刷新页面后重试".to_owned())),
    };
    match returns::act(&app, &ctx, (id, form.version), deed).await {
        Ok(()) => Ok(see_other("/callbacks")),
        // Every caller has the same controls: the summary names the fault.
        Err(Error::Invalid(errors)) => {
            let told = errors.into_iter().map(|error| FieldError::new("", &error.message));
            page(&app, &ctx, told.collect()).await
        }
        Err(error) => Err(error),
    }
}
