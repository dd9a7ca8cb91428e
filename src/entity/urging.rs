//! 催办、催办通知书、书面通报。

use super::Sealed;
use sea_orm::entity::prelude::*;

/// A word to hurry, by a person or by itself.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "urging")]
pub struct Model {
    /// 主键
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// 个案
    pub case_id: Uuid,
    /// 编号
    pub number: String,
    /// 种类
    pub kind: String,
    /// 来源
    pub source: String,
    /// 被催单位
    pub unit_id: Uuid,
    /// 所催时限
    pub clock_id: Option<Uuid>,
    /// 说明
    pub note: Option<Sealed>,
    /// 催办账号
    pub made_by: Option<Uuid>,
    /// 催办时间
    pub made_at: DateTimeUtc,
}

/// Relations are asked for by id where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
