//! What is known of a request before anybody is signed in.

use crate::ctx::Ctx;
use crate::error::Error;
use crate::state::App;
use crate::web::layers::RequestId;
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::Extensions;
use axum::http::request::Parts;
use chrono::{DateTime, Utc};
use std::net::SocketAddr;
use uuid::Uuid;

/// When, from where, under which id.
#[derive(Debug, Clone)]
pub struct Visitor {
    /// The one time of the request.
    pub now: DateTime<Utc>,
    /// The id of the request.
    pub request_id: Uuid,
    /// The peer's address without its port.
    pub address: String,
}

impl Visitor {
    /// Reads the extensions that the listener and the outer layers left.
    #[must_use]
    pub fn of(app: &App, extensions: &Extensions) -> Self {
        Self {
            now: app.clock.now(),
            request_id: extensions.get::<RequestId>().map_or(Uuid::nil(), |id| id.0),
            address: extensions
                .get::<ConnectInfo<SocketAddr>>()
                .map_or_else(String::new, |peer| peer.0.ip().to_canonical().to_string()),
        }
    }

    /// The context of what happens to nobody in particular.
    #[must_use]
    pub fn ctx(&self) -> Ctx {
        Ctx {
            request_id: self.request_id,
            address: self.address.clone(),
            ..Ctx::system(self.now)
        }
    }
}

impl FromRequestParts<App> for Visitor {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        Ok(Self::of(app, &parts.extensions))
    }
}
