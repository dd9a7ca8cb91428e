//! 措施的每一步：只增不改。

use super::Sealed;
use sea_orm::entity::prelude::*;

/// What was done with a measure; append-only.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "measure_event")]
pub struct Model {
    /// 主键
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// 措施
    pub measure_id: Uuid,
    /// 个案
    pub case_id: Uuid,
    /// 做了什么
    pub deed: String,
    /// 其后的状态
    pub state: String,
    /// 所填内容
    pub fields: Sealed,
    /// 登记账号
    pub actor_id: Option<Uuid>,
    /// 登记机构
    pub actor_unit: Option<Uuid>,
    /// 登记时间
    pub at: DateTimeUtc,
}

/// Relations are asked for by id where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
