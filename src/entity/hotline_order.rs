//! 12345 工单.

use super::Sealed;
use sea_orm::entity::prelude::*;

/// Orders of 12345, each with the report that it became.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "hotline_order")]
pub struct Model {
    /// 主键
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// 接入方
    pub client_id: Uuid,
    /// 12345 工单号
    pub ext_order_no: String,
    /// 内容摘要（带密钥）
    pub body_hash: String,
    /// 原文
    pub body: Sealed,
    /// 首次的答复
    pub answer: Sealed,
    /// 线索
    pub report_id: Uuid,
    /// 12345 受理时间
    pub received_at: DateTimeUtc,
    /// 到达时间
    pub arrived_at: DateTimeUtc,
    /// 最近一次撤单的时间
    pub cancelled_at: Option<DateTimeUtc>,
    /// 最近一次再次来电的时间
    pub called_again_at: Option<DateTimeUtc>,
    /// 最近告知的状态
    pub told_state: Option<String>,
    /// 已告知的条数
    pub told_seq: i32,
    /// 经文件补录，尚未由推送补全
    pub by_file: bool,
}

/// Relations are asked for by id where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
