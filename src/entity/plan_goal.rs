//! 个案计划目标。

use super::Sealed;
use sea_orm::entity::prelude::*;

/// Goals of the service plan.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "plan_goal")]
pub struct Model {
    /// 主键
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// 个案
    pub case_id: Uuid,
    /// 维度
    pub dimension: String,
    /// 目标
    pub goal: Sealed,
    /// 措施
    pub means: Sealed,
    /// 责任人
    pub responsible: Option<Sealed>,
    /// 完成期限
    pub due_on: Option<Date>,
    /// 是否核心目标
    pub core: bool,
    /// 完成时间
    pub done_at: Option<DateTimeUtc>,
    /// 取消时间
    pub dropped_at: Option<DateTimeUtc>,
    /// 制定账号
    pub created_by: Uuid,
    /// 制定时间
    pub created_at: DateTimeUtc,
    /// 乐观锁
    pub version: i32,
}

/// Relations are asked for by id where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
