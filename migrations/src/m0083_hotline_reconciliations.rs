//! 12345 每日对账：送出的清单、对方缺的、我方缺的.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    date, integer, json_binary, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid,
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
            .table("hotline_reconciliation")
            .col(uuid("id").primary_key())
            .col(uuid("client_id"))
            .col(date("day"))
            .col(timestamp_with_time_zone("made_at"))
            .col(integer("listed"))
            .col(timestamp_with_time_zone_null("answered_at"))
            .col(json_binary("missing_here"))
            .col(json_binary("unknown_there"))
            .col(integer("resent"))
            .foreign_key(
                ForeignKey::create()
                    .from("hotline_reconciliation", "client_id")
                    .to("hotline_client", "id"),
            );
        schema.create_table(table).await?;
        let once = Index::create()
            .name("hotline_reconciliation_client_id_day")
            .table("hotline_reconciliation")
            .col("client_id")
            .col("day")
            .unique()
            .to_owned();
        schema.create_index(once).await
    }
}
