//! 评估与复评。

use super::Sealed;
use sea_orm::entity::prelude::*;

/// Assessments and reviews.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "assessment")]
pub struct Model {
    /// 主键
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// 个案
    pub case_id: Uuid,
    /// 初评/复评
    pub kind: String,
    /// 逐项作答
    pub answers: Sealed,
    /// 三维得分与等级
    pub scores: Json,
    /// 结论等级
    pub level: i16,
    /// 初步结论
    pub conclusion: String,
    /// 调查情况
    pub findings: Sealed,
    /// 儿童意见
    pub child_opinion: Option<Sealed>,
    /// 是否需要临时监护
    pub temp_custody: bool,
    /// 评估账号
    pub assessed_by: Uuid,
    /// 评估时间
    pub assessed_at: DateTimeUtc,
}

/// Relations are asked for by id where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
