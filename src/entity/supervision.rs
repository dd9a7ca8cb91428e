//! 督办单。

use super::Sealed;
use sea_orm::entity::prelude::*;

/// A sheet of supervision, its answer and its end.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "supervision")]
pub struct Model {
    /// 主键
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// 个案
    pub case_id: Uuid,
    /// 编号
    pub number: String,
    /// 督办级别
    pub level: i16,
    /// 事由
    pub cause: String,
    /// 同一事由只督办一次
    pub cause_key: String,
    /// 被督办单位
    pub unit_id: Uuid,
    /// 督办要求
    pub reason: Option<Sealed>,
    /// 督办账号
    pub opened_by: Option<Uuid>,
    /// 督办时间
    pub opened_at: DateTimeUtc,
    /// 答复期限
    pub due_at: DateTimeUtc,
    /// 答复时限
    pub clock_id: Option<Uuid>,
    /// 答复
    pub answer: Option<Sealed>,
    /// 答复账号
    pub answered_by: Option<Uuid>,
    /// 答复时间
    pub answered_at: Option<DateTimeUtc>,
    /// 解除意见
    pub end_note: Option<Sealed>,
    /// 解除账号
    pub ended_by: Option<Uuid>,
    /// 解除时间
    pub ended_at: Option<DateTimeUtc>,
}

/// Relations are asked for by id where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
