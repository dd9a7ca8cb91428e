//! Attachments on screen: the file, its small picture, and fetching it again.

use super::id_of;
use super::order::{self, Nothing};
use crate::ctx::Ctx;
use crate::error::Result;
use crate::hotline::attachments;
use crate::state::App;
use crate::web::Form;
use crate::web::routes::see_other;
use axum::extract::{Path, State};
use axum::http::{HeaderName, header};
use axum::response::{IntoResponse, Response};

/// Whatever it is, it is saved and never run.
fn served(name: &str, mime: &'static str, bytes: Vec<u8>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, mime.to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (
            HeaderName::from_static("content-security-policy"),
            "default-src 'none'; sandbox".to_owned(),
        ),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    (headers, bytes).into_response()
}

/// `GET /hotline/attachments/{id}`
pub(super) async fn file(State(app): State<App>, ctx: Ctx, Path(id): Path<String>) -> Result<Response> {
    let id = id_of(&id)?;
    let (kind, bytes) = attachments::open(&app, &ctx, id).await?;
    Ok(served(&format!("{id}.{}", kind.end()), kind.mime(), bytes))
}

/// `GET /hotline/attachments/{id}/small`
pub(super) async fn small(State(app): State<App>, ctx: Ctx, Path(id): Path<String>) -> Result<Response> {
    let id = id_of(&id)?;
    let bytes = attachments::small(&app, &ctx, id).await?;
    Ok(served(&format!("{id}-small.jpg"), "image/jpeg", bytes))
}

/// `POST /hotline/orders/{id}/attachments/{attachment}/repeat`
pub(super) async fn repeat(
    State(app): State<App>,
    ctx: Ctx,
    Path((id, attachment)): Path<(String, String)>,
    Form(_): Form<Nothing>,
) -> Result<Response> {
    let order = order::fetch(&app, &ctx, &id).await?;
    attachments::again(&app, &ctx, (order.id, id_of(&attachment)?)).await?;
    Ok(see_other(&format!(
        "/hotline/orders/{}?saved=fetch#attachments",
        order.id
    )))
}
