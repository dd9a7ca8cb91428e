//! 协办任务按哪条时限规则反馈.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::string_null;

/// See the module.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, schema: &SchemaManager) -> Result<(), DbErr> {
        let mut table = Table::alter();
        table.table("task").add_column(string_null("due_rule"));
        schema.alter_table(table).await
    }
}
