//! 盲检索：正文二元组的带钥散列。

use sea_orm::entity::prelude::*;

/// Keyed bigrams of narratives.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "search_token")]
pub struct Model {
    /// 个案
    #[sea_orm(primary_key, auto_increment = false)]
    pub case_id: Uuid,
    /// 散列
    #[sea_orm(primary_key, auto_increment = false)]
    pub token: i64,
}

/// Relations are asked for by id where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
