//! 参与单位：主办恰一，协办、督办、抄送若干。

use sea_orm::entity::prelude::*;

/// Units that take part in a case.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "case_unit")]
pub struct Model {
    /// 主键
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// 个案
    pub case_id: Uuid,
    /// 机构
    pub unit_id: Uuid,
    /// 主办/协办/督办/抄送
    pub part: String,
    /// 对应岗位人员
    pub account_id: Option<Uuid>,
    /// 路由规则号
    pub rule: String,
    /// 路由说明
    pub why: String,
    /// 起
    pub since: DateTimeUtc,
    /// 止
    pub until: Option<DateTimeUtc>,
    /// 签收时间
    pub signed_at: Option<DateTimeUtc>,
    /// 签收账号
    pub signed_by: Option<Uuid>,
}

/// Relations are asked for by id where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
