//! The webhook of the exchange. Whoever has the token is let in; a token that
//! does not hold is told so, and counted for the security administrator.

use super::{body, exchanges, taking};
use crate::accounts::Visitor;
use crate::error::{Error, Result};
use crate::hotline;
use crate::state::App;
use crate::telephone::CallEvent;
use crate::web::json::bytes;
use crate::web::{Access, Json, Routes};
use axum::extract::{Path, Request, State};
use serde::Serialize;
use std::time::Duration;
use utoipa::{OpenApi, ToSchema};

/// The token in the address is the key.
const EXCHANGES: Access = Access::Public;
const WRONG: &str = "话务平台令牌不符：核对地址中的令牌，可能已换发或停用";

pub(super) fn routes() -> Routes {
    Routes::new().post("/api/v1/cti/{token}", EXCHANGES, take)
}

/// Its description.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    TelephoneApi::openapi()
}

#[derive(OpenApi)]
#[openapi(paths(take))]
struct TelephoneApi;

/// Tries of an event whose transaction was given up for another one's.
const TRIES: u32 = 5;
/// The pause after the first of them; it grows with each.
const PAUSE: Duration = Duration::from_millis(20);

/// Takes an event again while another of the same call stands in its way; who
/// is in the way for too long is told to send it again, never that it was wrong.
async fn once_more<T, F>(mut take: impl FnMut() -> F) -> Result<T>
where
    F: Future<Output = Result<T>>,
{
    for tried in 1..=TRIES {
        match take().await {
            Err(Error::Conflict(_) | Error::Stale { .. }) => tokio::time::sleep(PAUSE * tried).await,
            done => return done,
        }
    }
    Err(Error::Unavailable)
}

/// How the call stands.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CallAnswer {
    /// `ringing`, `talking`, `ended`, `missed`, `abandoned`, `unreached`.
    #[schema(value_type = String)]
    state: &'static str,
    /// Whether the event told nothing new.
    repeated: bool,
}

/// Takes an event of a call: it rings, is answered, put through, hung up. The
/// same event again, a late one, one out of order and one of a call that is
/// not known yet do no harm. A telephone that nobody is known to sit at is kept
/// in the log of calls for the shift lead.
#[utoipa::path(
    post,
    path = "/api/v1/cti/{token}",
    tag = "telephone",
    security(()),
    params(("token" = String, Path, description = "The exchange's token")),
    request_body(content(
        (CallEvent = "application/json", examples(
            ("newCall" = (value = json!({
                "event": "newCall", "direction": "in", "from": "16000000001", "to": "12345",
                "callId": "20261123-0900-0001", "user": "8001"
            }))),
            ("answer" = (value = json!({ "event": "answer", "callId": "20261123-0900-0001", "user": "8001" }))),
            ("transfer" = (value = json!({ "event": "transfer", "callId": "20261123-0900-0001", "user": "8002" }))),
            ("hangup" = (value = json!({
                "event": "hangup", "callId": "20261123-0900-0001", "cause": "normalClearing"
            }))),
            ("outbound" = (value = json!({
                "event": "newCall", "direction": "out", "from": "8001", "to": "16000000002",
                "callId": "20261123-0910-0002", "user": "8001"
            })))
        )),
        (CallEvent = "application/x-www-form-urlencoded",
            example = json!({ "event": "answer", "callId": "20261123-0900-0001", "user": "8001" }))
    )),
    responses(
        (
            status = 200, description = "Taken, or known already", body = CallAnswer,
            example = json!({ "state": "ringing", "repeated": false })
        ),
        (status = 401, description = "The token does not hold"),
        (status = 415, description = "The body is neither application/json nor application/x-www-form-urlencoded"),
        (status = 503, description = "The same call is being told elsewhere at the moment, or the database is out of service: nothing was changed, send it again; Retry-After in seconds"),
        (status = 422, description = "The event, the direction or the call's number cannot be read"),
    )
)]
pub(crate) async fn take(
    State(app): State<App>,
    Path(token): Path<String>,
    request: Request,
) -> Result<Json<CallAnswer>> {
    let visitor = Visitor::of(&app, request.headers(), request.extensions());
    let Some(exchange) = exchanges::by_token(app.db.read(), &token, visitor.now).await? else {
        hotline::count_token_refusal(&app, &visitor).await?;
        return Err(Error::Unauthenticated(WRONG.to_owned()));
    };
    let headers = request.headers().clone();
    let body = bytes(request, &app).await?;
    let event = body::read(&headers, &body)?;
    let ctx = visitor.ctx();
    let taken = once_more(|| Box::pin(taking::take(&app, &ctx, exchange.id, &event))).await?;
    Ok(Json(CallAnswer {
        state: taken.state.code(),
        repeated: taken.repeated,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    #[tokio::test]
    async fn an_event_is_taken_again_while_another_stands_in_its_way_and_no_longer() {
        let tries = AtomicU32::new(0);
        let after = |free: u32| {
            let tried = tries.fetch_add(1, Ordering::SeqCst) + 1;
            async move {
                match tried {
                    tried if tried >= free => Ok(tried),
                    tried if tried.is_multiple_of(2) => Err(Error::Stale { seen: 1, now: 2 }),
                    _ => Err(Error::Conflict("正被更新".to_owned())),
                }
            }
        };
        assert_eq!(once_more(|| after(4)).await.unwrap(), 4);
        tries.store(0, Ordering::SeqCst);
        assert!(matches!(once_more(|| after(99)).await, Err(Error::Unavailable)));
        assert_eq!(tries.load(Ordering::SeqCst), TRIES);
        let wrong = once_more(|| async { Err::<(), _>(Error::NotFound) }).await;
        assert!(matches!(wrong, Err(Error::NotFound)), "what is wrong stays wrong");
    }
}
