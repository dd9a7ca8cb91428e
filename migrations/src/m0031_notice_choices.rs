//! 通知设置：各人自己的免打扰时段、不接收的类别、交接班汇总、短信.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{boolean, integer_null, json_binary, timestamp_with_time_zone, uuid};

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
            .table("notice_choice")
            .col(uuid("account_id").primary_key())
            .col(json_binary("muted"))
            .col(integer_null("quiet_from"))
            .col(integer_null("quiet_to"))
            .col(boolean("digest"))
            .col(boolean("sms"))
            .col(timestamp_with_time_zone("digested_at"))
            .foreign_key(
                ForeignKey::create()
                    .from("notice_choice", "account_id")
                    .to("account", "id"),
            );
        schema.create_table(table).await
    }
}
