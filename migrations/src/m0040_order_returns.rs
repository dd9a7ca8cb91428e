//! 工单层：退回与仲裁.

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
        work_order(schema).await?;
        order_return(schema).await
    }
}

/// 工单：个案的办理层，一案至多一行，没有行即在办.
async fn work_order(schema: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut table = Table::create();
    table
        .table("work_order")
        .col(uuid("case_id").primary_key())
        .col(string("state"))
        .col(timestamp_with_time_zone_null("arbitrated_at"))
        .col(uuid_null("designated_unit"))
        .col(integer("redone"))
        .col(timestamp_with_time_zone_null("resolved_at"))
        .col(timestamp_with_time_zone_null("archived_at"))
        .foreign_key(
            ForeignKey::create()
                .from("work_order", "case_id")
                .to("protection_case", "id"),
        );
    schema.create_table(table).await?;
    let by_state = Index::create()
        .name("work_order_state")
        .table("work_order")
        .col("state")
        .to_owned();
    schema.create_index(by_state).await
}

/// 退回：谁以何理由退回，怎样裁定.
async fn order_return(schema: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut table = Table::create();
    table
        .table("order_return")
        .col(uuid("id").primary_key())
        .col(uuid("case_id"))
        .col(integer("round"))
        .col(uuid("unit_id"))
        .col(string_null("reason"))
        .col(blob("explanation"))
        .col(boolean("arbitration"))
        .col(uuid_null("asked_by"))
        .col(timestamp_with_time_zone("asked_at"))
        .col(string_null("ruling"))
        .col(uuid_null("to_unit"))
        .col(blob_null("note"))
        .col(uuid_null("ruled_by"))
        .col(timestamp_with_time_zone_null("ruled_at"))
        .foreign_key(
            ForeignKey::create()
                .from("order_return", "case_id")
                .to("protection_case", "id"),
        );
    schema.create_table(table).await?;
    for (name, column) in [
        ("order_return_case_id", "case_id"),
        ("order_return_ruled_at", "ruled_at"),
    ] {
        let index = Index::create().name(name).table("order_return").col(column).to_owned();
        schema.create_index(index).await?;
    }
    Ok(())
}
