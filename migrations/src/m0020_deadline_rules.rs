//! 时限规则的变更.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{blob, integer, string, text, timestamp_with_time_zone, uuid, uuid_null};

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
            .table("deadline_rule")
            .col(uuid("id").primary_key())
            .col(string("code"))
            .col(integer("version"))
            .col(string("name"))
            .col(string("owner"))
            .col(integer("amount"))
            .col(string("unit"))
            .col(string("on_expiry"))
            .col(text("source"))
            .col(blob("reason"))
            .col(timestamp_with_time_zone("valid_from"))
            .col(uuid_null("changed_by"));
        schema.create_table(table).await?;
        // Of two people who change one rule at once, one is told.
        schema
            .create_index(
                Index::create()
                    .name("deadline_rule_code_version")
                    .table("deadline_rule")
                    .col("code")
                    .col("version")
                    .unique()
                    .to_owned(),
            )
            .await
    }
}
