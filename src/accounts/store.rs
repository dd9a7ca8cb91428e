//! Where sessions are kept: the database, under the hash of their id, so that
//! a leaked table opens nothing.

use crate::clock::Clock;
use crate::db::Db;
use crate::entity::session::{ActiveModel, Column, Entity};
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, DbErr, EntityTrait, QueryFilter};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{Error, Result};
use tower_sessions::{SessionStore, session_store};

/// A row outlives the longest session and no more.
const KEPT: TimeDelta = TimeDelta::hours(12);

/// The session table.
#[derive(Debug, Clone)]
pub struct Store {
    db: Db,
    clock: Clock,
}

impl Store {
    /// A store in a database.
    #[must_use]
    pub fn new(db: Db, clock: Clock) -> Self {
        Self { db, clock }
    }

    fn expiry(&self) -> i64 {
        (self.clock.now() + KEPT).timestamp()
    }
}

/// The stored key: hexadecimal SHA-256 of the id.
fn key(id: Id) -> String {
    hex::encode(Sha256::digest(id.0.to_be_bytes()))
}

fn backend(error: &DbErr) -> Error {
    Error::Backend(error.to_string())
}

/// What changes in a session after its beginning is the time of its last
/// request. A database that takes nothing at the moment must not turn reading
/// away for that.
fn unless_out_of_service(error: DbErr) -> session_store::Result<()> {
    let failed = backend(&error);
    match crate::error::Error::from(error) {
        crate::error::Error::Unavailable => Ok(()),
        _ => Err(failed),
    }
}

fn encode(record: &Record) -> Result<String> {
    serde_json::to_string(&record.data).map_err(|error| Error::Encode(error.to_string()))
}

#[async_trait]
impl SessionStore for Store {
    /// A plain insert: an id that is taken is a fault, never another's session.
    async fn create(&self, record: &mut Record) -> session_store::Result<()> {
        let row = ActiveModel {
            id: Set(key(record.id)),
            data: Set(encode(record)?),
            expires_at: Set(self.expiry()),
        };
        Entity::insert(row)
            .exec_without_returning(self.db.upkeep())
            .await
            .map_err(|error| backend(&error))?;
        Ok(())
    }

    /// Only an update: a request that was under way at sign-out must not bring
    /// the session back.
    async fn save(&self, record: &Record) -> session_store::Result<()> {
        Entity::update_many()
            .col_expr(Column::Data, Expr::value(encode(record)?))
            .col_expr(Column::ExpiresAt, Expr::value(self.expiry()))
            .filter(Column::Id.eq(key(record.id)))
            .exec(self.db.upkeep())
            .await
            .map(drop)
            .or_else(unless_out_of_service)
    }

    async fn load(&self, id: &Id) -> session_store::Result<Option<Record>> {
        let row = Entity::find_by_id(key(*id))
            .filter(Column::ExpiresAt.gt(self.clock.now().timestamp()))
            .one(self.db.read())
            .await
            .map_err(|error| backend(&error))?;
        let Some(row) = row else { return Ok(None) };
        let data = serde_json::from_str(&row.data).map_err(|error| Error::Decode(error.to_string()))?;
        let expiry_date =
            OffsetDateTime::from_unix_timestamp(row.expires_at).map_err(|error| Error::Decode(error.to_string()))?;
        Ok(Some(Record {
            id: *id,
            data,
            expiry_date,
        }))
    }

    async fn delete(&self, id: &Id) -> session_store::Result<()> {
        Entity::delete_by_id(key(*id))
            .exec(self.db.upkeep())
            .await
            .map_err(|error| backend(&error))?;
        Ok(())
    }
}

/// Drops the sessions that have ended; answers how many.
///
/// # Errors
/// When the database refuses.
pub async fn delete_expired(db: &Db, now: DateTime<Utc>) -> crate::error::Result<u64> {
    let gone = Entity::delete_many()
        .filter(Column::ExpiresAt.lte(now.timestamp()))
        .exec(db.upkeep())
        .await?;
    Ok(gone.rows_affected)
}
