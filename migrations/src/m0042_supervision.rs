//! 工单层：催办与督办.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    blob_null, small_integer, string, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid, uuid_null,
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
        urging(schema).await?;
        supervision(schema).await
    }
}

/// 催办、催办通知书、书面通报.
async fn urging(schema: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut table = Table::create();
    table
        .table("urging")
        .col(uuid("id").primary_key())
        .col(uuid("case_id"))
        .col(string("number"))
        .col(string("kind"))
        .col(string("source"))
        .col(uuid("unit_id"))
        .col(uuid_null("clock_id"))
        .col(blob_null("note"))
        .col(uuid_null("made_by"))
        .col(timestamp_with_time_zone("made_at"))
        .foreign_key(
            ForeignKey::create()
                .from("urging", "case_id")
                .to("protection_case", "id"),
        );
    schema.create_table(table).await?;
    schema
        .create_index(
            Index::create()
                .name("urging_case_id")
                .table("urging")
                .col("case_id")
                .to_owned(),
        )
        .await?;
    // The same thing is done once, whoever tries it twice.
    schema
        .create_index(
            Index::create()
                .name("urging_kind_clock_id")
                .table("urging")
                .unique()
                .col("kind")
                .col("clock_id")
                .to_owned(),
        )
        .await
}

/// 督办单.
async fn supervision(schema: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut table = Table::create();
    table
        .table("supervision")
        .col(uuid("id").primary_key())
        .col(uuid("case_id"))
        .col(string("number"))
        .col(small_integer("level"))
        .col(string("cause"))
        .col(string("cause_key"))
        .col(uuid("unit_id"))
        .col(blob_null("reason"))
        .col(uuid_null("opened_by"))
        .col(timestamp_with_time_zone("opened_at"))
        .col(timestamp_with_time_zone("due_at"))
        .col(blob_null("answer"))
        .col(uuid_null("answered_by"))
        .col(timestamp_with_time_zone_null("answered_at"))
        .col(blob_null("end_note"))
        .col(uuid_null("ended_by"))
        .col(timestamp_with_time_zone_null("ended_at"))
        .foreign_key(
            ForeignKey::create()
                .from("supervision", "case_id")
                .to("protection_case", "id"),
        );
    schema.create_table(table).await?;
    schema
        .create_index(
            Index::create()
                .name("supervision_case_id")
                .table("supervision")
                .col("case_id")
                .to_owned(),
        )
        .await?;
    schema
        .create_index(
            Index::create()
                .name("supervision_ended_at")
                .table("supervision")
                .col("ended_at")
                .to_owned(),
        )
        .await?;
    // The same thing is done once, whoever tries it twice.
    schema
        .create_index(
            Index::create()
                .name("supervision_case_id_cause_key")
                .table("supervision")
                .unique()
                .col("case_id")
                .col("cause_key")
                .to_owned(),
        )
        .await
}
