//! Transfers for programs. Asking for one is a step of the case; what follows
//! are steps of the transfer, since the receiver does not see the case yet.

use super::pages::ACCESS;
use super::{Asked, Move, Reply, TransferRow, TransferView, list, step, view};
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::rules::level::RiskLevel;
use crate::rules::transferflow::TransferStep;
use crate::state::App;
use crate::web::{Json, Routes};
use axum::extract::{Path, Query, State};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};
use uuid::Uuid;

pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/api/v1/transfers", ACCESS, index)
        .get("/api/v1/transfers/{id}", ACCESS, show)
        .post("/api/v1/transfers/{id}/steps", ACCESS, advance)
}

#[derive(OpenApi)]
#[openapi(
    paths(index, show, advance),
    components(schemas(TransferOut, TransferDetail, TransferPage, HandedOut, TransferStepBody))
)]
struct Doc;

/// The feature's part of the OpenAPI document.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    Doc::openapi()
}

/// A transfer in a list.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TransferOut {
    id: Uuid,
    /// Its number.
    #[schema(example = "YJ-20261123-0001")]
    number: String,
    /// The case's number.
    case_number: String,
    /// `red`, `yellow`, `blue`, `green`: the case's level now.
    #[schema(example = "yellow")]
    level: &'static str,
    /// `asked`, `refused`, `disputed`, `confirmed`, `kept`, `withdrawn`.
    #[schema(example = "asked")]
    state: &'static str,
    /// `residence`, `household`, `guardian`, `school`, `incident`.
    #[schema(example = "residence")]
    reason: &'static str,
    /// From where, in words.
    from: String,
    /// Where to, in words.
    to: String,
    /// By when an answer is owed.
    due_at: DateTime<Utc>,
    /// Whether a letter answers it.
    outside: bool,
    /// The version to send with the next step.
    version: i32,
}

impl From<TransferRow> for TransferOut {
    fn from(row: TransferRow) -> Self {
        Self {
            id: row.id,
            number: row.number,
            case_number: row.case_number,
            level: RiskLevel::from_number(row.level).map_or("", RiskLevel::code),
            state: row.state,
            reason: row.reason,
            from: row.from,
            to: row.to,
            due_at: row.due_at,
            outside: row.outside,
            version: row.version,
        }
    }
}

/// What is handed over.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct HandedOut {
    title: String,
    /// The main type in words.
    case_type: String,
    /// By age and sex, without names.
    children: Vec<String>,
    /// Open tasks on the day of asking.
    tasks: Vec<String>,
    /// Papers on the day of asking.
    papers: Vec<String>,
    /// 交接会谈.
    met_on: String,
    meeting: String,
    child_informed: String,
    guardian_informed: String,
    informed_note: String,
}

/// A transfer as this account may see it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TransferDetail {
    #[serde(flatten)]
    transfer: TransferOut,
    /// The unit that sends.
    from_unit: String,
    /// The unit that answers, or the authority outside.
    to_unit: String,
    /// The unit that leads the case now.
    lead_unit: String,
    /// Null for whoever sees the necessary summary alone.
    handed_over: Option<HandedOut>,
    /// The steps that this account may take now.
    steps: Vec<&'static str>,
}

impl From<TransferView> for TransferDetail {
    fn from(view: TransferView) -> Self {
        Self {
            transfer: view.row.into(),
            from_unit: view.from_unit,
            to_unit: view.to_unit,
            lead_unit: view.lead,
            handed_over: view.handed.map(|handed| HandedOut {
                title: handed.title,
                case_type: handed.kind,
                children: handed.children,
                tasks: handed.tasks,
                papers: handed.papers,
                met_on: handed.met_on,
                meeting: handed.meeting,
                child_informed: handed.child_informed.to_owned(),
                guardian_informed: handed.guardian_informed.to_owned(),
                informed_note: handed.informed_note,
            }),
            steps: view.steps.into_iter().map(TransferStep::code).collect(),
        }
    }
}

/// One page of transfers, latest first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TransferPage {
    /// The transfers.
    items: Vec<TransferOut>,
    /// Give it as `cursor` for the next page; null on the last.
    next_cursor: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wanted {
    list: Option<String>,
    cursor: Option<String>,
    limit: Option<u64>,
}

/// The transfers that the account may see.
#[utoipa::path(
    get,
    path = "/api/v1/transfers",
    tag = "transfers",
    params(
        ("list" = Option<String>, Query, description = "in (to be answered here), out, rule, home, over; all when absent"),
        ("cursor" = Option<String>, Query, description = "where the last page ended"),
        ("limit" = Option<u64>, Query, description = "1 to 100, 20 by default"),
    ),
    responses(
        (
            status = 200, description = "One page, latest first", body = TransferPage,
            example = json!({
                "items": [{
                    "id": "01993f00-0000-7000-8000-000000000021", "number": "YJ-20261123-0001",
                    "case_number": "TH-20261123-0001", "level": "yellow", "state": "asked", "reason": "residence",
                    "from": "应县 金城镇", "to": "右玉县 新城镇", "due_at": "2026-11-24T01:00:00Z", "outside": false,
                    "version": 1
                }],
                "next_cursor": null
            })
        ),
        (status = 422, description = "Unknown list or cursor"),
    )
)]
async fn index(State(app): State<App>, ctx: Ctx, Query(wanted): Query<Wanted>) -> Result<Json<TransferPage>> {
    let asked = Asked {
        list: wanted.list,
        cursor: wanted.cursor,
        limit: wanted.limit.unwrap_or(20),
    };
    let page = list(&app, &ctx, &asked).await?;
    Ok(Json(TransferPage {
        items: page.rows.into_iter().map(TransferOut::from).collect(),
        next_cursor: page.next,
    }))
}

