//! What the worker does every so often and not in every round.

use super::Db;
use crate::entity::setting;
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, DbErr, EntityTrait};

/// Whether it is time for something again, under its name among the settings;
/// if so, the next time is counted from now. Several workers may both find that
/// it is: what they do is done once anyway.
///
/// # Errors
/// When the database refuses.
pub async fn due_again(db: &Db, name: &str, every: TimeDelta, now: DateTime<Utc>) -> Result<bool, DbErr> {
    let last = last_done(db, name).await?;
    if last.is_some_and(|last| last <= now && now < last + every) {
        return Ok(false);
    }
    done_now(db, name, now).await?;
    Ok(true)
}

/// When something was last done, under its name among the settings.
///
/// # Errors
/// When the database refuses.
pub async fn last_done(db: &Db, name: &str) -> Result<Option<DateTime<Utc>>, DbErr> {
    let last = setting::Entity::find_by_id(name).one(db.read()).await?;
    Ok(last.map(|last| last.updated_at))
}

/// Writes down that something was done now.
///
/// # Errors
/// When the database refuses.
pub async fn done_now(db: &Db, name: &str, now: DateTime<Utc>) -> Result<(), DbErr> {
    let mark = setting::ActiveModel {
        name: Set(name.to_owned()),
        value: Set(String::new()),
        updated_at: Set(now),
    };
    let replaced = OnConflict::column(setting::Column::Name)
        .update_column(setting::Column::UpdatedAt)
        .to_owned();
    setting::Entity::insert(mark)
        .on_conflict(replaced)
        .exec_without_returning(db.upkeep())
        .await?;
    Ok(())
}
