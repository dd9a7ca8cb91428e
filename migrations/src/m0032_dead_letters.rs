//! 外发消息：多次投递失败后停止重试.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::timestamp_with_time_zone_null;

/// See the module.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, schema: &SchemaManager) -> Result<(), DbErr> {
        let dead = Table::alter()
            .table("outbox")
            .add_column(timestamp_with_time_zone_null("dead_at"))
            .to_owned();
        schema.alter_table(dead).await
    }
}
