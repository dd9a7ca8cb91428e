//! 知识条目的历次版本.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    date, date_null, integer, json_binary, string, text, timestamp_with_time_zone, uuid, uuid_null,
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
            .table("article_version")
            .col(uuid("id").primary_key())
            .col(uuid("article_id"))
            .col(integer("version"))
            .col(string("state"))
            .col(string("title"))
            .col(text("reply"))
            .col(text("body"))
            .col(json_binary("keywords"))
            .col(json_binary("case_types"))
            .col(json_binary("demand_types"))
            .col(text("source"))
            .col(uuid("owner_unit"))
            .col(date("valid_from"))
            .col(date_null("valid_until"))
            .col(date_null("review_on"))
            .col(text("note"))
            .col(uuid_null("changed_by"))
            .col(timestamp_with_time_zone("changed_at"))
            .foreign_key(
                ForeignKey::create()
                    .from("article_version", "article_id")
                    .to("article", "id"),
            );
        schema.create_table(table).await?;
        schema
            .create_index(
                Index::create()
                    .name("article_version_article_id_version")
                    .table("article_version")
                    .col("article_id")
                    .col("version")
                    .unique()
                    .to_owned(),
            )
            .await
    }
}
