//! 岗位按代班人查找.

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
        let mut index = Index::create();
        index.name("post_stand_in_id").table("post").col("stand_in_id");
        schema.create_index(index).await
    }
}
