//! 审计链：待入链的条目有索引，链上一个位置只有一条.

use sea_orm_migration::prelude::*;

/// See the module.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, schema: &SchemaManager) -> Result<(), DbErr> {
        let db = schema.get_connection();
        for sql in INDEXES {
            db.execute_unprepared(sql).await?;
        }
        Ok(())
    }
}

/// What waits for the chain is found without a look at what is in it already;
/// and two that chain at once cannot fork it.
const INDEXES: [&str; 3] = [
    "DROP INDEX journal_entry_seq",
    "CREATE UNIQUE INDEX journal_entry_seq ON journal_entry (seq) WHERE seq IS NOT NULL",
    "CREATE INDEX journal_entry_unchained ON journal_entry (id) WHERE seq IS NULL",
];
