//! 督办单的答复时限.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::uuid_null;

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
        table.table("supervision").add_column(uuid_null("clock_id"));
        schema.alter_table(table).await
    }
}
