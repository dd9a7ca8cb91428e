//! Cases for machines: the work list page by page, one case with its history,
//! and one address for every step.

mod clocks;
mod handling;
mod list;
mod order;
mod state;
mod steps;
mod take;
mod view;
mod work;

use crate::casework;
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::journal::{self, Act, Entry};
use crate::rules::policy::Action;
use crate::state::App;
use crate::web::{Access, Json, Routes};
use axum::extract::{Path, Query, State};
use serde_json::{Value, json};
use utoipa::OpenApi;
use uuid::Uuid;

/// The routes of the cases API.
#[must_use]
pub(super) fn api_routes() -> Routes {
    Routes::new()
        .get("/api/v1/cases", Access::CASEWORK, index)
        .get("/api/v1/cases/{id}", Access::CASEWORK, show)
        .get("/api/v1/cases/{id}/clocks", Access::CASEWORK, clocks)
        .post("/api/v1/cases/{id}/steps", Access::CASEWORK, step)
}

/// The description of these routes.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    Described::openapi()
}

#[derive(OpenApi)]
#[openapi(
    paths(index, show, clocks, step),
    components(schemas(
        list::CasePage,
        list::CaseItem,
        view::CaseView,
        clocks::CaseClocks,
        clocks::FullClockOut,
        clocks::CountedOut,
        view::ChildView,
        view::PartyView,
        view::UnitView,
        view::ClockView,
        view::EventView,
        view::OrderView,
        view::SheetView,
        work::GoalView,
        work::PaperView,
        work::CheckView,
        steps::StepBody,
        steps::CaseStep,
        steps::TaskOrder,
        state::CaseState
    ))
)]
struct Described;

/// The clocks of a case, with their rules and what happens next.
#[utoipa::path(
    get,
    path = "/api/v1/cases/{id}/clocks",
    tag = "cases",
    params(("id" = Uuid, Path, description = "The case")),
    responses((
        status = 200, description = "The earliest due first; met and stopped ones too", body = clocks::CaseClocks,
        example = json!({
            "items": [{
                "milestone": "sign", "what": "签收", "unit": "金城镇未成年人保护工作站",
                "owner": "01993f00-0000-7000-8000-000000000010", "started_at": "2026-11-23T01:12:00Z",
                "due_at": "2026-11-23T01:42:00Z", "guessed": false, "state": "running", "overdue": false,
                "met_at": null, "cancelled_at": null, "paused_at": null, "next_step": "warn",
                "next_at": "2026-11-23T01:34:30Z", "next": "2026-11-23 09:34 提醒责任单位",
                "rule": {
                    "code": "DL08-tipoff-red-sign", "version": 1, "name": "30分钟内签收响应", "time": "30分钟",
                    "on_expiry": "自动督办到县"
                }
            }]
        })
    ))
)]
async fn clocks(State(app): State<App>, ctx: Ctx, Path(id): Path<Uuid>) -> Result<Json<clocks::CaseClocks>> {
    clocks::of_case(&app, &ctx, id).await.map(Json)
}

/// The cases that the caller may see, by next due time, red first where two
/// are due together, without a due time last.
#[utoipa::path(
    get,
    path = "/api/v1/cases",
    tag = "cases",
    params(list::CaseQuery),
    responses(
        (
            status = 200, description = "One page; `next` is the cursor of the following one", body = list::CasePage,
            example = json!({
                "items": [{
                    "id": "01993f00-0000-7000-8000-000000000003", "number": "TH-20261123-0001",
                    "title": "家庭身体暴力", "stage": "assigned", "stage_label": "待签收", "level": "red",
                    "level_label": "红·一级", "sensitivity": "L3 敏感", "case_type": "0101 家庭身体暴力",
                    "division": "140622100000", "place": "应县 金城镇",
                    "lead_unit": "01993f00-0000-7000-8000-000000000010",
                    "lead_unit_name": "金城镇未成年人保护工作站", "assignee": null,
                    "opened_at": "2026-11-23T01:12:00Z", "next_due_at": "2026-11-23T01:42:00Z", "overdue": false,
                    "version": 1
                }],
                "next": null
            })
        ),
        (status = 422, description = "A filter cannot be read; `errors` names it"),
    )
)]
pub(crate) async fn index(
    State(app): State<App>,
    ctx: Ctx,
    Query(query): Query<list::CaseQuery>,
) -> Result<Json<list::CasePage>> {
    let filter = list::Filter::read(&query)?;
    let page = list::page(app.db.read(), &app, &ctx, &filter).await?;
    let entry = Entry::new(Act::CasesListed).detail(json!({ "count": page.items.len() }));
    journal::viewed(&app.db, &ctx, entry).await?;
    Ok(Json(page))
}

