//! 经文件补录的 12345 工单与事件：文件只带部分字段，线路恢复后由推送补全.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::boolean;

/// See the module.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, schema: &SchemaManager) -> Result<(), DbErr> {
        for table in ["hotline_order", "hotline_event"] {
            let mut alter = Table::alter();
            alter.table(table).add_column(boolean("by_file").default(false));
            schema.alter_table(alter).await?;
        }
        Ok(())
    }
}
