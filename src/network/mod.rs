//! The four-tier network: divisions, the units that stand in them, and the
//! posts within these.

mod api;
mod appoint;
mod change;
mod coverage;
mod directory;
mod found;
mod import;
mod keys;
mod load;
mod pages;
mod rights;
mod roster;
mod search;
mod upload;
#[cfg(test)]
mod tests;

pub use appoint::{add_unit, appoint, unit_at};
pub use change::{
    HandedOver, Leaving, PostChange, UnitChange, change_post, change_unit, leaving, open_cases, post_with_unit, seat,
};
pub use coverage::{Coverage, Share, VACANT_DAYS, coverage};
pub use found::found;
pub(crate) use found::insert as insert_rows;
pub use import::{EXTRA_DAYS, LARGEST, Report, WORKING_HOURS, What, calendar, import};
pub(crate) use import::{Sheet, SheetRow};
pub use load::{MOST, children_of};
pub(crate) use roster::on_leave;
pub use roster::{above, roster};
pub use search::{DivisionHit, Meant, UNCLEAR, meant, path_of, resolve, search};
pub(crate) use upload::{BODY, Shown, Upload, each_part};

use crate::entity::unit;
use crate::error::{Error, Result};
use crate::rules::division::Division;
use crate::web::Routes;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

/// The routes of the feature.
#[must_use]
pub fn routes() -> Routes {
    api::routes().merge(pages::routes()).merge(upload::routes())
}

/// A unit.
///
/// # Errors
/// [`Error::NotFound`] when there is none with this id.
pub async fn unit(db: &impl ConnectionTrait, id: Uuid) -> Result<unit::Model> {
    unit::Entity::find_by_id(id).one(db).await?.ok_or(Error::NotFound)
}

/// The name of a unit; empty when there is none with this id.
///
/// # Errors
/// When the database refuses.
pub async fn unit_name(db: &impl ConnectionTrait, id: Uuid) -> Result<String> {
    let unit = unit::Entity::find_by_id(id).one(db).await?;
    Ok(unit.map(|unit| unit.name).unwrap_or_default())
}

/// The active units of a kind in a subtree, in order of their divisions.
///
/// # Errors
/// When the database refuses.
pub async fn units_of(db: &impl ConnectionTrait, kind: &str, within: &Division) -> Result<Vec<unit::Model>> {
    let units = unit::Entity::find()
        .filter(unit::Column::Kind.eq(kind))
        .filter(unit::Column::Active.eq(true))
        .filter(roster::within(within))
        .order_by_asc(unit::Column::Division)
        .order_by_asc(unit::Column::Name);
    Ok(units.all(db).await?)
}
