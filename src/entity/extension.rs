//! 分机或工号。

use super::Sealed;
use sea_orm::entity::prelude::*;

/// Whose telephone an exchange means.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "extension")]
pub struct Model {
    /// 主键
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// 分机的盲索引
    pub key: String,
    /// 分机或工号
    pub number: Sealed,
    /// 话务员
    pub account_id: Uuid,
    /// 变更时间
    pub updated_at: DateTimeUtc,
}

/// Relations are asked for by id where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
