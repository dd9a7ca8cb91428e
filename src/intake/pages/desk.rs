//! The desk itself: opening it, and the ways in which a call ends.

use super::convert::{self, understand};
use super::fields::Fields;
use super::view::{self, Desk};
use super::{id_of, receipt};
use crate::ctx::Ctx;
use crate::error::{Error, FieldError, Result};
use crate::intake::{self, ReportInput, Saved, Seen, Target};
use crate::state::App;
use crate::web::Form;
use crate::web::routes::see_other;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use uuid::Uuid;

/// `GET /intake/{id}`: the desk while it is a draft, afterwards the receipt.
pub(super) async fn open(State(app): State<App>, ctx: Ctx, Path(id): Path<String>) -> Result<Response> {
    let reading = intake::read(&app, &ctx, id_of(&id)?).await?;
    if reading.state != intake::State::Draft {
        return receipt::show(&app, &ctx, reading).await;
    }
    let refused = reading.note.clone();
    let mut desk = view::stored(&app, reading).await?;
    if let Some(note) = refused.filter(|note| !note.trim().is_empty()) {
        let told = format!("不予受理未获同意，请继续办理：{note}");
        desk.errors.push(FieldError::new("", &told));
    }
    view::show(&app, &ctx, StatusCode::OK, desk).await
}

/// Keeps what was typed, right or wrong.
///
/// # Errors
/// As [`intake::save_draft`].
pub(super) async fn keep(app: &App, ctx: &Ctx, id: Uuid, fields: &mut Fields) -> Result<Saved> {
    let understood = understand(app.db.read(), fields, ctx.now).await?;
    let seen = Seen {
        id,
        version: fields.version,
    };
    intake::save_draft(app, ctx, seen, &understood.input).await
}

/// `POST /intake/{id}`: what the button says.
pub(super) async fn act(
    State(app): State<App>,
    ctx: Ctx,
    Path(id): Path<String>,
    Form(mut fields): Form<Fields>,
) -> Result<Response> {
    let id = id_of(&id)?;
    let understood = understand(app.db.read(), &mut fields, ctx.now).await?;
    let seen = Seen {
        id,
        version: fields.version,
    };
    let (mut input, misread) = (understood.input, understood.errors);
    let keeps = matches!(fields.outcome.as_str(), "hold" | "add_child") && fields.join_case.is_empty();
    let done = if keeps {
        intake::save_draft(&app, &ctx, seen, &input).await.map(|_| ())
    } else {
        // The report itself says everything now: no second copy is kept.
        input.form_extra = None;
        match with_misread(&input, misread, &fields, &ctx, app.config.demo) {
            Some(errors) => Err(Error::Invalid(errors)),
            None => finish(&app, &ctx, seen, (&fields, &input)).await,
        }
    };
    match (done, fields.outcome.as_str()) {
        (Ok(()), "hold") if keeps => Ok(see_other("/intake")),
        (Ok(()), "add_child") if keeps => again(&app, &ctx, (id, StatusCode::OK), (fields, input), Vec::new()).await,
        (Ok(()), _) => Ok(see_other(&format!("/intake/{id}"))),
        (Err(error), _) => fault(&app, &ctx, id, (fields, input), error).await,
    }
}

/// When words were not understood: these and every other fault together.
fn with_misread(
    input: &ReportInput,
    misread: Vec<FieldError>,
    fields: &Fields,
    ctx: &Ctx,
    synthetic: bool,
) -> Option<Vec<FieldError>> {
    if misread.is_empty() {
        return None;
    }
    let mut all = misread;
    if fields.outcome == "route" {
        for error in convert::at_controls(input.validate(ctx.now, synthetic)) {
            if all.iter().all(|known| known.field != error.field) {
                all.push(error);
            }
        }
    }
    Some(all)
}

