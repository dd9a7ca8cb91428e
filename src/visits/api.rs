//! Visits for machines: sent again, a visit is the same visit.

use super::input::VisitInput;
use super::record::{record, skew_minutes};
use crate::casework::fetch_for;
use crate::ctx::Ctx;
use crate::entity::visit;
use crate::error::{Error, Result};
use crate::journal::{self, Act, Entry};
use crate::rules::policy::{Action, Role};
use crate::state::App;
use crate::vault::Slot;
use crate::web::{Access, Json, Routes};
use anyhow::Context;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, OpenApi, ToSchema};
use uuid::Uuid;

/// Whoever may record a visit.
pub(super) const VISITORS: Access =
    Access::Roles(&[Role::City, Role::County, Role::Township, Role::Village, Role::Handler]);

/// The routes.
#[must_use]
pub fn api_routes() -> Routes {
    Routes::new()
        .post("/api/v1/visits", VISITORS, create)
        .get("/api/v1/visits", Access::CASEWORK, list)
}

/// The description of these routes.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    Described::openapi()
}

#[derive(OpenApi)]
#[openapi(paths(create, list), components(schemas(VisitInput, Answer, Answers)))]
struct Described;

/// A visit as the API tells it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Answer {
    /// The number on every screen.
    number: String,
    /// When it was received.
    received_at: DateTime<Utc>,
    /// Who recorded it.
    author: Uuid,
    /// Entered after the case closed, or on a later day.
    late: bool,
    /// By how many minutes the device was off, where more than ten.
    skew_minutes: Option<i64>,
    /// `pending`, `queried`, `replied`, `accepted`.
    review_state: String,
    /// Counts its changes.
    version: i32,
    /// What was sent.
    visit: VisitInput,
}

/// The visits of a case.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Answers {
    /// Latest first.
    items: Vec<Answer>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Asked {
    /// The case.
    case: Uuid,
}

fn answer(app: &App, visit: visit::Model) -> Result<Answer> {
    let body = app.vault.open(Slot::new("visit", "body", visit.id), &visit.body)?;
    Ok(Answer {
        skew_minutes: skew_minutes(&visit),
        number: visit.number,
        received_at: visit.received_at,
        author: visit.author,
        late: visit.late,
        review_state: visit.review_state,
        version: visit.version,
        visit: serde_json::from_str(&body).context("visit in the database")?,
    })
}

/// Records a visit under the id that the client made.
#[utoipa::path(
    post, path = "/api/v1/visits", tag = "visits",
    request_body(
        content = VisitInput,
        example = json!({
            "id": "01993f00-0000-7000-8000-000000000009", "case_id": "01993f00-0000-7000-8000-000000000003",
            "kind": "routine", "method": "home", "started_at": "2026-11-23T00:40:00Z", "seen": true, "danger": false,
            "injury": "yes", "injury_note": "左上臂淤青", "mood": "afraid", "handling": "核对了作息和联系人"
        })
    ),
    responses(
        (
            status = 201, description = "Recorded", body = Answer,
            example = json!({
                "number": "ZF-20261123-0001", "received_at": "2026-11-23T01:00:00Z",
                "author": "01993f00-0000-7000-8000-000000000004", "late": false, "skew_minutes": null,
                "review_state": "pending", "version": 1,
                "visit": {
                    "id": "01993f00-0000-7000-8000-000000000009", "case_id": "01993f00-0000-7000-8000-000000000003",
                    "kind": "routine", "method": "home", "started_at": "2026-11-23T00:40:00Z", "seen": true, "danger": false,
                    "injury": "yes", "injury_note": "左上臂淤青", "mood": "afraid", "handling": "核对了作息和联系人"
                }
            })
        ),
        (
            status = 200, description = "The same visit, sent again", body = Answer,
            example = json!({
                "number": "ZF-20261123-0001", "received_at": "2026-11-23T01:00:00Z",
                "author": "01993f00-0000-7000-8000-000000000004", "late": false, "skew_minutes": null,
                "review_state": "pending", "version": 1,
                "visit": {
                    "id": "01993f00-0000-7000-8000-000000000009", "case_id": "01993f00-0000-7000-8000-000000000003",
                    "kind": "routine", "method": "home", "started_at": "2026-11-23T00:40:00Z", "seen": true, "danger": false,
                    "injury": "yes", "injury_note": "左上臂淤青", "mood": "afraid", "handling": "核对了作息和联系人"
                }
            })
        ),
        (status = 403, description = "The caller sees the case but records no visit on it"),
        (status = 404, description = "No such case for the caller"),
        (status = 422, description = "Fields to correct, or the id was used for another visit"),
    )
)]
async fn create(State(app): State<App>, ctx: Ctx, Json(input): Json<VisitInput>) -> Result<Response> {
    let recorded = record(&app, &ctx, input).await?;
    let status = if recorded.repeated {
        StatusCode::OK
    } else {
        StatusCode::CREATED
    };
    Ok((status, Json(answer(&app, recorded.visit)?)).into_response())
}

/// The visits of a case, latest first.
#[utoipa::path(
    get, path = "/api/v1/visits", tag = "visits", params(Asked),
    responses(
        (
            status = 200, description = "The visits", body = Answers,
            example = json!({
                "items": [{
                "number": "ZF-20261123-0001", "received_at": "2026-11-23T01:00:00Z",
                "author": "01993f00-0000-7000-8000-000000000004", "late": false, "skew_minutes": null,
                "review_state": "pending", "version": 1,
                "visit": {
                    "id": "01993f00-0000-7000-8000-000000000009", "case_id": "01993f00-0000-7000-8000-000000000003",
                    "kind": "routine", "method": "home", "started_at": "2026-11-23T00:40:00Z", "seen": true, "danger": false,
                    "injury": "yes", "injury_note": "左上臂淤青", "mood": "afraid", "handling": "核对了作息和联系人"
                }
                }]
            })
        ),
        (status = 404, description = "No such case for the caller"),
        (status = 422, description = "The parameter is missing or no id"),
    )
)]
async fn list(
    State(app): State<App>,
    ctx: Ctx,
    asked: Result<Query<Asked>, axum::extract::rejection::QueryRejection>,
) -> Result<Json<Answers>> {
    let Query(asked) = asked.map_err(|_| Error::field("case", "填写个案编号 case（UUID）"))?;
    fetch_for(app.db.read(), &ctx, asked.case, Action::ReadWork).await?;
    let visits = visit::Entity::find()
        .filter(visit::Column::CaseId.eq(asked.case))
        .order_by_desc(visit::Column::StartedAt)
        .order_by_desc(visit::Column::Id)
        .all(app.db.read())
        .await?;
    let entry = Entry::new(Act::VisitViewed)
        .case(asked.case)
        .detail(json!({ "count": visits.len() }));
    journal::viewed(&app.db, &ctx, entry).await?;
    let items = visits
        .into_iter()
        .map(|visit| answer(&app, visit))
        .collect::<Result<_>>()?;
    Ok(Json(Answers { items }))
}
