//! 站内通知：去掉未用的列；已读的按已读时间清理.

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
        let sql = "ALTER TABLE notice DROP COLUMN done_at;
            CREATE INDEX notice_seen ON notice (seen_at) WHERE seen_at IS NOT NULL;";
        schema.get_connection().execute_unprepared(sql).await?;
        Ok(())
    }
}
