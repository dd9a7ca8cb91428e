//! 来电振铃时建立的草稿：建立时的版本，和无人接听而撤下的时间.

use sea_orm_migration::prelude::*;

/// See the module.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, schema: &SchemaManager) -> Result<(), DbErr> {
        let mut version = Table::alter();
        version
            .table("report")
            .add_column(ColumnDef::new("rung_version").integer().null());
        schema.alter_table(version).await?;
        let mut withdrawn = Table::alter();
        withdrawn
            .table("report")
            .add_column(ColumnDef::new("withdrawn_at").timestamp_with_time_zone().null());
        schema.alter_table(withdrawn).await?;
        let sql = "CREATE INDEX report_withdrawn_at ON report (withdrawn_at) WHERE withdrawn_at IS NOT NULL";
        schema.get_connection().execute_unprepared(sql).await?;
        Ok(())
    }
}