/// One case with its history. Names are masked, numbers left out, the reporter
/// never named.
#[utoipa::path(
    get,
    path = "/api/v1/cases/{id}",
    tag = "cases",
    params(("id" = Uuid, Path, description = "The case")),
    responses(
        (
            status = 200, description = "The case as the caller may read it", body = view::CaseView,
            example = json!({
                "id": "01993f00-0000-7000-8000-000000000003", "number": "TH-20261123-0001",
                "stage": "accepted", "stage_label": "已签收", "level": "red", "level_label": "红·一级",
                "proposed_level": null, "version": 2, "next_due_at": "2026-11-23T03:12:00Z",
                "lead_unit": "01993f00-0000-7000-8000-000000000010", "assignee": null, "return_count": 0,
                "conference_on": null, "spot_checked_at": null, "follow_up_planned": false, "closure_type": null,
                "merged_into": null,
                "title": "家庭身体暴力", "summary": "邻居家孩子被打，胳膊有伤", "sensitivity": "L3 敏感",
                "case_types": ["0101 家庭身体暴力"], "division": "140622100000", "place": "应县 金城镇",
                "address": null, "cohabiting_suspect": "是", "village_allowed": true, "dangers": [],
                "opened_at": "2026-11-23T01:12:00Z", "closed_at": null, "close_note": null,
                "children": [{
                    "id": "01993f00-0000-7000-8000-000000000005", "short": "约7岁 女", "id_number": "未知",
                    "feature": "穿红校服", "categories": "", "school": "", "opinion": null
                }],
                "parties": [], "units": [], "clocks": [],
                "order": {
                    "state": "handling", "state_label": "办理中", "redone": 0, "arbitrated": false, "supervisions": []
                },
                "history": [{
                    "kind": "case_opened", "what": "立案转办", "happened_at": "2026-11-23T01:12:00Z",
                    "entered_at": "2026-11-23T01:12:00Z", "who": "热线", "text": null, "notes": []
                }]
            })
        ),
    )
)]
pub(crate) async fn show(State(app): State<App>, ctx: Ctx, Path(id): Path<Uuid>) -> Result<Json<view::CaseView>> {
    let case = casework::fetch_for(app.db.read(), &ctx, id, Action::View).await?;
    journal::viewed(&app.db, &ctx, Entry::new(Act::CaseViewed).case(id)).await?;
    Ok(Json(view::of(&app, &ctx, case).await?))
}

