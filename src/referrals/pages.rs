//! The pages of referrals: the panel at the desk, the form beside a report, the
//! list with due times, one referral with its steps, and the letter.

use super::kind::{Kind, State};
use super::letter::{Letter, letter};
use super::lines::lines;
use super::{Answer, Listed, Referral, Shown, Step, Wanted, list, of_report, record, step, view};
use crate::clock;
use crate::ctx::Ctx;
use crate::entity::report;
use crate::error::{Error, FieldError, Result};
use crate::rules::policy::{ReportAction, Role};
use crate::sight;
use crate::state::App;
use crate::web::routes::see_other;
use crate::web::{Access, Choice, Form, Routes, Shell, render, render_with};
use askama::Template;
use axum::extract::{Path, Query, State as Given};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use uuid::Uuid;

/// Whoever sees reports.
pub(super) const READERS: Access = Access::Roles(&[Role::Operator, Role::Lead, Role::City]);
const HOME: &str = "/referrals";

pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/referrals", READERS, index)
        .get("/referrals/{id}", READERS, show)
        .post("/referrals/{id}/{step}", Access::DESK, act)
        .get("/referrals/{id}/letter", READERS, print)
        .get("/reports/{id}/referrals", Access::DESK, form)
        .post("/reports/{id}/referrals", Access::DESK, save)
}

/// What was typed, kept as it is. The controls stand beside others on the desk,
/// so that their names say what they belong to.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    #[serde(rename = "referral_id")]
    id: String,
    #[serde(rename = "referral_line")]
    line: String,
    #[serde(rename = "referral_kind")]
    kind: String,
    #[serde(rename = "referral_at")]
    at: String,
    #[serde(rename = "referral_told")]
    told: String,
    #[serde(rename = "referral_receipt")]
    receipt: String,
}

impl Typed {
    fn fresh(ctx: &Ctx) -> Self {
        Self {
            id: ctx.new_id().to_string(),
            kind: Kind::Joined.code().to_owned(),
            ..Self::default()
        }
    }

    fn read(&self) -> Result<Referral> {
        let at = match self.at.trim() {
            "" => None,
            typed => {
                Some(clock::read_minute(typed).ok_or_else(|| Error::field("at", "时间写成 2026-11-23 09:12 的样子"))?)
            }
        };
        Ok(Referral {
            id: Uuid::parse_str(&self.id).ok(),
            line: self.line.clone(),
            kind: self.kind.clone(),
            at,
            told: self.told.clone(),
            receipt: self.receipt.clone(),
        })
    }
}

/// The panel beside the desk: what stands, and the form of the next one.
#[derive(Debug, Clone, Default)]
pub struct Panel {
    /// The report.
    pub report: Uuid,
    /// What stands.
    pub rows: Vec<Shown>,
    /// The lines that are offered.
    pub lines: Vec<Choice>,
    /// The ways.
    pub kinds: Vec<Choice>,
    /// The id that a second click repeats.
    pub id: String,
    /// When, as typed.
    pub at: String,
    /// What the other side is told, as typed.
    pub told: String,
    /// Its receipt number, as typed.
    pub receipt: String,
}

impl Panel {
    async fn of(app: &App, ctx: &Ctx, report: &report::Model, typed: &Typed) -> Result<Self> {
        let lines = lines(app.db.read()).await?;
        let choice = |line: &super::Line| Choice {
            hint: line.purpose.clone(),
            ..Choice::new(&line.code, &line.label(), &typed.line)
        };
        let kinds = Kind::ALL.map(|kind| Choice::new(kind.code(), kind.label(), &typed.kind));
        Ok(Self {
            report: report.id,
            rows: of_report(app, ctx, report).await?,
            lines: lines.offered().map(choice).collect(),
            kinds: kinds.into(),
            id: typed.id.clone(),
            at: typed.at.clone(),
            told: typed.told.clone(),
            receipt: typed.receipt.clone(),
        })
    }
}

/// The panel of a report that the caller of this has been shown.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn panel(app: &App, ctx: &Ctx, report: &report::Model) -> Result<Panel> {
    Panel::of(app, ctx, report, &Typed::fresh(ctx)).await
}

#[derive(Template)]
#[template(path = "referrals/panel.html")]
struct Fragment {
    shell: Shell,
    referral: Panel,
}

