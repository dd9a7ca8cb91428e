//! The directory for programs.

use super::near::{Near, near};
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::network;
use crate::rules::codes;
use crate::state::App;
use crate::web::{Access, Json, Routes};
use axum::extract::{Query, State};
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};
use uuid::Uuid;

/// So many at most.
const MOST: usize = 100;

pub(super) fn routes() -> Routes {
    Routes::new().get("/api/v1/services", Access::CASEWORK, index)
}

#[derive(OpenApi)]
#[openapi(paths(index), components(schemas(ServiceOut, ServicesOut)))]
struct Doc;

/// The feature's part of the OpenAPI document.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    Doc::openapi()
}

/// A service.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ServiceOut {
    id: Uuid,
    /// `shelter`, `mpc`, `hospital`, `home`, `legal_aid`, `psychology`, `school`, `police`, `other`.
    #[schema(example = "hospital")]
    kind: String,
    name: String,
    /// Twelve digits.
    division: String,
    /// The same in words.
    place: String,
    /// Empty where it is not to be known.
    address: String,
    phone: String,
    hours: String,
    note: String,
    /// 本村, 本乡镇, 本县, 全市, 外县; empty when no place was asked for.
    how_near: &'static str,
}

impl From<Near> for ServiceOut {
    fn from(near: Near) -> Self {
        Self {
            id: near.row.id,
            kind: near.row.kind,
            name: near.row.name,
            division: near.row.division,
            place: near.place,
            address: near.row.address,
            phone: near.row.phone,
            hours: near.row.hours,
            note: near.row.note,
            how_near: near.how_near,
        }
    }
}

/// Services, nearest first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ServicesOut {
    items: Vec<ServiceOut>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wanted {
    division: String,
    kind: String,
    limit: Option<usize>,
}

/// The services near a place: the same village first, then the township, the
/// county, the city.
#[utoipa::path(
    get,
    path = "/api/v1/services",
    tag = "services",
    params(
        ("division" = Option<String>, Query, description = "6, 9 or 12 digits, or a name that only one place bears"),
        ("kind" = Option<String>, Query, description = "one kind alone"),
        ("limit" = Option<usize>, Query, description = "1 to 100, 20 by default"),
    ),
    responses(
        (
            status = 200, description = "Nearest first", body = ServicesOut,
            example = json!({ "items": [{
                "id": "01993f00-0000-7000-8000-000000000051", "kind": "hospital", "name": "应县演示医院",
                "division": "140622000000", "place": "应县", "address": "城区一号路", "phone": "0349-0001234",
                "hours": "全天", "note": "", "how_near": "本县"
            }] })
        ),
        (status = 422, description = "An unknown place, kind or limit"),
    )
)]
async fn index(State(app): State<App>, _: Ctx, Query(wanted): Query<Wanted>) -> Result<Json<ServicesOut>> {
    let db = app.db.read();
    let place = match wanted.division.trim() {
        "" => None,
        typed => {
            let found = network::resolve(db, typed).await?;
            Some(found.ok_or_else(|| Error::field("division", network::UNCLEAR))?)
        }
    };
    let kind = match wanted.kind.trim() {
        "" => None,
        code => {
            let known = codes::service_kind(code);
            Some(
                known
                    .ok_or_else(|| Error::field("kind", "没有这一类别，核对接口说明"))?
                    .code
                    .as_str(),
            )
        }
    };
    let limit = wanted.limit.unwrap_or(20);
    if !(1..=MOST).contains(&limit) {
        return Err(Error::field("limit", "每次取 1 到 100 条"));
    }
    let found = near(db, place.as_ref(), kind, limit).await?;
    Ok(Json(ServicesOut {
        items: found.into_iter().map(ServiceOut::from).collect(),
    }))
}
