//! Reports for programs: take one, move one, read one.

mod answers;
mod steps;

use super::facts::ReportInput;
use super::gathering::{self, Sent};
use super::idempotent::Key;
use super::outcome::{self, Opened};
use super::store::{self, ReportStanding};
use super::{Seen, draft, mandated, planning};
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::journal::{self, Act, Entry};
use crate::rules::policy::{ReportAction, Role};
use crate::state::App;
use crate::vault::Vault;
use crate::web::{Access, Json, Routes};
use answers::{ReportDetail, ReportState};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use serde_json::Value;
use utoipa::OpenApi;
use uuid::Uuid;

const TAKERS: Access = Access::Roles(&[Role::Operator, Role::Lead, Role::Reporter]);
const READERS: Access = Access::Roles(&[Role::Operator, Role::Lead, Role::City, Role::Reporter]);

/// The routes of the interface.
#[must_use]
pub fn api_routes() -> Routes {
    Routes::new()
        .post("/api/v1/reports", TAKERS, create)
        .get("/api/v1/reports/{id}", READERS, show)
        .post("/api/v1/reports/{id}/steps", Access::DESK, steps::step)
}

/// Their description.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    ReportsApi::openapi()
}

#[derive(OpenApi)]
#[openapi(paths(create, show, steps::step))]
struct ReportsApi;

/// Takes a report. By default it is routed at once and opens a case; with
/// `"outcome":"hold"` it stays a draft. The same `Idempotency-Key` with the
/// same body gives the first answer again.
#[utoipa::path(
    post,
    path = "/api/v1/reports",
    tag = "reports",
    params(("Idempotency-Key" = Option<Uuid>, Header, description = "A UUID of the client's making")),
    request_body(
        content = ReportInput,
        example = json!({
            "channel": "phone", "demand_type": "tipoff", "case_types": ["0101"], "mandatory_situations": ["MR4"],
            "answers": {"safe_now": "no", "offender_present": "yes"}, "content": "邻居家孩子被打，胳膊有伤",
            "caller": {"phone": "16000000001", "anonymous": true, "safe_phone": false},
            "reporter_type": "V04", "child_location": {"division": "140622100"},
            "children": [{"sex": "2", "age": 7, "feature": "约7岁女童"}], "cohabiting_suspect": "yes"
        })
    ),
    responses(
        (
            status = 201, description = "Taken; with the suggested level, its reasons and the plan", body = ReportState,
            example = json!({
                "id": "01993f00-0000-7000-8000-000000000002", "number": "XS-20261123-0001", "version": 2,
                "state": "routed", "suggested_level": "red",
                "reasons": [{ "rule": "0101", "text": "家庭身体暴力" }], "level": "red",
                "plan": {
                    "lead": {
                        "unit": "01993f00-0000-7000-8000-000000000010", "unit_name": "金城镇未成年人保护工作站",
                        "unit_kind": "TMP", "role": "township_child_supervisor", "person": null,
                        "rule": "RT06", "why": "现所在地乡镇主办", "parallel": false
                    },
                    "assists": [], "overseers": [], "informed": [], "skipped": [], "lines": ["110"],
                    "dues": [{
                        "rule": "DL08", "milestone": "sign", "owner": "01993f00-0000-7000-8000-000000000010",
                        "at": "2026-11-23T01:42:00Z", "text": "30分钟内签收"
                    }],
                    "steps": [{ "rule": "RT06", "text": "家庭身体暴力由现所在地乡镇主办" }], "village_allowed": true
                },
                "case": {
                    "id": "01993f00-0000-7000-8000-000000000003", "number": "TH-20261123-0001", "version": 1,
                    "stage": "assigned"
                },
                "gaps": []
            })
        ),
        (status = 400, description = "No JSON, too deep, or a key that is no UUID"),
        (status = 409, description = "The key was used with another body"),
    )
)]
pub(crate) async fn create(
    State(app): State<App>,
    ctx: Ctx,
    headers: HeaderMap,
    Json(input): Json<ReportInput>,
) -> Result<(StatusCode, Json<Value>)> {
    let key = key_of(&headers, (&app.vault, &ctx), &input)?;
    if let Some(answer) = kept(&app, key.as_ref()).await? {
        return Ok((StatusCode::CREATED, Json(answer)));
    }
    let taken = if input.outcome.as_deref() == Some("hold") && ctx.actor.role != Role::Reporter {
        hold(&app, &ctx, &input, key.as_ref()).await
    } else {
        route(&app, &ctx, &input, key.as_ref()).await
    };
    let answer = match taken {
        Ok(answer) => answer,
        // The same key may have come twice at once: then the other's answer holds.
        Err(error) => kept(&app, key.as_ref()).await?.ok_or(error)?,
    };
    Ok((StatusCode::CREATED, Json(answer)))
}

