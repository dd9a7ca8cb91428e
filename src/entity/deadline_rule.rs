//! 时限规则的变更：文件中的行是第 1 版，改一次加一版。

use super::Sealed;
use sea_orm::entity::prelude::*;

/// Changed versions of the deadline rules.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "deadline_rule")]
pub struct Model {
    /// 主键
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// 规则行，如 DL08-red
    pub code: String,
    /// 版本，从 2 起
    pub version: i32,
    /// 规则名称
    pub name: String,
    /// 责任角色
    pub owner: String,
    /// 数量
    pub amount: i32,
    /// 单位
    pub unit: String,
    /// 到期动作
    pub on_expiry: String,
    /// 依据与来源
    pub source: String,
    /// 变更理由
    pub reason: Sealed,
    /// 生效时间
    pub valid_from: DateTimeUtc,
    /// 变更账号
    pub changed_by: Option<Uuid>,
}

/// Relations are asked for by id where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
