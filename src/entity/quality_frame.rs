//! 质检抽样框：一条线索只进入一次抽样。

use sea_orm::entity::prelude::*;

/// The reports that a sample was drawn from, each once.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "quality_frame")]
pub struct Model {
    /// 线索
    #[sea_orm(primary_key, auto_increment = false)]
    pub report_id: Uuid,
    /// 抽样
    pub sample_id: Uuid,
    /// 受理账号
    pub agent_id: Uuid,
    /// 抽样时的去向
    pub outcome: String,
    /// 是否抽中
    pub drawn: bool,
}

/// Relations are asked for by id where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
