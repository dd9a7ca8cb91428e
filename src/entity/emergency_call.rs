//! 110/120 三方联动记录。

use super::Sealed;
use sea_orm::entity::prelude::*;

/// Three-way transfers during a call.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "emergency_call")]
pub struct Model {
    /// 主键
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// 线索
    pub report_id: Uuid,
    /// 号码
    pub line: String,
    /// 联动时间
    pub at: DateTimeUtc,
    /// 接警回执号
    pub receipt: Option<Sealed>,
    /// 操作账号
    pub by_account: Uuid,
}

/// Relations are asked for by id where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
