//! 单项配置与内部标记。

use sea_orm::entity::prelude::*;

/// Single settings and internal marks.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "setting")]
pub struct Model {
    /// 名称
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    /// 值
    #[sea_orm(column_type = "Text")]
    pub value: String,
    /// 更新时间
    pub updated_at: DateTimeUtc,
}

/// Relations are asked for by id where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
