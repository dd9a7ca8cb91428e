//! 外发消息：与变更同一事务写入。

use sea_orm::entity::prelude::*;

/// Outgoing messages.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "outbox")]
pub struct Model {
    /// 主键
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// 接收方
    pub topic: String,
    /// 内容
    #[sea_orm(column_type = "Text")]
    pub payload: String,
    /// 建立时间
    pub created_at: DateTimeUtc,
    /// 可投递时间
    pub available_at: DateTimeUtc,
    /// 次数
    pub attempts: i32,
    /// 占用至
    pub claimed_until: Option<DateTimeUtc>,
    /// 送达时间
    pub delivered_at: Option<DateTimeUtc>,
    /// 最近失败原因
    pub failure: Option<String>,
    /// 停止重试的时间
    pub dead_at: Option<DateTimeUtc>,
    /// 通道：同一通道内按序投递
    pub lane: Option<String>,
    /// 通道内的次序
    pub lane_seq: Option<i32>,
}

/// Relations are asked for by id where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
