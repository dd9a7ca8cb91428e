//! Whether every open report and case has somebody who answers for it.

use super::list;
use crate::entity::{account, protection_case, unit};
use crate::error::Result;
use crate::rules::division::{Division, Tier};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use std::collections::{BTreeSet, HashMap, HashSet};
use uuid::Uuid;

const REPORT_UNOWNED: &str = "SELECT r.number AS what FROM report r WHERE r.state IN ('draft', 'screening') \
    AND NOT EXISTS (SELECT 1 FROM account a WHERE a.id = r.opened_by AND a.disabled_at IS NULL) \
    AND NOT EXISTS (SELECT 1 FROM unit u WHERE u.id = r.unit_id AND u.active) ORDER BY 1";

const CASE_UNOWNED: &str = "SELECT c.number AS what FROM protection_case c WHERE c.stage NOT IN ('closed', 'merged') \
    AND (NOT EXISTS (SELECT 1 FROM unit u WHERE u.id = c.lead_unit AND u.active) \
    OR NOT EXISTS (SELECT 1 FROM case_unit p WHERE p.case_id = c.id AND p.unit_id = c.lead_unit \
    AND p.part = 'lead' AND p.until IS NULL)) ORDER BY 1";

/// Open reports without anybody.
pub(super) async fn reports(db: &impl ConnectionTrait) -> Result<Vec<String>> {
    list(db, REPORT_UNOWNED, []).await
}

/// Open cases without a lead, or whose lead finds nobody: not in the unit, nor
/// at the township's station, the county's centre or the city's office.
pub(super) async fn cases(db: &impl ConnectionTrait) -> Result<Vec<String>> {
    let mut found = list(db, CASE_UNOWNED, []).await?;
    let open = protection_case::Entity::find()
        .filter(protection_case::Column::Stage.is_not_in(["closed", "merged"]))
        .order_by_asc(protection_case::Column::Number)
        .all(db)
        .await?;
    let manned: HashSet<Uuid> = account::Entity::find()
        .filter(account::Column::DisabledAt.is_null())
        .all(db)
        .await?
        .into_iter()
        .filter_map(|account| account.unit_id)
        .collect();
    let units: HashMap<Uuid, unit::Model> = unit::Entity::find()
        .all(db)
        .await?
        .into_iter()
        .map(|unit| (unit.id, unit))
        .collect();
    let above: HashMap<(&str, &str), Uuid> = units
        .values()
        .filter(|unit| unit.active)
        .map(|unit| ((unit.kind.as_str(), unit.division.as_str()), unit.id))
        .collect();
    let reached =
        |lead: &Uuid| manned.contains(lead) || units.get(lead).is_some_and(|unit| climbs(unit, &above, &manned));
    let leads: BTreeSet<Uuid> = open.iter().map(|case| case.lead_unit).collect();
    let lost: BTreeSet<Uuid> = leads.into_iter().filter(|lead| !reached(lead)).collect();
    found.extend(
        open.into_iter()
            .filter(|case| lost.contains(&case.lead_unit))
            .map(|case| case.number),
    );
    Ok(found)
}

/// Whether somebody sits above a unit.
fn climbs(unit: &unit::Model, above: &HashMap<(&str, &str), Uuid>, manned: &HashSet<Uuid>) -> bool {
    let Ok(place) = Division::parse(&unit.division) else {
        return false;
    };
    let steps = [(Tier::Township, "TMP"), (Tier::County, "MPC"), (Tier::City, "MPO")];
    steps.into_iter().any(|(tier, kind)| {
        let top = place.at(tier);
        let next = top.as_ref().and_then(|top| above.get(&(kind, top.code())));
        next.is_some_and(|unit| manned.contains(unit))
    })
}
