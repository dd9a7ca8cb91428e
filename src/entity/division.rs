//! 区划：十二位统计用区划代码，四级。

use sea_orm::entity::prelude::*;

/// Division codes of the four tiers with search keys.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "division")]
pub struct Model {
    /// 十二位代码
    #[sea_orm(primary_key, auto_increment = false)]
    pub code: String,
    /// 名称
    pub name: String,
    /// 层级 city/county/township/village
    pub tier: String,
    /// 上级代码
    pub parent: Option<String>,
    /// 类别（街道、镇、乡、社区……）
    pub kind: String,
    /// 是否法定区划；否则为统计单元，不设岗位
    pub statutory: bool,
    /// 拼音首字母，空格分隔各读音
    pub initials: String,
    /// 全拼，空格分隔各读音
    pub pinyin: String,
    /// 备注
    pub note: String,
}

/// Relations are asked for by id where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
