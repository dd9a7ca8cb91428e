//! 会商：何时、谁参加、议题、议定事项，由它产生的协办任务.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{blob, blob_null, date, integer, timestamp_with_time_zone, uuid, uuid_null};

/// See the module.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, schema: &SchemaManager) -> Result<(), DbErr> {
        let mut held = Table::create();
        held.table("conference")
            .col(uuid("id").primary_key())
            .col(uuid("case_id"))
            .col(date("held_on"))
            .col(blob("minutes_no"))
            .col(blob_null("place"))
            .col(blob("agenda"))
            .col(blob_null("decisions"))
            .col(uuid("created_by"))
            .col(timestamp_with_time_zone("created_at"))
            .foreign_key(
                ForeignKey::create()
                    .from("conference", "case_id")
                    .to("protection_case", "id"),
            );
        schema.create_table(held).await?;
        let mut members = Table::create();
        members
            .table("conference_member")
            .col(uuid("id").primary_key())
            .col(uuid("conference_id"))
            .col(integer("position"))
            .col(uuid("unit_id"))
            .col(blob("function"))
            .foreign_key(
                ForeignKey::create()
                    .from("conference_member", "conference_id")
                    .to("conference", "id"),
            )
            .foreign_key(
                ForeignKey::create()
                    .from("conference_member", "unit_id")
                    .to("unit", "id"),
            );
        schema.create_table(members).await?;
        for (name, table, column) in [
            ("conference_case_id", "conference", "case_id"),
            ("conference_member_conference_id", "conference_member", "conference_id"),
        ] {
            let index = Index::create().name(name).table(table).col(column).to_owned();
            schema.create_index(index).await?;
        }
        let mut task = Table::alter();
        task.table("task").add_column(uuid_null("conference_id"));
        schema.alter_table(task).await
    }
}
