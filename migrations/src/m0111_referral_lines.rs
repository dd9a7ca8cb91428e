//! 联动热线的变更：文件中的行是第 1 版.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{blob, boolean, integer, string, text, timestamp_with_time_zone, uuid, uuid_null};

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
            .table("referral_line")
            .col(uuid("id").primary_key())
            .col(string("code"))
            .col(integer("version"))
            .col(string("name"))
            .col(string("purpose"))
            .col(string("dial"))
            .col(string("hours"))
            .col(string("recipient"))
            .col(boolean("active"))
            .col(text("source"))
            .col(blob("reason"))
            .col(timestamp_with_time_zone("valid_from"))
            .col(uuid_null("changed_by"));
        schema.create_table(table).await?;
        schema
            .create_index(
                Index::create()
                    .name("referral_line_code_version")
                    .table("referral_line")
                    .col("code")
                    .col("version")
                    .unique()
                    .to_owned(),
            )
            .await
    }
}
