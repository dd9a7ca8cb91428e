//! The form for a paper, and the one that ends it.

use crate::casework::fetch_for;
use crate::clock;
use crate::ctx::Ctx;
use crate::error::{Error, FieldError, Result};
use crate::journal::Act;
use crate::measures::form::{PaperForm, date, kinds};
use crate::measures::{self, open_stage};
use crate::rules::measures::{Procedure, procedure};
use crate::rules::policy::Action;
use crate::state::App;
use crate::web::routes::see_other;
use crate::web::{Choice, Form, Shell, render_with};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use uuid::Uuid;

#[derive(Template)]
#[template(path = "measures/new.html")]
struct NewPage {
    shell: Shell,
    case: Uuid,
    number: String,
    form: PaperForm,
    kinds: Vec<Choice>,
}

pub(super) async fn new(State(app): State<App>, ctx: Ctx, Path(id): Path<Uuid>) -> Result<Response> {
    let form = PaperForm {
        id: ctx.new_id().to_string(),
        issued_on: clock::day(ctx.now).to_string(),
        ..PaperForm::default()
    };
    page(&app, &ctx, id, form, Vec::new()).await
}

pub(super) async fn save(
    State(app): State<App>,
    ctx: Ctx,
    Path(id): Path<Uuid>,
    Form(form): Form<PaperForm>,
) -> Result<Response> {
    let (paper, mut wrong) = form.read(clock::day(ctx.now));
    // This form asks for no ground: the record says where one is asked for.
    wrong.retain(|fault| fault.field != "ground");
    let saved = if wrong.is_empty() {
        measures::record(&app, &ctx, id, &paper).await.map(drop)
    } else {
        Err(Error::Invalid(wrong))
    };
    match saved {
        Ok(()) => Ok(see_other(&format!("/cases/{id}?done={}", Act::MeasureRecorded.code()))),
        Err(Error::Invalid(errors)) => page(&app, &ctx, id, form, errors).await,
        Err(error) => Err(error),
    }
}

async fn page(app: &App, ctx: &Ctx, id: Uuid, form: PaperForm, errors: Vec<FieldError>) -> Result<Response> {
    let case = fetch_for(app.db.read(), ctx, id, Action::Record).await?;
    open_stage(&case)?;
    let status = status(&errors);
    let page = NewPage {
        kinds: kinds(&[], |kind| !needs_ground(&kind.code), &form.kind),
        shell: Shell::new(app, ctx, "登记文书", "/cases").errors(errors),
        case: id,
        number: case.number,
        form,
    };
    render_with(status, &page)
}

fn status(errors: &[FieldError]) -> StatusCode {
    if errors.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    }
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct EndForm {
    version: i32,
    ended_on: String,
    reason: String,
}

#[derive(Template)]
#[template(path = "measures/end.html")]
struct EndPage {
    shell: Shell,
    case: Uuid,
    id: Uuid,
    kind: String,
    paper_no: String,
    issued_on: String,
    form: EndForm,
}

pub(super) async fn end(State(app): State<App>, ctx: Ctx, Path((case, id)): Path<(Uuid, Uuid)>) -> Result<Response> {
    end_page(&app, &ctx, (case, id), None, Vec::new()).await
}

pub(super) async fn end_save(
    State(app): State<App>,
    ctx: Ctx,
    Path((case, id)): Path<(Uuid, Uuid)>,
    Form(form): Form<EndForm>,
) -> Result<Response> {
    let ended = match date("ended_on", &form.ended_on) {
        Ok(Some(on)) => measures::end(&app, &ctx, (case, id), form.version, (on, &form.reason))
            .await
            .map(drop),
        Ok(None) => Err(Error::field("ended_on", "填写终止日期")),
        Err(fault) => Err(Error::Invalid(vec![fault])),
    };
    match ended {
        Ok(()) => Ok(see_other(&format!("/cases/{case}?done={}", Act::MeasureEnded.code()))),
        Err(Error::Invalid(errors)) => end_page(&app, &ctx, (case, id), Some(form), errors).await,
        Err(error) => Err(error),
    }
}

async fn end_page(
    app: &App,
    ctx: &Ctx,
    (case, id): (Uuid, Uuid),
    form: Option<EndForm>,
    errors: Vec<FieldError>,
) -> Result<Response> {
    let case = fetch_for(app.db.read(), ctx, case, Action::Record).await?;
    let row = measures::one(app.db.read(), case.id, id).await?;
    let status = status(&errors);
    let page = EndPage {
        shell: Shell::new(app, ctx, "终止文书", "/cases").errors(errors),
        case: case.id,
        id,
        kind: measures::kind_name(&row.kind),
        issued_on: row.issued_on.to_string(),
        form: form.unwrap_or_else(|| EndForm {
            version: row.version,
            ended_on: clock::day(ctx.now).to_string(),
            reason: String::new(),
        }),
        paper_no: measures::paper_no(&app.vault, &row)?,
    };
    render_with(status, &page)
}

/// Whether a kind is begun with its ground and not by its paper alone.
fn needs_ground(kind: &str) -> bool {
    procedure(kind).is_some_and(Procedure::needs_ground)
}
