//! Loading a measure for one purpose.

use crate::casework::{self, Source};
use crate::ctx::Ctx;
use crate::entity::{measure, protection_case};
use crate::error::{Error, Result};
use crate::rules::policy::{MeasureAction, MeasureFacts, measure_may};
use crate::rules::workflow::{Stage, Step};
use crate::sight;
use anyhow::Context;
use sea_orm::{ConnectionTrait, EntityTrait};
use uuid::Uuid;

/// The case of a measure.
///
/// # Errors
/// [`Error::NotFound`].
pub(super) async fn case_of(db: &impl ConnectionTrait, id: Uuid) -> Result<Uuid> {
    let row = measure::Entity::find_by_id(id).one(db).await?;
    row.map(|row| row.case_id).ok_or(Error::NotFound)
}

/// A measure with its case, as the person may act upon it. Within a
/// transaction the case is held until that ends, so that of two who act at
/// once the second reads what the first one left.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Hidden`], [`Error::Forbidden`].
pub async fn fetch(
    db: &impl Source,
    ctx: &Ctx,
    (case, id): (Uuid, Uuid),
    action: MeasureAction,
) -> Result<(measure::Model, protection_case::Model)> {
    let case = casework::load(db, case).await?;
    let row = super::one(db, case.id, id).await?;
    let facts = facts(db, &case, &row).await?;
    let denial = || Error::denied(&format!("Measure{action:?}"), Some(case.id));
    match (
        measure_may(&ctx.actor, action, &facts),
        measure_may(&ctx.actor, MeasureAction::View, &facts),
    ) {
        (true, _) => Ok((row, case)),
        (false, true) => Err(Error::Forbidden(denial())),
        (false, false) => Err(Error::Hidden(denial())),
    }
}

/// What the policy must know of a measure: the units that owe something on it
/// or did, the one it is addressed to, the one whose task brought it.
pub(super) async fn facts(
    db: &impl ConnectionTrait,
    case: &protection_case::Model,
    row: &measure::Model,
) -> Result<MeasureFacts> {
    let mut units = sight::measure_units(db, std::slice::from_ref(row)).await?;
    Ok(MeasureFacts {
        units: units.remove(&row.id).unwrap_or_default().into_iter().collect(),
        case: casework::facts(db, case).await?,
    })
}

/// Refuses records on a case that is over.
///
/// # Errors
/// [`Error::IllegalStep`].
pub fn open_stage(case: &protection_case::Model) -> Result<()> {
    let stage = Stage::parse(&case.stage).context("stage in the database")?;
    stage.after(&Step::Record)?;
    Ok(())
}
