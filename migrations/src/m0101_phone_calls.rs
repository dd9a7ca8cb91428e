//! 通话与它振铃过的每个分机：号码加密，另有盲索引；外部通话号只存带密钥的摘要.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    blob_null, boolean, string, string_null, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid, uuid_null,
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
        let mut call = Table::create();
        call.table("phone_call")
            .col(uuid("id").primary_key())
            .col(uuid("exchange_id"))
            .col(string("key").unique_key())
            .col(boolean("outbound"))
            .col(blob_null("number"))
            .col(string_null("number_index"))
            .col(string("shown"))
            .col(string("state"))
            .col(string_null("cause"))
            .col(timestamp_with_time_zone("started_at"))
            .col(timestamp_with_time_zone_null("answered_at"))
            .col(timestamp_with_time_zone_null("over_at"))
            .col(timestamp_with_time_zone_null("ended_at"))
            .col(timestamp_with_time_zone("changed_at"))
            .col(uuid_null("agent_id"))
            .foreign_key(
                ForeignKey::create()
                    .from("phone_call", "exchange_id")
                    .to("call_exchange", "id"),
            );
        schema.create_table(call).await?;
        let mut leg = Table::create();
        leg.table("call_leg")
            .col(uuid("id").primary_key())
            .col(uuid("call_id"))
            .col(string("key"))
            .col(blob_null("seat"))
            .col(uuid_null("account_id"))
            .col(timestamp_with_time_zone_null("rang_at"))
            .col(boolean("transferred"))
            .col(timestamp_with_time_zone_null("answered_at"))
            .col(timestamp_with_time_zone_null("over_at"))
            .col(uuid_null("report_id"))
            .foreign_key(ForeignKey::create().from("call_leg", "call_id").to("phone_call", "id"))
            .index(
                Index::create()
                    .name("call_leg_call_id_key")
                    .col("call_id")
                    .col("key")
                    .unique(),
            );
        schema.create_table(leg).await?;
        for sql in INDEXES {
            schema.get_connection().execute_unprepared(sql).await?;
        }
        Ok(())
    }
}

const INDEXES: [&str; 4] = [
    "CREATE INDEX phone_call_started_at ON phone_call (started_at)",
    "CREATE INDEX phone_call_open ON phone_call (started_at) WHERE ended_at IS NULL",
    "CREATE INDEX phone_call_changed_at ON phone_call (changed_at)",
    "CREATE INDEX call_leg_account_id ON call_leg (account_id) WHERE account_id IS NOT NULL",
];