/// Takes a step on a case.
#[utoipa::path(
    post,
    path = "/api/v1/cases/{id}/steps",
    tag = "cases",
    params(("id" = Uuid, Path, description = "The case")),
    request_body(
        content = steps::StepBody,
        examples(
            ("sign" = (value = json!({ "step": "sign", "version": 1 }))),
            ("return" = (value = json!({
                "step": "return", "version": 1, "reason": "R01", "explanation": "儿童现住右玉县",
                "done_first": "已到场核实，儿童安全"
            }))),
            ("refuse_return" = (value = json!({ "step": "refuse_return", "version": 2, "reason": "儿童仍在本镇" }))),
            ("dispute" = (value = json!({ "step": "dispute", "version": 2, "reason": "教育与民政均称不属本部门职责" }))),
            ("arbitrate" = (value = json!({
                "step": "arbitrate", "version": 3, "unit": "01993f00-0000-7000-8000-000000000010",
                "reason": "监护问题由民政承办"
            }))),
            ("ask_extension" = (value = json!({ "step": "ask_extension", "version": 3, "days": 5, "reason": "等待医院出具诊断" }))),
            ("rule_extension" = (value = json!({ "step": "rule_extension", "version": 4, "grant": true }))),
            ("ask_pause" = (value = json!({ "step": "ask_pause", "version": 3, "ground": "hospital", "reason": "儿童住院" }))),
            ("rule_pause" = (value = json!({ "step": "rule_pause", "version": 4, "grant": false, "reason": "不影响走访" }))),
            ("end_pause" = (value = json!({ "step": "end_pause", "version": 5, "reason": "已出院" }))),
            ("urge" = (value = json!({ "step": "urge", "version": 2, "from_caller": true, "note": "来电询问进展" }))),
            ("supervise" = (value = json!({
                "step": "supervise", "version": 2, "level": 1, "cause": "unsolved", "reason": "两日内见到儿童并报告",
                "due_on": "2026-11-27"
            }))),
            ("answer_supervision" = (value = json!({
                "step": "answer_supervision", "version": 3, "supervision": "01993f00-0000-7000-8000-000000000011",
                "answer": "今天已见到儿童"
            }))),
            ("end_supervision" = (value = json!({
                "step": "end_supervision", "version": 4, "supervision": "01993f00-0000-7000-8000-000000000011"
            }))),
            ("hand_in" = (value = json!({
                "step": "hand_in", "version": 5, "summary": "儿童已由姑姑照料，施暴人已告诫",
                "papers": "应公（城）告字〔2026〕12号"
            }))),
            ("accept_result" = (value = json!({ "step": "accept_result", "version": 6 }))),
            ("send_back_result" = (value = json!({ "step": "send_back_result", "version": 6, "reason": "未见到儿童" }))),
            ("call_back" = (value = json!({
                "step": "call_back", "version": 7, "way": "director", "reached": true, "solved": true,
                "told": "handled"
            }))),
            ("evaluate" = (value = json!({ "step": "evaluate", "version": 8, "rater": "nobody" }))),
            ("archive" = (value = json!({ "step": "archive", "version": 9 }))),
            ("redispatch" = (value = json!({ "step": "redispatch", "version": 2, "place": "140623100", "reason": "儿童已到新城镇" }))),
            ("assign" = (value = json!({ "step": "assign", "version": 2, "account": "01993f00-0000-7000-8000-000000000004" }))),
            ("raise_risk" = (value = json!({ "step": "raise_risk", "version": 2, "level": "red", "reason": "发现新伤" }))),
            ("propose_lowering" = (value = json!({ "step": "propose_lowering", "version": 2, "level": "yellow", "reason": "已安置" }))),
            ("confirm_lowering" = (value = json!({ "step": "confirm_lowering", "version": 3 }))),
            ("refuse_lowering" = (value = json!({ "step": "refuse_lowering", "version": 3, "reason": "观察期未满" }))),
            ("note" = (value = json!({ "step": "note", "version": 2, "text": "电话联系过学校" }))),
            ("party" = (value = json!({
                "step": "party", "version": 2, "kind": "suspect", "relation": "20", "lives_with_child": true,
                "suspect": true
            }))),
            ("child" = (value = json!({
                "step": "child", "version": 2, "child": "01993f00-0000-7000-8000-000000000005",
                "categories": ["07"], "school": "金城镇小学三年级", "opinion": "想和外婆住"
            }))),
            ("recuse" = (value = json!({ "step": "recuse", "version": 2, "reason": "当事人为本人近亲属" }))),
            ("assess" = (value = json!({
                "step": "assess", "version": 3, "ways": ["home"], "on": "2026-11-23", "who": "督导员、儿童主任",
                "place": "家中", "interviewed": "yes", "child_words": "想和姑姑住", "scene": "暂无现实危险",
                "conclusion": "confirmed", "marks": { "A2-07": 3, "A2-08": null }, "vetoes": ["A1-04"],
                "child_opinion": "想和姑姑住"
            }))),
            ("review" = (value = json!({
                "step": "review", "version": 8, "ways": ["home", "school"], "on": "2026-12-23", "who": "督导员",
                "place": "家中、学校", "interviewed": "yes", "scene": "安全", "conclusion": "confirmed",
                "marks": { "A2-07": 4 }, "child_opinion": "想和姑姑住"
            }))),
            ("plan" = (value = json!({
                "step": "plan", "version": 4,
                "goals": [{ "dimension": "safety", "goal": "不再挨打", "means": "每周走访", "core": true }]
            }))),
            ("confirm_plan" = (value = json!({ "step": "confirm_plan", "version": 5 }))),
            ("goal_done" = (value = json!({
                "step": "goal_done", "version": 5, "goal": "01993f00-0000-7000-8000-000000000007"
            }))),
            ("goal_drop" = (value = json!({
                "step": "goal_drop", "version": 5, "goal": "01993f00-0000-7000-8000-000000000007",
                "reason": "儿童已随母亲迁居"
            }))),
            ("routine_care" = (value = json!({
                "step": "routine_care", "version": 9, "note": "村儿童主任每月走访"
            }))),
            ("end_routine_care" = (value = json!({
                "step": "end_routine_care", "version": 10, "reason": "仍需个案跟进"
            }))),
            ("open_task" = (value = json!({
                "step": "open_task", "version": 3, "id": "01993f00-0000-7000-8000-000000000008", "type": "T32", "request": "依法出具告诫书并反馈文号"
            }))),
            ("open_tasks" = (value = json!({
                "step": "open_tasks", "version": 3, "tasks": [
                    { "type": "T81", "request": "固定伤情与病历并反馈登记号" },
                    { "type": "T60", "request": "依法提供法律援助并反馈文书号" }
                ]
            }))),
            ("measure" = (value = json!({
                "step": "measure", "version": 3, "kind": "admonition", "paper_no": "应公（城）告字〔2026〕12号",
                "issued_by": "应县公安局", "issued_on": "2026-11-23"
            }))),
            ("begin_measure" = (value = json!({
                "step": "begin_measure", "version": 3, "kind": "protection_order", "fields": {
                    "applicant_kind": "WF", "applicant": "应县妇联", "respondent": "继父", "court": "应县人民法院",
                    "filed_at": "2026-11-23T09:00:00+08:00", "urgent": "yes", "grounds": "儿童多次被打"
                }
            }))),
            ("measure_step" = (value = json!({
                "step": "measure_step", "version": 1, "measure": "01993f00-0000-7000-8000-000000000009",
                "deed": "grant", "fields": {
                    "paper_no": "（2026）晋0622民保令1号", "issued_by": "应县人民法院", "issued_on": "2026-11-23",
                    "expires_on": "2027-05-22", "police_at": "2026-11-23 16:00"
                }
            }))),
            ("end_measure" = (value = json!({
                "step": "end_measure", "version": 4, "measure": "01993f00-0000-7000-8000-000000000009",
                "on": "2026-11-23", "reason": "依法撤销"
            }))),
            ("transfer" = (value = json!({
                "step": "transfer", "version": 5, "to": "140623100", "reason": "residence", "met_on": "2026-11-23",
                "meeting": "与移入方通话，交接家庭情况和在办事项", "child_informed": "yes", "guardian_informed": "yes"
            }))),
            ("begin_support" = (value = json!({ "step": "begin_support", "version": 6 }))),
            ("conference" = (value = json!({
                "step": "conference", "version": 7, "on": "2026-11-23", "minutes_no": "应未保会〔2026〕3号",
                "agenda": "研究安置和就学", "decisions": "由民政安置，教育局办理转学",
                "members": [{ "unit": "01993f00-0000-7000-8000-000000000009", "function": "副局长" }],
                "tasks": [{ "type": "T72", "request": "办理转学并反馈联系函文号" }]
            }))),
            ("spot_check" = (value = json!({ "step": "spot_check", "version": 8, "note": "抽查合格" }))),
            ("follow_up" = (value = json!({ "step": "follow_up", "version": 9, "note": "由村儿童主任跟踪" }))),
            ("ask_close" = (value = json!({
                "step": "ask_close", "version": 10, "closure_type": "goals_met", "note": "转常规关爱"
            }))),
            ("approve_close" = (value = json!({ "step": "approve_close", "version": 11 }))),
            ("refuse_close" = (value = json!({ "step": "refuse_close", "version": 11, "reason": "补充回执" }))),
            ("reopen" = (value = json!({ "step": "reopen", "version": 12, "reason": "再次接到线索" }))),
            ("merge" = (value = json!({
                "step": "merge", "version": 2, "into": "01993f00-0000-7000-8000-000000000006",
                "reason": "同一名儿童"
            }))),
            ("undo_merge" = (value = json!({ "step": "undo_merge", "version": 3, "reason": "并非同一名儿童" }))),
        )
    ),
    responses(
        (
            status = 200, description = "The case after the step", body = state::CaseState,
            example = json!({
                "id": "01993f00-0000-7000-8000-000000000003", "number": "TH-20261123-0001",
                "stage": "accepted", "stage_label": "已签收", "level": "red", "level_label": "红·一级",
                "proposed_level": null, "version": 2, "next_due_at": "2026-11-23T03:12:00Z",
                "lead_unit": "01993f00-0000-7000-8000-000000000010", "assignee": null, "return_count": 0,
                "conference_on": null, "spot_checked_at": null, "follow_up_planned": false, "closure_type": null,
                "merged_into": null
            })
        ),
        (status = 403, description = "The caller sees the case but may not do this"),
        (status = 409, description = "Somebody else was first; `versions` has the one seen and the one now"),
        (status = 422, description = "A field is wrong or the stage does not allow the step; `errors` names each"),
    )
)]
pub(crate) async fn step(
    State(app): State<App>,
    ctx: Ctx,
    Path(id): Path<Uuid>,
    Json(body): Json<Value>,
) -> Result<Json<state::CaseState>> {
    // What the caller may not see gives no hint of what is wrong with the request.
    casework::fetch_for(app.db.read(), &ctx, id, Action::View).await?;
    let body = steps::read(body)?;
    let case = take::take(&app, &ctx, id, body).await?;
    Ok(Json(state::CaseState::of(&case)))
}

/// A filter or field that cannot be read.
fn wrong(field: &str, message: &str) -> Error {
    Error::field(field, message)
}
