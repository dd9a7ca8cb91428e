//! 站内通知：每个收件账号一行，只存类别和编号，不存任何人的信息。

use sea_orm::entity::prelude::*;

/// Notices, one row for each recipient.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "notice")]
pub struct Model {
    /// 主键
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// 收件账号
    pub account_id: Uuid,
    /// 类别
    pub kind: String,
    /// 个案
    pub case_id: Option<Uuid>,
    /// 线索
    pub report_id: Option<Uuid>,
    /// 协办任务
    pub task_id: Option<Uuid>,
    /// 文书
    pub measure_id: Option<Uuid>,
    /// 所提醒的时限
    pub deadline_id: Option<Uuid>,
    /// 是否红色
    pub red: bool,
    /// 待发短信
    pub sms: bool,
    /// 产生时间
    pub created_at: DateTimeUtc,
    /// 静默时段内暂缓至
    pub held_until: Option<DateTimeUtc>,
    /// 序号：提交之后才编，按提交先后递增
    pub seq: Option<i64>,
    /// 已读时间
    pub seen_at: Option<DateTimeUtc>,
    /// 事项已办，不必再看的时间
    pub settled_at: Option<DateTimeUtc>,
}

/// Relations are asked for by id where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
