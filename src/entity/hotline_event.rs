//! 12345 工单的后续事件：补充、催办、撤单、再次来电.

use super::Sealed;
use sea_orm::entity::prelude::*;

/// What came after an order, or before it.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "hotline_event")]
pub struct Model {
    /// 主键
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// 接入方
    pub client_id: Uuid,
    /// 12345 工单号
    pub ext_order_no: String,
    /// 12345 事件号
    pub ext_event_id: String,
    /// 种类
    pub kind: String,
    /// 发生时间
    pub at: DateTimeUtc,
    /// 到达时间
    pub arrived_at: DateTimeUtc,
    /// 内容摘要（带密钥）
    pub body_hash: String,
    /// 原文
    pub body: Sealed,
    /// 并入办理的时间；空为等待工单到达
    pub applied_at: Option<DateTimeUtc>,
    /// 结果
    pub outcome: Option<String>,
    /// 由此产生的线索
    pub report_id: Option<Uuid>,
    /// 经文件补录，尚未由推送补全
    pub by_file: bool,
}

/// Relations are asked for by id where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
