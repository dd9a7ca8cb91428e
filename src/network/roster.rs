//! Who is where, as routing wants to know it.

use crate::clock;
use crate::entity::{account, post, unit};
use crate::error::Result;
use crate::rules::codes;
use crate::rules::division::{Division, Tier};
use crate::rules::routing::{Person, PostFacts, Roster, UnitFacts};
use crate::vault::{Slot, Vault};
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect};
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

/// The active units and posts around a division: its county with all below it,
/// the county its matters fall back to, and the city's own units; of the whole
/// city when no division is given. Names are opened, disabled accounts count
/// as nobody, leave is judged on the day of `now` in Shanghai.
///
/// # Errors
/// When the database refuses or a name does not open.
pub async fn roster(
    db: &impl ConnectionTrait,
    vault: &Vault,
    around: Option<&Division>,
    now: DateTime<Utc>,
) -> Result<Roster> {
    load(db, vault, around.and_then(near), now).await
}

/// The active units and posts to which the matters of some places can come:
/// those of the places themselves and of every division above them, of the
/// counties these fall back to, of the city, and one unit more, if any. Routing
/// looks nowhere else, and most of a county stays where it is.
///
/// # Errors
/// When the database refuses or a name does not open.
pub async fn above(
    db: &impl ConnectionTrait,
    vault: &Vault,
    (places, unit): (&[&Division], Option<Uuid>),
    now: DateTime<Utc>,
) -> Result<Roster> {
    let mut divisions: BTreeSet<String> = BTreeSet::new();
    for place in places {
        let own = Tier::ALL.into_iter().filter_map(|tier| place.at(tier));
        divisions.extend(own.map(|above| above.code().to_owned()));
        let back = place.at(Tier::County).and_then(|county| falls_to(&county));
        divisions.extend(back.map(|county| county.code().to_owned()));
    }
    let cities = codes::divisions().iter().filter(|row| row.tier == Some(Tier::City));
    divisions.extend(cities.map(|city| city.code.clone()));
    let there = Condition::any()
        .add(unit::Column::Division.is_in(divisions))
        .add_option(unit.map(|id| unit::Column::Id.eq(id)));
    load(db, vault, Some(there), now).await
}

async fn load(
    db: &impl ConnectionTrait,
    vault: &Vault,
    there: Option<Condition>,
    now: DateTime<Utc>,
) -> Result<Roster> {
    let mut units = unit::Entity::find()
        .filter(unit::Column::Active.eq(true))
        .order_by_asc(unit::Column::Division)
        .order_by_asc(unit::Column::Id);
    let mut posts = post::Entity::find()
        .filter(post::Column::Active.eq(true))
        .order_by_asc(post::Column::Id);
    if let Some(there) = there {
        units = units.filter(there.clone());
        posts = posts.join(JoinType::InnerJoin, post_unit()).filter(there);
    }
    let units = units.all(db).await?;
    let posts = posts.all(db).await?;
    let people = people(db, vault, &posts).await?;
    let today = clock::day(now);
    Ok(Roster {
        units: units.into_iter().filter_map(unit_facts).collect(),
        posts: posts.iter().map(|post| post_facts(post, &people, today)).collect(),
    })
}

/// The way from a post to its unit.
pub(super) fn post_unit() -> sea_orm::RelationDef {
    post::Entity::belongs_to(unit::Entity)
        .from(post::Column::UnitId)
        .to(unit::Column::Id)
        .into()
}

/// Units of the county of a place, of the county it falls back to, and of the
/// city itself; no condition for the city.
fn near(place: &Division) -> Option<Condition> {
    let county = place.at(Tier::County)?;
    let city = county.at(Tier::City)?;
    let back = falls_to(&county);
    let mut near = Condition::any().add(unit::Column::Division.eq(city.code()));
    for county in [Some(county), back].into_iter().flatten() {
        near = near.add(within(&county));
    }
    Some(near)
}

/// The county that takes the matters of one that has no units of its own (RT11).
fn falls_to(county: &Division) -> Option<Division> {
    codes::fallback_division(county.code()).and_then(|row| Division::parse(&row.falls_to).ok())
}

/// Units whose division lies in a subtree.
pub(super) fn within(place: &Division) -> Condition {
    let (first, last) = place.range();
    Condition::all().add(unit::Column::Division.between(first, last))
}

/// The names of everybody who holds a post or stands in, except the disabled.
async fn people(db: &impl ConnectionTrait, vault: &Vault, posts: &[post::Model]) -> Result<HashMap<Uuid, Person>> {
    let mut ids: Vec<Uuid> = posts
        .iter()
        .flat_map(|post| [post.holder_id, post.stand_in_id])
        .flatten()
        .collect();
    ids.sort_unstable();
    ids.dedup();
    let mut people = HashMap::with_capacity(ids.len());
    for some in ids.chunks(500) {
        let accounts = account::Entity::find()
            .filter(account::Column::Id.is_in(some.iter().copied()))
            .filter(account::Column::DisabledAt.is_null())
            .all(db)
            .await?;
        for row in accounts {
            let name = vault.open(Slot::new("account", "name", row.id), &row.name)?;
            people.insert(row.id, Person { account: row.id, name });
        }
    }
    Ok(people)
}

fn unit_facts(row: unit::Model) -> Option<UnitFacts> {
    Some(UnitFacts {
        id: row.id,
        kind: row.kind,
        name: row.name,
        division: Division::parse(&row.division).ok()?,
        active: row.active,
    })
}

fn post_facts(row: &post::Model, people: &HashMap<Uuid, Person>, today: NaiveDate) -> PostFacts {
    let person = |id: Option<Uuid>| id.and_then(|id| people.get(&id)).cloned();
    PostFacts {
        id: row.id,
        unit: row.unit_id,
        role: row.role.clone(),
        holder: person(row.holder_id),
        stand_in: person(row.stand_in_id),
        on_leave: on_leave(row, today),
    }
}

/// Whether the holder is on leave that day: both ends count, an open end lasts.
pub(crate) fn on_leave(post: &post::Model, day: NaiveDate) -> bool {
    post.leave_from.is_some_and(|from| from <= day) && post.leave_until.is_none_or(|until| day <= until)
}
