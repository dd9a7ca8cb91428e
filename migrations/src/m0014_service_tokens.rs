//! 服务账号的令牌.

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

    /// 令牌只存散列；一个账号至多一枚。
    async fn up(&self, schema: &SchemaManager) -> Result<(), DbErr> {
        let column = Table::alter()
            .table("account")
            .add_column(string_null("token_hash"))
            .to_owned();
        schema.alter_table(column).await?;
        schema
            .create_index(
                Index::create()
                    .name("account_token_hash")
                    .table("account")
                    .col("token_hash")
                    .unique()
                    .to_owned(),
            )
            .await
    }
}
