//! 账号、会话、登录节流.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, blob, blob_null, boolean, integer, string, string_null, text, timestamp_with_time_zone,
    timestamp_with_time_zone_null, uuid, uuid_null,
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
        account(schema).await?;
        session(schema).await?;
        throttle(schema).await?;
        setting(schema).await?;
        counter(schema).await?;
        Ok(())
    }
}

/// 账号：一人一号一角色。
async fn account(schema: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut table = Table::create();
    table
        .table("account")
        .col(uuid("id").primary_key())
        .col(string("username").unique_key())
        .col(blob("name"))
        .col(string("role"))
        .col(uuid_null("unit_id"))
        .col(string("division"))
        .col(string("password_hash"))
        .col(boolean("must_change"))
        .col(timestamp_with_time_zone_null("disabled_at"))
        .col(blob_null("phone"))
        .col(string_null("phone_index"))
        .col(string_null("id_index"))
        .col(integer("epoch"))
        .col(timestamp_with_time_zone("created_at"))
        .col(integer("version"))
        .foreign_key(ForeignKey::create().from("account", "unit_id").to("unit", "id"));
    schema.create_table(table).await?;
    schema
        .create_index(
            Index::create()
                .name("account_unit_id")
                .table("account")
                .col("unit_id")
                .to_owned(),
        )
        .await?;
    schema
        .create_index(
            Index::create()
                .name("account_phone_index")
                .table("account")
                .col("phone_index")
                .to_owned(),
        )
        .await?;
    schema
        .create_index(
            Index::create()
                .name("account_id_index")
                .table("account")
                .col("id_index")
                .to_owned(),
        )
        .await?;
    Ok(())
}

/// 会话：主键为会话号的散列，泄表不泄会话。
async fn session(schema: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut table = Table::create();
    table
        .table("session")
        .col(string("id").primary_key())
        .col(text("data"))
        .col(big_integer("expires_at"));
    schema.create_table(table).await?;
    schema
        .create_index(
            Index::create()
                .name("session_expires_at")
                .table("session")
                .col("expires_at")
                .to_owned(),
        )
        .await?;
    Ok(())
}

/// 登录节流：按键（账号加地址、地址）计失败次数。
async fn throttle(schema: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut table = Table::create();
    table
        .table("throttle")
        .col(string("key").primary_key())
        .col(integer("failures"))
        .col(timestamp_with_time_zone("window_from"))
        .col(timestamp_with_time_zone_null("blocked_until"));
    schema.create_table(table).await?;
    Ok(())
}

/// 单项配置与内部标记。
async fn setting(schema: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut table = Table::create();
    table
        .table("setting")
        .col(string("name").primary_key())
        .col(text("value"))
        .col(timestamp_with_time_zone("updated_at"));
    schema.create_table(table).await?;
    Ok(())
}

/// 连续编号：每个前缀每天一行。
async fn counter(schema: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut table = Table::create();
    table
        .table("counter")
        .col(string("name").primary_key())
        .col(big_integer("value"));
    schema.create_table(table).await?;
    Ok(())
}
