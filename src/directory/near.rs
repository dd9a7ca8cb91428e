//! What is near a place: the same village first, then the township, the county,
//! the city.

use crate::entity::service;
use crate::error::Result;
use crate::network;
use crate::rules::codes;
use crate::rules::division::{Division, Tier};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::BTreeSet;

/// No city has more.
const MOST: u64 = 5000;
const ELSEWHERE: &str = "外县";

/// A service as seen from a place.
#[derive(Debug, Clone)]
pub struct Near {
    /// The row.
    pub row: service::Model,
    /// Its kind in words.
    pub kind: String,
    /// 本村、本乡镇、本县、全市; empty where no place was named.
    pub how_near: &'static str,
    /// Where it is, in words.
    pub place: String,
}

/// How far a service is: the narrowest tier that both share.
fn distance(service: &Division, child: &Division) -> (u8, &'static str) {
    let shares = |tier: Tier| service.at(tier).is_some_and(|own| child.at(tier) == Some(own));
    if shares(Tier::Village) {
        (0, "本村")
    } else if shares(Tier::Township) {
        (1, "本乡镇")
    } else if shares(Tier::County) {
        (2, "本县")
    } else if service.tier() == Tier::City {
        (3, "全市")
    } else {
        (4, ELSEWHERE)
    }
}

/// A service, how near it is and where.
type Ranked = (&'static str, Division, service::Model);

/// The services that are there, nearest first, then in the order of their kinds.
/// Without a place they come by their divisions.
async fn ranked(db: &impl ConnectionTrait, place: Option<&Division>, kind: Option<&str>) -> Result<Vec<Ranked>> {
    let mut query = service::Entity::find().filter(service::Column::Active.eq(true));
    if let Some(kind) = kind {
        query = query.filter(service::Column::Kind.eq(kind));
    }
    let rows = query
        .order_by_asc(service::Column::Division)
        .order_by_asc(service::Column::Name)
        .limit(MOST)
        .all(db)
        .await?;
    let mut ranked = Vec::with_capacity(rows.len());
    for row in rows {
        let own = Division::parse(&row.division)?;
        let (far, words) = place.map_or((0, ""), |place| distance(&own, place));
        ranked.push((far, (words, own, row)));
    }
    // Stable: within one distance and kind the order of the query stays.
    ranked.sort_by_key(|(far, (_, _, row))| (*far, order(&row.kind)));
    Ok(ranked.into_iter().map(|(_, one)| one).collect())
}

/// The place of a kind in the list of kinds.
fn order(kind: &str) -> usize {
    let kinds = codes::service_kinds();
    kinds.iter().position(|known| known.code == kind).unwrap_or(kinds.len())
}

async fn shown(db: &impl ConnectionTrait, ranked: Vec<Ranked>) -> Result<Vec<Near>> {
    let mut found = Vec::with_capacity(ranked.len());
    for (how_near, own, row) in ranked {
        found.push(Near {
            kind: codes::service_kind(&row.kind).map_or_else(String::new, |kind| kind.name.clone()),
            place: network::path_of(db, &own).await?,
            how_near,
            row,
        });
    }
    Ok(found)
}

/// The services that are there, nearest first.
///
/// # Errors
/// When the database refuses.
pub async fn near(
    db: &impl ConnectionTrait,
    place: Option<&Division>,
    kind: Option<&str>,
    limit: usize,
) -> Result<Vec<Near>> {
    let mut ranked = ranked(db, place, kind).await?;
    ranked.truncate(limit);
    shown(db, ranked).await
}

/// The nearest of each kind, in the order of the kinds: what an operator reads
/// out while the caller waits. Nothing from another county.
///
/// # Errors
/// When the database refuses.
pub async fn nearest(db: &impl ConnectionTrait, place: &Division) -> Result<Vec<Near>> {
    let mut seen = BTreeSet::new();
    let mut first = ranked(db, Some(place), None).await?;
    first.retain(|(how_near, _, row)| *how_near != ELSEWHERE && seen.insert(row.kind.clone()));
    first.sort_by_key(|(_, _, row)| order(&row.kind));
    shown(db, first).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_narrowest_shared_tier_says_how_near() {
        let child = Division::parse("140622100001").unwrap();
        let far = |code: &str| distance(&Division::parse(code).unwrap(), &child).1;
        assert_eq!(far("140622100001"), "本村");
        assert_eq!(far("140622100"), "本乡镇");
        assert_eq!(far("140622100002"), "本乡镇");
        assert_eq!(far("140622"), "本县");
        assert_eq!(far("140622101001"), "本县");
        assert_eq!(far("140600"), "全市");
        assert_eq!(far("140623"), "外县");
    }

    #[test]
    fn a_place_known_only_to_the_county_is_near_everything_there() {
        let child = Division::parse("140622").unwrap();
        let far = |code: &str| distance(&Division::parse(code).unwrap(), &child).1;
        assert_eq!(far("140622100001"), "本县");
        assert_eq!(far("140623100"), "外县");
    }
}
