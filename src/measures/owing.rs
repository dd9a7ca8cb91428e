//! Which unit of the network owes what a clock of a measure waits for.

use crate::casework::{self, steps};
use crate::ctx::Ctx;
use crate::entity::{measure, protection_case, unit};
use crate::error::Result;
use crate::network;
use crate::rules::division::{Division, Tier};
use crate::rules::level::Sensitivity;
use crate::rules::measures::Owner;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

/// The unit that owes. What has no unit of its own, or one that must not know
/// of the case, falls to the unit that leads it: nothing is owed by nobody.
pub(super) async fn unit(
    tx: &impl ConnectionTrait,
    ctx: &Ctx,
    (case, row): (&protection_case::Model, &measure::Model),
    owner: Owner,
) -> Result<Uuid> {
    let found = match owner {
        Owner::Lead => None,
        Owner::Addressee => row.addressee,
        Owner::County(kind) => of_kind(tx, case, kind).await?,
        Owner::Village => village(tx, case).await?,
    };
    let facts = casework::facts(tx, case).await?;
    let Some(unit) = found.filter(|unit| !facts.recused_units.contains(unit)) else {
        return Ok(case.lead_unit);
    };
    if owner == Owner::Village {
        let why = "按规定查访、应急安置（村级）";
        steps::take_part(tx, ctx, (case.id, unit), ("DL17", why)).await?;
    }
    Ok(unit)
}

/// The county's own unit of a kind, else the city's.
async fn of_kind(tx: &impl ConnectionTrait, case: &protection_case::Model, kind: &str) -> Result<Option<Uuid>> {
    let place = Division::parse(&case.division)?;
    for tier in [Tier::County, Tier::City] {
        let Some(top) = place.at(tier) else { continue };
        let units = network::units_of(tx, kind, &top).await?;
        let own = units.iter().find(|unit| unit.division == top.code());
        if let Some(unit) = own.or(units.first().filter(|_| tier == Tier::County)) {
            return Ok(Some(unit.id));
        }
    }
    Ok(None)
}

/// The village in which the child lives or is now; none where it is not known
/// or must not learn of the case.
async fn village(tx: &impl ConnectionTrait, case: &protection_case::Model) -> Result<Option<Uuid>> {
    let hidden = Sensitivity::from_number(case.sensitivity).is_none_or(|label| label == Sensitivity::L4);
    if hidden || !case.village_allowed {
        return Ok(None);
    }
    for code in case.residence.iter().chain(std::iter::once(&case.division)) {
        let place = Division::parse(code)?;
        if place.tier() != Tier::Village {
            continue;
        }
        if let Some(unit) = network::units_of(tx, "VIL", &place).await?.first() {
            return Ok(Some(unit.id));
        }
    }
    Ok(None)
}

/// The units that may be addressed: those of the child's county and the city's
/// own.
pub(super) async fn addressable(db: &impl ConnectionTrait, case: &protection_case::Model) -> Result<Vec<unit::Model>> {
    let place = Division::parse(&case.division)?;
    let mut within = Condition::any();
    if let Some(county) = place.at(Tier::County) {
        let (first, last) = county.range();
        within = within.add(unit::Column::Division.between(first, last));
    }
    if let Some(city) = place.at(Tier::City) {
        within = within.add(unit::Column::Division.eq(city.code()));
    }
    Ok(unit::Entity::find()
        .filter(unit::Column::Active.eq(true))
        .filter(unit::Column::Kind.is_not_in(["VIL", "HOT"]))
        .filter(within)
        .order_by_desc(unit::Column::Division)
        .order_by_asc(unit::Column::Kind)
        .order_by_asc(unit::Column::Name)
        .all(db)
        .await?)
}
