//! Signing in and out for programs.

use super::{Visitor, session};
use crate::ctx::Ctx;
use crate::error::Result;
use crate::state::App;
use crate::web::{Access, Json, Routes};
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use tower_sessions::Session;
use utoipa::ToSchema;
use uuid::Uuid;

pub(super) fn routes() -> Routes {
    Routes::new()
        .post("/api/v1/session", Access::Public, open)
        .delete("/api/v1/session", Access::Session, close)
}

/// The description of these endpoints.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    #[derive(utoipa::OpenApi)]
    #[openapi(paths(open, close))]
    struct Part;
    <Part as utoipa::OpenApi>::openapi()
}

/// Name and password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Credentials {
    /// Sign-in name.
    #[schema(example = "operator")]
    username: String,
    /// Password.
    #[schema(example = "tonghu-demo-2026")]
    password: String,
    /// Code of a second factor, for accounts that have one; none has so far.
    #[serde(default)]
    #[expect(dead_code, reason = "part of the contract; no account has a second factor yet")]
    code: Option<String>,
}

/// Who is signed in.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionState {
    /// The account.
    account: Uuid,
    /// Its role.
    #[schema(example = "operator")]
    role: &'static str,
    /// The person's name.
    name: String,
    /// The unit's name; empty without one.
    unit: String,
    /// Whether the password must be changed before anything else.
    must_change: bool,
    /// Form token, for clients that also post forms.
    csrf: String,
}

/// Begins a session; the answer sets its cookie.
#[utoipa::path(
    post,
    path = "/api/v1/session",
    tag = "session",
    security(()),
    request_body(
        content = Credentials,
        example = json!({ "username": "operator", "password": "tonghu-demo-2026" })
    ),
    responses(
        (
            status = 200, description = "Signed in; the session cookie is set", body = SessionState,
            example = json!({
                "account": "01993f00-0000-7000-8000-000000000001", "role": "operator", "name": "苗小禾",
                "unit": "朔州市儿童保护热线", "must_change": false,
                "csrf": "9f2c1d0e7b6a59483726151403f2e1d0c9b8a79685746352413029181706f5e4"
            })
        ),
        (status = 401, description = "Name or password wrong, told alike"),
        (status = 429, description = "Too many failures; Retry-After in seconds"),
    )
)]
pub(crate) async fn open(
    State(app): State<App>,
    visitor: Visitor,
    session: Session,
    Json(credentials): Json<Credentials>,
) -> Result<Json<SessionState>> {
    let signed_in = super::sign_in(&app, &visitor, &credentials.username, &credentials.password).await?;
    let csrf = session::begin(&session, &signed_in.ctx, signed_in.epoch).await?;
    let ctx = signed_in.ctx;
    Ok(Json(SessionState {
        account: ctx.actor.account,
        role: ctx.actor.role.code(),
        name: ctx.name,
        unit: ctx.unit_name,
        must_change: ctx.must_change,
        csrf,
    }))
}

/// Ends the session.
#[utoipa::path(
    delete,
    path = "/api/v1/session",
    tag = "session",
    responses(
        (status = 204, description = "Signed out"),
    )
)]
pub(crate) async fn close(State(app): State<App>, ctx: Ctx, session: Session) -> Result<StatusCode> {
    super::sign_out(&app, &ctx, &session).await?;
    Ok(StatusCode::NO_CONTENT)
}
