//! Filling posts and adding units outside the screens: the demonstration and
//! the import use these inside their own transaction.

use crate::ctx::Ctx;
use crate::entity::{post, unit};
use crate::error::{Error, Result};
use crate::rules::codes;
use crate::rules::division::Division;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder,
};
use uuid::Uuid;

/// Puts a person into a unit's post; the post exists or is made.
///
/// # Errors
/// When the database refuses.
pub async fn appoint(tx: &impl ConnectionTrait, ctx: &Ctx, unit: Uuid, role: &str, account: Uuid) -> Result<()> {
    let found = post::Entity::find()
        .filter(post::Column::UnitId.eq(unit))
        .filter(post::Column::Role.eq(role))
        .one(tx)
        .await?;
    if let Some(row) = found {
        let version = row.version;
        let mut row = row.into_active_model();
        row.holder_id = Set(Some(account));
        row.vacant_since = Set(None);
        row.version = Set(version + 1);
        row.update(tx).await?;
        return Ok(());
    }
    let row = post::ActiveModel {
        id: Set(ctx.new_id()),
        unit_id: Set(unit),
        role: Set(role.to_owned()),
        holder_id: Set(Some(account)),
        stand_in_id: Set(None),
        leave_from: Set(None),
        leave_until: Set(None),
        vacant_since: Set(None),
        alerted_at: Set(None),
        alerted_above_at: Set(None),
        active: Set(true),
        version: Set(1),
    };
    row.insert(tx).await?;
    Ok(())
}

/// Adds a unit that no rule founds: a school, a hospital, a social-work body.
///
/// # Errors
/// When the database refuses.
pub async fn add_unit(tx: &impl ConnectionTrait, ctx: &Ctx, kind: &str, name: &str, place: &Division) -> Result<Uuid> {
    let id = ctx.new_id();
    let row = unit::ActiveModel {
        id: Set(id),
        kind: Set(kind.to_owned()),
        name: Set(name.to_owned()),
        division: Set(place.code().to_owned()),
        active: Set(true),
        phone: Set(None),
        version: Set(1),
    };
    row.insert(tx).await?;
    Ok(id)
}

/// The active unit of a kind that stands exactly in a division; where
/// institutions share the kind, the one with the standard name.
///
/// # Errors
/// [`Error::NotFound`] where there is none.
pub async fn unit_at(db: &impl ConnectionTrait, kind: &str, place: &Division) -> Result<unit::Model> {
    let mut units = unit::Entity::find()
        .filter(unit::Column::Kind.eq(kind))
        .filter(unit::Column::Division.eq(place.code()))
        .filter(unit::Column::Active.eq(true))
        .order_by_asc(unit::Column::Id)
        .all(db)
        .await?;
    let standard = codes::unit_name(kind, place);
    units.sort_by_key(|unit| Some(&unit.name) != standard.as_ref());
    units.into_iter().next().ok_or(Error::NotFound)
}
