//! Measures for programs: the list and one measure as the policy shows them to
//! this account, and the acts that it may record. Beginning one is a step of
//! the case.

mod out;

use self::out::{DeedField, DeedOption, MeasureAct, MeasureAnswer, MeasureClock, MeasureDeed, MeasureOut, OwedOut};
use super::list::{self, Line};
use super::view::{self, Sheet};
use super::{Answer, Taken, access, fetch, in_fields, step};
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::journal::{self, Act, Entry};
use crate::rules::measures::milestone;
use crate::rules::policy::MeasureAction;
use crate::state::App;
use crate::web::{Access, Json, Routes};
use axum::extract::{Path, Query, State};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::{OpenApi, ToSchema};
use uuid::Uuid;

pub(super) fn routes() -> Routes {
    let access = Access::CASEWORK;
    Routes::new()
        .get("/api/v1/measures", access, index)
        .get("/api/v1/measures/{id}", access, show)
        .post("/api/v1/measures/{id}/steps", access, advance)
}

#[derive(OpenApi)]
#[openapi(
    paths(index, show, advance),
    components(schemas(
        MeasureOut,
        OwedOut,
        MeasureList,
        MeasureDetail,
        MeasureClock,
        MeasureAct,
        MeasureAnswer,
        MeasureDeed,
        DeedField,
        DeedOption,
        MeasureStepBody
    ))
)]
struct Doc;

/// The feature's part of the OpenAPI document.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    Doc::openapi()
}

/// The measures that are not over, the next due first; 200 at most.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MeasureList {
    items: Vec<MeasureOut>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wanted {
    kind: String,
}

/// The measures that the account may see and that are not over.
#[utoipa::path(
    get,
    path = "/api/v1/measures",
    tag = "measures",
    params(("kind" = Option<String>, Query, description = "a code of the kinds with a life of their own")),
    responses((
        status = 200, description = "The next due first", body = MeasureList,
        example = json!({
            "items": [{
                "id": "01993f00-0000-7000-8000-000000000009", "kind": "protection_order", "name": "人身安全保护令",
                "state": "in_force", "case_number": "TH-20261123-0001", "paper_no": "（2026）晋0622民保令1号",
                "expires_on": "2027-05-22",
                "next": { "what": "公安核实并告知保护令", "due_at": "2026-11-24T01:00:00Z" }, "version": 2
            }]
        })
    ))
)]
async fn index(State(app): State<App>, ctx: Ctx, Query(wanted): Query<Wanted>) -> Result<Json<MeasureList>> {
    let lines = list::list(&app, &ctx, &wanted.kind).await?;
    Ok(Json(MeasureList {
        items: lines.into_iter().map(MeasureOut::from).collect(),
    }))
}

/// A measure as this account may see it: a department reads its own clocks and
/// acts, and no free words about the family.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MeasureDetail {
    #[serde(flatten)]
    measure: MeasureOut,
    /// The case, for those who may read how it is handled.
    case_id: Option<Uuid>,
    /// Where its rules come from.
    basis: &'static str,
    /// 作出机关; empty where no paper was made out yet.
    issued_by: String,
    /// 作出日期, or empty.
    issued_on: String,
    /// 送达日期, or empty.
    served_on: String,
    /// The unit that it is addressed to, or empty.
    addressee: String,
    clocks: Vec<MeasureClock>,
    history: Vec<MeasureAct>,
    steps: Vec<MeasureDeed>,
}

/// Reads a measure for this account; the view stands in the journal.
async fn detail(app: &App, ctx: &Ctx, id: Uuid) -> Result<MeasureDetail> {
    let db = app.db.read();
    let case = access::case_of(db, id).await?;
    let (row, case) = fetch(db, ctx, (case, id), MeasureAction::View).await?;
    let entry = Entry::new(Act::MeasureViewed).case(case.id).subject(row.id);
    journal::viewed(&app.db, ctx, entry).await?;
    let expires_on = row.expires_on;
    let sheet: Sheet = view::of(db, app, ctx, (&row, &case)).await?;
    let mut clocks = sheet.clocks.iter().map(|line| &line.clock);
    let next = clocks.find(|clock| clock.met_at.is_none() && clock.cancelled_at.is_none());
    let next = next.and_then(|clock| Some((milestone(&clock.milestone)?, clock.due_at)));
    let line = Line {
        case: case.id,
        number: case.number,
        expires_on,
        next,
        row: sheet.row,
    };
    Ok(MeasureDetail {
        case_id: sheet.case.map(|(id, _)| id),
        basis: sheet.basis,
        issued_by: line.row.issued_by.clone(),
        issued_on: line.row.issued_on.clone(),
        served_on: line.row.served_on.clone(),
        addressee: sheet.addressee,
        clocks: sheet.clocks.into_iter().map(MeasureClock::from).collect(),
        history: sheet.history.into_iter().map(MeasureAct::from).collect(),
        steps: sheet.next.into_iter().map(MeasureDeed::from).collect(),
        measure: line.into(),
    })
}

