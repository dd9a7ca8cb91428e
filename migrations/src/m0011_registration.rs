//! 报告人岗位；线索按接听时间排列.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::blob_null;

/// See the module.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, schema: &SchemaManager) -> Result<(), DbErr> {
        let mut position = Table::alter();
        position.table("reporter_identity").add_column(blob_null("position"));
        schema.alter_table(position).await?;
        let by_time = Index::create()
            .name("report_started_at")
            .table("report")
            .col("started_at")
            .col("id")
            .to_owned();
        schema.create_index(by_time).await
    }
}
