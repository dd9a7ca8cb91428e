//! 12345 文件导入的列对应，按接入方逐版保存.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{integer, json_binary, timestamp_with_time_zone, uuid, uuid_null};

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
            .table("hotline_file_mapping")
            .col(uuid("id").primary_key())
            .col(uuid("client_id"))
            .col(integer("version"))
            .col(json_binary("columns"))
            .col(timestamp_with_time_zone("saved_at"))
            .col(uuid_null("saved_by"))
            .foreign_key(
                ForeignKey::create()
                    .from("hotline_file_mapping", "client_id")
                    .to("hotline_client", "id"),
            );
        schema.create_table(table).await?;
        let once = Index::create()
            .name("hotline_file_mapping_client_id_version")
            .table("hotline_file_mapping")
            .col("client_id")
            .col("version")
            .unique()
            .to_owned();
        schema.create_index(once).await
    }
}
