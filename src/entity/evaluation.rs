//! 评价，与承办单位绩效分开。

use super::Sealed;
use sea_orm::entity::prelude::*;

/// What somebody thinks of the handling, apart from performance.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "evaluation")]
pub struct Model {
    /// 主键
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// 个案
    pub case_id: Uuid,
    /// 评价人
    pub rater: String,
    /// 评价
    pub value: String,
    /// 说明
    pub note: Option<Sealed>,
    /// 登记账号
    pub made_by: Option<Uuid>,
    /// 登记时间
    pub made_at: DateTimeUtc,
}

/// Relations are asked for by id where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
