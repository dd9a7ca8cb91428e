//! The rules of time in force.

use crate::entity::deadline_rule;
use crate::error::Result;
use crate::network;
use crate::rules::rulebook::{RuleVersion, Rulebook};
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};

/// The rules and the calendar in force at a moment. A clock is counted by the
/// rules of the moment at which it is started; what is changed later leaves it
/// as it is.
///
/// # Errors
/// When the database refuses.
pub async fn book(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<Rulebook> {
    let changed = deadline_rule::Entity::find()
        .filter(deadline_rule::Column::ValidFrom.lte(now))
        .order_by_asc(deadline_rule::Column::Version)
        .all(db)
        .await?;
    let changed = changed.into_iter().map(|row| (row.code.clone(), version(row)));
    Ok(Rulebook::new(network::calendar(db).await?, changed.collect()))
}

fn version(row: deadline_rule::Model) -> RuleVersion {
    RuleVersion {
        number: row.version,
        name: row.name,
        owner: row.owner,
        amount: row.amount,
        unit: row.unit,
        on_expiry: row.on_expiry,
        source: row.source,
    }
}
