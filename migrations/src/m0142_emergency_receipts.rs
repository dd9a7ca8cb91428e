//! 110/120 联动后补登、更正的接警单号：每次一行，最后一行有效.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{blob, integer, timestamp_with_time_zone, uuid};

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
            .table("emergency_receipt")
            .col(uuid("id").primary_key())
            .col(uuid("call_id"))
            .col(integer("number"))
            .col(blob("receipt"))
            .col(uuid("by_account"))
            .col(timestamp_with_time_zone("at"))
            .foreign_key(
                ForeignKey::create()
                    .from("emergency_receipt", "call_id")
                    .to("emergency_call", "id"),
            );
        schema.create_table(table).await?;
        // Of two who write the next one at once, one stays.
        schema
            .create_index(
                Index::create()
                    .name("emergency_receipt_call_id_number")
                    .table("emergency_receipt")
                    .col("call_id")
                    .col("number")
                    .unique()
                    .to_owned(),
            )
            .await
    }
}
