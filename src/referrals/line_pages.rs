//! The linked lines on screen: all of them with the time for an answer, one with
//! its versions, and the form that changes it or adds another.

use super::lines::{Line, LineWish, Made, change_line, history, lines};
use crate::clock;
use crate::clocks;
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::rules::calendar::TimeUnit;
use crate::rules::policy::{self, Role};
use crate::rules::rulebook::Rulebook;
use crate::state::App;
use crate::web::routes::see_other;
use crate::web::{Access, Form, Routes, Shell, render, render_with};
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use serde::Deserialize;

const READERS: Access = Access::Roles(&[
    Role::Operator,
    Role::Lead,
    Role::City,
    Role::SysAdmin,
    Role::SecAdmin,
    Role::Auditor,
]);
const KEEPERS: Access = Access::Roles(&[Role::SysAdmin]);
const HOME: &str = "/referral-lines";
/// The address of the form for a line that is not there yet.
const NEW: &str = "new";

pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/referral-lines", READERS, index)
        .get("/referral-lines/{code}", READERS, show)
        .post("/referral-lines/{code}", KEEPERS, save)
}

/// A line in words.
struct Row {
    line: Line,
    rule: String,
    time: String,
}

fn row(book: &Rulebook, line: &Line) -> Row {
    let rule = line.rule();
    let time = book.rule(&rule).map_or_else(String::new, |rule| {
        let unit = TimeUnit::parse(rule.unit()).map_or("", TimeUnit::label);
        format!("{}{unit}", rule.amount())
    });
    Row {
        line: line.clone(),
        rule,
        time,
    }
}

#[derive(Template)]
#[template(path = "referrals/lines.html")]
struct ListPage {
    shell: Shell,
    rows: Vec<Row>,
    may_change: bool,
    reads_rules: bool,
}

async fn index(State(app): State<App>, ctx: Ctx) -> Result<Response> {
    let db = app.db.read();
    let book = clocks::book(db, ctx.now).await?;
    let lines = lines(db).await?;
    render(&ListPage {
        shell: Shell::new(&app, &ctx, "联动热线", HOME),
        rows: lines.all().map(|line| row(&book, line)).collect(),
        may_change: policy::keeps_lines(ctx.actor.role),
        reads_rules: policy::reads_deadline_rules(ctx.actor.role),
    })
}

/// What is typed into the form of a line.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct LineForm {
    code: String,
    version: i32,
    name: String,
    purpose: String,
    dial: String,
    hours: String,
    recipient: String,
    active: bool,
    source: String,
    reason: String,
}

impl LineForm {
    fn of(line: &Line) -> Self {
        Self {
            code: line.code.clone(),
            version: line.version,
            name: line.name.clone(),
            purpose: line.purpose.clone(),
            dial: line.dial.clone(),
            hours: line.hours.clone(),
            recipient: line.recipient.clone(),
            active: line.active,
            source: line.source.clone(),
            reason: String::new(),
        }
    }

    fn wish(&self) -> LineWish {
        LineWish {
            name: self.name.clone(),
            purpose: self.purpose.clone(),
            dial: self.dial.clone(),
            hours: self.hours.clone(),
            recipient: self.recipient.clone(),
            active: self.active,
            source: self.source.clone(),
            reason: self.reason.clone(),
        }
    }
}

#[derive(Template)]
#[template(path = "referrals/line.html")]
struct LinePage {
    shell: Shell,
    /// The line as it stands; none for one that is being added.
    now: Option<Row>,
    address: String,
    form: LineForm,
    may_change: bool,
    past: Vec<Made>,
}

impl Made {
    /// When this version began, for the list of versions.
    fn since(&self) -> String {
        self.line.since.map(clock::minute).unwrap_or_default()
    }
}

async fn page(app: &App, ctx: &Ctx, code: &str, typed: Option<LineForm>) -> Result<LinePage> {
    let db = app.db.read();
    let may_change = policy::keeps_lines(ctx.actor.role);
    let known = lines(db).await?.find(code).cloned();
    if known.is_none() && (code != NEW || !may_change) {
        return Err(Error::NotFound);
    }
    let fresh = || LineForm {
        active: true,
        source: "本地登记，已拨测".to_owned(),
        ..LineForm::default()
    };
    let form = typed.unwrap_or_else(|| known.as_ref().map_or_else(fresh, LineForm::of));
    let book = clocks::book(db, ctx.now).await?;
    let title = known.as_ref().map_or_else(|| "新增热线".to_owned(), Line::label);
    Ok(LinePage {
        shell: Shell::new(app, ctx, &title, HOME),
        past: history(app, code).await?,
        now: known.as_ref().map(|line| row(&book, line)),
        address: code.to_owned(),
        form,
        may_change,
    })
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct After {
    saved: bool,
}

async fn show(
    State(app): State<App>,
    ctx: Ctx,
    Path(code): Path<String>,
    Query(after): Query<After>,
) -> Result<Response> {
    let mut page = page(&app, &ctx, &code, None).await?;
    let saved = after.saved.then(|| "已保存为新的一版，此后登记的转介按它".to_owned());
    page.shell = page.shell.flash(saved);
    render(&page)
}

async fn save(
    State(app): State<App>,
    ctx: Ctx,
    Path(address): Path<String>,
    Form(mut form): Form<LineForm>,
) -> Result<Response> {
    let code = if address == NEW {
        form.code.trim().to_owned()
    } else {
        address.clone()
    };
    match change_line(&app, &ctx, &code, form.version, &form.wish()).await {
        Ok(_) => Ok(see_other(&format!("{HOME}/{code}?saved=true"))),
        Err(Error::Invalid(faults)) => {
            let mut page = page(&app, &ctx, &address, Some(form)).await?;
            page.shell = page.shell.errors(faults);
            render_with(page.shell.status(), &page)
        }
        Err(Error::Stale { seen, now }) => {
            // What was typed comes back over the version that stands now.
            form.version = now;
            let mut page = page(&app, &ctx, &address, Some(form)).await?;
            page.shell = page.shell.stale(Some((seen, now)));
            render_with(page.shell.status(), &page)
        }
        Err(error) => Err(error),
    }
}
