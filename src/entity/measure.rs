//! 文书与措施：文号、机关、日期、有效期。

use super::Sealed;
use sea_orm::entity::prelude::*;

/// Papers and measures with their validity.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "measure")]
pub struct Model {
    /// 主键
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// 个案
    pub case_id: Uuid,
    /// 任务
    pub task_id: Option<Uuid>,
    /// 文书类型
    pub kind: String,
    /// 状态
    pub state: String,
    /// 起始日期：申请、预约、作出中最早的一天
    pub begun_on: Option<Date>,
    /// 被建议或承担的单位
    pub addressee: Option<Uuid>,
    /// 文号
    pub paper_no: Sealed,
    /// 作出机关
    pub issued_by: Sealed,
    /// 作出日期；尚未作出的为起始日期
    pub issued_on: Date,
    /// 生效
    pub in_force_from: Option<Date>,
    /// 失效
    pub expires_on: Option<Date>,
    /// 终止或解除
    pub ended_on: Option<Date>,
    /// 送达日期
    pub served_on: Option<Date>,
    /// 备注
    pub note: Option<Sealed>,
    /// 登记账号
    pub created_by: Uuid,
    /// 登记时间
    pub created_at: DateTimeUtc,
    /// 乐观锁
    pub version: i32,
}

/// Relations are asked for by id where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
