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
    /// 个案阶段的副本，由数据库维护
    pub stage: String,
    /// 个案等级的副本，由数据库维护
    pub level: i16,
    /// 个案最近到期的副本，由数据库维护
    pub next_due_at: Option<DateTimeUtc>,
}

/// Relations are asked for by id where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
