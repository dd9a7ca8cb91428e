//! 报告人身份：另表另钥，启封留痕。

use super::Sealed;
use sea_orm::entity::prelude::*;

/// Who reported, apart from the case.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "reporter_identity")]
pub struct Model {
    /// 线索
    #[sea_orm(primary_key, auto_increment = false)]
    pub report_id: Uuid,
    /// 姓名
    pub name: Option<Sealed>,
    /// 岗位
    pub position: Option<Sealed>,
    /// 电话
    pub phone: Option<Sealed>,
    /// 电话盲索引
    pub phone_index: Option<String>,
    /// 是否匿名
    pub anonymous: bool,
    /// 是否可安全回拨
    pub safe_phone: bool,
    /// 可回拨时段
    pub safe_time: Option<Sealed>,
}

/// Relations are asked for by id where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
