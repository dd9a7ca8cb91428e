//! 配齐率: how many villages and townships have somebody in post, how many of
//! the standard units stand, and which vacancies last too long.

use super::found::stands;
use super::roster::{post_unit, within};
use crate::entity::{account, division, post, unit};
use crate::error::Result;
use crate::rules::codes;
use crate::rules::division::{Division, Tier};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// A vacancy counts in the assessment after so many days (岗位空缺规则).
pub const VACANT_DAYS: i64 = 7;

/// How many of how many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Share {
    /// In place.
    pub held: usize,
    /// Asked for.
    pub required: usize,
}

impl Share {
    /// Whole percent, rounded down so that 100 means all; nothing when nothing
    /// is asked for.
    #[must_use]
    pub fn percent(self) -> Option<usize> {
        (self.held * 100).checked_div(self.required)
    }

    fn count(&mut self, held: bool) {
        self.required += 1;
        self.held += usize::from(held);
    }
}

/// The coverage of one division with everything below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coverage {
    /// The division.
    pub division: Division,
    /// Its name.
    pub name: String,
    /// Villages with a child director in post.
    pub villages: Share,
    /// Townships with a child supervisor in post.
    pub townships: Share,
    /// Standard units of the county and stations of its townships.
    pub units: Share,
    /// Posts of directors and supervisors vacant for more than [`VACANT_DAYS`].
    pub overdue: usize,
}

/// The coverage of every division right below a city or a county, in order of
/// their codes.
///
/// # Errors
/// When the database refuses.
pub async fn coverage(db: &impl ConnectionTrait, place: &Division, now: DateTime<Utc>) -> Result<Vec<Coverage>> {
    let (first, last) = place.range();
    let divisions = division::Entity::find()
        .filter(division::Column::Code.between(first, last))
        .order_by_asc(division::Column::Code)
        .all(db)
        .await?;
    let seats = Seats::load(db, place).await?;
    let below = divisions
        .iter()
        .filter(|row| row.parent.as_deref() == Some(place.code()));
    let children = below.filter_map(|row| Some((row, Division::parse(&row.code).ok()?)));
    Ok(children
        .map(|(row, child)| seats.cover(row, &child, &divisions, now))
        .collect())
}

/// Whether a post has been vacant for too long.
pub(super) fn overdue(since: Option<DateTime<Utc>>, now: DateTime<Utc>) -> bool {
    since.is_some_and(|since| now - since > TimeDelta::days(VACANT_DAYS))
}

/// Accounts that hold nothing any more, with the time at which they ended.
pub(super) async fn disabled(db: &impl ConnectionTrait) -> Result<HashMap<Uuid, DateTime<Utc>>> {
    let rows: Vec<(Uuid, Option<DateTime<Utc>>)> = account::Entity::find()
        .select_only()
        .columns([account::Column::Id, account::Column::DisabledAt])
        .filter(account::Column::DisabledAt.is_not_null())
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().filter_map(|(id, at)| Some((id, at?))).collect())
}

/// Since when a post is vacant; nothing when somebody holds it.
pub(super) fn vacant_since(post: &post::Model, disabled: &HashMap<Uuid, DateTime<Utc>>) -> Option<DateTime<Utc>> {
    match post.holder_id {
        Some(holder) => disabled.get(&holder).copied(),
        None => Some(post.vacant_since.unwrap_or_default()),
    }
}

/// Units and posts at hand, by the code of their division.
struct Seats {
    kinds: HashSet<(String, String)>,
    posts: HashMap<(String, String), Option<DateTime<Utc>>>,
}

impl Seats {
    async fn load(db: &impl ConnectionTrait, place: &Division) -> Result<Self> {
        let disabled = disabled(db).await?;
        let units = unit::Entity::find()
            .filter(unit::Column::Active.eq(true))
            .filter(within(place))
            .all(db)
            .await?;
        let posts = post::Entity::find()
            .join(JoinType::InnerJoin, post_unit())
            .filter(post::Column::Active.eq(true))
            .filter(post::Column::Role.is_in(["village_child_director", "township_child_supervisor"]))
            .filter(within(place))
            .all(db)
            .await?;
        let places: HashMap<Uuid, &str> = units.iter().map(|unit| (unit.id, unit.division.as_str())).collect();
        let mut seats = HashMap::new();
        for post in &posts {
            let Some(code) = places.get(&post.unit_id) else {
                continue;
            };
            let since = vacant_since(post, &disabled);
            let seat = seats.entry(((*code).to_owned(), post.role.clone())).or_insert(since);
            *seat = seat.and(since);
        }
        Ok(Self {
            kinds: units.into_iter().map(|unit| (unit.division, unit.kind)).collect(),
            posts: seats,
        })
    }

    fn cover(&self, row: &division::Model, child: &Division, all: &[division::Model], now: DateTime<Utc>) -> Coverage {
        let mut covered = Coverage {
            division: child.clone(),
            name: row.name.clone(),
            villages: Share::default(),
            townships: Share::default(),
            units: Share::default(),
            overdue: 0,
        };
        for kind in codes::unit_kinds().iter().filter(|_| row.statutory) {
            if !kind.by_import && kind.tiers.contains(&Tier::County) && child.tier() == Tier::County {
                covered.units.count(self.has_unit(&row.code, &kind.code));
            }
        }
        let inside = all
            .iter()
            .filter(|row| Division::parse(&row.code).is_ok_and(|place| child.contains(&place)));
        for row in inside.filter(|row| stands(row, all)) {
            let (share, role) = match Tier::parse(&row.tier) {
                Some(Tier::Township) => {
                    covered.units.count(self.has_unit(&row.code, "TMP"));
                    (&mut covered.townships, "township_child_supervisor")
                }
                Some(Tier::Village) => (&mut covered.villages, "village_child_director"),
                _ => continue,
            };
            let seat = self.posts.get(&(row.code.clone(), role.to_owned())).copied();
            share.count(seat == Some(None));
            covered.overdue += usize::from(overdue(seat.flatten(), now));
        }
        covered
    }

    fn has_unit(&self, code: &str, kind: &str) -> bool {
        self.kinds.contains(&(code.to_owned(), kind.to_owned()))
    }
}
