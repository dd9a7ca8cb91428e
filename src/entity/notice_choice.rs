//! 通知设置：各人自己的免打扰时段、不接收的类别、交接班汇总、短信。

use super::CodeList;
use sea_orm::entity::prelude::*;

/// What people wish of their notices.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "notice_choice")]
pub struct Model {
    /// 账号
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: Uuid,
    /// 不接收的类别
    pub muted: CodeList,
    /// 免打扰起（零点后的分钟数）
    pub quiet_from: Option<i32>,
    /// 免打扰止
    pub quiet_to: Option<i32>,
    /// 交接班汇总
    pub digest: bool,
    /// 接收短信
    pub sms: bool,
    /// 最近一次汇总
    pub digested_at: DateTimeUtc,
}

/// Relations are asked for by id where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
