//! 办理结果与审核。

use super::Sealed;
use sea_orm::entity::prelude::*;

/// A result handed in, and what the reviewer said.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "feedback")]
pub struct Model {
    /// 主键
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// 个案
    pub case_id: Uuid,
    /// 第几次
    pub round: i32,
    /// 办理结果
    pub summary: Sealed,
    /// 文书编号
    pub papers: Option<Sealed>,
    /// 提交账号
    pub handed_by: Option<Uuid>,
    /// 提交单位
    pub handed_unit: Option<Uuid>,
    /// 提交时间
    pub handed_at: DateTimeUtc,
    /// 状态
    pub state: String,
    /// 审核账号
    pub reviewed_by: Option<Uuid>,
    /// 审核时间
    pub reviewed_at: Option<DateTimeUtc>,
    /// 审核意见
    pub note: Option<Sealed>,
}

/// Relations are asked for by id where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
