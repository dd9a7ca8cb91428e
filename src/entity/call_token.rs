//! 话务平台的令牌，只存摘要。

use sea_orm::entity::prelude::*;

/// Tokens of exchanges; several hold during a change.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "call_token")]
pub struct Model {
    /// 主键
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// 话务平台
    pub exchange_id: Uuid,
    /// 令牌的 SM3 摘要
    pub digest: String,
    /// 签发时间
    pub created_at: DateTimeUtc,
    /// 失效时间
    pub ends_at: Option<DateTimeUtc>,
}

/// Relations are asked for by id where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