/// One measure.
#[utoipa::path(
    get,
    path = "/api/v1/measures/{id}",
    tag = "measures",
    params(("id" = Uuid, Path, description = "The measure")),
    responses((
        status = 200, description = "The measure with its clocks, its history and what may be done now",
        body = MeasureDetail,
        example = json!({
            "id": "01993f00-0000-7000-8000-000000000009", "kind": "admonition", "name": "家庭暴力告诫书",
            "state": "in_force", "case_number": "TH-20261123-0001", "paper_no": "应公（城）告字〔2026〕12号",
            "expires_on": null, "next": { "what": "告诫查访（派出所）", "due_at": "2026-11-30T15:59:59Z" },
            "version": 1, "case_id": null, "basis": "反家庭暴力法§16、§17；山西省家庭暴力预防和处置办法§16",
            "issued_by": "应县公安局", "issued_on": "2026-11-23", "served_on": "", "addressee": "",
            "clocks": [{
                "what": "告诫查访（派出所）", "unit": "应县公安局", "due_at": "2026-11-30T15:59:59Z", "met_at": null,
                "cancelled_at": null, "rule": "DL17：山西省家庭暴力预防和处置办法§16"
            }],
            "history": [{
                "label": "登记文书", "at": "2026-11-23T01:00:00Z", "who": "金城镇未成年人保护工作站 督导员",
                "answers": [{ "label": "文书号", "value": "应公（城）告字〔2026〕12号" }]
            }],
            "steps": [{
                "step": "police_visit", "label": "登记派出所查访", "fields": [{
                    "name": "visited_on", "label": "查访日期", "kind": "past", "need": "always", "options": []
                }]
            }]
        })
    ))
)]
async fn show(State(app): State<App>, ctx: Ctx, Path(id): Path<Uuid>) -> Result<Json<MeasureDetail>> {
    detail(&app, &ctx, id).await.map(Json)
}

/// An act upon a measure.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MeasureStepBody {
    /// A `step` of the measure's `steps`.
    #[schema(example = "police_check")]
    step: String,
    /// The version that was seen.
    version: i32,
    /// The answers by the names of the act's fields.
    #[serde(default)]
    fields: BTreeMap<String, Answer>,
}

/// Records an act upon a measure: the department's own, or, for whoever records
/// on the case, any that its state allows.
#[utoipa::path(
    post,
    path = "/api/v1/measures/{id}/steps",
    tag = "measures",
    params(("id" = Uuid, Path, description = "The measure")),
    request_body(
        content = MeasureStepBody,
        examples(
            ("police_visit" = (value = json!({
                "step": "police_visit", "version": 1, "fields": { "visited_on": "2026-11-23", "found": "calm" }
            }))),
            ("police_check" = (value = json!({
                "step": "police_check", "version": 2, "fields": {
                    "checked_at": "2026-11-23T09:00:00+08:00", "outcome": "told"
                }
            }))),
        )
    ),
    responses(
        (
            status = 200, description = "The measure as it is then", body = MeasureDetail,
            example = json!({
                "id": "01993f00-0000-7000-8000-000000000009", "kind": "admonition", "name": "家庭暴力告诫书",
                "state": "in_force", "case_number": "TH-20261123-0001", "paper_no": "应公（城）告字〔2026〕12号",
                "expires_on": null, "next": null, "version": 2, "case_id": null,
                "basis": "反家庭暴力法§16、§17；山西省家庭暴力预防和处置办法§16", "issued_by": "应县公安局",
                "issued_on": "2026-11-23", "served_on": "", "addressee": "", "clocks": [], "history": [], "steps": []
            })
        ),
        (status = 403, description = "Visible, but not this account's act"),
        (status = 409, description = "Changed meanwhile"),
        (status = 422, description = "Answers missing or wrong, or the state does not allow the act"),
    )
)]
async fn advance(
    State(app): State<App>,
    ctx: Ctx,
    Path(id): Path<Uuid>,
    Json(body): Json<MeasureStepBody>,
) -> Result<Json<MeasureDetail>> {
    let case = access::case_of(app.db.read(), id).await?;
    let taken = Taken {
        deed: body.step,
        given: body.fields.into(),
        strict: true,
    };
    step(&app, &ctx, (case, id), body.version, &taken)
        .await
        .map_err(by_step)?;
    detail(&app, &ctx, id).await.map(Json)
}

/// What is wrong with the act itself stands at `step`.
fn by_step(error: Error) -> Error {
    match in_fields(error) {
        Error::Invalid(mut faults) => {
            for fault in faults.iter_mut().filter(|fault| fault.field == "deed") {
                "step".clone_into(&mut fault.field);
            }
            Error::Invalid(faults)
        }
        other => other,
    }
}