/// One transfer.
#[utoipa::path(
    get,
    path = "/api/v1/transfers/{id}",
    tag = "transfers",
    params(("id" = Uuid, Path, description = "The transfer")),
    responses(
        (
            status = 200, description = "The transfer with what it hands over", body = TransferDetail,
            example = json!({
                "id": "01993f00-0000-7000-8000-000000000021", "number": "YJ-20261123-0001",
                "case_number": "TH-20261123-0001", "level": "yellow", "state": "asked", "reason": "residence",
                "from": "应县 金城镇", "to": "右玉县 新城镇", "due_at": "2026-11-24T01:00:00Z", "outside": false,
                "version": 1, "from_unit": "金城镇未成年人保护工作站", "to_unit": "右玉县未成年人救助保护中心",
                "lead_unit": "金城镇未成年人保护工作站",
                "handed_over": {
                    "title": "邻居反映儿童身上有伤", "case_type": "身体虐待", "children": ["女，7岁"],
                    "tasks": ["RW-20261123-0001 出具告诫书，待签收"], "papers": ["告诫书 2026-11-23"],
                    "met_on": "2026-11-23", "meeting": "与移入方通话交接", "child_informed": "已告知",
                    "guardian_informed": "已告知", "informed_note": ""
                },
                "steps": ["confirm", "refuse"]
            })
        ),
    )
)]
async fn show(State(app): State<App>, ctx: Ctx, Path(id): Path<Uuid>) -> Result<Json<TransferDetail>> {
    Ok(Json(view(&app, &ctx, id).await?.into()))
}

/// A step on a transfer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TransferStepBody {
    /// `confirm`, `refuse`, `withdraw`, `dispute`, `rule_move`, `rule_keep`, `contacted`.
    #[schema(example = "confirm")]
    step: String,
    /// The version that was seen.
    version: i32,
    /// Why; of `confirm` a remark that may be empty, of `contacted` what was said and the platform's number.
    #[serde(default)]
    reason: String,
    /// Outside the city, `confirm` and `refuse`: the number of the letter that came back.
    #[serde(default)]
    reply_no: String,
    /// Outside the city: its day.
    reply_on: Option<NaiveDate>,
    /// `contacted`: the day of the call.
    called_on: Option<NaiveDate>,
}

/// Moves a transfer.
#[utoipa::path(
    post,
    path = "/api/v1/transfers/{id}/steps",
    tag = "transfers",
    params(("id" = Uuid, Path, description = "The transfer")),
    request_body(
        content = TransferStepBody,
        examples(
            ("confirm" = (value = json!({ "step": "confirm", "version": 1, "reason": "已与移出方核对" }))),
            ("refuse" = (value = json!({ "step": "refuse", "version": 1, "reason": "儿童仍居住在移出地" }))),
            ("withdraw" = (value = json!({ "step": "withdraw", "version": 1, "reason": "儿童不再搬迁" }))),
            ("dispute" = (value = json!({ "step": "dispute", "version": 2, "reason": "儿童已在移入地就学" }))),
            ("rule_move" = (value = json!({ "step": "rule_move", "version": 3, "reason": "由实际居住地接收" }))),
            ("rule_keep" = (value = json!({ "step": "rule_keep", "version": 3, "reason": "由移出方继续办理" }))),
            ("contacted" = (value = json!({
                "step": "contacted", "version": 1, "called_on": "2026-11-23",
                "reason": "已电话联系对方，省平台登记号 SX-1"
            }))),
            ("confirm_by_letter" = (value = json!({
                "step": "confirm", "version": 2, "reply_no": "复函〔2026〕3号", "reply_on": "2026-11-23"
            }))),
        )
    ),
    responses(
        (
            status = 200, description = "The transfer as it is then", body = TransferDetail,
            example = json!({
                "id": "01993f00-0000-7000-8000-000000000021", "number": "YJ-20261123-0001",
                "case_number": "TH-20261123-0001", "level": "yellow", "state": "confirmed", "reason": "residence",
                "from": "应县 金城镇", "to": "右玉县 新城镇", "due_at": "2026-11-24T01:00:00Z", "outside": false,
                "version": 2, "from_unit": "金城镇未成年人保护工作站", "to_unit": "右玉县未成年人救助保护中心",
                "lead_unit": "新城镇未成年人保护工作站", "handed_over": null, "steps": []
            })
        ),
        (status = 403, description = "Visible, but not this account's step"),
        (status = 409, description = "Changed meanwhile, a red case, or a ruling before its time"),
        (status = 422, description = "Fields missing or wrong, or the state does not allow the step"),
    )
)]
async fn advance(
    State(app): State<App>,
    ctx: Ctx,
    Path(id): Path<Uuid>,
    Json(body): Json<TransferStepBody>,
) -> Result<Json<TransferDetail>> {
    let wanted = TransferStep::parse(&body.step);
    let known = "步骤应为 confirm、refuse、withdraw、dispute、rule_move、rule_keep、contacted 之一";
    let made = Move {
        step: wanted.ok_or_else(|| Error::field("step", known))?,
        words: body.reason,
        reply: Some(Reply {
            number: body.reply_no,
            on: body.reply_on,
        }),
        called_on: body.called_on,
    };
    step(&app, &ctx, id, body.version, &made).await?;
    Ok(Json(view(&app, &ctx, id).await?.into()))
}
