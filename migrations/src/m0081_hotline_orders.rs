//! 12345 工单：原文、后续事件、待人工核对事项.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    blob, blob_null, integer, string, string_null, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid,
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
        order(schema).await?;
        event(schema).await?;
        flag(schema).await?;
        for (name, table, columns) in [
            ("hotline_order_arrived_at", "hotline_order", &["arrived_at", "id"][..]),
            ("hotline_order_report_id", "hotline_order", &["report_id"]),
            ("hotline_event_ext_order_no", "hotline_event", &["ext_order_no"]),
            ("hotline_flag_order_id", "hotline_flag", &["order_id"]),
            ("hotline_flag_settled_at", "hotline_flag", &["settled_at"]),
        ] {
            let mut index = Index::create();
            index.name(name).table(table);
            for column in columns {
                index.col(*column);
            }
            schema.create_index(index).await?;
        }
        let once = Index::create()
            .name("hotline_event_client_id_ext_event_id")
            .table("hotline_event")
            .col("client_id")
            .col("ext_event_id")
            .unique()
            .to_owned();
        schema.create_index(once).await
    }
}

async fn order(schema: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut table = Table::create();
    table
        .table("hotline_order")
        .col(uuid("id").primary_key())
        .col(uuid("client_id"))
        .col(string("ext_order_no").unique_key())
        .col(string("body_hash"))
        .col(blob("body"))
        .col(blob("answer"))
        .col(uuid("report_id"))
        .col(timestamp_with_time_zone("received_at"))
        .col(timestamp_with_time_zone("arrived_at"))
        .col(timestamp_with_time_zone_null("cancelled_at"))
        .col(timestamp_with_time_zone_null("called_again_at"))
        .col(string_null("told_state"))
        .col(integer("told_seq"))
        .foreign_key(
            ForeignKey::create()
                .from("hotline_order", "client_id")
                .to("hotline_client", "id"),
        )
        .foreign_key(
            ForeignKey::create()
                .from("hotline_order", "report_id")
                .to("report", "id"),
        );
    schema.create_table(table).await
}

async fn event(schema: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut table = Table::create();
    table
        .table("hotline_event")
        .col(uuid("id").primary_key())
        .col(uuid("client_id"))
        .col(string("ext_order_no"))
        .col(string("ext_event_id"))
        .col(string("kind"))
        .col(timestamp_with_time_zone("at"))
        .col(timestamp_with_time_zone("arrived_at"))
        .col(string("body_hash"))
        .col(blob("body"))
        .col(timestamp_with_time_zone_null("applied_at"))
        .col(string_null("outcome"))
        .col(uuid_null("report_id"))
        .foreign_key(
            ForeignKey::create()
                .from("hotline_event", "client_id")
                .to("hotline_client", "id"),
        );
    schema.create_table(table).await
}

async fn flag(schema: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut table = Table::create();
    table
        .table("hotline_flag")
        .col(uuid("id").primary_key())
        .col(uuid("order_id"))
        .col(uuid_null("event_id"))
        .col(string("kind"))
        .col(string("pointer"))
        .col(blob_null("given"))
        .col(timestamp_with_time_zone("raised_at"))
        .col(timestamp_with_time_zone_null("settled_at"))
        .col(uuid_null("settled_by"))
        .col(blob_null("note"))
        .foreign_key(
            ForeignKey::create()
                .from("hotline_flag", "order_id")
                .to("hotline_order", "id"),
        );
    schema.create_table(table).await
}
