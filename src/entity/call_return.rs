//! 待回拨。

use super::Sealed;
use sea_orm::entity::prelude::*;

/// A missed caller who is to be rung up.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "call_return")]
pub struct Model {
    /// 主键
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// 最近一次未接的通话
    pub call_id: Uuid,
    /// 号码
    pub number: Sealed,
    /// 号码盲索引
    pub number_index: String,
    /// 未结时等于号码盲索引，保证一号一条
    pub open_key: Option<String>,
    /// 首次未接
    pub first_at: DateTimeUtc,
    /// 最近未接
    pub last_at: DateTimeUtc,
    /// 未接次数
    pub missed: i32,
    /// 0 红色，1 儿童本人，2 其他
    pub urgency: i16,
    /// 已回拨次数
    pub attempts: i32,
    /// 认领人
    pub claimed_by: Option<Uuid>,
    /// 认领时间
    pub claimed_at: Option<DateTimeUtc>,
    /// 核准回拨的班长
    pub allowed_by: Option<Uuid>,
    /// 核准理由
    pub allowed_why: Option<Sealed>,
    /// 话务平台报来的呼出接通时间，待登记结果
    pub rung_at: Option<DateTimeUtc>,
    /// 呼出的话务员
    pub rung_by: Option<Uuid>,
    /// 结果
    pub result: Option<String>,
    /// 了结时间
    pub closed_at: Option<DateTimeUtc>,
    /// 乐观锁
    pub version: i32,
}

/// Relations are asked for by id where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
