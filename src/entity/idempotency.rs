//! 幂等键：同键同体得同一答复。

use super::Sealed;
use sea_orm::entity::prelude::*;

/// Answers kept under idempotency keys.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "idempotency")]
pub struct Model {
    /// 账号与键
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    /// 请求体散列
    pub body_hash: String,
    /// 状态码
    pub status: i16,
    /// 答复
    pub answer: Sealed,
    /// 时间
    pub created_at: DateTimeUtc,
}

/// Relations are asked for by id where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
