//! The description of the JSON interface, generated from the code that serves
//! it.

use crate::state::App;
use crate::web::{Access, Routes};
use crate::{accounts, casefile, intake, tasks, visits};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use utoipa::openapi::{InfoBuilder, OpenApi, OpenApiBuilder};

/// `/api/v1/openapi.json`.
#[must_use]
pub fn routes() -> Routes {
    Routes::new().get("/api/v1/openapi.json", Access::Public, show)
}

/// Every JSON endpoint of every feature.
#[must_use]
pub fn document() -> OpenApi {
    let info = InfoBuilder::new()
        .title("童护")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "会话凭 cookie；出错时返回 application/problem+json：type、title、status、detail、errors[{pointer, message}]、request_id。",
        ))
        .build();
    let mut whole = OpenApiBuilder::new().info(info).build();
    for part in [
        accounts::api::openapi(),
        intake::openapi(),
        casefile::openapi(),
        tasks::openapi(),
        visits::openapi(),
    ] {
        whole.merge(part);
    }
    whole
}

async fn show(State(_): State<App>) -> Response {
    axum::Json(document()).into_response()
}
