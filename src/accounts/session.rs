//! Sessions: who is signed in, read afresh on every request, so that a right
//! taken away works at once.

use super::store::Store;
use super::visitor::Visitor;
use super::{account_ctx, find, service};
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::state::App;
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use tower_sessions::cookie::SameSite;
use tower_sessions::{Expiry, Session, SessionManagerLayer, session_store};
use uuid::Uuid;

/// Without a request for so long, a session ends.
const IDLE: TimeDelta = TimeDelta::minutes(15);
/// So long after sign-in, a session ends whatever happens in it.
const ABSOLUTE: TimeDelta = TimeDelta::hours(12);
/// A session is written no more often than this.
const TOUCH: TimeDelta = TimeDelta::minutes(1);
const KEY: &str = "who";
/// What an open page asks for by itself: nobody is there for it, so it keeps no
/// session alive.
const BY_ITSELF: [&str; 3] = ["/notices/stream", "/hotline/board", "/hotline/board/now"];

/// What a session remembers: identity and times, no rights.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Held {
    account: Uuid,
    epoch: i32,
    since: DateTime<Utc>,
    touched: DateTime<Utc>,
    csrf: String,
}

impl Held {
    fn lives(&self, now: DateTime<Utc>) -> bool {
        now - self.touched < IDLE && now - self.since < ABSOLUTE
    }
}

/// The layer that reads and writes the session cookie. It lasts as long as
/// the browser is open; the limits are kept on this side.
#[must_use]
pub fn layer(app: &App) -> SessionManagerLayer<Store> {
    let secure = app.config.secure_cookies();
    SessionManagerLayer::new(Store::new(app.db.clone(), app.clock.clone()))
        .with_name(cookie_name(secure))
        .with_secure(secure)
        .with_http_only(true)
        .with_same_site(SameSite::Lax)
        .with_path("/")
        .with_expiry(Expiry::OnSessionEnd)
}

/// Browsers accept the prefix only on secure cookies of this very host.
fn cookie_name(secure: bool) -> &'static str {
    if secure { "__Host-tonghu" } else { "tonghu" }
}

/// Says who makes the request: the [`Ctx`] goes to the handler and, for the
/// layers outside, into the response.
pub async fn identify(State(app): State<App>, session: Session, mut request: Request, next: Next) -> Response {
    // Neither shows anybody's data; the second asks whether the process lives,
    // with or without a database.
    let path = request.uri().path();
    if path.starts_with("/assets/") || path == "/healthz" {
        return next.run(request).await;
    }
    let visitor = Visitor::of(&app, request.headers(), request.extensions());
    let present = !BY_ITSELF.contains(&path);
    let ctx = match who(&app, (&session, present), &visitor, request.headers()).await {
        Ok(ctx) => ctx,
        Err(error) => return error.into_response(),
    };
    if let Some(ctx) = &ctx {
        request.extensions_mut().insert(ctx.clone());
    }
    let mut response = next.run(request).await;
    if let Some(ctx) = ctx {
        response.extensions_mut().insert(ctx);
    }
    response
}

/// The program that shows a token, or else the person of the session.
async fn who(
    app: &App,
    (session, present): (&Session, bool),
    visitor: &Visitor,
    headers: &HeaderMap,
) -> Result<Option<Ctx>> {
    match service::recognise(app, visitor, headers).await? {
        Some(ctx) => Ok(Some(ctx)),
        None => recognise(app, (session, present), visitor).await,
    }
}

async fn recognise(app: &App, (session, present): (&Session, bool), visitor: &Visitor) -> Result<Option<Ctx>> {
    let Some(held) = session.get::<Held>(KEY).await.map_err(broken)? else {
        return Ok(None);
    };
    let account = if held.lives(visitor.now) {
        find(&app.db, held.account).await?
    } else {
        None
    };
    let Some(account) = account.filter(|account| account.disabled_at.is_none() && account.epoch == held.epoch) else {
        session.flush().await.map_err(broken)?;
        return Ok(None);
    };
    if present && visitor.now - held.touched >= TOUCH {
        let touched = Held {
            touched: visitor.now,
            ..held.clone()
        };
        session.insert(KEY, touched).await.map_err(broken)?;
    }
    let mut ctx = account_ctx(app, &account, visitor).await?;
    ctx.csrf = held.csrf;
    Ok(Some(ctx))
}

/// Begins a session for an account under a new id; answers its form token.
///
/// # Errors
/// When the old session cannot be ended or there is no randomness.
pub async fn begin(session: &Session, ctx: &Ctx, epoch: i32) -> Result<String> {
    let csrf = token()?;
    session.clear().await;
    let held = Held {
        account: ctx.actor.account,
        epoch,
        since: ctx.now,
        touched: ctx.now,
        csrf: csrf.clone(),
    };
    session.insert(KEY, held).await.map_err(broken)?;
    session.cycle_id().await.map_err(broken)?;
    Ok(csrf)
}

/// Ends the session of this request.
///
/// # Errors
/// When the database refuses.
pub async fn end(session: &Session) -> Result<()> {
    session.flush().await.map_err(broken)
}

/// 256 random bits in hexadecimal.
pub(super) fn token() -> Result<String> {
    let mut bytes = [0u8; 32];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("randomness: {error}"))?;
    Ok(hex::encode(bytes))
}

/// Sessions that cannot be read or written are the database's fault.
fn broken(error: tower_sessions::session::Error) -> Error {
    match error {
        tower_sessions::session::Error::Store(session_store::Error::Backend(cause)) => {
            tracing::error!(error = cause, "session");
            Error::Unavailable
        }
        other => Error::Internal(anyhow::Error::new(other).context("session")),
    }
}
