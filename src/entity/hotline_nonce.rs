//! 已用过的随机数：防重放.

use sea_orm::entity::prelude::*;

/// Nonces that were used.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "hotline_nonce")]
pub struct Model {
    /// 接入方与随机数的摘要
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    /// 此后时间戳本身已过期
    pub expires_at: DateTimeUtc,
}

/// Relations are asked for by id where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
