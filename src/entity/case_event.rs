//! 时间线：发生时间与登记时间分列。

use super::Sealed;
use sea_orm::entity::prelude::*;

/// The timeline of a case.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "case_event")]
pub struct Model {
    /// 主键
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// 个案
    pub case_id: Uuid,
    /// 事件
    pub kind: String,
    /// 发生时间
    pub happened_at: DateTimeUtc,
    /// 登记时间
    pub entered_at: DateTimeUtc,
    /// 账号
    pub actor_id: Option<Uuid>,
    /// 机构
    pub actor_unit: Option<Uuid>,
    /// 内容
    pub text: Option<Sealed>,
    /// 关联（阶段、等级、任务等代码与编号）
    pub refs: Json,
}

/// Relations are asked for by id where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
