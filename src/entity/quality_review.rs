//! 质检评分：抽中的一条线索。

use super::Sealed;
use sea_orm::entity::prelude::*;

/// Reviews of the reports that were drawn.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "quality_review")]
pub struct Model {
    /// 主键
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// 抽样
    pub sample_id: Uuid,
    /// 线索
    pub report_id: Uuid,
    /// 受理账号
    pub agent_id: Uuid,
    /// 状态
    pub state: String,
    /// 评分表版本
    pub sheet_version: Option<i32>,
    /// 评分
    #[sea_orm(column_type = "Text")]
    pub marks: String,
    /// 得分
    pub points: Option<i32>,
    /// 满分
    pub full: Option<i32>,
    /// 是否一票否决
    pub fatal: bool,
    /// 逐项意见
    pub notes: Option<Sealed>,
    /// 总体意见
    pub comment: Option<Sealed>,
    /// 评分账号
    pub scorer: Option<Uuid>,
    /// 评定时间
    pub finished_at: Option<DateTimeUtc>,
    /// 申诉理由
    pub objection: Option<Sealed>,
    /// 申诉时间
    pub objected_at: Option<DateTimeUtc>,
    /// 裁定：kept、changed
    pub ruling: Option<String>,
    /// 裁定意见
    pub ruling_note: Option<Sealed>,
    /// 裁定账号
    pub ruled_by: Option<Uuid>,
    /// 裁定时间
    pub ruled_at: Option<DateTimeUtc>,
    /// 裁定前的评分
    #[sea_orm(column_type = "Text")]
    pub marks_before: Option<String>,
    /// 裁定前的得分
    pub points_before: Option<i32>,
    /// 乐观锁
    pub version: i32,
}

/// Relations are asked for by id where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
