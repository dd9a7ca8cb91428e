//! 通知记下所提醒的时限；事项已办的，不再计入未读.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{timestamp_with_time_zone_null, uuid_null};

/// See the module.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, schema: &SchemaManager) -> Result<(), DbErr> {
        // SQLite takes one column at a time.
        for column in [uuid_null("deadline_id"), timestamp_with_time_zone_null("settled_at")] {
            let mut alter = Table::alter();
            alter.table("notice").add_column(column);
            schema.alter_table(alter).await?;
        }
        schema.get_connection().execute_unprepared(INDEXES).await?;
        Ok(())
    }
}

/// What a person still has to look at, and which clocks are still spoken of:
/// few rows each, however many notices there are.
const INDEXES: &str = "DROP INDEX notice_unseen;
    CREATE INDEX notice_unseen ON notice (account_id, created_at) WHERE seen_at IS NULL AND settled_at IS NULL;
    CREATE INDEX notice_deadline ON notice (deadline_id)
    WHERE deadline_id IS NOT NULL AND seen_at IS NULL AND settled_at IS NULL;
    CREATE INDEX notice_settled ON notice (settled_at) WHERE settled_at IS NOT NULL;";
