//! 质检抽样和抽样框：一条线索只进入一次抽样.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{boolean, integer, string, timestamp_with_time_zone, uuid};

/// See the module.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, schema: &SchemaManager) -> Result<(), DbErr> {
        let mut sample = Table::create();
        sample
            .table("quality_sample")
            .col(uuid("id").primary_key())
            .col(string("number").unique_key())
            .col(timestamp_with_time_zone("from_at"))
            .col(timestamp_with_time_zone("until_at"))
            .col(string("seed"))
            .col(integer("least"))
            .col(integer("percent"))
            .col(integer("size"))
            .col(integer("drawn"))
            .col(uuid("drawn_by"))
            .col(timestamp_with_time_zone("drawn_at"));
        schema.create_table(sample).await?;
        let mut frame = Table::create();
        frame
            .table("quality_frame")
            // Once drawn from is never drawn from again: nobody draws until
            // the sample pleases.
            .col(uuid("report_id").primary_key())
            .col(uuid("sample_id"))
            .col(uuid("agent_id"))
            .col(string("outcome"))
            .col(boolean("drawn"))
            .foreign_key(
                ForeignKey::create()
                    .from("quality_frame", "report_id")
                    .to("report", "id"),
            )
            .foreign_key(
                ForeignKey::create()
                    .from("quality_frame", "sample_id")
                    .to("quality_sample", "id"),
            );
        schema.create_table(frame).await?;
        let mut by_sample = Index::create();
        by_sample
            .name("quality_frame_sample_id")
            .table("quality_frame")
            .col("sample_id");
        schema.create_index(by_sample).await?;
        let mut by_time = Index::create();
        by_time
            .name("quality_sample_drawn_at")
            .table("quality_sample")
            .col("drawn_at");
        schema.create_index(by_time).await
    }
}
