//! 被拒绝的接口调用：按日、地址、原因计数.

use sea_orm::entity::prelude::*;

/// Calls that were refused, counted.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "hotline_refusal")]
pub struct Model {
    /// 日、接入方、地址、原因
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    /// 接入方编号；不认识的为空
    pub client: String,
    /// 来源地址
    pub address: String,
    /// 原因
    pub reason: String,
    /// 次数
    pub count: i32,
    /// 当日首次
    pub first_at: DateTimeUtc,
    /// 当日最近
    pub last_at: DateTimeUtc,
}

/// Relations are asked for by id where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