/// The outcomes that end the call.
async fn finish(app: &App, ctx: &Ctx, seen: Seen, (fields, input): (&Fields, &ReportInput)) -> Result<()> {
    let note = fields.outcome_note.trim();
    if !fields.join_case.is_empty() {
        let target = Target::Id(id_of(&fields.join_case)?);
        return intake::join(app, ctx, seen, input, &target).await.map(|_| ());
    }
    match fields.outcome.as_str() {
        "route" => intake::route(app, ctx, seen, input).await.map(|_| ()),
        "join" => {
            let target = Target::Number(fields.join_number.trim().to_owned());
            let joined = intake::join(app, ctx, seen, input, &target).await;
            joined.map(|_| ()).map_err(|error| match error {
                Error::NotFound | Error::Hidden(_) => {
                    Error::field("join_number", "没有这个在办个案，核对编号；已结案的不能并入")
                }
                other => other,
            })
        }
        "answered" => intake::answer_by(app, ctx, seen, input, (note, &fields.articles))
            .await
            .map(|_| ()),
        "referred" if fields.referred_to.is_empty() => Err(Error::field("referred_to", "选择转介到哪条热线")),
        "referred" => intake::refer(app, ctx, seen, input, (&fields.referred_to, note))
            .await
            .map(|_| ()),
        "screened_out" => intake::propose_screen_out(app, ctx, seen, input, note)
            .await
            .map(|_| ()),
        _ => Err(Error::BadRequest("没有这个处置方式，刷新页面后重试".to_owned())),
    }
}

/// The page after a fault: nothing typed is lost.
async fn fault(
    app: &App,
    ctx: &Ctx,
    id: Uuid,
    (fields, input): (Fields, ReportInput),
    error: Error,
) -> Result<Response> {
    match error {
        Error::Invalid(errors) => {
            let errors = at_outcome(convert::at_controls(errors));
            again(
                app,
                ctx,
                (id, StatusCode::UNPROCESSABLE_ENTITY),
                (fields, input),
                errors,
            )
            .await
        }
        Error::Stale { seen, now } => {
            let told =
                format!("此单已在别处修改：您看到的是第 {seen} 版，现在是第 {now} 版。核对后再提交，将以本页内容为准");
            let errors = vec![FieldError::new("", &told)];
            again(app, ctx, (id, StatusCode::CONFLICT), (fields, input), errors).await
        }
        Error::Conflict(_) => Ok(see_other(&format!("/intake/{id}"))),
        other => Err(other),
    }
}

/// Faults that the outcome's own words have, at their control.
fn at_outcome(errors: Vec<FieldError>) -> Vec<FieldError> {
    let control = |field: &str| match field {
        "note" | "reason" | "why" => "outcome_note".to_owned(),
        "line" | "to" => "referred_to".to_owned(),
        "case" | "number" => "join_number".to_owned(),
        other => other.to_owned(),
    };
    errors
        .into_iter()
        .map(|error| FieldError {
            field: control(&error.field),
            message: error.message,
        })
        .collect()
}

/// The desk with what was just sent; the receipt when the call has ended
/// meanwhile (the second of two clicks).
async fn again(
    app: &App,
    ctx: &Ctx,
    (id, status): (Uuid, StatusCode),
    (fields, input): (Fields, ReportInput),
    errors: Vec<FieldError>,
) -> Result<Response> {
    let reading = intake::read(app, ctx, id).await?;
    if reading.state != intake::State::Draft {
        return Ok(see_other(&format!("/intake/{id}")));
    }
    let mut errors = errors;
    errors.sort_by_key(|error| place_on_page(&error.field));
    let desk = Desk {
        report: reading.report,
        fields,
        input,
        errors,
    };
    Box::pin(view::show(app, ctx, status, desk)).await
}

/// The controls from the top of the page to its end: the summary follows them.
const ON_PAGE: [&str; 13] = [
    "caller_phone",
    "inquiry",
    "answer",
    "articles",
    "q",
    "child_location",
    "child_address",
    "incident",
    "child_",
    "content",
    "case_types",
    "mandatory_situations",
    "danger_flags",
];
/// The controls of the bar at the foot of the page.
const AT_FOOT: [&str; 5] = ["title", "urgency", "urgency_reason", "outcome_note", "referred_to"];

