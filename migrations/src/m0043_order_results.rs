//! 工单层：反馈、回访、评价.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    blob, blob_null, boolean, integer, string, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid, uuid_null,
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
        feedback(schema).await?;
        callback(schema).await?;
        evaluation(schema).await
    }
}

/// 办理结果与审核.
async fn feedback(schema: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut table = Table::create();
    table
        .table("feedback")
        .col(uuid("id").primary_key())
        .col(uuid("case_id"))
        .col(integer("round"))
        .col(blob("summary"))
        .col(blob_null("papers"))
        .col(uuid_null("handed_by"))
        .col(uuid_null("handed_unit"))
        .col(timestamp_with_time_zone("handed_at"))
        .col(string("state"))
        .col(uuid_null("reviewed_by"))
        .col(timestamp_with_time_zone_null("reviewed_at"))
        .col(blob_null("note"))
        .foreign_key(
            ForeignKey::create()
                .from("feedback", "case_id")
                .to("protection_case", "id"),
        );
    schema.create_table(table).await?;
    schema
        .create_index(
            Index::create()
                .name("feedback_case_id")
                .table("feedback")
                .col("case_id")
                .to_owned(),
        )
        .await?;
    schema
        .create_index(
            Index::create()
                .name("feedback_state")
                .table("feedback")
                .col("state")
                .to_owned(),
        )
        .await
}

/// 回访.
async fn callback(schema: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut table = Table::create();
    table
        .table("callback")
        .col(uuid("id").primary_key())
        .col(uuid("case_id"))
        .col(integer("round"))
        .col(string("side"))
        .col(string("way"))
        .col(boolean("reached"))
        .col(boolean("solved"))
        .col(string("told"))
        .col(blob_null("note"))
        .col(uuid_null("made_by"))
        .col(timestamp_with_time_zone("made_at"))
        .foreign_key(
            ForeignKey::create()
                .from("callback", "case_id")
                .to("protection_case", "id"),
        );
    schema.create_table(table).await?;
    schema
        .create_index(
            Index::create()
                .name("callback_case_id")
                .table("callback")
                .col("case_id")
                .to_owned(),
        )
        .await
}

/// 评价，与承办单位绩效分开.
async fn evaluation(schema: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut table = Table::create();
    table
        .table("evaluation")
        .col(uuid("id").primary_key())
        .col(uuid("case_id"))
        .col(string("rater"))
        .col(string("value"))
        .col(blob_null("note"))
        .col(uuid_null("made_by"))
        .col(timestamp_with_time_zone("made_at"))
        .foreign_key(
            ForeignKey::create()
                .from("evaluation", "case_id")
                .to("protection_case", "id"),
        );
    schema.create_table(table).await?;
    schema
        .create_index(
            Index::create()
                .name("evaluation_case_id")
                .table("evaluation")
                .col("case_id")
                .to_owned(),
        )
        .await
}
