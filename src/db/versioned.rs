//! The one conditional update: a row is written only under the version that
//! was seen, so that of two people who change it at once one is told.

use crate::entity::{
    account, article, call_exchange, call_return, hotline_client, measure, plan_goal, post, protection_case,
    quality_review, referral, report, service, task, transfer, unit, visit,
};
use crate::error::{Error, Result};
use sea_orm::ActiveValue::Set;
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

/// A table whose rows carry the number of their version.
pub trait Versioned: EntityTrait {
    /// The column of the id.
    const ID: Self::Column;
    /// The column of the version.
    const VERSION: Self::Column;

    /// The version of a row.
    fn version(row: &Self::Model) -> i32;

    /// Gives a change its version.
    fn set_version(row: &mut Self::ActiveModel, version: i32);
}

macro_rules! versioned {
    ($($table:ident),* $(,)?) => {$(
        impl Versioned for $table::Entity {
            const ID: $table::Column = $table::Column::Id;
            const VERSION: $table::Column = $table::Column::Version;

            fn version(row: &$table::Model) -> i32 {
                row.version
            }

            fn set_version(row: &mut $table::ActiveModel, version: i32) {
                row.version = Set(version);
            }
        }
    )*};
}

versioned!(
    account,
    call_exchange,
    call_return,
    article,
    hotline_client,
    measure,
    plan_goal,
    post,
    protection_case,
    quality_review,
    referral,
    report,
    service,
    task,
    transfer,
    unit,
    visit
);

/// Writes what is set in `row` if the version seen still holds, and answers the
/// row as it is now, one version later.
///
/// # Errors
/// [`Error::Stale`] with both versions when somebody was faster,
/// [`Error::NotFound`] when there is no such row; when the database refuses.
pub async fn update<A>(
    tx: &impl ConnectionTrait,
    (id, seen): (Uuid, i32),
    mut row: A,
) -> Result<<A::Entity as EntityTrait>::Model>
where
    A: ActiveModelTrait,
    A::Entity: Versioned<ActiveModel = A>,
{
    // A version that nobody can have seen finds no row, and is told as stale.
    A::Entity::set_version(&mut row, seen.saturating_add(1));
    let changed = A::Entity::update_many()
        .set(row)
        .filter(A::Entity::ID.eq(id))
        .filter(A::Entity::VERSION.eq(seen))
        .exec(tx)
        .await?;
    let after = A::Entity::find().filter(A::Entity::ID.eq(id)).one(tx).await?;
    let after = after.ok_or(Error::NotFound)?;
    if changed.rows_affected == 1 {
        return Ok(after);
    }
    let now = A::Entity::version(&after);
    Err(Error::Stale { seen, now })
}