/// The key of a request, when it carries one.
fn key_of(headers: &HeaderMap, by: (&Vault, &Ctx), input: &ReportInput) -> Result<Option<Key>> {
    let Some(header) = headers.get("idempotency-key") else {
        return Ok(None);
    };
    let bad = || Error::BadRequest("请求头 Idempotency-Key 应为 UUID".to_owned());
    let row = header.to_str().ok().and_then(|text| Uuid::parse_str(text.trim()).ok());
    Key::new("reports", row.ok_or_else(bad)?, by, input).map(Some)
}

async fn kept(app: &App, key: Option<&Key>) -> Result<Option<Value>> {
    match key {
        Some(key) => key.find(app.db.read(), &app.vault).await,
        None => Ok(None),
    }
}

async fn route(app: &App, ctx: &Ctx, input: &ReportInput, key: Option<&Key>) -> Result<Value> {
    let reporter = ctx.actor.role == Role::Reporter;
    let input = if reporter {
        mandated::as_mandated(input)
    } else {
        input.clone()
    };
    let ready = outcome::prepare(app, ctx, &input, None).await?;
    let sent = Sent {
        ctx: ctx.clone(),
        input,
        ready,
        key: key.cloned(),
        answer: answer_of,
    };
    gathering::send(app, sent).await
}

/// A reporter is told no more than that the report has come.
fn answer_of(ctx: &Ctx, opened: &Opened) -> Result<Value> {
    let state = if ctx.actor.role == Role::Reporter {
        ReportState::neutral(&opened.report, "已收到")
    } else {
        ReportState::opened(opened)
    };
    state.into_value()
}

async fn hold(app: &App, ctx: &Ctx, input: &ReportInput, key: Option<&Key>) -> Result<Value> {
    // A draft keeps what is wrong in it, but for what its row is made of.
    let mut faults = input.validate(ctx.now, app.config.demo);
    faults.retain(|fault| matches!(fault.field.as_str(), "channel" | "received_at"));
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    let graded = planning::grade(app, ctx, input, None).await?;
    let tx = app.db.begin().await?;
    let draft = draft::insert(&tx, ctx, input.channel(), input.received_at.unwrap_or(ctx.now)).await?;
    let seen = Seen {
        id: draft.id,
        version: draft.version,
    };
    let report = store::write_form(&tx, app, seen, input).await?;
    let answer = ReportState::held(&report, &graded.suggestion).into_value()?;
    if let Some(key) = key {
        key.keep(&tx, &app.vault, ctx, &answer).await?;
    }
    journal::commit(tx, ctx, Entry::new(Act::DraftOpened).report(report.id)).await?;
    Ok(answer)
}

/// Reads a report. An obliged reporter gets the neutral state of their own.
#[utoipa::path(
    get,
    path = "/api/v1/reports/{id}",
    tag = "reports",
    params(("id" = Uuid, Path, description = "The report")),
    responses(
        (
            status = 200, description = "The report as this person may see it", body = ReportDetail,
            example = json!({
                "id": "01993f00-0000-7000-8000-000000000002", "number": "XS-20261123-0001", "version": 3,
                "state": "answered", "suggested_level": "green", "reasons": [], "level": "green",
                "plan": null, "case": null, "gaps": [],
                "report": { "channel": "phone", "demand_type": "inquiry", "content": "怎样申请困境儿童补助" },
                "note": "向村里提出，带户口本"
            })
        ),
    )
)]
pub(crate) async fn show(State(app): State<App>, ctx: Ctx, Path(id): Path<Uuid>) -> Result<Json<ReportDetail>> {
    if ctx.actor.role == Role::Reporter {
        let ReportStanding { report, stage } = standing(&app, &ctx, id).await?;
        let state = mandated::neutral(super::State::parse(&report.state), stage);
        return Ok(Json(ReportDetail {
            state: ReportState::neutral(&report, state),
            report: None,
            note: None,
        }));
    }
    let reading = super::read(&app, &ctx, id).await?;
    Ok(Json(ReportDetail {
        state: ReportState::standing(&app, &reading.report).await?,
        report: Some(reading.input),
        note: reading.note,
    }))
}

async fn standing(app: &App, ctx: &Ctx, id: Uuid) -> Result<ReportStanding> {
    let report = store::fetch(app.db.read(), ctx, id, ReportAction::State).await?;
    let standing = store::standing(app, report).await?;
    journal::viewed(&app.db, ctx, Entry::new(Act::ReportViewed).report(id)).await?;
    Ok(standing)
}
