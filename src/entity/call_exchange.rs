//! 话务平台。

use super::Sealed;
use sea_orm::entity::prelude::*;

/// Exchanges that tell of calls.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "call_exchange")]
pub struct Model {
    /// 主键
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// 名称
    pub name: Sealed,
    /// 建立时间
    pub created_at: DateTimeUtc,
    /// 停用时间
    pub disabled_at: Option<DateTimeUtc>,
    /// 乐观锁
    pub version: i32,
}

/// Relations are asked for by id where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
