//! The obliged reporter's screens.

use super::form::RegistrationForm;
use crate::clock;
use crate::ctx::Ctx;
use crate::error::{Error, FieldError, Result};
use crate::intake::{self, OwnReport, Receipt};
use crate::journal::{self, Act, Entry};
use crate::rules::codes;
use crate::rules::policy::Role;
use crate::state::App;
use crate::web::routes::see_other;
use crate::web::{Access, Choice, Form, Routes, Shell, render, render_with};
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

const REPORTERS: Access = Access::Roles(&[Role::Reporter]);
/// The answer to most questions.
const ANSWERS: [(&str, &str); 3] = [("yes", "是"), ("no", "否"), ("unknown", "不清楚")];

/// The routes of the feature.
#[must_use]
pub fn routes() -> Routes {
    Routes::new()
        .get("/portal", REPORTERS, list)
        .get("/portal/new", REPORTERS, blank)
        .post("/portal/new", REPORTERS, submit)
        .get("/portal/{id}", REPORTERS, receipt)
}

#[derive(Template)]
#[template(path = "portal/list.html")]
struct ListPage {
    shell: Shell,
    rows: Vec<Row>,
    prev: Option<String>,
    next: Option<String>,
}

struct Row {
    id: Uuid,
    number: String,
    at: String,
    state: &'static str,
}

impl Row {
    /// The mark of the state: open, or done.
    fn kind(&self) -> &'static str {
        if self.state == "已办结" { "ok" } else { "on" }
    }
}

impl From<OwnReport> for Row {
    fn from(own: OwnReport) -> Self {
        Self {
            id: own.id,
            number: own.number,
            at: clock::minute(own.at),
            state: own.state,
        }
    }
}

#[derive(Template)]
#[template(path = "portal/form.html")]
struct FormPage {
    shell: Shell,
    form: RegistrationForm,
    unit: String,
    situations: Vec<Choice>,
    evidence: Vec<Choice>,
    sexes: Vec<Choice>,
    safe: Vec<Choice>,
    suspects: Vec<Choice>,
    cohabiting: Vec<Choice>,
    told: Vec<Choice>,
    police: Vec<Choice>,
    reporters: Vec<Choice>,
    informed: Vec<Choice>,
    callable: Vec<Choice>,
}

#[derive(Template)]
#[template(path = "portal/receipt.html")]
struct ReceiptPage {
    shell: Shell,
    row: Row,
    unit: String,
    mark: String,
}

/// Where the page begins.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct At {
    cursor: Option<String>,
}

async fn list(State(app): State<App>, ctx: Ctx, Query(at): Query<At>) -> Result<Response> {
    let (own, next) = intake::own_reports(&app, &ctx, at.cursor.as_deref()).await?;
    let rows: Vec<Row> = own.into_iter().map(Row::from).collect();
    let entry = Entry::new(Act::ReportsListed).detail(json!({ "rows": rows.len() }));
    journal::viewed(&app.db, &ctx, entry).await?;
    render(&ListPage {
        shell: Shell::new(&app, &ctx, "强制报告", "/portal"),
        rows,
        prev: at.cursor.map(|_| "/portal".to_owned()),
        next: next.map(|next| format!("/portal?cursor={next}")),
    })
}

async fn blank(State(app): State<App>, ctx: Ctx) -> Result<Response> {
    let form = RegistrationForm {
        reporter_type: usual_type(&ctx).to_owned(),
        caller_name: ctx.name.clone(),
        discovered_at: clock::minute(ctx.now),
        submission: Uuid::now_v7().to_string(),
        ..RegistrationForm::default()
    };
    render(&page(&app, &ctx, form, Vec::new()))
}

/// Most accounts belong to a school or a hospital; the person may correct it.
fn usual_type(ctx: &Ctx) -> &'static str {
    match ctx.actor.unit_kind.as_str() {
        "SCH" => "M01",
        "HEA" => "M05",
        "CWI" => "M06",
        "MPC" => "M07",
        "SWO" => "M08",
        "VIL" => "M09",
        _ => "M11",
    }
}

async fn submit(State(app): State<App>, ctx: Ctx, Form(mut form): Form<RegistrationForm>) -> Result<Response> {
    match send(&app, &ctx, &mut form).await {
        Ok(receipt) => Ok(see_other(&format!("/portal/{}", receipt.id))),
        Err(Error::Invalid(faults)) => render_with(StatusCode::UNPROCESSABLE_ENTITY, &page(&app, &ctx, form, faults)),
        Err(Error::Conflict(_)) => {
            // The same form with other content: it may go as a further report.
            form.submission = Uuid::now_v7().to_string();
            let told = "这份登记表已经提交过，内容有改动。要把现在的内容另报一件，再次提交";
            let faults = vec![FieldError::new("", told)];
            render_with(StatusCode::CONFLICT, &page(&app, &ctx, form, faults))
        }
        Err(error) => Err(error),
    }
}

async fn send(app: &App, ctx: &Ctx, form: &mut RegistrationForm) -> Result<Receipt> {
    let input = form.read(app.db.read(), ctx.now, app.config.demo).await?;
    let submission = Uuid::parse_str(&form.submission).unwrap_or_else(|_| Uuid::now_v7());
    intake::submit(app, ctx, &input, submission).await
}

async fn receipt(State(app): State<App>, ctx: Ctx, Path(id): Path<String>) -> Result<Response> {
    let id = Uuid::parse_str(&id).map_err(|_| Error::NotFound)?;
    let row = Row::from(intake::own_report(&app, &ctx, id).await?);
    render(&ReceiptPage {
        shell: Shell::new(&app, &ctx, "强制报告回执", "/portal"),
        row,
        unit: ctx.unit_name.clone(),
        mark: format!("{} {}", ctx.name, clock::minute(ctx.now)),
    })
}

fn page(app: &App, ctx: &Ctx, form: RegistrationForm, faults: Vec<FieldError>) -> FormPage {
    let reporters = codes::reporter_types().iter().filter(|kind| kind.code.starts_with('M'));
    let situations = codes::mandatory_situations().iter();
    let suspects = codes::suspect_types().iter().filter(|row| row.code != "unknown");
    let callable = [("yes", "可以"), ("no", "不可以")];
    FormPage {
        shell: Shell::new(app, ctx, "强制报告登记", "/portal").errors(faults),
        unit: ctx.unit_name.clone(),
        situations: situations
            .map(|row| Choice {
                on: form.mandatory_situations.contains(&row.code),
                ..Choice::new(&row.code, &row.name, "")
            })
            .collect(),
        evidence: Choice::list(&ANSWERS, &form.evidence_kept),
        sexes: Choice::list(&[("1", "男"), ("2", "女"), ("0", "不清楚")], &form.child_sex),
        safe: Choice::list(&ANSWERS, &form.child_safe),
        suspects: suspects
            .map(|row| Choice::new(&row.code, &row.name, &form.suspect_relation))
            .collect(),
        cohabiting: Choice::list(&ANSWERS, &form.cohabiting_suspect),
        told: Choice::list(&ANSWERS, &form.guardian_told),
        police: Choice::list(&ANSWERS, &form.reported_to_police),
        reporters: reporters
            .map(|row| Choice::new(&row.code, &row.name, &form.reporter_type))
            .collect(),
        informed: Choice::list(&ANSWERS, &form.head_informed),
        callable: Choice::list(&callable, &form.safe_phone),
        form,
    }
}
