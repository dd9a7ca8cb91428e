//! What people leave behind who give up a post or are disabled: nothing that
//! is open. What they signed or wrote keeps their name.

use super::list;
use crate::entity::{account, case_unit, post, protection_case};
use crate::error::Result;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, Statement};
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

const DISABLED: [&str; 4] = [
    "SELECT c.number AS what FROM protection_case c JOIN account a ON a.id = c.assignee \
        WHERE a.disabled_at IS NOT NULL AND c.stage NOT IN ('closed', 'merged') ORDER BY 1",
    "SELECT c.number || ' ' || p.part AS what FROM case_unit p JOIN account a ON a.id = p.account_id \
        JOIN protection_case c ON c.id = p.case_id WHERE a.disabled_at IS NOT NULL AND p.until IS NULL \
        AND c.stage NOT IN ('closed', 'merged') ORDER BY 1",
    "SELECT r.number AS what FROM report r JOIN account a ON a.id = r.opened_by \
        WHERE a.disabled_at IS NOT NULL AND r.decided_at IS NULL ORDER BY 1",
    "SELECT u.name || ' ' || p.role AS what FROM post p JOIN unit u ON u.id = p.unit_id \
        JOIN account a ON a.id IN (p.holder_id, p.stand_in_id) WHERE a.disabled_at IS NOT NULL ORDER BY 1",
];

const GIVEN_UP: &str = "SELECT DISTINCT subject AS post, detail ->> 'was' AS was FROM journal_entry \
    WHERE act = 'post_changed' AND subject IS NOT NULL AND detail ->> 'was' IS NOT NULL";

/// Open cases, parts and reports, and posts, in the name of a disabled account.
pub(super) async fn disabled(db: &impl ConnectionTrait) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for sql in DISABLED {
        found.extend(list(db, sql, []).await?);
    }
    Ok(found)
}

/// Open parts of units in the name of somebody who gave up their post there
/// and serves it in no other way.
pub(super) async fn given_up(db: &impl ConnectionTrait) -> Result<Vec<String>> {
    let left = left(db).await?;
    let people: BTreeSet<Uuid> = left.iter().map(|(_, person)| *person).collect();
    let mut open = Vec::new();
    for some in people.into_iter().collect::<Vec<_>>().chunks(500) {
        let named = case_unit::Entity::find()
            .filter(case_unit::Column::AccountId.is_in(some.iter().copied()))
            .filter(case_unit::Column::Until.is_null())
            .all(db)
            .await?;
        open.extend(
            named
                .into_iter()
                .filter_map(|row| Some((row.case_id, row.unit_id, row.account_id?))),
        );
        let assigned = protection_case::Entity::find()
            .filter(protection_case::Column::Assignee.is_in(some.iter().copied()))
            .all(db)
            .await?;
        open.extend(
            assigned
                .into_iter()
                .filter_map(|row| Some((row.id, row.lead_unit, row.assignee?))),
        );
    }
    open.retain(|(_, unit, person)| left.contains(&(*unit, *person)));
    let cases: BTreeSet<Uuid> = open.into_iter().map(|(case, ..)| case).collect();
    numbers(db, cases).await
}

/// Who gave up a post in which unit, and serves it no more.
async fn left(db: &impl ConnectionTrait) -> Result<BTreeSet<(Uuid, Uuid)>> {
    let posts: HashMap<Uuid, post::Model> = post::Entity::find()
        .all(db)
        .await?
        .into_iter()
        .map(|post| (post.id, post))
        .collect();
    let homes: BTreeSet<(Uuid, Uuid)> = account::Entity::find()
        .all(db)
        .await?
        .into_iter()
        .filter_map(|account| Some((account.unit_id?, account.id)))
        .collect();
    let seats: BTreeSet<(Uuid, Uuid)> = posts
        .values()
        .flat_map(|post| [post.holder_id, post.stand_in_id].map(|person| (post.unit_id, person)))
        .filter_map(|(unit, person)| Some((unit, person?)))
        .collect();
    let ask = Statement::from_string(db.get_database_backend(), GIVEN_UP);
    let mut left = BTreeSet::new();
    for row in db.query_all_raw(ask).await? {
        let (post, was): (Uuid, String) = (row.try_get("", "post")?, row.try_get("", "was")?);
        if let (Some(post), Ok(person)) = (posts.get(&post), Uuid::parse_str(&was)) {
            left.insert((post.unit_id, person));
        }
    }
    left.retain(|seat| !homes.contains(seat) && !seats.contains(seat));
    Ok(left)
}

/// The numbers of those of some cases that are open.
async fn numbers(db: &impl ConnectionTrait, cases: BTreeSet<Uuid>) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for some in cases.into_iter().collect::<Vec<_>>().chunks(500) {
        let open = protection_case::Entity::find()
            .filter(protection_case::Column::Id.is_in(some.iter().copied()))
            .filter(protection_case::Column::Stage.is_not_in(["closed", "merged"]))
            .order_by_asc(protection_case::Column::Number)
            .all(db)
            .await?;
        found.extend(open.into_iter().map(|case| case.number));
    }
    Ok(found)
}
