//! Joint tasks for programs.

mod body;

use self::body::{PaperBody, TaskStepBody, read};
use super::{Asked, TaskRow, TaskView, list, step, view};
use crate::ctx::Ctx;
use crate::error::Result;
use crate::rules::level::RiskLevel;
use crate::rules::taskflow::TaskStep;
use crate::state::App;
use crate::web::{Access, Json, Routes};
use axum::extract::{Path, Query, State};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};
use uuid::Uuid;

pub(super) fn routes() -> Routes {
    let access = Access::CASEWORK;
    Routes::new()
        .get("/api/v1/tasks", access, index)
        .get("/api/v1/tasks/{id}", access, show)
        .post("/api/v1/tasks/{id}/steps", access, advance)
}

#[derive(OpenApi)]
#[openapi(
    paths(index, show, advance),
    components(schemas(
        TaskOut,
        TaskDetail,
        DetailOut,
        DisputeOut,
        TaskPage,
        TaskStepBody,
        PaperOut,
        PaperBody
    ))
)]
struct Doc;

/// The feature's part of the OpenAPI document.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    Doc::openapi()
}

/// A joint task in a list.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TaskOut {
    id: Uuid,
    /// Its number.
    #[schema(example = "RW-20261123-0001")]
    number: String,
    /// Code of the type.
    #[serde(rename = "type")]
    #[schema(example = "T32")]
    type_code: String,
    /// The type in words.
    type_name: String,
    /// The unit that does it.
    unit: String,
    /// `pending`, `working`, `disputed`, `reported`, `done`, `waived`, `cancelled`.
    #[schema(example = "pending")]
    state: &'static str,
    /// `red`, `yellow`, `blue`, `green`.
    #[schema(example = "red")]
    level: &'static str,
    /// What is asked for.
    request: String,
    /// What was done; empty until reported.
    result: String,
    /// Until when.
    due_at: Option<DateTime<Utc>>,
    /// How often the lead unit sent the result back.
    sent_back: i32,
    /// The version to send with the next step.
    version: i32,
}

impl From<TaskRow> for TaskOut {
    fn from(row: TaskRow) -> Self {
        Self {
            id: row.id,
            number: row.number,
            type_code: row.type_code,
            type_name: row.type_name,
            unit: row.unit,
            state: row.state,
            level: RiskLevel::from_number(row.level).map_or("", RiskLevel::code),
            request: row.request,
            result: row.result,
            due_at: row.due_at,
            sent_back: row.sent_back,
            version: row.version,
        }
    }
}

/// A paper that a task brought.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PaperOut {
    id: Uuid,
    /// Code of the kind.
    #[schema(example = "admonition")]
    kind: String,
    /// 文号.
    paper_no: String,
    /// 作出机关.
    issued_by: String,
    /// 作出日期.
    issued_on: String,
}

/// A fact that the type of task needs.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DetailOut {
    /// `case_type`, `summary`, `cohabiting`, `suspect`, `guardian`.
    #[schema(example = "cohabiting")]
    field: &'static str,
    /// The word on screen.
    label: &'static str,
    /// What it says.
    value: String,
}

/// A dispute over who does a task.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DisputeOut {
    /// The unit that says the task is not its own.
    unit: String,
    /// Reason and basis; empty for whoever need not know.
    basis: String,
    /// Who rules.
    #[schema(example = "县级")]
    arbiter: &'static str,
    /// By when.
    due: String,
    /// What was ruled; empty until then.
    decision: &'static str,
    /// Why; empty until then.
    ruling: String,
}

/// A joint task with what it shares of the case.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TaskDetail {
    #[serde(flatten)]
    task: TaskOut,
    /// The case's number, to speak about it.
    case_number: String,
    /// Where, as a path of divisions.
    place: String,
    /// Where in words, when the type needs it.
    address: Option<String>,
    /// The unit to speak to.
    lead_unit: String,
    /// The children in short.
    children: Vec<String>,
    /// What else the type of task needs.
    details: Vec<DetailOut>,
    /// The rule by which it is owed, a row of the deadlines; empty for a time that was agreed on.
    #[schema(example = "DL13-normal")]
    due_rule: String,
    /// The rule in words, with its source.
    due_rule_text: String,
    /// The kinds of paper of which one completes the task.
    completed_by: Vec<String>,
    /// What the lead unit said of the result; empty until then.
    review_note: String,
    /// The papers it brought.
    papers: Vec<PaperOut>,
    /// The latest dispute over who does it; null when there was none.
    dispute: Option<DisputeOut>,
    /// The steps that this account may do now.
    steps: Vec<&'static str>,
}

