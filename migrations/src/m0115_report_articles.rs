//! 答复所依据的知识条目和版本.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{integer, timestamp_with_time_zone, uuid, uuid_null};

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
            .table("report_article")
            .col(uuid("report_id"))
            .col(uuid("article_id"))
            .col(integer("version"))
            .col(timestamp_with_time_zone("at"))
            .col(uuid_null("by_account"))
            .primary_key(Index::create().col("report_id").col("article_id"))
            .foreign_key(
                ForeignKey::create()
                    .from("report_article", "report_id")
                    .to("report", "id"),
            )
            .foreign_key(
                ForeignKey::create()
                    .from("report_article", "article_id")
                    .to("article", "id"),
            );
        schema.create_table(table).await?;
        schema
            .create_index(
                Index::create()
                    .name("report_article_article_id")
                    .table("report_article")
                    .col("article_id")
                    .to_owned(),
            )
            .await
    }
}
