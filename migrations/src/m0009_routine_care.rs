//! 个案转常规关爱：何时、由谁怎样接续.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{blob_null, timestamp_with_time_zone_null};

/// See the module.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, schema: &SchemaManager) -> Result<(), DbErr> {
        // SQLite adds one column by one statement.
        for column in [
            timestamp_with_time_zone_null("routine_care_at"),
            blob_null("routine_care_note"),
        ] {
            let mut table = Table::alter();
            table.table("protection_case").add_column(column);
            schema.alter_table(table).await?;
        }
        Ok(())
    }
}
