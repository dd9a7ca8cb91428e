//! 质检评分表的变更：文件中的是第 1 版.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{blob, integer, text, timestamp_with_time_zone, uuid, uuid_null};

/// See the module.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, schema: &SchemaManager) -> Result<(), DbErr> {
        let mut table = Table::create();
        table
            .table("quality_sheet")
            .col(uuid("id").primary_key())
            .col(integer("version").unique_key())
            .col(text("items"))
            .col(integer("least"))
            .col(integer("percent"))
            .col(blob("reason"))
            .col(timestamp_with_time_zone("valid_from"))
            .col(uuid_null("changed_by"));
        schema.create_table(table).await
    }
}
