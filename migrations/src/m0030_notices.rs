//! 站内通知：每个收件账号一行，提交之后才编序号.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer_null, boolean, string, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid, uuid_null,
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
            .table("notice")
            .col(uuid("id").primary_key())
            .col(uuid("account_id"))
            .col(string("kind"))
            .col(uuid_null("case_id"))
            .col(uuid_null("report_id"))
            .col(uuid_null("task_id"))
            .col(uuid_null("measure_id"))
            .col(boolean("red"))
            .col(boolean("sms"))
            .col(timestamp_with_time_zone("created_at"))
            .col(timestamp_with_time_zone_null("held_until"))
            .col(big_integer_null("seq").unique_key())
            .col(timestamp_with_time_zone_null("seen_at"))
            .col(timestamp_with_time_zone_null("done_at"))
            .foreign_key(ForeignKey::create().from("notice", "account_id").to("account", "id"))
            .foreign_key(
                ForeignKey::create()
                    .from("notice", "case_id")
                    .to("protection_case", "id"),
            )
            .foreign_key(ForeignKey::create().from("notice", "report_id").to("report", "id"))
            .foreign_key(ForeignKey::create().from("notice", "task_id").to("task", "id"));
        schema.create_table(table).await?;
        for (name, columns) in [
            ("notice_account_id_id", &["account_id", "id"][..]),
            ("notice_account_id_seq", &["account_id", "seq"][..]),
            ("notice_case_id", &["case_id"][..]),
        ] {
            let mut index = Index::create().name(name).table("notice").to_owned();
            for column in columns {
                index.col(*column);
            }
            schema.create_index(index).await?;
        }
        // What has not been seen, what has no number yet, what is to be texted:
        // few rows each, however many notices there are.
        let sql = "CREATE INDEX notice_unseen ON notice (account_id, created_at) WHERE seen_at IS NULL;
            CREATE INDEX notice_unnumbered ON notice (created_at) WHERE seq IS NULL;
            CREATE INDEX notice_sms ON notice (created_at) WHERE sms;";
        schema.get_connection().execute_unprepared(sql).await?;
        Ok(())
    }
}
