//! 协办任务的争议：谁提出、归谁裁定、裁定什么。

use super::Sealed;
use sea_orm::entity::prelude::*;

/// Disputes over who does a joint task.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "task_dispute")]
pub struct Model {
    /// 主键
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// 任务
    pub task_id: Uuid,
    /// 提出的单位
    pub unit_id: Uuid,
    /// 理由码
    pub reason_code: String,
    /// 依据
    pub basis: Sealed,
    /// 提出账号
    pub raised_by: Uuid,
    /// 提出时间
    pub raised_at: DateTimeUtc,
    /// 归谁裁定
    pub arbiter: String,
    /// 裁定时限
    pub due_at: DateTimeUtc,
    /// 升至市级的时间
    pub climbed_at: Option<DateTimeUtc>,
    /// 裁定
    pub decision: Option<String>,
    /// 改由哪个单位承办
    pub to_unit: Option<Uuid>,
    /// 裁定说明
    pub ruling: Option<Sealed>,
    /// 裁定账号
    pub ruled_by: Option<Uuid>,
    /// 裁定时间
    pub ruled_at: Option<DateTimeUtc>,
}

/// Relations are asked for by id where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
