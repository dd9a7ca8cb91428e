//! 退回与仲裁：一次申请一行。

use super::Sealed;
use sea_orm::entity::prelude::*;

/// What a unit sent back, and what was ruled.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "order_return")]
pub struct Model {
    /// 主键
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// 个案
    pub case_id: Uuid,
    /// 第几次
    pub round: i32,
    /// 当时的主办单位
    pub unit_id: Uuid,
    /// 退回理由，职责交叉时无
    pub reason: Option<String>,
    /// 说明
    pub explanation: Sealed,
    /// 是否由市级仲裁
    pub arbitration: bool,
    /// 申请账号
    pub asked_by: Option<Uuid>,
    /// 申请时间
    pub asked_at: DateTimeUtc,
    /// 裁定
    pub ruling: Option<String>,
    /// 裁定后的主办单位
    pub to_unit: Option<Uuid>,
    /// 裁定理由
    pub note: Option<Sealed>,
    /// 裁定账号
    pub ruled_by: Option<Uuid>,
    /// 裁定时间
    pub ruled_at: Option<DateTimeUtc>,
}

/// Relations are asked for by id where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
