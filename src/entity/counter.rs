//! 连续编号：每个前缀每天一行。

use sea_orm::entity::prelude::*;

/// Gap-free number counters.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "counter")]
pub struct Model {
    /// 前缀与日期
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    /// 最近一个号
    pub value: i64,
}

/// Relations are asked for by id where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
