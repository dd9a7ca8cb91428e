//! The form of a unit.

use super::back;
use crate::ctx::Ctx;
use crate::entity::unit;
use crate::error::{Error, Result};
use crate::network::{UnitChange, change, path_of, rights};
use crate::rules::division::Division;
use crate::state::App;
use crate::web::routes::see_other;
use crate::web::{Form, Shell, render, render_with};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use uuid::Uuid;

#[derive(Debug, Default, Deserialize)]
pub(super) struct UnitForm {
    #[serde(default)]
    name: String,
    #[serde(default)]
    phone: String,
    #[serde(default)]
    active: bool,
    #[serde(default)]
    version: i32,
}

#[derive(Template)]
#[template(path = "network/unit.html")]
struct UnitPage {
    shell: Shell,
    id: Uuid,
    kind: String,
    place: String,
    back: String,
    form: UnitForm,
}

async fn unit_page(app: &App, ctx: &Ctx, unit: unit::Model, form: UnitForm) -> Result<UnitPage> {
    let place = Division::parse(&unit.division)?;
    let kind = crate::rules::codes::unit_kind(&unit.kind);
    Ok(UnitPage {
        shell: Shell::new(app, ctx, &unit.name, "/network"),
        id: unit.id,
        kind: kind.map_or_else(|| unit.kind.clone(), |kind| kind.name.clone()),
        place: path_of(app.db.read(), &place).await?,
        back: back(&place),
        form,
    })
}

pub(super) async fn unit_form(State(app): State<App>, ctx: Ctx, Path(id): Path<Uuid>) -> Result<Response> {
    let unit = crate::network::unit(app.db.read(), id).await?;
    if !rights::manages_unit(&ctx.actor, &unit) {
        return Err(Error::Forbidden(Error::denied("unit.change", None)));
    }
    let form = UnitForm {
        name: unit.name.clone(),
        phone: change::phone(&app.vault, &unit)?,
        active: unit.active,
        version: unit.version,
    };
    render(&unit_page(&app, &ctx, unit, form).await?)
}

pub(super) async fn unit_save(
    State(app): State<App>,
    ctx: Ctx,
    Path(id): Path<Uuid>,
    Form(form): Form<UnitForm>,
) -> Result<Response> {
    let change = UnitChange {
        name: form.name.clone(),
        active: form.active,
        phone: form.phone.clone(),
        version: form.version,
    };
    let saved = change::change_unit(&app, &ctx, id, &change).await;
    let unit = crate::network::unit(app.db.read(), id).await?;
    match saved {
        Ok(()) => {
            let place = Division::parse(&unit.division)?;
            Ok(see_other(&format!("{}?saved=unit", back(&place))))
        }
        Err(Error::Invalid(faults)) => {
            let mut page = unit_page(&app, &ctx, unit, form).await?;
            page.shell = page.shell.errors(faults);
            render_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(error) => Err(error),
    }
}
