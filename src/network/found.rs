//! The first network: every division of the list, the standard units of every
//! kind at their tier, and their posts, all vacant.

use super::keys::Keys;
use crate::ctx::Ctx;
use crate::entity::{division, post, unit};
use crate::error::Result;
use crate::journal::{self, Act, Entry};
use crate::rules::codes::{self, DivisionRow, UnitKind};
use crate::rules::division::{Division, Tier};
use crate::state::App;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ConnectionTrait, EntityTrait, PaginatorTrait};
use serde_json::json;
use uuid::Uuid;

/// Rows per statement: far below what either database binds at most.
const CHUNK: usize = 500;

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
    let rows = codes::divisions();
    insert(&tx, rows.iter().map(division_row)).await?;
    let units: Vec<unit::Model> = standing(rows).flat_map(|place| units_of(ctx, &place)).collect();
    let posts: Vec<post::ActiveModel> = units.iter().flat_map(|unit| posts_of(ctx, unit)).collect();
    let detail = json!({ "divisions": rows.len(), "units": units.len(), "posts": posts.len() });
    insert(&tx, units.into_iter().map(unit_row)).await?;
    insert(&tx, posts).await?;
    journal::commit(tx, ctx, Entry::new(Act::NetworkImported).detail(detail)).await
}

/// Inserts rows in chunks.
pub(super) async fn insert<A: ActiveModelTrait + Send>(
    tx: &impl ConnectionTrait,
    rows: impl IntoIterator<Item = A>,
) -> Result<()> {
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let chunk: Vec<A> = rows.by_ref().take(CHUNK).collect();
        A::Entity::insert_many(chunk).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// The divisions in which units stand: not the functional area, which is no
/// county (RT11 says who takes its matters), and not what only exists for
/// statistics — villages of that kind, and townships without a real village.
fn standing(rows: &[DivisionRow]) -> impl Iterator<Item = Division> {
    let real: Vec<&str> = rows
        .iter()
        .filter(|row| row.statutory && row.tier == Some(Tier::Village))
        .map(|row| row.parent_code.as_str())
        .collect();
    rows.iter()
        .filter(move |row| row.statutory || (row.tier == Some(Tier::Township) && real.contains(&row.code.as_str())))
        .filter_map(|row| Division::parse(&row.code).ok())
}

fn division_row(row: &DivisionRow) -> division::ActiveModel {
    let keys = Keys::of(&row.name);
    division::ActiveModel {
        code: Set(row.code.clone()),
        name: Set(row.name.clone()),
        tier: Set(row.tier.map_or("", Tier::code).to_owned()),
        parent: Set(Some(row.parent_code.clone()).filter(|code| !code.is_empty())),
        kind: Set(row.kind.clone()),
        statutory: Set(row.statutory),
        initials: Set(keys.initials),
        pinyin: Set(keys.pinyin),
        note: Set(row.note.clone()),
    }
}

fn units_of(ctx: &Ctx, place: &Division) -> Vec<unit::Model> {
    let stands = |kind: &&UnitKind| !kind.by_import && kind.tiers.contains(&place.tier());
    codes::unit_kinds()
        .iter()
        .filter(stands)
        .filter_map(|kind| {
            Some(unit::Model {
                id: ctx.new_id(),
                kind: kind.code.clone(),
                name: codes::unit_name(&kind.code, place)?,
                division: place.code().to_owned(),
                active: true,
                phone: None,
                version: 1,
            })
        })
        .collect()
}

fn unit_row(unit: unit::Model) -> unit::ActiveModel {
    unit::ActiveModel {
        id: Set(unit.id),
        kind: Set(unit.kind),
        name: Set(unit.name),
        division: Set(unit.division),
        active: Set(unit.active),
        phone: Set(unit.phone),
        version: Set(unit.version),
    }
}

/// The posts that a unit has by its kind and tier, all vacant.
pub(super) fn posts_of(ctx: &Ctx, unit: &unit::Model) -> Vec<post::ActiveModel> {
    let tier = Division::parse(&unit.division).map(|place| place.tier());
    let Ok(tier) = tier else {
        return Vec::new();
    };
    codes::post_roles()
        .iter()
        .filter(|role| role.kinds.contains(&unit.kind) && role.tiers.contains(&tier))
        .map(|role| vacant(ctx, unit.id, &role.code))
        .collect()
}

/// A vacant post.
pub(super) fn vacant(ctx: &Ctx, unit: Uuid, role: &str) -> post::ActiveModel {
    post::ActiveModel {
        id: Set(ctx.new_id()),
        unit_id: Set(unit),
        role: Set(role.to_owned()),
        holder_id: Set(None),
        stand_in_id: Set(None),
        leave_from: Set(None),
        leave_until: Set(None),
        vacant_since: Set(Some(ctx.now)),
        active: Set(true),
        version: Set(1),
    }
}
