//! 会话：主键为会话号的散列，泄表不泄会话。

use sea_orm::entity::prelude::*;

/// Sessions.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "session")]
pub struct Model {
    /// 会话号散列
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// 会话数据
    #[sea_orm(column_type = "Text")]
    pub data: String,
    /// 失效时刻（纪元秒）
    pub expires_at: i64,
}

/// Relations are asked for by id where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
