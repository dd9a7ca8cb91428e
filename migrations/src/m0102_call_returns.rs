//! 待回拨：未接和放弃的来电，一个号码同时只有一条.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    blob, blob_null, integer, small_integer, string, string_null, timestamp_with_time_zone,
    timestamp_with_time_zone_null, uuid, uuid_null,
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
        let mut owed = Table::create();
        owed.table("call_return")
            .col(uuid("id").primary_key())
            .col(uuid("call_id"))
            .col(blob("number"))
            .col(string("number_index"))
            // The index of the number while it is open: of two at once one stays.
            .col(string_null("open_key").unique_key())
            .col(timestamp_with_time_zone("first_at"))
            .col(timestamp_with_time_zone("last_at"))
            .col(integer("missed"))
            .col(small_integer("urgency"))
            .col(integer("attempts"))
            .col(uuid_null("claimed_by"))
            .col(timestamp_with_time_zone_null("claimed_at"))
            .col(uuid_null("allowed_by"))
            .col(blob_null("allowed_why"))
            .col(string_null("result"))
            .col(timestamp_with_time_zone_null("closed_at"))
            .col(integer("version"))
            .foreign_key(
                ForeignKey::create()
                    .from("call_return", "call_id")
                    .to("phone_call", "id"),
            );
        schema.create_table(owed).await?;
        for sql in INDEXES {
            schema.get_connection().execute_unprepared(sql).await?;
        }
        Ok(())
    }
}

const INDEXES: [&str; 2] = [
    "CREATE INDEX call_return_call_id ON call_return (call_id)",
    "CREATE INDEX call_return_closed_at ON call_return (closed_at)",
];
