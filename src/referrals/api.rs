//! Referrals for programs: the lines, what waits, recording one and its answer.

use super::kind::{Kind, State as Standing};
use super::pages::READERS;
use super::{Answer, Line, Referral, Shown, Step, Wanted, lines, list, record, step, view};
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::state::App;
use crate::web::{Access, Json, Routes};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{OpenApi, ToSchema};
use uuid::Uuid;

pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/api/v1/referral-lines", READERS, all_lines)
        .get("/api/v1/referrals", READERS, index)
        .get("/api/v1/referrals/{id}", READERS, show)
        .post("/api/v1/reports/{id}/referrals", Access::DESK, create)
        .post("/api/v1/referrals/{id}/steps", Access::DESK, advance)
}

#[derive(OpenApi)]
#[openapi(
    paths(all_lines, index, show, create, advance),
    components(schemas(
        LineOut,
        LinesOut,
        ReferralOut,
        ReferralDetail,
        ReferralPage,
        ReferralBody,
        ReferralStepBody
    ))
)]
struct Doc;

/// The feature's part of the OpenAPI document.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    Doc::openapi()
}

/// A linked line.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LineOut {
    /// The short number.
    #[schema(example = "12355")]
    code: String,
    name: String,
    purpose: String,
    /// When somebody answers there; empty where it is not known.
    hours: String,
    /// Whether it differs from place to place (本地可配置).
    local: bool,
    version: i32,
}

impl From<&Line> for LineOut {
    fn from(line: &Line) -> Self {
        Self {
            code: line.code.clone(),
            name: line.name.clone(),
            purpose: line.purpose.clone(),
            hours: line.hours.clone(),
            local: line.is_local(),
            version: line.version,
        }
    }
}

/// The lines that are offered.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LinesOut {
    items: Vec<LineOut>,
}

/// The linked lines that are offered.
#[utoipa::path(
    get,
    path = "/api/v1/referral-lines",
    tag = "referrals",
    responses((
        status = 200, description = "Every line that is offered", body = LinesOut,
        example = json!({ "items": [{
            "code": "12355", "name": "青少年服务台", "purpose": "心理、权益、成长咨询", "hours": "", "local": true, "version": 1
        }] })
    ))
)]
async fn all_lines(State(app): State<App>, _: Ctx) -> Result<Json<LinesOut>> {
    let lines = lines(app.db.read()).await?;
    Ok(Json(LinesOut {
        items: lines.offered().map(LineOut::from).collect(),
    }))
}

/// A referral in a list.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReferralOut {
    id: Option<Uuid>,
    #[schema(example = "ZJ-20261123-0001")]
    number: String,
    report: Uuid,
    report_number: String,
    /// The line's number.
    #[schema(example = "12355")]
    line: String,
    /// `joined` (三方转接), `letter` (转介函), `told` (告知号码).
    kind: &'static str,
    /// `open`, `answered`, `told`, `withdrawn`.
    state: &'static str,
    /// When it happened.
    at: Option<DateTime<Utc>>,
    /// By when the answer is owed; null when it is not waited for.
    due_at: Option<DateTime<Utc>>,
    /// The other side's receipt number; empty while it is not known.
    receipt: String,
    /// The version to send with the next step.
    version: i32,
}

impl From<&Shown> for ReferralOut {
    fn from(shown: &Shown) -> Self {
        Self {
            id: shown.id,
            number: shown.number.clone(),
            report: shown.report,
            report_number: shown.report_number.clone(),
            line: shown.line_code.clone(),
            kind: shown.kind,
            state: shown.state,
            at: shown.at,
            due_at: shown.due_at,
            receipt: shown.receipt.clone(),
            version: shown.version,
        }
    }
}

/// A referral with what was told and answered.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReferralDetail {
    #[serde(flatten)]
    referral: ReferralOut,
    /// What the other side was told.
    told: String,
    /// What it answered; empty while it has not.
    answer: String,
    /// When it answered.
    answered_at: Option<DateTime<Utc>>,
    /// Why it was withdrawn; empty when it was not.
    withdrawal: String,
    /// The steps that this account may take now.
    steps: Vec<&'static str>,
}