#[derive(Template)]
#[template(path = "referrals/new.html")]
struct NewPage {
    shell: Shell,
    number: String,
    referral: Panel,
}

async fn form(Given(app): Given<App>, ctx: Ctx, Path(id): Path<Uuid>) -> Result<Response> {
    let report = sight::report(app.db.read(), &ctx, id, ReportAction::Work).await?;
    render(&NewPage {
        shell: Shell::new(&app, &ctx, "登记转介", "/reports"),
        number: report.number.clone(),
        referral: panel(&app, &ctx, &report).await?,
    })
}

async fn save(
    Given(app): Given<App>,
    ctx: Ctx,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
    Form(typed): Form<Typed>,
) -> Result<Response> {
    let done = match typed.read() {
        Ok(wish) => record(&app, &ctx, id, &wish).await,
        Err(error) => Err(error),
    };
    let (typed, errors, status) = match done {
        Ok(_) => (Typed::fresh(&ctx), Vec::new(), StatusCode::OK),
        Err(Error::Invalid(errors)) => (typed, at_form(errors), StatusCode::UNPROCESSABLE_ENTITY),
        Err(other) => return Err(other),
    };
    if headers.contains_key("hx-request") {
        let report = sight::report(app.db.read(), &ctx, id, ReportAction::Work).await?;
        let fragment = Fragment {
            shell: Shell::new(&app, &ctx, "转介", HOME).errors(errors),
            referral: Panel::of(&app, &ctx, &report, &typed).await?,
        };
        return render_with(status, &fragment);
    }
    if errors.is_empty() {
        return Ok(see_other(&format!("/reports/{id}#referrals")));
    }
    let report = sight::report(app.db.read(), &ctx, id, ReportAction::Work).await?;
    let page = NewPage {
        shell: Shell::new(&app, &ctx, "登记转介", "/reports").errors(errors),
        number: report.number.clone(),
        referral: Panel::of(&app, &ctx, &report, &typed).await?,
    };
    render_with(status, &page)
}

/// Faults at the controls of the form.
fn at_form(errors: Vec<FieldError>) -> Vec<FieldError> {
    let at = |error: FieldError| match error.field.as_str() {
        "line" | "kind" | "at" | "told" | "receipt" => {
            FieldError::new(&format!("referral_{}", error.field), &error.message)
        }
        "id" => FieldError::new("", &error.message),
        _ => error,
    };
    errors.into_iter().map(at).collect()
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    list: Option<String>,
    cursor: Option<String>,
}

struct Tab {
    href: String,
    label: &'static str,
    current: bool,
}

#[derive(Template)]
#[template(path = "referrals/list.html")]
struct ListPage {
    shell: Shell,
    tabs: Vec<Tab>,
    rows: Vec<Shown>,
    prev: Option<String>,
    next: Option<String>,
}

async fn index(Given(app): Given<App>, ctx: Ctx, Query(asked): Query<Asked>) -> Result<Response> {
    let chosen = asked.list.unwrap_or_else(|| State::Open.code().to_owned());
    let wanted = Wanted {
        list: chosen.clone(),
        cursor: asked.cursor,
        limit: 50,
    };
    let Listed { rows, next } = list(&app, &ctx, &wanted).await?;
    let here = format!("{HOME}?list={chosen}");
    let tab = |code: &str, label| Tab {
        href: format!("{HOME}?list={code}"),
        label,
        current: code == chosen,
    };
    let mut tabs: Vec<Tab> = State::ALL
        .into_iter()
        .map(|state| tab(state.code(), state.label()))
        .collect();
    tabs.push(tab("", "全部"));
    render(&ListPage {
        shell: Shell::new(&app, &ctx, "转介", HOME),
        tabs,
        rows,
        next: next.map(|cursor| format!("{here}&cursor={cursor}")),
        prev: wanted.cursor.map(|_| here),
    })
}

/// What was typed into the forms of the steps.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct StepForm {
    version: i32,
    answer: String,
    answered_at: String,
    receipt: String,
    reason: String,
}

#[derive(Template)]
#[template(path = "referrals/show.html")]
struct ShowPage {
    shell: Shell,
    r: Shown,
    form: StepForm,
    works: bool,
    sees_report: bool,
}

