//! 外发消息的先后：同一通道内按序投递.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{integer_null, string_null};

/// See the module.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, schema: &SchemaManager) -> Result<(), DbErr> {
        for column in [string_null("lane"), integer_null("lane_seq")] {
            let mut table = Table::alter();
            table.table("outbox").add_column(column);
            schema.alter_table(table).await?;
        }
        let index = Index::create()
            .name("outbox_lane_lane_seq")
            .table("outbox")
            .col("lane")
            .col("lane_seq")
            .to_owned();
        schema.create_index(index).await
    }
}
