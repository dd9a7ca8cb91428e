//! The count in the header of a page, for those without script and for the
//! moment before the stream opens.

use super::inbox;
use crate::ctx::Ctx;
use crate::state::App;
use axum::extract::{Request, State};
use axum::http::header;
use axum::middleware::Next;
use axum::response::Response;

/// Counts what is unread before a whole page is made. A page without its badge
/// is better than none: what fails here is only logged.
pub async fn counted(State(app): State<App>, mut request: Request, next: Next) -> Response {
    if is_page(&request)
        && let Some(ctx) = request.extensions().get::<Ctx>().cloned()
    {
        match inbox::unread(app.db.read(), &ctx.actor, ctx.now).await {
            Ok(unread) => {
                request.extensions_mut().insert(Ctx { unread, ..ctx });
            }
            Err(error) => tracing::warn!(error = %error, "badge"),
        }
    }
    next.run(request).await
}

/// What a browser loads as a page: neither a part of one nor JSON.
fn is_page(request: &Request) -> bool {
    let takes = request
        .headers()
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok());
    let path = request.uri().path();
    takes.is_some_and(|takes| takes.contains("text/html"))
        && !request.headers().contains_key("hx-request")
        && !["/assets/", "/api/"].iter().any(|start| path.starts_with(start))
}
