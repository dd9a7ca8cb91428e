//! One step of a report, by its name.

use super::answers::ReportState;
use crate::ctx::Ctx;
use crate::entity::report;
use crate::error::{Error, Result};
use crate::intake::{self, EmergencyCall, ReportInput, Seen, Target, store};
use crate::rules::policy::ReportAction;
use crate::state::App;
use crate::web::Json;
use axum::extract::{Path, State};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A step and what it needs.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ReportStep {
    /// `save`, `route`, `join`, `answer`, `refer`, `screen_out`,
    /// `confirm_screen_out`, `refuse_screen_out`, `dismiss`, `emergency`, `undo`.
    pub step: String,
    /// The version that was seen.
    pub version: i32,
    /// The report as it is now; without it, as it was saved.
    pub report: Option<ReportInput>,
    /// `join`: the case by its id.
    pub case: Option<Uuid>,
    /// `join`: the case by its number.
    pub case_number: Option<String>,
    /// `answer`, `refer`, `screen_out`, `refuse_screen_out`: the words;
    /// `dismiss`: `silent`, `misdialled` or `nuisance`.
    pub note: Option<String>,
    /// `refer`: the line.
    pub line: Option<String>,
    /// `emergency`: the lines on the call.
    pub lines: Vec<String>,
    /// `emergency`: when.
    pub at: Option<DateTime<Utc>>,
    /// `emergency`: 接警单号.
    pub receipt: Option<String>,
    /// `answer`: the knowledge articles that it rests on, as `ZS-20261123-0001:2`.
    pub articles: Vec<String>,
}

/// Moves a report.
#[utoipa::path(
    post,
    path = "/api/v1/reports/{id}/steps",
    tag = "reports",
    params(("id" = Uuid, Path, description = "The report")),
    request_body(
        content = ReportStep,
        examples(
            ("save" = (value = json!({
                "step": "save", "version": 1,
                "report": { "demand_type": "inquiry", "content": "怎样申请困境儿童补助" }
            }))),
            ("answer" = (value = json!({ "step": "answer", "version": 2, "note": "向村里提出，带户口本" }))),
            ("undo" = (value = json!({ "step": "undo", "version": 3 }))),
            ("refer" = (value = json!({
                "step": "refer", "version": 4, "line": "12348", "note": "劳动合同咨询，已告知"
            }))),
            ("screen_out" = (value = json!({ "step": "screen_out", "version": 2, "note": "不涉及儿童，已告知渠道" }))),
            ("confirm_screen_out" = (value = json!({ "step": "confirm_screen_out", "version": 3 }))),
            ("refuse_screen_out" = (value = json!({
                "step": "refuse_screen_out", "version": 3, "note": "提到同住儿童，补问后转办"
            }))),
            ("dismiss" = (value = json!({ "step": "dismiss", "version": 2, "note": "silent" }))),
            ("emergency" = (value = json!({
                "step": "emergency", "version": 2, "lines": ["110", "120"], "at": "2026-11-23T01:00:00Z",
                "receipt": "JJ20261123001"
            }))),
            ("route" = (value = json!({
                "step": "route", "version": 2,
                "report": {
                    "case_types": ["0101"], "content": "邻居家孩子被打，胳膊有伤",
                    "child_location": { "division": "140622100" }, "children": [{ "sex": "2", "age": 7 }]
                }
            }))),
            ("join" = (value = json!({ "step": "join", "version": 2, "case_number": "TH-20261123-0001" }))),
        )
    ),
    responses(
        (
            status = 200, description = "The new state", body = ReportState,
            example = json!({
                "id": "01993f00-0000-7000-8000-000000000002", "number": "XS-20261123-0001", "version": 3,
                "state": "answered", "suggested_level": "green", "reasons": [], "level": "green",
                "plan": null, "case": null, "gaps": []
            })
        ),
        (status = 409, description = "Stale, or no longer in a state that allows the step"),
    )
)]
pub(crate) async fn step(
    State(app): State<App>,
    ctx: Ctx,
    Path(id): Path<Uuid>,
    Json(step): Json<ReportStep>,
) -> Result<Json<ReportState>> {
    let seen = Seen {
        id,
        version: step.version,
    };
    let note = step.note.as_deref().unwrap_or_default();
    let (app, ctx) = (&app, &ctx);
    let report = match step.step.as_str() {
        "emergency" => return emergency(app, ctx, id, &step).await,
        "undo" => intake::undo(app, ctx, seen).await?,
        "confirm_screen_out" => intake::confirm_screen_out(app, ctx, seen).await?,
        "refuse_screen_out" => intake::refuse_screen_out(app, ctx, seen, note).await?,
        _ => return with_words(app, ctx, seen, &step).await,
    };
    Ok(Json(ReportState::standing(app, &report).await?))
}

/// The steps that write what was said.
async fn with_words(app: &App, ctx: &Ctx, seen: Seen, step: &ReportStep) -> Result<Json<ReportState>> {
    let input = match &step.report {
        Some(report) => report.clone(),
        None => saved(app, ctx, seen.id).await?,
    };
    let note = step.note.as_deref().unwrap_or_default();
    let report: report::Model = match step.step.as_str() {
        "save" => {
            intake::save_draft(app, ctx, seen, &input).await?;
            store::fetch(app.db.read(), ctx, seen.id, ReportAction::Work).await?
        }
        "route" => {
            let opened = intake::route(app, ctx, seen, &input).await?;
            return Ok(Json(ReportState::opened(&opened)));
        }
        "join" => {
            let joined = intake::join(app, ctx, seen, &input, &target(step)?).await?;
            return Ok(Json(ReportState::joined(&joined)));
        }
        "answer" => intake::answer_by(app, ctx, seen, &input, (note, &step.articles)).await?,
        "refer" => {
            let line = step.line.as_deref().unwrap_or_default();
            intake::refer(app, ctx, seen, &input, (line, note)).await?
        }
        "screen_out" => intake::propose_screen_out(app, ctx, seen, &input, note).await?,
        "dismiss" => intake::dismiss(app, ctx, seen, &input, note).await?,
        _ => return Err(Error::field("step", "没有这个步骤，核对接口说明")),
    };
    Ok(Json(ReportState::standing(app, &report).await?))
}

fn target(step: &ReportStep) -> Result<Target> {
    let by_number = || step.case_number.clone().map(Target::Number);
    let target = step.case.map(Target::Id).or_else(by_number);
    target.ok_or_else(|| Error::field("case", "填写要并入的个案"))
}

/// What was saved last.
async fn saved(app: &App, ctx: &Ctx, id: Uuid) -> Result<ReportInput> {
    let db = app.db.read();
    let report = store::fetch(db, ctx, id, ReportAction::Work).await?;
    let mut input = store::open_form(&app.vault, &report)?;
    store::open_caller(db, &app.vault, id, &mut input).await?;
    Ok(input)
}

async fn emergency(app: &App, ctx: &Ctx, id: Uuid, step: &ReportStep) -> Result<Json<ReportState>> {
    let call = EmergencyCall {
        lines: step.lines.clone(),
        at: step.at,
        receipt: step.receipt.clone(),
    };
    intake::emergency(app, ctx, id, &call).await?;
    let report = store::fetch(app.db.read(), ctx, id, ReportAction::Work).await?;
    Ok(Json(ReportState::standing(app, &report).await?))
}
