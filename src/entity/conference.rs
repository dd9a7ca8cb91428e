//! 会商：何时、议什么、议定什么。

use super::Sealed;
use sea_orm::entity::prelude::*;

/// Conferences on a case.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "conference")]
pub struct Model {
    /// 主键
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// 个案
    pub case_id: Uuid,
    /// 会商日期
    pub held_on: Date,
    /// 纪要编号
    pub minutes_no: Sealed,
    /// 地点
    pub place: Option<Sealed>,
    /// 议题
    pub agenda: Sealed,
    /// 议定事项
    pub decisions: Option<Sealed>,
    /// 登记账号
    pub created_by: Uuid,
    /// 登记时间
    pub created_at: DateTimeUtc,
}

/// Relations are asked for by id where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
