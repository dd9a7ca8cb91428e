//! 身边的服务机构：庇护、医院、儿童之家、法律援助、学校.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{boolean, integer, string, text, timestamp_with_time_zone, uuid, uuid_null};

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
            .table("service")
            .col(uuid("id").primary_key())
            .col(string("kind"))
            .col(string("name"))
            .col(string("division"))
            .col(string("address"))
            .col(string("phone"))
            .col(string("hours"))
            .col(text("note"))
            .col(boolean("active"))
            .col(uuid_null("changed_by"))
            .col(timestamp_with_time_zone("changed_at"))
            .col(integer("version"));
        schema.create_table(table).await?;
        schema
            .create_index(
                Index::create()
                    .name("service_division")
                    .table("service")
                    .col("division")
                    .to_owned(),
            )
            .await?;
        schema
            .create_index(
                Index::create()
                    .name("service_kind_division_name")
                    .table("service")
                    .col("kind")
                    .col("division")
                    .col("name")
                    .unique()
                    .to_owned(),
            )
            .await
    }
}
