//! 回避：所列账号或机构看不到该个案。

use super::Sealed;
use sea_orm::entity::prelude::*;

/// Accounts and units blind to a case.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "recusal")]
pub struct Model {
    /// 主键
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// 个案
    pub case_id: Uuid,
    /// 账号
    pub account_id: Option<Uuid>,
    /// 机构
    pub unit_id: Option<Uuid>,
    /// 依据规则
    pub rule: String,
    /// 说明
    pub note: Option<Sealed>,
    /// 登记账号
    pub declared_by: Option<Uuid>,
    /// 登记时间
    pub at: DateTimeUtc,
}

/// Relations are asked for by id where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
