//! 知识条目的全文索引：单字、双字和外文词。

use sea_orm::entity::prelude::*;

/// What an article is found by.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "article_gram")]
pub struct Model {
    /// 字、双字或词
    #[sea_orm(primary_key, auto_increment = false)]
    pub gram: String,
    /// 条目
    #[sea_orm(primary_key, auto_increment = false)]
    pub article_id: Uuid,
    /// 权重
    pub weight: i32,
}

/// Relations are asked for by id where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
