//! 机构：某区划内某类单位。

use super::Sealed;
use sea_orm::entity::prelude::*;

/// Bodies of the network.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "unit")]
pub struct Model {
    /// 主键
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// 机构类别码（PSB、TMP……）
    pub kind: String,
    /// 名称
    pub name: String,
    /// 所在区划
    pub division: String,
    /// 是否启用
    pub active: bool,
    /// 值班电话
    pub phone: Option<Sealed>,
    /// 乐观锁
    pub version: i32,
}

/// Relations are asked for by id where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
