//! `GET /cases/{id}/joint`.

use super::{Picture, picture};
use crate::ctx::Ctx;
use crate::error::Result;
use crate::journal::{self, Act, Entry};
use crate::state::App;
use crate::web::{Access, Routes, Shell, render};
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use uuid::Uuid;

pub(super) fn routes() -> Routes {
    Routes::new().get("/cases/{id}/joint", Access::CASEWORK, show)
}

#[derive(Template)]
#[template(path = "joint/show.html")]
struct JointPage {
    shell: Shell,
    joint: Picture,
    back: Option<String>,
}

async fn show(State(app): State<App>, ctx: Ctx, Path(id): Path<Uuid>) -> Result<Response> {
    let joint = picture(&app, &ctx, id).await?;
    journal::viewed(&app.db, &ctx, Entry::new(Act::CaseViewed).case(id)).await?;
    let title = format!("协同办理 {}", joint.number);
    render(&JointPage {
        shell: Shell::new(&app, &ctx, &title, "/cases"),
        back: joint.whole.then(|| format!("/cases/{id}")),
        joint,
    })
}
