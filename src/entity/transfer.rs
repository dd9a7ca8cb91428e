//! 移交：个案从一地移到另一地，确认前责任在移出方。

use super::Sealed;
use sea_orm::entity::prelude::*;

/// Transfers between places.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "transfer")]
pub struct Model {
    /// 主键
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// 编号
    pub number: String,
    /// 个案
    pub case_id: Uuid,
    /// 状态
    pub state: String,
    /// 移交理由
    pub reason: String,
    /// 提出时的等级
    pub level: i16,
    /// 移出地
    pub from_place: String,
    /// 移出单位
    pub from_unit: Uuid,
    /// 移入地；外地为空
    pub to_place: Option<String>,
    /// 答复单位；外地为空
    pub to_unit: Option<Uuid>,
    /// 答复单位所在区划
    pub to_area: Option<String>,
    /// 户籍地
    pub domicile: Option<String>,
    /// 外地名称和接收机关
    pub outside: Option<Sealed>,
    /// 未完任务和文书（编号、种类、日期）
    pub listed: Json,
    /// 交接会谈日期
    pub met_on: Date,
    /// 交接会谈记录
    pub meeting: Sealed,
    /// 儿童是否知情
    pub child_informed: String,
    /// 非加害监护人是否知情
    pub guardian_informed: String,
    /// 未告知的理由
    pub informed_note: Option<Sealed>,
    /// 提出账号
    pub asked_by: Uuid,
    /// 提出时间
    pub asked_at: DateTimeUtc,
    /// 应答复时间
    pub due_at: DateTimeUtc,
    /// 答复账号
    pub answered_by: Option<Uuid>,
    /// 答复时间
    pub answered_at: Option<DateTimeUtc>,
    /// 答复意见
    pub answer: Option<Sealed>,
    /// 提请裁定的理由
    pub dispute: Option<Sealed>,
    /// 提请裁定时间
    pub disputed_at: Option<DateTimeUtc>,
    /// 裁定账号
    pub ruled_by: Option<Uuid>,
    /// 裁定时间
    pub ruled_at: Option<DateTimeUtc>,
    /// 裁定意见
    pub ruling: Option<Sealed>,
    /// 撤回理由
    pub withdrawal: Option<Sealed>,
    /// 办结时间
    pub ended_at: Option<DateTimeUtc>,
    /// 电话联系日期（外地）
    pub called_on: Option<Date>,
    /// 电话联系情况、省平台登记号（外地）
    pub contact: Option<Sealed>,
    /// 回函文号（外地）
    pub reply_no: Option<Sealed>,
    /// 回函日期（外地）
    pub reply_on: Option<Date>,
    /// 乐观锁
    pub version: i32,
}

/// Relations are asked for by id where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
