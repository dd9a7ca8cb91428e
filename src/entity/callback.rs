//! 回访。

use super::Sealed;
use sea_orm::entity::prelude::*;

/// A callback, or the asking on the spot that stands for it.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "callback")]
pub struct Model {
    /// 主键
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// 个案
    pub case_id: Uuid,
    /// 第几次办结
    pub round: i32,
    /// 由谁回访
    pub side: String,
    /// 方式
    pub way: String,
    /// 是否联系到
    pub reached: bool,
    /// 是否解决
    pub solved: bool,
    /// 告知来电人
    pub told: String,
    /// 情况
    pub note: Option<Sealed>,
    /// 回访账号
    pub made_by: Option<Uuid>,
    /// 回访时间
    pub made_at: DateTimeUtc,
}

/// Relations are asked for by id where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
