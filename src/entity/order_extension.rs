//! 延期申请，一案一次。

use super::Sealed;
use sea_orm::entity::prelude::*;

/// A wish for more time, and what was ruled.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "order_extension")]
pub struct Model {
    /// 主键
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// 个案
    pub case_id: Uuid,
    /// 办结时限
    pub clock_id: Uuid,
    /// 申请的工作日数
    pub days: i32,
    /// 理由
    pub reason: Sealed,
    /// 原到期
    pub due_before: DateTimeUtc,
    /// 延后的到期
    pub due_after: DateTimeUtc,
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
}

/// Relations are asked for by id where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
