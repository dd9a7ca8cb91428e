//! 12345 工单的附件：按地址去取的文件，和各接入方可取的主机.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    blob, blob_null, integer, integer_null, string, string_null, timestamp_with_time_zone,
    timestamp_with_time_zone_null, uuid, uuid_null,
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
        let mut hosts = Table::alter();
        hosts
            .table("hotline_client")
            .add_column(ColumnDef::new("attachment_hosts").text().not_null().default(""));
        schema.alter_table(hosts).await?;
        attachment(schema).await?;
        file(schema).await?;
        let report = Index::create()
            .name("hotline_attachment_report_id")
            .table("hotline_attachment")
            .col("report_id")
            .to_owned();
        schema.create_index(report).await?;
        // The same address again, of an order or of what came later, is the same file.
        let once = Index::create()
            .name("hotline_attachment_order_id_url_index")
            .table("hotline_attachment")
            .col("order_id")
            .col("url_index")
            .unique()
            .to_owned();
        schema.create_index(once).await
    }
}

async fn attachment(schema: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut table = Table::create();
    table
        .table("hotline_attachment")
        .col(uuid("id").primary_key())
        .col(uuid("order_id"))
        .col(uuid_null("event_id"))
        .col(uuid("client_id"))
        .col(uuid("report_id"))
        .col(blob("url"))
        .col(string("url_index"))
        .col(blob_null("name"))
        .col(string("state"))
        .col(string_null("reason"))
        .col(string_null("kind"))
        .col(integer_null("size"))
        .col(integer("asked"))
        .col(timestamp_with_time_zone("came_at"))
        .col(timestamp_with_time_zone_null("settled_at"))
        .foreign_key(
            ForeignKey::create()
                .from("hotline_attachment", "order_id")
                .to("hotline_order", "id"),
        )
        .foreign_key(
            ForeignKey::create()
                .from("hotline_attachment", "report_id")
                .to("report", "id"),
        );
    schema.create_table(table).await
}

/// What was fetched stands apart, so that no list reads it.
async fn file(schema: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut table = Table::create();
    table
        .table("hotline_attachment_file")
        .col(uuid("id").primary_key())
        .col(blob("content"))
        .col(blob_null("small"))
        .foreign_key(
            ForeignKey::create()
                .from("hotline_attachment_file", "id")
                .to("hotline_attachment", "id"),
        );
    schema.create_table(table).await
}
