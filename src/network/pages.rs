//! The network on screen: coverage, units and posts, and their forms.

mod posts;
mod units;

use super::coverage::{Coverage, Share, coverage};
use super::directory::{UnitLine, units_at, villages_of};
use super::rights;
use crate::ctx::Ctx;
use crate::entity::division;
use crate::error::{Error, Result};
use crate::rules::division::{Division, Tier};
use crate::rules::policy::{self, Role};
use crate::state::App;
use crate::web::{Access, Routes, Shell, render};
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use sea_orm::EntityTrait;
use serde::Deserialize;

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
        .get("/network/posts/{id}", KEEPERS, posts::post_form)
        .post("/network/posts/{id}", KEEPERS, posts::post_save)
        .get("/network/units/{id}", BUILDERS, units::unit_form)
        .post("/network/units/{id}", BUILDERS, units::unit_save)
}

#[derive(Debug, Default, Deserialize)]
struct After {
    saved: Option<String>,
    open: Option<u64>,
    handed: Option<usize>,
    left: Option<usize>,
}

impl After {
    fn words(&self) -> Option<String> {
        match (self.saved.as_deref(), self.open) {
            (Some("post"), Some(open)) if open > 0 => {
                Some(format!("岗位已保存。离任人名下还有 {open} 件在办个案，请改派"))
            }
            (Some("post"), _) => Some("岗位已保存".to_owned()),
            (Some("handover"), _) => {
                let handed = self.handed.unwrap_or_default();
                Some(match self.left.filter(|left| *left > 0) {
                    None => format!("交接完成，移交 {handed} 项"),
                    Some(left) => {
                        format!("交接完成，移交 {handed} 项；另有 {left} 项所在机构没有其他在用人员，请尽快任命")
                    }
                })
            }
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
    may_import_children: bool,
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
        may_import_children: policy::imports_children(ctx.actor.role),
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

/// The page on which a division's units are listed.
fn back(place: &Division) -> String {
    match place.tier() {
        Tier::Village => place
            .parent()
            .map_or_else(|| "/network".to_owned(), |above| place_href(&above)),
        _ => place_href(place),
    }
}
