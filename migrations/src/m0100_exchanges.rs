//! 话务平台：名称与令牌摘要（令牌本身不存）；分机与工号对应的话务员.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{blob, integer, string, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid};

/// See the module.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, schema: &SchemaManager) -> Result<(), DbErr> {
        let mut exchange = Table::create();
        exchange
            .table("call_exchange")
            .col(uuid("id").primary_key())
            .col(blob("name"))
            .col(timestamp_with_time_zone("created_at"))
            .col(timestamp_with_time_zone_null("disabled_at"))
            .col(integer("version"));
        schema.create_table(exchange).await?;
        let mut token = Table::create();
        token
            .table("call_token")
            .col(uuid("id").primary_key())
            .col(uuid("exchange_id"))
            .col(string("digest").unique_key())
            .col(timestamp_with_time_zone("created_at"))
            .col(timestamp_with_time_zone_null("ends_at"))
            .foreign_key(
                ForeignKey::create()
                    .from("call_token", "exchange_id")
                    .to("call_exchange", "id"),
            );
        schema.create_table(token).await?;
        let mut extension = Table::create();
        extension
            .table("extension")
            .col(uuid("id").primary_key())
            .col(string("key").unique_key())
            .col(blob("number"))
            .col(uuid("account_id"))
            .col(timestamp_with_time_zone("updated_at"))
            .foreign_key(ForeignKey::create().from("extension", "account_id").to("account", "id"));
        schema.create_table(extension).await?;
        let index = Index::create()
            .name("call_token_exchange_id")
            .table("call_token")
            .col("exchange_id")
            .to_owned();
        schema.create_index(index).await
    }
}
