//! 知识条目的全文索引：单字、双字和外文词.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{integer, string, uuid};

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
            .table("article_gram")
            .col(uuid("article_id"))
            .col(string("gram"))
            .col(integer("weight"))
            .primary_key(Index::create().col("gram").col("article_id"))
            .foreign_key(
                ForeignKey::create()
                    .from("article_gram", "article_id")
                    .to("article", "id"),
            );
        schema.create_table(table).await?;
        schema
            .create_index(
                Index::create()
                    .name("article_gram_article_id")
                    .table("article_gram")
                    .col("article_id")
                    .to_owned(),
            )
            .await
    }
}
