//! 转介：一次转接、一封转介函或一次告知.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    blob_null, integer, string, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid, uuid_null,
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
        let mut table = Table::create();
        table
            .table("referral")
            .col(uuid("id").primary_key())
            .col(string("number").unique_key())
            .col(uuid("report_id"))
            .col(string("line"))
            .col(string("kind"))
            .col(string("state"))
            .col(timestamp_with_time_zone("at"))
            .col(blob_null("told"))
            .col(blob_null("receipt"))
            .col(uuid("made_by"))
            .col(uuid_null("made_unit"))
            .col(timestamp_with_time_zone("made_at"))
            .col(uuid_null("clock_id"))
            .col(blob_null("answer"))
            .col(timestamp_with_time_zone_null("answered_at"))
            .col(uuid_null("answered_by"))
            .col(blob_null("withdrawal"))
            .col(uuid_null("withdrawn_by"))
            .col(timestamp_with_time_zone_null("withdrawn_at"))
            .col(integer("version"))
            .foreign_key(ForeignKey::create().from("referral", "report_id").to("report", "id"));
        schema.create_table(table).await?;
        schema
            .create_index(
                Index::create()
                    .name("referral_report_id")
                    .table("referral")
                    .col("report_id")
                    .to_owned(),
            )
            .await?;
        schema
            .create_index(
                Index::create()
                    .name("referral_state_id")
                    .table("referral")
                    .col("state")
                    .col("id")
                    .to_owned(),
            )
            .await
    }
}