impl From<TaskView> for TaskDetail {
    fn from(view: TaskView) -> Self {
        let papers = view.papers.into_iter().map(|paper| PaperOut {
            id: paper.id,
            kind: paper.kind,
            paper_no: paper.paper_no,
            issued_by: paper.issued_by,
            issued_on: paper.issued_on,
        });
        let details = view.details.into_iter().map(|detail| DetailOut {
            field: detail.field,
            label: detail.label,
            value: detail.value,
        });
        Self {
            papers: papers.collect(),
            dispute: view.dispute.map(|row| DisputeOut {
                unit: row.unit,
                basis: row.basis,
                arbiter: row.arbiter,
                due: row.due,
                decision: row.decision,
                ruling: row.ruling,
            }),
            task: view.row.into(),
            case_number: view.case_number,
            place: view.place,
            address: view.address,
            lead_unit: view.lead,
            children: view.children,
            details: details.collect(),
            due_rule: view.rule.code,
            due_rule_text: view.rule.words,
            completed_by: view.wanted,
            review_note: view.review_note,
            steps: view.steps.into_iter().map(TaskStep::code).collect(),
        }
    }
}

/// One page of tasks, next due first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TaskPage {
    /// The tasks.
    items: Vec<TaskOut>,
    /// Give it as `cursor` for the next page; null on the last.
    next_cursor: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wanted {
    state: Option<String>,
    mine: bool,
    cursor: Option<String>,
    limit: Option<u64>,
}

/// The tasks that the account may see.
#[utoipa::path(
    get,
    path = "/api/v1/tasks",
    tag = "tasks",
    params(
        ("state" = Option<String>, Query, description = "open, or one state"),
        ("mine" = Option<bool>, Query, description = "only tasks of the own unit"),
        ("cursor" = Option<String>, Query, description = "where the last page ended"),
        ("limit" = Option<u64>, Query, description = "1 to 100, 20 by default"),
    ),
    responses(
        (
            status = 200, description = "One page, next due first", body = TaskPage,
            example = json!({
                "items": [{
                    "id": "01993f00-0000-7000-8000-000000000007", "number": "RW-20261123-0001", "type": "T32",
                    "type_name": "出具告诫书", "unit": "应县公安局", "state": "pending", "level": "red",
                    "request": "依法出具告诫书并反馈文号", "result": "", "due_at": "2026-11-26T01:12:00Z", "sent_back": 0, "version": 1
                }],
                "next_cursor": null
            })
        ),
        (status = 422, description = "Unknown state or cursor"),
    )
)]
async fn index(State(app): State<App>, ctx: Ctx, Query(wanted): Query<Wanted>) -> Result<Json<TaskPage>> {
    let asked = Asked {
        state: wanted.state,
        mine: wanted.mine,
        cursor: wanted.cursor,
        limit: wanted.limit.unwrap_or(20),
    };
    let page = list(&app, &ctx, &asked).await?;
    Ok(Json(TaskPage {
        items: page.rows.into_iter().map(TaskOut::from).collect(),
        next_cursor: page.next,
    }))
}

