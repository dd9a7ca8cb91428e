//! 待回拨：话务平台报来的、已接通的呼出.

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
        let mut when = Table::alter();
        when.table("call_return")
            .add_column(ColumnDef::new("rung_at").timestamp_with_time_zone().null());
        schema.alter_table(when).await?;
        let mut who = Table::alter();
        who.table("call_return")
            .add_column(ColumnDef::new("rung_by").uuid().null());
        schema.alter_table(who).await
    }
}
