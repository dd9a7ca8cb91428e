//! 通话振铃过的一个分机。

use super::Sealed;
use sea_orm::entity::prelude::*;

/// One telephone at which a call rang.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "call_leg")]
pub struct Model {
    /// 主键
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// 通话
    pub call_id: Uuid,
    /// 分机的盲索引，没有分机时为 -
    pub key: String,
    /// 分机或工号
    pub seat: Option<Sealed>,
    /// 话务员
    pub account_id: Option<Uuid>,
    /// 振铃时间
    pub rang_at: Option<DateTimeUtc>,
    /// 是否转来
    pub transferred: bool,
    /// 接听时间
    pub answered_at: Option<DateTimeUtc>,
    /// 此分机结束的时间
    pub over_at: Option<DateTimeUtc>,
    /// 为它建立的草稿
    pub report_id: Option<Uuid>,
}

/// Relations are asked for by id where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
