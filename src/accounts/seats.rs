//! Where else an account serves: one person may hold posts in several villages,
//! and a stand-in receives what arrives while the holder is away. When the
//! leave ends, it returns by itself: nothing is stored.

use crate::clock;
use crate::entity::{account, post};
use crate::error::Result;
use crate::rules::policy::Role;
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use std::collections::{BTreeSet, HashMap, HashSet};
use uuid::Uuid;

/// The units besides their own that accounts serve today.
///
/// # Errors
/// When the database refuses.
pub async fn also(
    db: &impl ConnectionTrait,
    people: &[account::Model],
    now: DateTime<Utc>,
) -> Result<HashMap<Uuid, Vec<Uuid>>> {
    let own: HashMap<Uuid, Option<Uuid>> = people
        .iter()
        .filter(|account| works(account))
        .map(|account| (account.id, account.unit_id))
        .collect();
    if own.is_empty() {
        return Ok(HashMap::new());
    }
    let ids: Vec<Uuid> = own.keys().copied().collect();
    let posts = seats(db, &ids).await?;
    let gone = gone(db, &posts).await?;
    let today = clock::day(now);
    let mut units: HashMap<Uuid, BTreeSet<Uuid>> = HashMap::new();
    for post in &posts {
        let stands_in = post.stand_in_id.filter(|_| is_away(post, &gone, today));
        for person in [post.holder_id, stands_in].into_iter().flatten() {
            if own.get(&person).is_some_and(|unit| *unit != Some(post.unit_id)) {
                units.entry(person).or_default().insert(post.unit_id);
            }
        }
    }
    Ok(units
        .into_iter()
        .map(|(person, units)| (person, units.into_iter().collect()))
        .collect())
}

/// Whether the account handles cases for a unit.
fn works(account: &account::Model) -> bool {
    matches!(
        Role::parse(&account.role),
        Some(Role::City | Role::County | Role::Township | Role::Village | Role::Handler)
    )
}

/// The posts that they hold or for which they stand in.
async fn seats(db: &impl ConnectionTrait, people: &[Uuid]) -> Result<Vec<post::Model>> {
    let mut posts = Vec::new();
    for some in people.chunks(500) {
        let theirs = Condition::any()
            .add(post::Column::HolderId.is_in(some.iter().copied()))
            .add(post::Column::StandInId.is_in(some.iter().copied()));
        let found = post::Entity::find()
            .filter(theirs)
            .filter(post::Column::Active.eq(true))
            .order_by_asc(post::Column::Id);
        posts.extend(found.all(db).await?);
    }
    Ok(posts)
}

/// The holders of posts with a stand-in who have been disabled.
async fn gone(db: &impl ConnectionTrait, posts: &[post::Model]) -> Result<HashSet<Uuid>> {
    let held = posts.iter().filter(|post| post.stand_in_id.is_some());
    let holders: Vec<Uuid> = held.filter_map(|post| post.holder_id).collect();
    if holders.is_empty() {
        return Ok(HashSet::new());
    }
    let found = account::Entity::find()
        .filter(account::Column::Id.is_in(holders))
        .filter(account::Column::DisabledAt.is_not_null())
        .all(db)
        .await?;
    Ok(found.into_iter().map(|account| account.id).collect())
}

/// Whether the post is vacant, its holder is on leave that day (both ends
/// count, an open end lasts) or has been disabled.
fn is_away(post: &post::Model, gone: &HashSet<Uuid>, today: NaiveDate) -> bool {
    let on_leave =
        post.leave_from.is_some_and(|from| from <= today) && post.leave_until.is_none_or(|until| today <= until);
    on_leave || post.holder_id.is_none_or(|holder| gone.contains(&holder))
}
