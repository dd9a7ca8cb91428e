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
    /// 文书、措施
    pub measure_id: Option<Uuid>,
    /// 工单
    pub order_id: Option<Uuid>,
    /// 节点
    pub milestone: String,
    /// 规则码
    pub rule: String,
    /// 规则行，如 DL08-tipoff-red-sign；约定的时限为空
    pub rule_code: String,
    /// 规则版本
    pub rule_version: i32,
    /// 责任单位
    pub owner_unit: Uuid,
    /// 起算
    pub started_at: DateTimeUtc,
    /// 应完成
    pub due_at: DateTimeUtc,
    /// 是否在没有工作日历的年份里按周一至周五推算
    pub calendar_guessed: bool,
    /// 完成
    pub met_at: Option<DateTimeUtc>,
    /// 取消
    pub cancelled_at: Option<DateTimeUtc>,
    /// 已作超期处理的时间
    pub overdue_at: Option<DateTimeUtc>,
    /// 停表时间
    pub paused_at: Option<DateTimeUtc>,
    /// 停表事由
    pub pause_reason: Option<String>,
    /// 已走过的提醒、到期、上报步数
    pub escalation: i16,
    /// 下一步应在何时，走完为空
    pub next_at: Option<DateTimeUtc>,
    /// 后台进程占用至
    pub leased_until: Option<DateTimeUtc>,
}

/// Relations are asked for by id where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
