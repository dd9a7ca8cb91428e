//! What the desk's script asks for while somebody talks: the draft is kept,
//! panels are answered as fragments. Without script the same addresses answer
//! with the page.

use super::convert::{self, understand};
use super::fields::Fields;
use super::templates::{AdviceFragment, CallerFragment, EmergencyFragment};
use super::view::{self, Desk};
use super::{desk, id_of, receipt};
use crate::clock;
use crate::ctx::Ctx;
use crate::error::{Error, FieldError, Result};
use crate::intake::{self, Decision, EmergencyCall};
use crate::state::App;
use crate::vault::normalise;
use crate::web::routes::see_other;
use crate::web::{Form, Json, Shell, render, render_with};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

/// `POST /intake/{id}/draft`: kept, right or wrong.
pub(super) async fn draft(
    State(app): State<App>,
    ctx: Ctx,
    Path(id): Path<String>,
    Form(mut fields): Form<Fields>,
) -> Result<Response> {
    let id = id_of(&id)?;
    let saved = desk::keep(&app, &ctx, id, &mut fields).await?;
    let body = json!({ "saved_at": clock::second(saved.saved_at), "version": saved.version });
    Ok(Json(body).into_response())
}

/// `POST /intake/{id}/advice`.
pub(super) async fn advice(
    State(app): State<App>,
    ctx: Ctx,
    Path(id): Path<String>,
    Form(mut fields): Form<Fields>,
) -> Result<Response> {
    let id = id_of(&id)?;
    let understood = understand(app.db.read(), &mut fields, ctx.now).await?;
    advice_of(&app, &ctx, id, &understood.input).await
}

async fn advice_of(app: &App, ctx: &Ctx, id: Uuid, input: &intake::ReportInput) -> Result<Response> {
    render(&AdviceFragment {
        id: id.to_string(),
        advice: view::advice(app, ctx, input, id).await?,
    })
}

/// The number alone: nothing else is sent for it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Number {
    caller_phone: String,
}

/// `POST /intake/{id}/caller`.
pub(super) async fn caller(
    State(app): State<App>,
    ctx: Ctx,
    Path(id): Path<String>,
    Form(number): Form<Number>,
) -> Result<Response> {
    id_of(&id)?;
    render(&CallerFragment {
        caller: view::caller(&app, &ctx, &number.caller_phone).await?,
    })
}

/// `POST /intake/{id}/candidate`: what a person says of a likely duplicate.
pub(super) async fn candidate(
    State(app): State<App>,
    ctx: Ctx,
    Path(id): Path<String>,
    headers: HeaderMap,
    Form(mut fields): Form<Fields>,
) -> Result<Response> {
    let id = id_of(&id)?;
    let (decision, case) = fields.decision.split_once(':').unwrap_or_default();
    let decision = Decision::parse(decision).ok_or(Error::NotFound)?;
    let case = id_of(case)?;
    intake::decide_candidate(&app, &ctx, id, case, decision).await?;
    if !partial(&headers) {
        desk::keep(&app, &ctx, id, &mut fields).await?;
        return Ok(see_other(&format!("/intake/{id}")));
    }
    let understood = understand(app.db.read(), &mut fields, ctx.now).await?;
    advice_of(&app, &ctx, id, &understood.input).await
}

fn partial(headers: &HeaderMap) -> bool {
    headers.contains_key("hx-request")
}

/// `POST /intake/{id}/emergency`: the first press is recorded before anything
/// else is looked at.
pub(super) async fn emergency(
    State(app): State<App>,
    ctx: Ctx,
    Path(id): Path<String>,
    headers: HeaderMap,
    Form(mut fields): Form<Fields>,
) -> Result<Response> {
    let id = id_of(&id)?;
    let recorded = match fields.step.as_str() {
        "start" => record(&app, &ctx, id, EmergencyCall::default()).await,
        "joined" => match joined(&fields, ctx.now) {
            Ok(call) => record(&app, &ctx, id, call).await,
            Err(errors) => Err(Error::Invalid(errors)),
        },
        _ => Err(Error::BadRequest("没有这个步骤，刷新页面后重试".to_owned())),
    };
    let errors = match recorded {
        Ok(()) => Vec::new(),
        Err(Error::Invalid(errors)) => errors.into_iter().map(at_panel).collect(),
        Err(other) => return Err(other),
    };
    if partial(&headers) {
        return fragment(&app, &ctx, id, (&fields, errors)).await;
    }
    page(&app, &ctx, id, &mut fields, errors).await
}

async fn record(app: &App, ctx: &Ctx, id: Uuid, call: EmergencyCall) -> Result<()> {
    intake::emergency(app, ctx, id, &call).await.map(|_| ())
}

