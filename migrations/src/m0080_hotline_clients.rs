//! 12345 接入方：编号、签名密钥（可并行）、已用随机数、被拒绝的调用.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    blob, blob_null, integer, string, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid,
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
        let mut client = Table::create();
        client
            .table("hotline_client")
            .col(uuid("id").primary_key())
            .col(string("code").unique_key())
            .col(blob("name"))
            .col(string("addresses"))
            .col(blob_null("push_url"))
            .col(timestamp_with_time_zone("created_at"))
            .col(timestamp_with_time_zone_null("disabled_at"))
            .col(integer("version"));
        schema.create_table(client).await?;
        let mut secret = Table::create();
        secret
            .table("hotline_secret")
            .col(uuid("id").primary_key())
            .col(uuid("client_id"))
            .col(blob("secret"))
            .col(timestamp_with_time_zone("created_at"))
            .col(timestamp_with_time_zone_null("ends_at"))
            .foreign_key(
                ForeignKey::create()
                    .from("hotline_secret", "client_id")
                    .to("hotline_client", "id"),
            );
        schema.create_table(secret).await?;
        let mut nonce = Table::create();
        nonce
            .table("hotline_nonce")
            .col(string("key").primary_key())
            .col(timestamp_with_time_zone("expires_at"));
        schema.create_table(nonce).await?;
        let mut refusal = Table::create();
        refusal
            .table("hotline_refusal")
            .col(string("key").primary_key())
            .col(string("client"))
            .col(string("address"))
            .col(string("reason"))
            .col(integer("count"))
            .col(timestamp_with_time_zone("first_at"))
            .col(timestamp_with_time_zone("last_at"));
        schema.create_table(refusal).await?;
        for (name, table, column) in [
            ("hotline_secret_client_id", "hotline_secret", "client_id"),
            ("hotline_nonce_expires_at", "hotline_nonce", "expires_at"),
            ("hotline_refusal_last_at", "hotline_refusal", "last_at"),
        ] {
            let index = Index::create().name(name).table(table).col(column).to_owned();
            schema.create_index(index).await?;
        }
        Ok(())
    }
}
