//! 质检评分.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    blob_null, boolean, integer, integer_null, string, string_null, text, text_null, timestamp_with_time_zone_null,
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
        let mut table = Table::create();
        table
            .table("quality_review")
            .col(uuid("id").primary_key())
            .col(uuid("sample_id"))
            .col(uuid("report_id").unique_key())
            .col(uuid("agent_id"))
            .col(string("state"))
            .col(integer_null("sheet_version"))
            .col(text("marks"))
            .col(integer_null("points"))
            .col(integer_null("full"))
            .col(boolean("fatal"))
            .col(blob_null("notes"))
            .col(blob_null("comment"))
            .col(uuid_null("scorer"))
            .col(timestamp_with_time_zone_null("finished_at"))
            .col(blob_null("objection"))
            .col(timestamp_with_time_zone_null("objected_at"))
            .col(string_null("ruling"))
            .col(blob_null("ruling_note"))
            .col(uuid_null("ruled_by"))
            .col(timestamp_with_time_zone_null("ruled_at"))
            .col(text_null("marks_before"))
            .col(integer_null("points_before"))
            .col(integer("version"))
            .foreign_key(
                ForeignKey::create()
                    .from("quality_review", "sample_id")
                    .to("quality_sample", "id"),
            )
            .foreign_key(
                ForeignKey::create()
                    .from("quality_review", "report_id")
                    .to("report", "id"),
            );
        schema.create_table(table).await?;
        for sql in INDEXES {
            schema.get_connection().execute_unprepared(sql).await?;
        }
        Ok(())
    }
}

const INDEXES: [&str; 3] = [
    "CREATE INDEX quality_review_sample_id ON quality_review (sample_id)",
    "CREATE INDEX quality_review_state_id ON quality_review (state, id)",
    "CREATE INDEX quality_review_agent_id ON quality_review (agent_id, finished_at)",
];
