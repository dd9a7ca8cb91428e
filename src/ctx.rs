//! Who, when, which request: handed to every operation.

use crate::error::Error;
use crate::rules::division::Division;
use crate::rules::policy::{Actor, Role};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// The context of one request or one tick.
#[derive(Debug, Clone)]
pub struct Ctx {
    /// Who acts.
    pub actor: Actor,
    /// The person's name for the screen; never logged.
    pub name: String,
    /// The unit's name for the screen.
    pub unit_name: String,
    /// The one time of everything this request writes.
    pub now: DateTime<Utc>,
    /// Ties log lines, journal entries and error pages together.
    pub request_id: Uuid,
    /// Where the request came from.
    pub address: String,
    /// The form token of the session.
    pub csrf: String,
    /// Whether the initial password is still in use.
    pub must_change: bool,
}

impl Ctx {
    /// The system itself: the worker, the command line, the demonstration.
    #[must_use]
    pub fn system(now: DateTime<Utc>) -> Self {
        let city = Division::parse("140600").unwrap_or_else(|_| unreachable!("a city code"));
        Self {
            actor: Actor {
                account: Uuid::nil(),
                role: Role::System,
                unit: None,
                unit_kind: String::new(),
                division: city,
                also: Vec::new(),
            },
            name: "系统".to_owned(),
            unit_name: String::new(),
            now,
            request_id: Uuid::nil(),
            address: String::new(),
            csrf: String::new(),
            must_change: false,
        }
    }

    /// The account, or nothing for the system.
    #[must_use]
    pub fn account(&self) -> Option<Uuid> {
        Some(self.actor.account).filter(|id| !id.is_nil())
    }

    /// A new row's id: sortable by the time of this request.
    #[must_use]
    pub fn new_id(&self) -> Uuid {
        Uuid::now_v7()
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Ctx {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        let ctx = parts.extensions.get::<Self>().cloned().ok_or(Error::SignedOut)?;
        Ok(ctx)
    }
}
