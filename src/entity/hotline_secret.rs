//! 12345 接入方的签名密钥：轮换时新旧并行.

use super::Sealed;
use sea_orm::entity::prelude::*;

/// What a partner signs with.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "hotline_secret")]
pub struct Model {
    /// 主键
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// 接入方
    pub client_id: Uuid,
    /// 密钥
    pub secret: Sealed,
    /// 建立时间
    pub created_at: DateTimeUtc,
    /// 失效时间；空为现行
    pub ends_at: Option<DateTimeUtc>,
}

/// Relations are asked for by id where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
