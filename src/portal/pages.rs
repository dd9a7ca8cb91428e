//! The obliged reporter's screens.

use super::form::RegistrationForm;
use crate::clock;
use crate::ctx::Ctx;
use crate::error::{Error, FieldError, Result};
use crate::intake::{self, OwnReport};
use crate::journal::{self, Act, Entry};
use crate::network;
use crate::rules::codes;
use crate::rules::policy::Role;
use crate::state::App;
use crate::web::routes::see_other;
use crate::web::{Access, Form, Routes, Shell, render, render_with};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;
use uuid::Uuid;

const REPORTERS: Access = Access::Roles(&[Role::Reporter]);

/// The routes of the feature.
#[must_use]
pub fn routes() -> Routes {
    Routes::new()
        .get("/portal", REPORTERS, list)
        .get("/portal/new", REPORTERS, blank)
        .post("/portal/new", REPORTERS, submit)
        .get("/portal/{id}", REPORTERS, receipt)
}

/// One choice of a select or a row of boxes.
struct Choice {
    code: String,
    label: String,
    hint: String,
    on: bool,
}

#[derive(Template)]
#[template(path = "portal/list.html")]
struct ListPage {
    shell: Shell,
    rows: Vec<Row>,
}

struct Row {
    id: Uuid,
    number: String,
    at: String,
    state: &'static str,
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
    reporters: Vec<Choice>,
    situations: Vec<Choice>,
    suspects: Vec<Choice>,
    sexes: Vec<Choice>,
    yes_no: [Vec<Choice>; 4],
}

#[derive(Template)]
#[template(path = "portal/receipt.html")]
struct ReceiptPage {
    shell: Shell,
    row: Row,
    unit: String,
}

async fn list(State(app): State<App>, ctx: Ctx) -> Result<Response> {
    let rows: Vec<Row> = intake::own_reports(&app, &ctx)
        .await?
        .into_iter()
        .map(Row::from)
        .collect();
    let entry = Entry::new(Act::ReportsListed).detail(json!({ "rows": rows.len() }));
    journal::viewed(&app.db, &ctx, entry).await?;
    render(&ListPage {
        shell: Shell::new(&app, &ctx, "强制报告", "/portal"),
        rows,
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

async fn submit(State(app): State<App>, ctx: Ctx, Form(form): Form<RegistrationForm>) -> Result<Response> {
    let mut faults = form.faults(ctx.now);
    let mut place = None;
    if form.child_location.is_empty() && !form.child_location_text.is_empty() {
        match network::resolve(app.db.read(), &form.child_location_text).await? {
            Some(found) => place = Some(found.code().to_owned()),
            None => faults.push(FieldError::new(
                "child_location",
                "没有找到这个地方，从列表中选择或填写县、乡镇名称",
            )),
        }
    }
    if !faults.is_empty() {
        return render_with(StatusCode::UNPROCESSABLE_ENTITY, &page(&app, &ctx, form, faults));
    }
    match intake::submit(&app, &ctx, &form.input(place)).await {
        Ok(receipt) => Ok(see_other(&format!("/portal/{}", receipt.id))),
        Err(Error::Invalid(faults)) => render_with(StatusCode::UNPROCESSABLE_ENTITY, &page(&app, &ctx, form, faults)),
        Err(error) => Err(error),
    }
}

async fn receipt(State(app): State<App>, ctx: Ctx, Path(id): Path<Uuid>) -> Result<Response> {
    let own = intake::own_reports(&app, &ctx).await?;
    let row = own
        .into_iter()
        .find(|report| report.id == id)
        .map(Row::from)
        .ok_or_else(|| Error::Hidden(Error::denied("view_report", None)))?;
    journal::viewed(&app.db, &ctx, Entry::new(Act::ReportViewed).report(id)).await?;
    render(&ReceiptPage {
        shell: Shell::new(&app, &ctx, "报告回执", "/portal"),
        row,
        unit: ctx.unit_name.clone(),
    })
}

fn page(app: &App, ctx: &Ctx, form: RegistrationForm, faults: Vec<FieldError>) -> FormPage {
    let reporters = codes::reporter_types()
        .iter()
        .filter(|kind| kind.code.starts_with('M'))
        .map(|kind| choice(&kind.code, &kind.name, "", form.reporter_type == kind.code))
        .collect();
    let situations = codes::mandatory_situations()
        .iter()
        .map(|row| choice(&row.code, &row.name, "", form.mandatory_situations.contains(&row.code)))
        .collect();
    let suspects = codes::suspect_types()
        .iter()
        .map(|row| choice(&row.code, &row.name, "", form.suspect_relation == row.code))
        .collect();
    let sexes = [("0", "不清楚"), ("1", "男"), ("2", "女")]
        .map(|(code, label)| choice(code, label, "", form.child_sex == code))
        .into();
    let yes_no = [
        &form.child_safe,
        &form.cohabiting_suspect,
        &form.reported_to_police,
        &form.guardian_told,
    ]
    .map(|chosen| three(chosen));
    FormPage {
        shell: Shell::new(app, ctx, "强制报告登记", "/portal").errors(faults),
        unit: ctx.unit_name.clone(),
        reporters,
        situations,
        suspects,
        sexes,
        yes_no,
        form,
    }
}

fn three(chosen: &str) -> Vec<Choice> {
    [("yes", "是"), ("no", "否"), ("unknown", "不清楚")]
        .map(|(code, label)| choice(code, label, "", chosen == code))
        .into()
}

fn choice(code: &str, label: &str, hint: &str, on: bool) -> Choice {
    Choice {
        code: code.to_owned(),
        label: label.to_owned(),
        hint: hint.to_owned(),
        on,
    }
}