/// One task.
#[utoipa::path(
    get,
    path = "/api/v1/tasks/{id}",
    tag = "tasks",
    params(("id" = Uuid, Path, description = "The task")),
    responses(
        (
            status = 200, description = "The task with what it shares", body = TaskDetail,
            example = json!({
                "id": "01993f00-0000-7000-8000-000000000007", "number": "RW-20261123-0001", "type": "T32",
                "type_name": "出具告诫书", "unit": "应县公安局", "state": "reported", "level": "red",
                "request": "依法出具告诫书并反馈文号", "result": "已出具并送达", "due_at": "2026-11-26T01:12:00Z", "sent_back": 0, "version": 3,
                "case_number": "TH-20261123-0001", "place": "应县 金城镇", "address": null,
                "lead_unit": "金城镇未成年人保护工作站", "children": ["7岁，女"], "details": [],
                "due_rule": "TSK-red", "due_rule_text": "协办任务反馈（红色） 24小时（建议，本系统默认（可配置））",
                "completed_by": ["家庭暴力告诫书"], "review_note": "",
                "papers": [{
                    "id": "01993f00-0000-7000-8000-000000000008", "kind": "admonition",
                    "paper_no": "应公（城）告字〔2026〕12号", "issued_by": "应县公安局", "issued_on": "2026-11-23"
                }],
                "dispute": null, "steps": []
            })
        ),
    )
)]
async fn show(State(app): State<App>, ctx: Ctx, Path(id): Path<Uuid>) -> Result<Json<TaskDetail>> {
    Ok(Json(view(&app, &ctx, id).await?.into()))
}

/// Moves a task.
#[utoipa::path(
    post,
    path = "/api/v1/tasks/{id}/steps",
    tag = "tasks",
    params(("id" = Uuid, Path, description = "The task")),
    request_body(
        content = TaskStepBody,
        examples(
            ("sign" = (value = json!({ "step": "sign", "version": 1 }))),
            ("report" = (value = json!({
                "step": "report", "version": 2, "result": "已到场处置",
                "papers": [{ "kind": "alarm_receipt", "paper_no": "应公接〔2026〕8号", "issued_on": "2026-11-23" }]
            }))),
            ("reject" = (value = json!({ "step": "reject", "version": 3, "reason": "缺到场时间" }))),
            ("accept" = (value = json!({ "step": "accept", "version": 5, "note": "材料齐全" }))),
            ("refuse" = (value = json!({
                "step": "refuse", "version": 1, "reason": "R02", "basis": "该事项由县民政局承办，见部门职责清单",
                "done_first": "已到场劝阻并护送"
            }))),
            ("rule" = (value = json!({ "step": "rule", "version": 2, "reason": "属本部门法定职责" }))),
            ("drop" = (value = json!({ "step": "drop", "version": 2, "reason": "已由他单位办结" }))),
            ("waive" = (value = json!({ "step": "waive", "version": 1, "reason": "儿童已转常规关爱，不再需要" }))),
            ("cancel" = (value = json!({ "step": "cancel", "version": 1, "reason": "重复发起" }))),
        )
    ),
    responses(
        (
            status = 200, description = "The task as it is then", body = TaskDetail,
            example = json!({
                "id": "01993f00-0000-7000-8000-000000000007", "number": "RW-20261123-0001", "type": "T32",
                "type_name": "出具告诫书", "unit": "应县公安局", "state": "reported", "level": "red",
                "request": "依法出具告诫书并反馈文号", "result": "已出具并送达", "due_at": "2026-11-26T01:12:00Z", "sent_back": 0, "version": 3,
                "case_number": "TH-20261123-0001", "place": "应县 金城镇", "address": null,
                "lead_unit": "金城镇未成年人保护工作站", "children": ["7岁，女"], "details": [],
                "due_rule": "TSK-red", "due_rule_text": "协办任务反馈（红色） 24小时（建议，本系统默认（可配置））",
                "completed_by": ["家庭暴力告诫书"], "review_note": "",
                "papers": [{
                    "id": "01993f00-0000-7000-8000-000000000008", "kind": "admonition",
                    "paper_no": "应公（城）告字〔2026〕12号", "issued_by": "应县公安局", "issued_on": "2026-11-23"
                }],
                "dispute": null, "steps": []
            })
        ),
        (status = 403, description = "Visible, but not this account's step"),
        (status = 409, description = "Changed meanwhile"),
        (status = 422, description = "Fields missing or wrong, or the state does not allow the step"),
    )
)]
async fn advance(
    State(app): State<App>,
    ctx: Ctx,
    Path(id): Path<Uuid>,
    Json(body): Json<TaskStepBody>,
) -> Result<Json<TaskDetail>> {
    let (seen, made) = (body.version, read(&ctx, body)?);
    step(&app, &ctx, id, seen, &made).await?;
    Ok(Json(view(&app, &ctx, id).await?.into()))
}