impl ReferralDetail {
    fn of((shown, works): (Shown, bool)) -> Self {
        let mut steps = Vec::new();
        if works && shown.state != Standing::Withdrawn.code() {
            steps.push("receipt");
        }
        if works && shown.state == Standing::Open.code() {
            steps.extend(["answer", "withdraw"]);
        }
        if works && shown.state == Standing::Told.code() && shown.kind == Kind::Told.code() {
            steps.push("withdraw");
        }
        Self {
            referral: ReferralOut::from(&shown),
            told: shown.told,
            answer: shown.answer,
            answered_at: shown.answered_at,
            withdrawal: shown.withdrawal,
            steps,
        }
    }
}

/// A referral that waits, for the description.
fn example() -> Value {
    json!({
        "id": "01993f00-0000-7000-8000-000000000031", "number": "ZJ-20261123-0001",
        "report": "01993f00-0000-7000-8000-000000000002", "report_number": "XS-20261123-0001",
        "line": "12355", "kind": "letter", "state": "open", "at": "2026-11-23T01:00:00Z",
        "due_at": "2026-11-26T15:59:59Z", "receipt": "", "version": 1,
        "told": "请为一名约12岁女童提供心理咨询，并告知安排", "answer": "", "answered_at": null, "withdrawal": "",
        "steps": ["receipt", "answer", "withdraw"]
    })
}

/// One page of referrals.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReferralPage {
    /// The open ones by when they are due, others latest first.
    items: Vec<ReferralOut>,
    /// Give it as `cursor` for the next page; null on the last.
    next_cursor: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    list: String,
    cursor: Option<String>,
    limit: Option<u64>,
}

/// The referrals of the reports that the account may see.
#[utoipa::path(
    get,
    path = "/api/v1/referrals",
    tag = "referrals",
    params(
        ("list" = Option<String>, Query, description = "open, answered, told, withdrawn; all when absent"),
        ("cursor" = Option<String>, Query, description = "where the last page ended"),
        ("limit" = Option<u64>, Query, description = "1 to 100, 20 by default; all open ones come at once, up to 300"),
    ),
    responses(
        (
            status = 200, description = "One page", body = ReferralPage,
            example = json!({
                "items": [{
                    "id": "01993f00-0000-7000-8000-000000000031", "number": "ZJ-20261123-0001",
                    "report": "01993f00-0000-7000-8000-000000000002", "report_number": "XS-20261123-0001",
                    "line": "12355", "kind": "letter", "state": "open", "at": "2026-11-23T01:00:00Z",
                    "due_at": "2026-11-26T15:59:59Z", "receipt": "", "version": 1
                }],
                "next_cursor": null
            })
        ),
        (status = 422, description = "Unknown list or cursor"),
    )
)]
async fn index(State(app): State<App>, ctx: Ctx, Query(asked): Query<Asked>) -> Result<Json<ReferralPage>> {
    let wanted = Wanted {
        list: asked.list,
        cursor: asked.cursor,
        limit: asked.limit.unwrap_or(20),
    };
    let page = list(&app, &ctx, &wanted).await?;
    Ok(Json(ReferralPage {
        items: page.rows.iter().map(ReferralOut::from).collect(),
        next_cursor: page.next,
    }))
}

/// One referral.
#[utoipa::path(
    get,
    path = "/api/v1/referrals/{id}",
    tag = "referrals",
    params(("id" = Uuid, Path, description = "The referral")),
    responses((
        status = 200, description = "The referral with what was told and answered", body = ReferralDetail,
        example = json!(example())
    ))
)]
async fn show(State(app): State<App>, ctx: Ctx, Path(id): Path<Uuid>) -> Result<Json<ReferralDetail>> {
    Ok(Json(ReferralDetail::of(view(&app, &ctx, id).await?)))
}

/// A referral to be recorded.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReferralBody {
    /// Made by the client (a UUID): sent again, it is the same referral.
    id: Option<Uuid>,
    /// The line's number.
    #[schema(example = "12355")]
    line: String,
    /// `joined`, `letter`, `told`. A three-way call to 110, 120 or 119 is the step `emergency` of the report.
    #[schema(example = "letter")]
    kind: String,
    /// When; now when absent.
    at: Option<DateTime<Utc>>,
    /// What the other side was told; a letter names nobody.
    told: String,
    /// The other side's receipt number; may come later.
    #[serde(default)]
    receipt: String,
}

