//! 知识条目：现行内容.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    date, date_null, integer, json_binary, string, text, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid,
    uuid_null,
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
            .table("article")
            .col(uuid("id").primary_key())
            .col(string("number").unique_key())
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
            .col(uuid_null("changed_by"))
            .col(timestamp_with_time_zone("changed_at"))
            .col(timestamp_with_time_zone_null("reminded_at"))
            .col(integer("version"))
            .foreign_key(ForeignKey::create().from("article", "owner_unit").to("unit", "id"));
        schema.create_table(table).await?;
        schema
            .create_index(
                Index::create()
                    .name("article_state_review_on")
                    .table("article")
                    .col("state")
                    .col("review_on")
                    .to_owned(),
            )
            .await
    }
}
