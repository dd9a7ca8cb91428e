//! The form of a post: who holds it, who stands in, leave.

use super::back;
use crate::clock;
use crate::ctx::Ctx;
use crate::entity::{post, unit};
use crate::error::{Error, FieldError, Result};
use crate::network::directory::{fit, role_name};
use crate::network::{PostChange, change, load, path_of, post_with_unit, rights};
use crate::rules::division::Division;
use crate::state::App;
use crate::web::routes::see_other;
use crate::web::{Form, Shell, render, render_with};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use chrono::NaiveDate;
use serde::Deserialize;
use uuid::Uuid;

#[derive(Debug, Default, Deserialize)]
pub(super) struct PostForm {
    #[serde(default)]
    holder: String,
    #[serde(default)]
    stand_in: String,
    #[serde(default)]
    leave_from: String,
    #[serde(default)]
    leave_until: String,
    #[serde(default)]
    version: i32,
    #[serde(default)]
    vacate: bool,
}

impl PostForm {
    fn change(&self) -> Result<PostChange> {
        let mut faults = Vec::new();
        let mut day = |field: &str, text: &str| match text.trim() {
            "" => None,
            text => {
                let day = clock::read_day(text);
                if day.is_none() {
                    faults.push(FieldError::new(field, "日期应为 2026-11-23 的样子"));
                }
                day
            }
        };
        let (leave_from, leave_until) = (
            day("leave_from", &self.leave_from),
            day("leave_until", &self.leave_until),
        );
        let change = PostChange {
            holder: Some(self.holder.clone()),
            stand_in: Some(self.stand_in.clone()),
            leave_from,
            leave_until,
            version: self.version,
        };
        match (self.vacate, faults.is_empty()) {
            (true, _) => Ok(PostChange {
                stand_in: change.stand_in,
                version: self.version,
                ..PostChange::default()
            }),
            (false, true) => Ok(change),
            (false, false) => Err(Error::Invalid(faults)),
        }
    }
}

#[derive(Template)]
#[template(path = "network/post.html")]
struct PostPage {
    shell: Shell,
    id: Uuid,
    role: String,
    unit: String,
    place: String,
    back: String,
    form: PostForm,
    held: bool,
    open_cases: u64,
    /// How many children the holder answers for, where that is too many.
    load: Option<usize>,
    limit: usize,
    /// Login name and staff name of whoever may sit here.
    fit: Vec<(String, String)>,
}

async fn post_page(app: &App, ctx: &Ctx, (post, unit): (post::Model, unit::Model), form: PostForm) -> Result<PostPage> {
    let place = Division::parse(&unit.division)?;
    let role = role_name(&post.role);
    let fit = fit(app, &post.role, &unit).await?;
    let open_cases = match post.holder_id {
        Some(holder) => change::open_cases(app.db.read(), holder).await?,
        None => 0,
    };
    let load = match post.holder_id {
        Some(holder) => load::children_of(app.db.read(), holder).await?,
        None => 0,
    };
    Ok(PostPage {
        shell: Shell::new(app, ctx, &format!("{role} · {}", unit.name), "/network"),
        id: post.id,
        role,
        place: path_of(app.db.read(), &place).await?,
        unit: unit.name,
        back: back(&place),
        form,
        held: post.holder_id.is_some(),
        open_cases,
        load: Some(load).filter(|count| *count > load::MOST),
        limit: load::MOST,
        fit,
    })
}

pub(super) async fn post_form(State(app): State<App>, ctx: Ctx, Path(id): Path<Uuid>) -> Result<Response> {
    let db = app.db.read();
    let (post, unit) = post_with_unit(db, id).await?;
    if !rights::manages_posts(&ctx.actor, &unit) {
        return Err(Error::Forbidden(Error::denied("post.change", None)));
    }
    let day = |day: Option<NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
    let form = PostForm {
        holder: change::username(db, post.holder_id).await?,
        stand_in: change::username(db, post.stand_in_id).await?,
        leave_from: day(post.leave_from),
        leave_until: day(post.leave_until),
        version: post.version,
        vacate: false,
    };
    render(&post_page(&app, &ctx, (post, unit), form).await?)
}

pub(super) async fn post_save(
    State(app): State<App>,
    ctx: Ctx,
    Path(id): Path<Uuid>,
    Form(form): Form<PostForm>,
) -> Result<Response> {
    let saved = match form.change() {
        Ok(change) => change::change_post(&app, &ctx, id, &change).await,
        Err(error) => Err(error),
    };
    let found = post_with_unit(app.db.read(), id).await?;
    match saved {
        Ok(left) if left.open_cases > 0 => {
            // Whoever was replaced leaves nothing behind either.
            let person = left.account.map(|id| id.to_string()).unwrap_or_default();
            Ok(see_other(&format!("/network/posts/{id}/handover?person={person}")))
        }
        Ok(left) => {
            let place = Division::parse(&found.1.division)?;
            Ok(see_other(&format!(
                "{}?saved=post&open={}",
                back(&place),
                left.open_cases
            )))
        }
        Err(Error::Invalid(faults)) if rights::manages_posts(&ctx.actor, &found.1) => {
            let mut page = post_page(&app, &ctx, found, form).await?;
            page.shell = page.shell.errors(faults);
            render_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(Error::Invalid(_)) => Err(Error::Forbidden(Error::denied("post.change", None))),
        Err(error) => Err(error),
    }
}
