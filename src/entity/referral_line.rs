//! 联动热线的变更：文件中的行是第 1 版，改一次加一版。

use super::Sealed;
use sea_orm::entity::prelude::*;

/// Changed versions of the linked lines.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "referral_line")]
pub struct Model {
    /// 主键
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// 号码
    pub code: String,
    /// 版本
    pub version: i32,
    /// 名称
    pub name: String,
    /// 用途
    pub purpose: String,
    /// 转接拨打的号码
    pub dial: String,
    /// 服务时间
    pub hours: String,
    /// 收函单位
    pub recipient: String,
    /// 是否在用
    pub active: bool,
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