impl ShowPage {
    fn is_open(&self) -> bool {
        self.r.state == State::Open.code()
    }

    fn is_letter(&self) -> bool {
        self.r.kind == Kind::Letter.code()
    }

    fn may_receipt(&self) -> bool {
        self.works && self.r.state != State::Withdrawn.code()
    }

    fn may_withdraw(&self) -> bool {
        self.works && (self.is_open() || self.r.state == State::Told.code())
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Arrival {
    done: String,
}

async fn show(
    Given(app): Given<App>,
    ctx: Ctx,
    Path(id): Path<Uuid>,
    Query(arrival): Query<Arrival>,
) -> Result<Response> {
    let done = match arrival.done.as_str() {
        "answer" => Some("答复已登记，答复时限已办结"),
        "receipt" => Some("回执号已登记"),
        "withdraw" => Some("转介已撤回"),
        _ => None,
    };
    let shell = Shell::new(&app, &ctx, "转介", HOME).flash(done.map(str::to_owned));
    render(&page(&app, &ctx, id, (shell, StepForm::default())).await?)
}

async fn page(app: &App, ctx: &Ctx, id: Uuid, (shell, mut form): (Shell, StepForm)) -> Result<ShowPage> {
    let (shown, works) = view(app, ctx, id).await?;
    if form.version == 0 {
        form.version = shown.version;
    }
    Ok(ShowPage {
        shell,
        r: shown,
        form,
        works,
        // The city reads referrals; reports have no page for it.
        sees_report: ctx.actor.role != Role::City,
    })
}

async fn act(
    Given(app): Given<App>,
    ctx: Ctx,
    Path((id, slug)): Path<(Uuid, String)>,
    Form(mut form): Form<StepForm>,
) -> Result<Response> {
    let taken = match made(&slug, &form) {
        Ok(made) => step(&app, &ctx, id, form.version, &made).await,
        Err(error) => Err(error),
    };
    let (status, errors, stale) = match taken {
        Ok(_) => return Ok(see_other(&format!("{HOME}/{id}?done={slug}"))),
        Err(Error::Invalid(errors)) => (StatusCode::UNPROCESSABLE_ENTITY, errors, None),
        Err(Error::Conflict(text)) => (StatusCode::CONFLICT, vec![FieldError::new("", &text)], None),
        Err(Error::Stale { seen, now }) => (StatusCode::CONFLICT, Vec::new(), Some((seen, now))),
        Err(other) => return Err(other),
    };
    if stale.is_some() {
        // What was typed comes back; sent again it counts for what is now.
        form.version = 0;
    }
    let shell = Shell::new(&app, &ctx, "转介", HOME).errors(errors).stale(stale);
    render_with(status, &page(&app, &ctx, id, (shell, form)).await?)
}

/// The step that the form's address names.
fn made(slug: &str, form: &StepForm) -> Result<Step> {
    Ok(match slug {
        "receipt" => Step::Receipt(form.receipt.clone()),
        "withdraw" => Step::Withdraw(form.reason.clone()),
        "answer" => {
            let wrong = || Error::field("answered_at", "时间写成 2026-11-23 09:12 的样子");
            let at = match form.answered_at.trim() {
                "" => None,
                typed => Some(clock::read_minute(typed).ok_or_else(wrong)?),
            };
            Step::Answer(Answer {
                text: form.answer.clone(),
                at,
                receipt: form.receipt.clone(),
            })
        }
        _ => return Err(Error::NotFound),
    })
}

#[derive(Template)]
#[template(path = "referrals/letter.html")]
struct LetterPage {
    shell: Shell,
    letter: Letter,
    unit: String,
    today: String,
    printed: String,
}

/// The letter, on one sheet.
async fn print(Given(app): Given<App>, ctx: Ctx, Path(id): Path<Uuid>) -> Result<Response> {
    render(&LetterPage {
        letter: letter(&app, &ctx, id).await?,
        shell: Shell::new(&app, &ctx, "转介函", HOME),
        unit: ctx.unit_name.clone(),
        today: clock::day(ctx.now).to_string(),
        printed: format!("{} {} {}", ctx.unit_name, ctx.name, clock::minute(ctx.now)),
    })
}
