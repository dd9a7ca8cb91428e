//! 12345 每日对账.

use super::CodeList;
use sea_orm::entity::prelude::*;

/// One day's comparison with one partner.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "hotline_reconciliation")]
pub struct Model {
    /// 主键
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// 接入方
    pub client_id: Uuid,
    /// 对账日
    pub day: Date,
    /// 生成时间
    pub made_at: DateTimeUtc,
    /// 送出的工单数
    pub listed: i32,
    /// 对方答复时间
    pub answered_at: Option<DateTimeUtc>,
    /// 我方没有的工单号
    pub missing_here: CodeList,
    /// 对方没有的工单号
    pub unknown_there: CodeList,
    /// 因此重发的状态数
    pub resent: i32,
}

/// Relations are asked for by id where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
