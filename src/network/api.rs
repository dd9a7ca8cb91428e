//! Quick search over divisions, for every screen that asks for a place.

use super::search;
use crate::ctx::Ctx;
use crate::error::Result;
use crate::rules::policy::Role;
use crate::state::App;
use crate::web::{Access, Json, Routes};
use axum::extract::{Query, State};
use serde::{Deserialize, Serialize};

const HITS: usize = 20;

/// Whoever writes down a place.
const PLACES: Access = Access::Roles(&[
    Role::Operator,
    Role::Lead,
    Role::City,
    Role::County,
    Role::Township,
    Role::Village,
    Role::Handler,
    Role::Reporter,
    Role::SysAdmin,
]);

pub(super) fn routes() -> Routes {
    Routes::new().get("/divisions/search", PLACES, find)
}

#[derive(Debug, Deserialize)]
struct Asked {
    #[serde(default)]
    q: String,
}

#[derive(Debug, Serialize)]
struct Found {
    code: String,
    name: String,
    path: String,
    tier: &'static str,
}

async fn find(State(app): State<App>, _: Ctx, Query(asked): Query<Asked>) -> Result<Json<Vec<Found>>> {
    let hits = search(app.db.read(), &asked.q, HITS).await?;
    let found = hits.into_iter().map(|hit| Found {
        code: hit.code,
        name: hit.name,
        path: hit.path,
        tier: hit.tier.label(),
    });
    Ok(Json(found.collect()))
}
