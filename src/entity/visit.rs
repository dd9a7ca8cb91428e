//! 走访与随访：只增不改，更正另立。

use super::Sealed;
use sea_orm::entity::prelude::*;

/// Visits; append-only, a correction supersedes.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "visit")]
pub struct Model {
    /// 主键（客户端生成）
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// 编号
    pub number: String,
    /// 个案
    pub case_id: Uuid,
    /// 儿童
    pub child_id: Option<Uuid>,
    /// 走访类型
    pub kind: String,
    /// 方式
    pub method: String,
    /// 计划日期
    pub planned_on: Option<Date>,
    /// 开始
    pub started_at: DateTimeUtc,
    /// 结束
    pub ended_at: Option<DateTimeUtc>,
    /// 是否见到儿童
    pub seen: bool,
    /// 未见到原因
    pub not_seen_reason: Option<String>,
    /// 是否发现现实危险
    pub danger: bool,
    /// 记录内容
    pub body: Sealed,
    /// 内容散列（重复提交比对）
    pub body_hash: String,
    /// 下次日期
    pub next_on: Option<Date>,
    /// 走访人账号
    pub author: Uuid,
    /// 走访人机构
    pub unit_id: Option<Uuid>,
    /// 设备时间
    pub device_at: Option<DateTimeUtc>,
    /// 接收时间
    pub received_at: DateTimeUtc,
    /// 个案已结或迟到
    pub late: bool,
    /// 审核状态
    pub review_state: String,
    /// 审核意见
    pub review_note: Option<Sealed>,
    /// 审核账号
    pub reviewed_by: Option<Uuid>,
    /// 审核时间
    pub reviewed_at: Option<DateTimeUtc>,
    /// 补充说明
    pub reply: Option<Sealed>,
    /// 被更正的走访
    pub supersedes: Option<Uuid>,
    /// 乐观锁
    pub version: i32,
}

/// Relations are asked for by id where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
