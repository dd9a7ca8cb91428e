//! 停表：三种事由。

use super::Sealed;
use sea_orm::entity::prelude::*;

/// A wish that the clocks stand still, and for how long they did.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "order_pause")]
pub struct Model {
    /// 主键
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// 个案
    pub case_id: Uuid,
    /// 事由
    pub ground: String,
    /// 说明
    pub reason: Sealed,
    /// 状态
    pub state: String,
    /// 申请账号
    pub asked_by: Option<Uuid>,
    /// 申请单位
    pub asked_unit: Option<Uuid>,
    /// 申请时间
    pub asked_at: DateTimeUtc,
    /// 裁定账号
    pub ruled_by: Option<Uuid>,
    /// 裁定时间
    pub ruled_at: Option<DateTimeUtc>,
    /// 裁定意见
    pub note: Option<Sealed>,
    /// 恢复账号
    pub ended_by: Option<Uuid>,
    /// 恢复时间
    pub ended_at: Option<DateTimeUtc>,
}

/// Relations are asked for by id where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
