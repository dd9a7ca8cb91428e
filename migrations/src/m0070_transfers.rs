//! 移交：跨县、跨乡镇和外地.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    blob, blob_null, date, date_null, integer, json_binary, small_integer, string, string_null,
    timestamp_with_time_zone, timestamp_with_time_zone_null, uuid, uuid_null,
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
        transfer(schema).await?;
        for (name, columns) in [
            ("transfer_case_id", &["case_id"][..]),
            ("transfer_from_place", &["from_place"][..]),
            ("transfer_to_area", &["to_area"][..]),
            ("transfer_state_due_at", &["state", "due_at"][..]),
        ] {
            let mut index = Index::create();
            index.name(name).table("transfer");
            for column in columns {
                index.col(*column);
            }
            schema.create_index(index).await?;
        }
        Ok(())
    }
}

/// 移交：个案从一地移到另一地。
async fn transfer(schema: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut table = Table::create();
    table
        .table("transfer")
        .col(uuid("id").primary_key())
        .col(string("number").unique_key())
        .col(uuid("case_id"))
        .col(string("state"))
        .col(string("reason"))
        .col(small_integer("level"))
        .col(string("from_place"))
        .col(uuid("from_unit"))
        .col(string_null("to_place"))
        .col(uuid_null("to_unit"))
        .col(string_null("to_area"))
        .col(string_null("domicile"))
        .col(blob_null("outside"))
        .col(json_binary("listed"))
        .col(date("met_on"))
        .col(blob("meeting"))
        .col(string("child_informed"))
        .col(string("guardian_informed"))
        .col(blob_null("informed_note"))
        .col(uuid("asked_by"))
        .col(timestamp_with_time_zone("asked_at"))
        .col(timestamp_with_time_zone("due_at"))
        .col(uuid_null("answered_by"))
        .col(timestamp_with_time_zone_null("answered_at"))
        .col(blob_null("answer"))
        .col(blob_null("dispute"))
        .col(timestamp_with_time_zone_null("disputed_at"))
        .col(uuid_null("ruled_by"))
        .col(timestamp_with_time_zone_null("ruled_at"))
        .col(blob_null("ruling"))
        .col(blob_null("withdrawal"))
        .col(timestamp_with_time_zone_null("ended_at"))
        .col(date_null("called_on"))
        .col(blob_null("contact"))
        .col(blob_null("reply_no"))
        .col(date_null("reply_on"))
        .col(integer("version"))
        .foreign_key(
            ForeignKey::create()
                .from("transfer", "case_id")
                .to("protection_case", "id"),
        )
        .foreign_key(ForeignKey::create().from("transfer", "from_unit").to("unit", "id"));
    schema.create_table(table).await
}
