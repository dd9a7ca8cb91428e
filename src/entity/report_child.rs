//! 线索中的儿童：允许只有特征。

use super::Sealed;
use sea_orm::entity::prelude::*;

/// Children as told in a report.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "report_child")]
pub struct Model {
    /// 主键
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// 线索
    pub report_id: Uuid,
    /// 顺序
    pub position: i16,
    /// 姓名
    pub name: Option<Sealed>,
    /// 姓名盲索引
    pub name_index: Option<String>,
    /// 性别码
    pub sex: String,
    /// 估计年龄
    pub age: Option<i16>,
    /// 证件号
    pub id_number: Option<Sealed>,
    /// 证件号盲索引
    pub id_index: Option<String>,
    /// 特征描述
    pub feature: Option<Sealed>,
}

/// Relations are asked for by id where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
