//! 转介：三方转接、转介函或告知号码。

use super::Sealed;
use sea_orm::entity::prelude::*;

/// Referrals to other lines.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "referral")]
pub struct Model {
    /// 主键
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// 编号
    pub number: String,
    /// 线索
    pub report_id: Uuid,
    /// 热线号码
    pub line: String,
    /// 方式
    pub kind: String,
    /// 状态
    pub state: String,
    /// 转介时间
    pub at: DateTimeUtc,
    /// 告知对方的内容
    pub told: Option<Sealed>,
    /// 对方回执号
    pub receipt: Option<Sealed>,
    /// 登记账号
    pub made_by: Uuid,
    /// 登记单位
    pub made_unit: Option<Uuid>,
    /// 登记时间
    pub made_at: DateTimeUtc,
    /// 答复时限
    pub clock_id: Option<Uuid>,
    /// 对方答复
    pub answer: Option<Sealed>,
    /// 答复时间
    pub answered_at: Option<DateTimeUtc>,
    /// 登记答复的账号
    pub answered_by: Option<Uuid>,
    /// 撤回理由
    pub withdrawal: Option<Sealed>,
    /// 撤回账号
    pub withdrawn_by: Option<Uuid>,
    /// 撤回时间
    pub withdrawn_at: Option<DateTimeUtc>,
    /// 乐观锁
    pub version: i32,
}

/// Relations are asked for by id where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