fn place_on_page(field: &str) -> usize {
    let foot = AT_FOOT.iter().position(|known| field == *known);
    let above = || ON_PAGE.iter().position(|known| field.starts_with(known));
    match foot {
        Some(at) => ON_PAGE.len() + 1 + at,
        None => above().unwrap_or(ON_PAGE.len()),
    }
}

/// `POST /intake/{id}/consult`: answered at once by two fields, or a call
/// without a matter. Whatever else was typed goes with it.
pub(super) async fn consult(
    State(app): State<App>,
    ctx: Ctx,
    Path(id): Path<String>,
    Form(mut fields): Form<Fields>,
) -> Result<Response> {
    let id = id_of(&id)?;
    if intake::read(&app, &ctx, id).await?.state != intake::State::Draft {
        return Ok(see_other(&format!("/intake/{id}")));
    }
    let understood = understand(app.db.read(), &mut fields, ctx.now).await?;
    let mut input = understood.input;
    input.form_extra = None;
    let seen = Seen {
        id,
        version: fields.version,
    };
    let done = match fields.outcome.as_str() {
        "answered" if !understood.errors.is_empty() => Err(Error::Invalid(understood.errors)),
        "answered" => answered(&app, &ctx, seen, (&mut input, &fields)).await,
        kind @ ("silent" | "nuisance" | "misdialled") => {
            intake::dismiss(&app, &ctx, seen, &input, kind).await.map(|_| ())
        }
        _ => Err(Error::BadRequest("没有这个处置方式，刷新页面后重试".to_owned())),
    };
    match done {
        Ok(()) => Ok(see_other(&format!("/intake/{id}"))),
        Err(Error::Invalid(errors)) => {
            let errors = convert::at_controls(errors).into_iter().map(at_consult).collect();
            let again_as = (id, StatusCode::UNPROCESSABLE_ENTITY);
            again(&app, &ctx, again_as, (fields, input), errors).await
        }
        Err(error) => fault(&app, &ctx, id, (fields, input), error).await,
    }
}

async fn answered(app: &App, ctx: &Ctx, seen: Seen, (input, form): (&mut ReportInput, &Fields)) -> Result<()> {
    if form.inquiry.trim().is_empty() && input.content.is_none() {
        return Err(Error::field("content", "写明咨询什么"));
    }
    "inquiry".clone_into(&mut input.demand_type);
    if !form.inquiry.trim().is_empty() {
        input.content = Some(form.inquiry.trim().to_owned());
    }
    intake::answer_by(app, ctx, seen, input, (form.answer.trim(), &form.articles))
        .await
        .map(|_| ())
}

/// Faults at the two fields of a consultation.
fn at_consult(error: FieldError) -> FieldError {
    let field = match error.field.as_str() {
        "content" => "inquiry",
        "note" | "outcome_note" | "answer" => "answer",
        _ => return error,
    };
    FieldError::new(field, &error.message)
}

/// The version that the person saw.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Version {
    version: i32,
}

/// `POST /intake/{id}/undo`: back to the draft, within ten minutes.
pub(super) async fn undo(
    State(app): State<App>,
    ctx: Ctx,
    Path(id): Path<String>,
    Form(form): Form<Version>,
) -> Result<Response> {
    let id = id_of(&id)?;
    let seen = Seen {
        id,
        version: form.version,
    };
    match intake::undo(&app, &ctx, seen).await {
        Ok(_) => Ok(see_other(&format!("/intake/{id}"))),
        Err(Error::Invalid(errors)) => {
            let reading = intake::read(&app, &ctx, id).await?;
            receipt::show_with(&app, &ctx, reading, errors).await
        }
        Err(error) => Err(error),
    }
}
