//! 12345 工单的附件：地址和取件状态.

use super::Sealed;
use sea_orm::entity::prelude::*;

/// Files that an order, or what came later about it, names by address.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "hotline_attachment")]
pub struct Model {
    /// 主键
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// 工单
    pub order_id: Uuid,
    /// 事件
    pub event_id: Option<Uuid>,
    /// 接入方
    pub client_id: Uuid,
    /// 线索
    pub report_id: Uuid,
    /// 地址，可能带有口令
    pub url: Sealed,
    /// 地址盲索引
    pub url_index: String,
    /// 对方给出的名称
    pub name: Option<Sealed>,
    /// 状态
    pub state: String,
    /// 未取到的缘由
    pub reason: Option<String>,
    /// 按内容认出的种类
    pub kind: Option<String>,
    /// 字节数
    pub size: Option<i32>,
    /// 人工再取的次数
    pub asked: i32,
    /// 到达时间
    pub came_at: DateTimeUtc,
    /// 取到或停止的时间
    pub settled_at: Option<DateTimeUtc>,
}

/// Relations are asked for by id where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