/// Faults of a recorded call at the controls of the panel.
fn at_panel(error: FieldError) -> FieldError {
    let field = match error.field.split('/').next().unwrap_or_default() {
        "lines" | "line" => "emergency_line",
        "at" => "emergency_time",
        "receipt" => "emergency_receipt",
        _ => return error,
    };
    FieldError::new(field, &error.message)
}

async fn fragment(app: &App, ctx: &Ctx, id: Uuid, (fields, errors): (&Fields, Vec<FieldError>)) -> Result<Response> {
    let status = status_of(&errors);
    let mut emergency = view::emergency(app, ctx, id).await?;
    if !errors.is_empty() {
        emergency.keep(fields);
    }
    let panel = EmergencyFragment {
        shell: Shell::new(app, ctx, "紧急联动", "/intake").errors(errors),
        id: id.to_string(),
        emergency,
    };
    render_with(status, &panel)
}

fn status_of(errors: &[FieldError]) -> StatusCode {
    if errors.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    }
}

/// Without script: the desk again, with what was typed when the whole form came.
async fn page(app: &App, ctx: &Ctx, id: Uuid, fields: &mut Fields, errors: Vec<FieldError>) -> Result<Response> {
    let reading = intake::read(app, ctx, id).await?;
    if reading.state != intake::State::Draft {
        if !errors.is_empty() {
            return receipt::show_with(app, ctx, reading, errors).await;
        }
        return Ok(see_other(&format!("/intake/{id}")));
    }
    let status = status_of(&errors);
    let mut desk = view::stored(app, reading).await?;
    if fields.channel.is_empty() {
        desk.fields.emergency_line.clone_from(&fields.emergency_line);
        desk.fields.emergency_time.clone_from(&fields.emergency_time);
        desk.fields.emergency_receipt.clone_from(&fields.emergency_receipt);
    } else {
        // The call is recorded already: a form that cannot be read does not undo that.
        if let Ok(understood) = convert::understand(app.db.read(), fields, ctx.now).await {
            desk = Desk {
                fields: fields.clone(),
                input: understood.input,
                ..desk
            };
        }
    }
    Box::pin(view::show(app, ctx, status, Desk { errors, ..desk })).await
}

/// What was recorded of the call that was joined.
fn joined(fields: &Fields, now: DateTime<Utc>) -> std::result::Result<EmergencyCall, Vec<FieldError>> {
    let lines = match fields.emergency_line.as_str() {
        "both" => vec!["110".to_owned(), "120".to_owned()],
        "" => return Err(vec![FieldError::new("emergency_line", "选择接入的号码")]),
        line => vec![line.to_owned()],
    };
    Ok(EmergencyCall {
        lines,
        at: time_today(&fields.emergency_time, now).map_err(|error| vec![error])?,
        receipt: Some(fields.emergency_receipt.trim().to_owned()).filter(|text| !text.is_empty()),
    })
}

/// `9:34` or `0934` of today; of yesterday when it would lie ahead by more
/// than half a day, so that a call over midnight is not refused.
fn time_today(typed: &str, now: DateTime<Utc>) -> std::result::Result<Option<DateTime<Utc>>, FieldError> {
    let text = normalise(typed).replace('：', ":");
    if text.is_empty() {
        return Ok(None);
    }
    let padded = if text.contains(':') {
        text
    } else {
        let (hour, minute) = text.split_at_checked(text.len().saturating_sub(2)).unwrap_or_default();
        format!("{hour}:{minute}")
    };
    let wrong = || FieldError::new("emergency_time", "时间写成 09:34 的样子");
    let time = NaiveTime::parse_from_str(&padded, "%H:%M").map_err(|_| wrong())?;
    let local = clock::day(now).and_time(time).and_local_timezone(clock::shanghai());
    let at = local.single().ok_or_else(wrong)?.with_timezone(&Utc);
    let ahead = at - now > TimeDelta::hours(12);
    Ok(Some(if ahead { at - TimeDelta::days(1) } else { at }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_time_of_the_wall_is_read_in_several_ways() {
        let now = at("2026-11-23T01:40:00Z");
        let want = Some(at("2026-11-23T01:34:00Z"));
        for typed in ["09:34", "9:34", "0934", "０９：３４"] {
            assert_eq!(time_today(typed, now).unwrap(), want, "{typed}");
        }
        assert_eq!(time_today("", now).unwrap(), None);
        assert!(time_today("早上", now).is_err());
    }

    #[test]
    fn shortly_after_midnight_the_evening_before_is_meant() {
        let now = at("2026-11-22T16:05:00Z");
        assert_eq!(time_today("23:58", now).unwrap(), Some(at("2026-11-22T15:58:00Z")));
    }
}
