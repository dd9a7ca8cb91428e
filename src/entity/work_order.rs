//! 工单：个案的办理层，没有行即在办。

use sea_orm::entity::prelude::*;

/// The order of a case, from the first thing that is not usual on.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "work_order")]
pub struct Model {
    /// 个案
    #[sea_orm(primary_key, auto_increment = false)]
    pub case_id: Uuid,
    /// 办理状态
    pub state: String,
    /// 市级仲裁时间：其后不得退回
    pub arbitrated_at: Option<DateTimeUtc>,
    /// 仲裁指定的单位
    pub designated_unit: Option<Uuid>,
    /// 重办次数
    pub redone: i32,
    /// 办结时间
    pub resolved_at: Option<DateTimeUtc>,
    /// 归档时间
    pub archived_at: Option<DateTimeUtc>,
}

/// Relations are asked for by id where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
