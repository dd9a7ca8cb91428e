//! 12345 工单中须人工核对的事项.

use super::Sealed;
use sea_orm::entity::prelude::*;

/// What a person has to look at.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "hotline_flag")]
pub struct Model {
    /// 主键
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// 工单
    pub order_id: Uuid,
    /// 事件
    pub event_id: Option<Uuid>,
    /// 种类
    pub kind: String,
    /// 字段位置
    pub pointer: String,
    /// 原值
    pub given: Option<Sealed>,
    /// 提出时间
    pub raised_at: DateTimeUtc,
    /// 核对时间
    pub settled_at: Option<DateTimeUtc>,
    /// 核对账号
    pub settled_by: Option<Uuid>,
    /// 核对说明
    pub note: Option<Sealed>,
}

/// Relations are asked for by id where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
