//! 答复所依据的知识条目和版本。

use sea_orm::entity::prelude::*;

/// Which articles an answer rests on.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "report_article")]
pub struct Model {
    /// 线索
    #[sea_orm(primary_key, auto_increment = false)]
    pub report_id: Uuid,
    /// 条目
    #[sea_orm(primary_key, auto_increment = false)]
    pub article_id: Uuid,
    /// 版本
    pub version: i32,
    /// 答复时间
    pub at: DateTimeUtc,
    /// 答复账号
    pub by_account: Option<Uuid>,
}

/// Relations are asked for by id where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
