//! 110/120 联动后补登、更正的接警单号。

use super::Sealed;
use sea_orm::entity::prelude::*;

/// Receipts of three-way transfers, one row for each time; the last one counts.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "emergency_receipt")]
pub struct Model {
    /// 主键
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// 联动记录
    pub call_id: Uuid,
    /// 第几次
    pub number: i32,
    /// 接警单号
    pub receipt: Sealed,
    /// 登记账号
    pub by_account: Uuid,
    /// 登记时间
    pub at: DateTimeUtc,
}

/// Relations are asked for by id where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
