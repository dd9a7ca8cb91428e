//! The first network: every division of the list, the standard units of every
//! kind at their tier, and their posts, all vacant.

use super::keys::Keys;
use crate::ctx::Ctx;
use crate::db::insert_all;
use crate::entity::{division, post, unit};
use crate::error::Result;
use crate::journal::{self, Act, Entry};
use crate::rules::codes::{self, DivisionRow, UnitKind};
use crate::rules::division::{Division, Tier};
use crate::state::App;
use sea_orm::{ActiveModelTrait, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait};
use serde_json::json;
use uuid::Uuid;

/// Founds the network on an empty database: divisions, units, vacant posts, in
/// one transaction. Does nothing where there are divisions.
///
/// # Errors
/// When the database refuses; then nothing was founded.
pub async fn found(app: &App, ctx: &Ctx) -> Result<()> {
    if division::Entity::find().count(app.db.read()).await? > 0 {
        return Ok(());
    }
    let tx = app.db.begin().await?;
    if division::Entity::find().count(&tx).await? > 0 {
        return Ok(());
    }
    let rows: Vec<division::Model> = codes::divisions().iter().map(division_model).collect();
    let units: Vec<unit::Model> = rows
        .iter()
        .filter(|row| stands(row, &rows))
        .flat_map(|row| units_of(ctx, row))
        .collect();
    let posts: Vec<post::Model> = units.iter().flat_map(|unit| posts_of(ctx, unit)).collect();
    let detail = json!({ "divisions": rows.len(), "units": units.len(), "posts": posts.len() });
    insert(&tx, rows.into_iter().map(division_row)).await?;
    insert(&tx, units.into_iter().map(unit_row)).await?;
    insert(&tx, posts.into_iter().map(|post| post.into_active_model().reset_all())).await?;
    journal::commit(tx, ctx, Entry::new(Act::NetworkImported).detail(detail)).await
}

/// Inserts rows in chunks.
pub(crate) async fn insert<A: ActiveModelTrait + Send>(
    tx: &impl ConnectionTrait,
    rows: impl IntoIterator<Item = A>,
) -> Result<()> {
    Ok(insert_all(tx, rows.into_iter().collect()).await?)
}

/// Whether units stand in a division: not in the functional area, which is no
/// county (RT11 says who takes its matters), and not in what only exists for
/// statistics — villages of that kind, and townships without a real village.
pub(super) fn stands(row: &division::Model, all: &[division::Model]) -> bool {
    let township = row.tier == Tier::Township.code();
    let lives = |below: &division::Model| below.statutory && below.parent.as_deref() == Some(&row.code);
    row.statutory || (township && all.iter().any(lives))
}

fn division_model(row: &DivisionRow) -> division::Model {
    let keys = Keys::of(&row.name);
    division::Model {
        code: row.code.clone(),
        name: row.name.clone(),
        tier: row.tier.map_or("", Tier::code).to_owned(),
        parent: Some(row.parent_code.clone()).filter(|code| !code.is_empty()),
        kind: row.kind.clone(),
        statutory: row.statutory,
        initials: keys.initials,
        pinyin: keys.pinyin,
        note: row.note.clone(),
    }
}

/// A new row of a division.
pub(super) fn division_row(row: division::Model) -> division::ActiveModel {
    row.into_active_model().reset_all()
}

/// A new row of a unit.
pub(super) fn unit_row(unit: unit::Model) -> unit::ActiveModel {
    unit.into_active_model().reset_all()
}

/// The standard units of a division by its tier, named after it.
pub(super) fn units_of(ctx: &Ctx, row: &division::Model) -> Vec<unit::Model> {
    let Some(tier) = Tier::parse(&row.tier) else {
        return Vec::new();
    };
    let stands = |kind: &&UnitKind| !kind.by_import && kind.tiers.contains(&tier);
    codes::unit_kinds()
        .iter()
        .filter(stands)
        .map(|kind| unit::Model {
            id: ctx.new_id(),
            kind: kind.code.clone(),
            name: codes::name_unit(kind, tier, &row.name),
            division: row.code.clone(),
            active: true,
            phone: None,
            version: 1,
        })
        .collect()
}

/// The posts that a unit has by its kind and tier, all vacant. Institutions
/// that come by import have their posts wherever they stand.
pub(super) fn posts_of(ctx: &Ctx, unit: &unit::Model) -> Vec<post::Model> {
    let Ok(place) = Division::parse(&unit.division) else {
        return Vec::new();
    };
    let imported =
        codes::unit_kind(&unit.kind).is_some_and(|kind| kind.by_import || !kind.tiers.contains(&place.tier()));
    codes::post_roles()
        .iter()
        .filter(|role| role.kinds.contains(&unit.kind) && (imported || role.tiers.contains(&place.tier())))
        .map(|role| vacant(ctx, unit.id, &role.code))
        .collect()
}

/// A vacant post.
pub(super) fn vacant(ctx: &Ctx, unit: Uuid, role: &str) -> post::Model {
    post::Model {
        id: ctx.new_id(),
        unit_id: unit,
        role: role.to_owned(),
        holder_id: None,
        stand_in_id: None,
        leave_from: None,
        leave_until: None,
        vacant_since: Some(ctx.now),
        // Nobody has left it: what a network is founded without, coverage shows.
        alerted_at: Some(ctx.now),
        alerted_above_at: Some(ctx.now),
        active: true,
        version: 1,
    }
}
