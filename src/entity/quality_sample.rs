//! 质检抽样：一次抽取及其种子。

use sea_orm::entity::prelude::*;

/// Draws, each with its seed.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "quality_sample")]
pub struct Model {
    /// 主键
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// 编号
    pub number: String,
    /// 时段起
    pub from_at: DateTimeUtc,
    /// 时段止
    pub until_at: DateTimeUtc,
    /// 种子
    pub seed: String,
    /// 每人至少抽取
    pub least: i32,
    /// 每人抽取比例，百分数
    pub percent: i32,
    /// 可抽线索数
    pub size: i32,
    /// 抽中数
    pub drawn: i32,
    /// 抽样账号
    pub drawn_by: Uuid,
    /// 抽样时间
    pub drawn_at: DateTimeUtc,
}

/// Relations are asked for by id where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
