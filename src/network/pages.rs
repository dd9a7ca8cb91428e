//! The network on screen: coverage, units and posts, and their forms.

use super::coverage::{Coverage, Share, coverage};
use super::directory::{UnitLine, fit, role_name, units_at, villages_of};
use super::{PostChange, UnitChange, change, path_of, post_with_unit, rights};
use crate::clock;
use crate::ctx::Ctx;
use crate::entity::{division, post, unit};
use crate::error::{Error, FieldError, Result};
use crate::rules::division::{Division, Tier};
use crate::rules::policy::Role;
use crate::state::App;
use crate::web::routes::see_other;
use crate::web::{Access, Form, Routes, Shell, render, render_with};
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use chrono::NaiveDate;
use sea_orm::EntityTrait;
use serde::Deserialize;
use uuid::Uuid;

/// Whoever works with the network sees all of it; changing is another matter.
const READERS: Access = Access::Roles(&[Role::Lead, Role::City, Role::County, Role::Township, Role::SysAdmin]);
/// Whoever may change posts somewhere.
const KEEPERS: Access = Access::Roles(&[Role::City, Role::County, Role::Township, Role::SysAdmin]);
/// Whoever may change units somewhere.
const BUILDERS: Access = Access::Roles(&[Role::City, Role::County, Role::SysAdmin]);

pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/network", READERS, mine)
        .get("/network/places/{code}", READERS, place)
        .get("/network/posts/{id}", KEEPERS, post_form)
        .post("/network/posts/{id}", KEEPERS, post_save)
        .get("/network/units/{id}", BUILDERS, unit_form)
        .post("/network/units/{id}", BUILDERS, unit_save)
}

#[derive(Debug, Default, Deserialize)]
struct After {
    saved: Option<String>,
    open: Option<u64>,
}

impl After {
    fn words(&self) -> Option<String> {
        match (self.saved.as_deref(), self.open) {
            (Some("post"), Some(open)) if open > 0 => {
                Some(format!("岗位已保存。离任人名下还有 {open} 件在办个案，请改派"))
            }
            (Some("post"), _) => Some("岗位已保存".to_owned()),
            (Some("unit"), _) => Some("机构已保存".to_owned()),
            _ => None,
        }
    }
}

struct Crumb {
    href: String,
    name: String,
}

struct CoverageRow {
    href: String,
    name: String,
    villages: String,
    townships: String,
    units: String,
    overdue: usize,
    full: bool,
}

impl CoverageRow {
    fn of(covered: &Coverage) -> Self {
        let full = |share: Share| share.held == share.required;
        Self {
            href: place_href(&covered.division),
            name: covered.name.clone(),
            villages: words(covered.villages),
            townships: words(covered.townships),
            units: words(covered.units),
            overdue: covered.overdue,
            full: full(covered.villages) && full(covered.townships) && full(covered.units),
        }
    }
}

/// `12/13（92%）`
fn words(share: Share) -> String {
    match share.percent() {
        Some(percent) => format!("{}/{}（{percent}%）", share.held, share.required),
        None => "不设".to_owned(),
    }
}

fn place_href(place: &Division) -> String {
    format!("/network/places/{place}")
}

#[derive(Template)]
#[template(path = "network/place.html")]
struct PlacePage {
    shell: Shell,
    name: String,
    crumbs: Vec<Crumb>,
    tier: &'static str,
    note: String,
    rows: Vec<CoverageRow>,
    total: Option<CoverageRow>,
    units: Vec<UnitLine>,
    villages: Vec<UnitLine>,
    may_import: bool,
}

async fn mine(State(app): State<App>, ctx: Ctx, Query(after): Query<After>) -> Result<Response> {
    let tier = match ctx.actor.role {
        Role::County => Tier::County,
        Role::Township => Tier::Township,
        _ => Tier::City,
    };
    let home = ctx
        .actor
        .division
        .at(tier)
        .unwrap_or_else(|| ctx.actor.division.clone());
    show(&app, &ctx, &home, &after).await
}

async fn place(
    State(app): State<App>,
    ctx: Ctx,
    Path(code): Path<String>,
    Query(after): Query<After>,
) -> Result<Response> {
    let place = Division::parse(&code).map_err(|_| Error::NotFound)?;
    show(&app, &ctx, &place, &after).await
}

async fn show(app: &App, ctx: &Ctx, place: &Division, after: &After) -> Result<Response> {
    let db = app.db.read();
    let row = division::Entity::find_by_id(place.code())
        .one(db)
        .await?
        .ok_or(Error::NotFound)?;
    let mut crumbs = Vec::new();
    for above in Tier::ALL.into_iter().filter(|tier| *tier < place.tier()) {
        if let Some(above) = place.at(above) {
            let found = division::Entity::find_by_id(above.code()).one(db).await?;
            let href = place_href(&above);
            crumbs.extend(found.map(|row| Crumb { href, name: row.name }));
        }
    }
    let covered = match place.tier() {
        Tier::City | Tier::County => coverage(db, place, ctx.now).await?,
        Tier::Township | Tier::Village => Vec::new(),
    };
    let note = match (row.statutory, row.note.is_empty()) {
        (true, _) => row.note,
        (false, true) => "统计单元，非法定区划".to_owned(),
        (false, false) => format!("统计单元：{}", row.note),
    };
    render(&PlacePage {
        shell: Shell::new(app, ctx, &format!("{} 网络", row.name), "/network").flash(after.words()),
        name: row.name,
        crumbs,
        tier: place.tier().label(),
        note,
        rows: covered.iter().map(CoverageRow::of).collect(),
        total: sum(&covered, place),
        units: units_at(app, ctx, place).await?,
        villages: villages_of(app, ctx, place).await?,
        may_import: rights::imports(&ctx.actor),
    })
}

/// The line under the table.
fn sum(covered: &[Coverage], place: &Division) -> Option<CoverageRow> {
    let add = |of: fn(&Coverage) -> Share| {
        covered.iter().map(of).fold(Share::default(), |all, one| Share {
            held: all.held + one.held,
            required: all.required + one.required,
        })
    };
    let total = Coverage {
        division: place.clone(),
        name: "合计".to_owned(),
        villages: add(|one| one.villages),
        townships: add(|one| one.townships),
        units: add(|one| one.units),
        overdue: covered.iter().map(|one| one.overdue).sum(),
    };
    (!covered.is_empty()).then(|| CoverageRow::of(&total))
}

#[derive(Debug, Default, Deserialize)]
struct PostForm {
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
                let day = clock::typed_day(text);
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
        fit,
    })
}

/// The page on which a division's units are listed.
fn back(place: &Division) -> String {
    match place.tier() {
        Tier::Village => place
            .parent()
            .map_or_else(|| "/network".to_owned(), |above| place_href(&above)),
        _ => place_href(place),
    }
}

async fn post_form(State(app): State<App>, ctx: Ctx, Path(id): Path<Uuid>) -> Result<Response> {
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

async fn post_save(
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

#[derive(Debug, Default, Deserialize)]
struct UnitForm {
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

async fn unit_form(State(app): State<App>, ctx: Ctx, Path(id): Path<Uuid>) -> Result<Response> {
    let unit = super::unit(app.db.read(), id).await?;
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

async fn unit_save(
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
    let unit = super::unit(app.db.read(), id).await?;
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