/// Records a referral of a report. The report and its case stay as they are.
#[utoipa::path(
    post,
    path = "/api/v1/reports/{id}/referrals",
    tag = "referrals",
    params(("id" = Uuid, Path, description = "The report")),
    request_body(content = ReferralBody, example = json!({
        "id": null, "line": "12355", "kind": "letter", "at": null,
        "told": "请为一名约12岁女童提供心理咨询，并告知安排", "receipt": ""
    })),
    responses(
        (
            status = 201, description = "Recorded; the clock of the answer runs", body = ReferralDetail,
            example = json!(example())
        ),
        (
            status = 200, description = "The same id again: the referral as it is now", body = ReferralDetail,
            example = json!(example())
        ),
        (status = 409, description = "The network has no hotline to owe the answer"),
        (status = 422, description = "An unknown line or way, no words, a name in a letter, a wrong time or receipt number"),
    )
)]
async fn create(
    State(app): State<App>,
    ctx: Ctx,
    Path(id): Path<Uuid>,
    Json(body): Json<ReferralBody>,
) -> Result<(StatusCode, Json<ReferralDetail>)> {
    let wish = Referral {
        id: body.id,
        line: body.line,
        kind: body.kind,
        at: body.at,
        told: body.told,
        receipt: body.receipt,
    };
    let made = record(&app, &ctx, id, &wish).await?;
    let status = if made.new { StatusCode::CREATED } else { StatusCode::OK };
    let detail = ReferralDetail::of(view(&app, &ctx, made.row.id).await?);
    Ok((status, Json(detail)))
}

/// A step on a referral.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct ReferralStepBody {
    /// `receipt`, `answer`, `withdraw`.
    #[schema(example = "answer")]
    step: String,
    /// The version that was seen.
    version: i32,
    /// `receipt`, `answer`: the other side's receipt number.
    receipt: String,
    /// `answer`: what it answered.
    answer: String,
    /// `answer`: when; now when absent.
    answered_at: Option<DateTime<Utc>>,
    /// `withdraw`: why.
    reason: String,
}

/// Moves a referral.
#[utoipa::path(
    post,
    path = "/api/v1/referrals/{id}/steps",
    tag = "referrals",
    params(("id" = Uuid, Path, description = "The referral")),
    request_body(
        content = ReferralStepBody,
        examples(
            ("receipt" = (value = json!({ "step": "receipt", "version": 1, "receipt": "QN-2026-0031" }))),
            ("answer" = (value = json!({ "step": "answer", "version": 2, "answer": "已约本周六面谈", "receipt": "" }))),
            ("withdraw" = (value = json!({ "step": "withdraw", "version": 1, "reason": "来电人改为自行联系" }))),
        )
    ),
    responses(
        (
            status = 200, description = "The referral as it is then", body = ReferralDetail,
            example = json!({
                "id": "01993f00-0000-7000-8000-000000000031", "number": "ZJ-20261123-0001",
                "report": "01993f00-0000-7000-8000-000000000002", "report_number": "XS-20261123-0001",
                "line": "12355", "kind": "letter", "state": "answered", "at": "2026-11-23T01:00:00Z",
                "due_at": null, "receipt": "QN-2026-0031", "version": 3,
                "told": "请为一名约12岁女童提供心理咨询，并告知安排", "answer": "已约本周六面谈",
                "answered_at": "2026-11-23T03:00:00Z", "withdrawal": "", "steps": ["receipt"]
            })
        ),
        (status = 409, description = "Changed meanwhile, or nothing is waited for any more"),
        (status = 422, description = "An unknown step, no words, an answer before the referral or in the future"),
    )
)]
async fn advance(
    State(app): State<App>,
    ctx: Ctx,
    Path(id): Path<Uuid>,
    Json(body): Json<ReferralStepBody>,
) -> Result<Json<ReferralDetail>> {
    let made = match body.step.as_str() {
        "receipt" => Step::Receipt(body.receipt),
        "withdraw" => Step::Withdraw(body.reason),
        "answer" => Step::Answer(Answer {
            text: body.answer,
            at: body.answered_at,
            receipt: body.receipt,
        }),
        _ => return Err(Error::field("step", "步骤应为 receipt、answer、withdraw 之一")),
    };
    step(&app, &ctx, id, body.version, &made).await?;
    Ok(Json(ReferralDetail::of(view(&app, &ctx, id).await?)))
}
