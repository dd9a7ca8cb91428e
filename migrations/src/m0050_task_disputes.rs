//! 协办任务的争议与裁定；退回补办次数；指定承办.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    blob, blob_null, boolean, integer, string, string_null, timestamp_with_time_zone, timestamp_with_time_zone_null,
    uuid, uuid_null,
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
        // SQLite adds one column by one statement.
        for column in [
            integer("sent_back").default(0).to_owned(),
            boolean("designated").default(false).to_owned(),
        ] {
            let mut table = Table::alter();
            table.table("task").add_column(column);
            schema.alter_table(table).await?;
        }
        disputes(schema).await
    }
}

/// 一次争议：谁提出、归谁裁定、裁定什么。
async fn disputes(schema: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut table = Table::create();
    table
        .table("task_dispute")
        .col(uuid("id").primary_key())
        .col(uuid("task_id"))
        .col(uuid("unit_id"))
        .col(string("reason_code"))
        .col(blob("basis"))
        .col(uuid("raised_by"))
        .col(timestamp_with_time_zone("raised_at"))
        .col(string("arbiter"))
        .col(timestamp_with_time_zone("due_at"))
        .col(timestamp_with_time_zone_null("climbed_at"))
        .col(string_null("decision"))
        .col(uuid_null("to_unit"))
        .col(blob_null("ruling"))
        .col(uuid_null("ruled_by"))
        .col(timestamp_with_time_zone_null("ruled_at"))
        .foreign_key(ForeignKey::create().from("task_dispute", "task_id").to("task", "id"))
        .foreign_key(ForeignKey::create().from("task_dispute", "unit_id").to("unit", "id"));
    schema.create_table(table).await?;
    for (name, column) in [
        ("task_dispute_task_id", "task_id"),
        ("task_dispute_ruled_at_due_at", "ruled_at"),
    ] {
        let mut index = Index::create();
        index.name(name).table("task_dispute").col(column);
        if column == "ruled_at" {
            index.col("due_at");
        }
        schema.create_index(index).await?;
    }
    Ok(())
}
