//! 工单层：延期与停表.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    blob, blob_null, integer, string, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid, uuid_null,
};

/// See the module.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, schema: &SchemaManager) -> Result<(), DbErr> {
        order_extension(schema).await?;
        order_pause(schema).await
    }
}

/// 延期申请，一案一次.
async fn order_extension(schema: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut table = Table::create();
    table
        .table("order_extension")
        .col(uuid("id").primary_key())
        .col(uuid("case_id"))
        .col(uuid("clock_id"))
        .col(integer("days"))
        .col(blob("reason"))
        .col(timestamp_with_time_zone("due_before"))
        .col(timestamp_with_time_zone("due_after"))
        .col(string("state"))
        .col(uuid_null("asked_by"))
        .col(uuid_null("asked_unit"))
        .col(timestamp_with_time_zone("asked_at"))
        .col(uuid_null("ruled_by"))
        .col(timestamp_with_time_zone_null("ruled_at"))
        .col(blob_null("note"))
        .foreign_key(
            ForeignKey::create()
                .from("order_extension", "case_id")
                .to("protection_case", "id"),
        );
    schema.create_table(table).await?;
    schema
        .create_index(
            Index::create()
                .name("order_extension_case_id")
                .table("order_extension")
                .col("case_id")
                .to_owned(),
        )
        .await?;
    schema
        .create_index(
            Index::create()
                .name("order_extension_state")
                .table("order_extension")
                .col("state")
                .to_owned(),
        )
        .await?;
    // The same thing is done once, whoever tries it twice.
    schema
        .create_index(
            Index::create()
                .name("order_extension_case_id")
                .table("order_extension")
                .unique()
                .col("case_id")
                .to_owned(),
        )
        .await
}

/// 停表：三种事由.
async fn order_pause(schema: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut table = Table::create();
    table
        .table("order_pause")
        .col(uuid("id").primary_key())
        .col(uuid("case_id"))
        .col(string("ground"))
        .col(blob("reason"))
        .col(string("state"))
        .col(uuid_null("asked_by"))
        .col(uuid_null("asked_unit"))
        .col(timestamp_with_time_zone("asked_at"))
        .col(uuid_null("ruled_by"))
        .col(timestamp_with_time_zone_null("ruled_at"))
        .col(blob_null("note"))
        .col(uuid_null("ended_by"))
        .col(timestamp_with_time_zone_null("ended_at"))
        .foreign_key(
            ForeignKey::create()
                .from("order_pause", "case_id")
                .to("protection_case", "id"),
        );
    schema.create_table(table).await?;
    schema
        .create_index(
            Index::create()
                .name("order_pause_case_id")
                .table("order_pause")
                .col("case_id")
                .to_owned(),
        )
        .await?;
    schema
        .create_index(
            Index::create()
                .name("order_pause_state")
                .table("order_pause")
                .col("state")
                .to_owned(),
        )
        .await
}
