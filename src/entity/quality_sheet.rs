//! 质检评分表的版本：文件中的是第 1 版，改一次加一版。

use super::Sealed;
use sea_orm::entity::prelude::*;

/// Changed versions of the score sheet.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "quality_sheet")]
pub struct Model {
    /// 主键
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// 版本
    pub version: i32,
    /// 评分项
    #[sea_orm(column_type = "Text")]
    pub items: String,
    /// 每人至少抽取
    pub least: i32,
    /// 每人抽取比例，百分数
    pub percent: i32,
    /// 变更理由
    pub reason: Sealed,
    /// 生效时间
    pub valid_from: DateTimeUtc,
    /// 变更账号
    pub changed_by: Option<Uuid>,
}

/// Relations are asked for by id where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
