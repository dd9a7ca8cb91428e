//! 通话。

use super::Sealed;
use sea_orm::entity::prelude::*;

/// One telephone call, as far as its events have told.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "phone_call")]
pub struct Model {
    /// 主键
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// 话务平台
    pub exchange_id: Uuid,
    /// 外部通话号的盲索引
    pub key: String,
    /// 是否呼出
    pub outbound: bool,
    /// 对方号码
    pub number: Option<Sealed>,
    /// 对方号码盲索引
    pub number_index: Option<String>,
    /// 号码是否显示：known、withheld、garbled
    pub shown: String,
    /// 状态
    pub state: String,
    /// 挂断原因代码
    pub cause: Option<String>,
    /// 最早事件的时间
    pub started_at: DateTimeUtc,
    /// 接听时间
    pub answered_at: Option<DateTimeUtc>,
    /// 整个通话挂断的时间
    pub over_at: Option<DateTimeUtc>,
    /// 结束时间
    pub ended_at: Option<DateTimeUtc>,
    /// 最近变化
    pub changed_at: DateTimeUtc,
    /// 接听或最后振铃的话务员
    pub agent_id: Option<Uuid>,
}

/// Relations are asked for by id where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
