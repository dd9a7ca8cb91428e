//! Where a case is led once another place of the city has taken it.

use crate::clock;
use crate::entity::{account, case_unit, journal_entry, post, protection_case, recusal, transfer, unit};
use crate::error::Result;
use crate::network;
use crate::rules::division::{Division, Tier};
use crate::rules::policy::Part;
use crate::rules::transferflow::TransferState;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Acts that give a case another lead than the transfer did.
const LED_ANEW: [&str; 3] = ["case_redispatched", "dispute_ruled", "recusal_declared"];

/// The bodies of the network: where nobody fills their posts, the next one up
/// takes the case. Departments keep theirs.
const NETWORK: [(&str, Tier); 3] = [("TMP", Tier::Township), ("MPC", Tier::County), ("MPO", Tier::County)];

/// Open cases that a place has taken and that somebody beside it leads, or
/// somebody above it although there is somebody below.
pub(super) async fn misplaced(db: &impl ConnectionTrait) -> Result<Vec<String>> {
    let taken = transfer::Entity::find()
        .filter(transfer::Column::State.eq(TransferState::Confirmed.code()))
        .filter(transfer::Column::ToUnit.is_not_null())
        .order_by_asc(transfer::Column::EndedAt)
        .all(db)
        .await?;
    let latest: BTreeMap<Uuid, transfer::Model> = taken.into_iter().map(|row| (row.case_id, row)).collect();
    let mut found = Vec::new();
    for row in latest.values() {
        let case = protection_case::Entity::find_by_id(row.case_id)
            .filter(protection_case::Column::Stage.is_not_in(["closed", "merged"]))
            .one(db)
            .await?;
        if let Some(case) = case
            && !led_anew(db, row).await?
            && !stands(db, row, &case).await?
        {
            found.push(case.number);
        }
    }
    found.sort();
    Ok(found)
}

async fn led_anew(db: &impl ConnectionTrait, row: &transfer::Model) -> Result<bool> {
    let since = journal_entry::Entity::find()
        .filter(journal_entry::Column::CaseId.eq(row.case_id))
        .filter(journal_entry::Column::At.gte(row.ended_at))
        .filter(journal_entry::Column::Act.is_in(LED_ANEW))
        .one(db)
        .await?;
    Ok(since.is_some())
}

/// Whether the lead stands where the law of the house wants it.
async fn stands(db: &impl ConnectionTrait, row: &transfer::Model, case: &protection_case::Model) -> Result<bool> {
    let lead = network::unit(db, case.lead_unit).await?;
    let place = Division::parse(&lead.division)?;
    let read = |code: &Option<String>| code.as_deref().and_then(|code| Division::parse(code).ok());
    let (Some(to), Some(area)) = (read(&row.to_place), read(&row.to_area)) else {
        return Ok(false);
    };
    let county = to.at(Tier::County).filter(|_| area.tier() == Tier::County);
    if area.contains(&place) || county.is_some_and(|county| county.contains(&place)) {
        return Ok(true);
    }
    // 管辖: crime is where the law puts it, welfare where the household is
    // registered, wherever the child is looked after.
    let rule = rule(db, case).await?;
    let registered = read(&case.domicile).is_some_and(|home| home.contains(&place) || place.contains(&home));
    if lead.kind == "PSB" || (rule == "RT07" && registered) {
        return Ok(true);
    }
    if !place.contains(&to) {
        return Ok(false);
    }
    let network = matches!(lead.kind.as_str(), "TMP" | "MPC" | "MPO" | "HOT");
    // By type some kinds are led from above from the start.
    if !network || !rule.starts_with("RT") {
        return Ok(true);
    }
    Ok(!somebody_below(db, (row, case), (&to, place.tier())).await?)
}

/// By which rule the lead leads.
async fn rule(db: &impl ConnectionTrait, case: &protection_case::Model) -> Result<String> {
    let part = case_unit::Entity::find()
        .filter(case_unit::Column::CaseId.eq(case.id))
        .filter(case_unit::Column::UnitId.eq(case.lead_unit))
        .filter(case_unit::Column::Part.eq(Part::Lead.code()))
        .filter(case_unit::Column::Until.is_null())
        .one(db)
        .await?;
    Ok(part.map(|part| part.rule).unwrap_or_default())
}

/// Whether a body of the network below a tier had somebody on the day on which
/// the place took the case. What changed in its posts since then says nothing.
async fn somebody_below(
    db: &impl ConnectionTrait,
    (row, case): (&transfer::Model, &protection_case::Model),
    (to, tier): (&Division, Tier),
) -> Result<bool> {
    let blind = recusal::Entity::find().filter(recusal::Column::CaseId.eq(case.id));
    let blind = blind.all(db).await?;
    let units: BTreeSet<Uuid> = blind.iter().filter_map(|row| row.unit_id).collect();
    let people: BTreeSet<Uuid> = blind.iter().filter_map(|row| row.account_id).collect();
    for (kind, at) in NETWORK.into_iter().filter(|(_, at)| *at > tier) {
        let Some(place) = to.at(at) else { continue };
        let Ok(unit) = network::unit_at(db, kind, &place).await else {
            continue;
        };
        if !units.contains(&unit.id) && filled(db, (row, &unit), &people).await? {
            return Ok(true);
        }
    }
    Ok(false)
}

async fn filled(
    db: &impl ConnectionTrait,
    (row, unit): (&transfer::Model, &unit::Model),
    recused: &BTreeSet<Uuid>,
) -> Result<bool> {
    let posts = post::Entity::find()
        .filter(post::Column::UnitId.eq(unit.id))
        .filter(post::Column::Active.eq(true))
        .all(db)
        .await?;
    let held = |post: &post::Model| [post.holder_id, post.stand_in_id];
    // An involved person keeps out every unit in which they sit.
    if posts
        .iter()
        .flat_map(held)
        .flatten()
        .any(|person| recused.contains(&person))
    {
        return Ok(false);
    }
    let changed = journal_entry::Entity::find()
        .filter(journal_entry::Column::Act.eq("post_changed"))
        .filter(journal_entry::Column::Subject.is_in(posts.iter().map(|post| post.id)))
        .filter(journal_entry::Column::At.gte(row.ended_at))
        .one(db)
        .await?;
    if changed.is_some() {
        return Ok(false);
    }
    let day = row.ended_at.map(clock::day).unwrap_or_default();
    let sits = |post: &post::Model| {
        let holder = post.holder_id.filter(|_| !network::on_leave(post, day));
        holder.or(post.stand_in_id)
    };
    let there: Vec<Uuid> = posts.iter().filter_map(sits).collect();
    let active = account::Entity::find()
        .filter(account::Column::Id.is_in(there))
        .filter(account::Column::DisabledAt.is_null())
        .one(db)
        .await?;
    Ok(active.is_some())
}
