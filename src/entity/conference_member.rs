//! 会商的参加单位及职务。

use super::Sealed;
use sea_orm::entity::prelude::*;

/// Who took part in a conference: a unit and a function, never a name.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "conference_member")]
pub struct Model {
    /// 主键
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// 会商
    pub conference_id: Uuid,
    /// 次序
    pub position: i32,
    /// 单位
    pub unit_id: Uuid,
    /// 职务
    pub function: Sealed,
}

/// Relations are asked for by id where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
