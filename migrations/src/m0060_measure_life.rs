//! 措施的状态、起始日期、被建议或承担单位；措施的每一步各成一行。

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{blob, date_null, string, timestamp_with_time_zone, uuid, uuid_null};

/// See the module.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// Kinds that live on after they were recorded, and where their papers stand.
const LIVING: [(&str, &str); 9] = [
    ("in_force", "admonition"),
    ("in_force", "protection_order"),
    ("in_force", "family_education_order"),
    ("in_force", "emergency_placement"),
    ("in_force", "temp_custody"),
    ("in_force", "placement_agreement"),
    ("awaiting", "prosecutor_suggestion"),
    ("requested", "custody_revocation_petition"),
    ("done", "forensic_booking"),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, schema: &SchemaManager) -> Result<(), DbErr> {
        // SQLite adds one column by one statement.
        for column in [
            string("state").default("recorded").take(),
            date_null("begun_on"),
            uuid_null("addressee"),
        ] {
            let mut table = Table::alter();
            table.table("measure").add_column(column);
            schema.alter_table(table).await?;
        }
        standing(schema).await?;
        event(schema).await
    }
}

/// What was recorded before stands where its paper would stand now.
async fn standing(schema: &SchemaManager<'_>) -> Result<(), DbErr> {
    let db = schema.get_connection();
    for (state, kind) in LIVING {
        let sql = format!("UPDATE measure SET state = '{state}' WHERE kind = '{kind}'");
        db.execute_unprepared(&sql).await?;
    }
    db.execute_unprepared("UPDATE measure SET begun_on = issued_on").await?;
    db.execute_unprepared("UPDATE measure SET state = 'ended' WHERE ended_on IS NOT NULL")
        .await?;
    Ok(())
}

/// 措施的每一步：做了什么、由谁、何时登记，所填内容加密。
async fn event(schema: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut table = Table::create();
    table
        .table("measure_event")
        .col(uuid("id").primary_key())
        .col(uuid("measure_id"))
        .col(uuid("case_id"))
        .col(string("deed"))
        .col(string("state"))
        .col(blob("fields"))
        .col(uuid_null("actor_id"))
        .col(uuid_null("actor_unit"))
        .col(timestamp_with_time_zone("at"))
        .foreign_key(
            ForeignKey::create()
                .from("measure_event", "measure_id")
                .to("measure", "id"),
        );
    schema.create_table(table).await?;
    let mut by_measure = Index::create();
    by_measure
        .name("measure_event_measure_id")
        .table("measure_event")
        .col("measure_id");
    schema.create_index(by_measure).await?;
    let mut by_state = Index::create();
    by_state.name("measure_state").table("measure").col("state");
    schema.create_index(by_state).await
}
