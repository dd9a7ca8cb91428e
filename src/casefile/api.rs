//! Cases for machines: the work list page by page, one case with its history,
//! and one address for every step.

mod handling;
mod list;
mod state;
mod steps;
mod take;
mod view;

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
        .post("/api/v1/cases/{id}/steps", Access::CASEWORK, step)
}

/// The description of these routes.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    Described::openapi()
}

#[derive(OpenApi)]
#[openapi(
    paths(index, show, step),
    components(schemas(
        list::CasePage,
        list::CaseItem,
        view::CaseView,
        view::ChildView,
        view::PartyView,
        view::UnitView,
        view::ClockView,
        view::EventView,
        steps::StepBody,
        steps::CaseStep,
        state::CaseState
    ))
)]
struct Described;

/// The cases that the caller may see, by next due time, red first where two
/// are due together, without a due time last.
#[utoipa::path(
    get,
    path = "/api/v1/cases",
    tag = "cases",
    params(list::CaseQuery),
    responses(
        (status = 200, description = "One page; `next` is the cursor of the following one", body = list::CasePage),
        (status = 401, description = "Nobody is signed in"),
        (status = 403, description = "The role handles no cases"),
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
        (status = 200, description = "The case as the caller may read it", body = view::CaseView),
        (status = 401, description = "Nobody is signed in"),
        (status = 404, description = "No such case for the caller"),
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
    request_body(content = steps::StepBody, example = json!({ "step": "sign", "version": 1 })),
    responses(
        (status = 200, description = "The case after the step", body = state::CaseState),
        (status = 401, description = "Nobody is signed in"),
        (status = 403, description = "The caller sees the case but may not do this"),
        (status = 404, description = "No such case for the caller"),
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
