//! 时限：一行一个应完成时刻。

use sea_orm::entity::prelude::*;

/// Running clocks.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "deadline")]
pub struct Model {
    /// 主键
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// 个案
    pub case_id: Option<Uuid>,
    /// 线索
    pub report_id: Option<Uuid>,
    /// 任务
    pub task_id: Option<Uuid>,
    /// 节点
    pub milestone: String,
    /// 规则码
    pub rule: String,
    /// 责任单位
    pub owner_unit: Uuid,
    /// 起算
    pub started_at: DateTimeUtc,
    /// 应完成
    pub due_at: DateTimeUtc,
    /// 完成
    pub met_at: Option<DateTimeUtc>,
    /// 取消
    pub cancelled_at: Option<DateTimeUtc>,
    /// 已作超期处理的时间
    pub overdue_at: Option<DateTimeUtc>,
}

/// Relations are asked for by id where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
