//! 个案：一户一名或多名儿童的保护。

use super::CodeList;
use super::Sealed;
use sea_orm::entity::prelude::*;

/// The protection of the children of one household.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "protection_case")]
pub struct Model {
    /// 主键
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// 编号
    pub number: String,
    /// 阶段
    pub stage: String,
    /// 当前等级
    pub level: i16,
    /// 曾达最高等级
    pub peak_level: i16,
    /// 待县级确认的降级
    pub proposed_level: Option<i16>,
    /// 密级
    pub sensitivity: i16,
    /// 主类型
    pub primary_type: String,
    /// 全部类型
    pub case_types: CodeList,
    /// 儿童现在地区划
    pub division: String,
    /// 居住地区划
    pub residence: Option<String>,
    /// 户籍地区划
    pub domicile: Option<String>,
    /// 现在地详址
    pub address: Option<Sealed>,
    /// 标题
    pub title: Sealed,
    /// 内容
    pub summary: Sealed,
    /// 主办单位
    pub lead_unit: Uuid,
    /// 承办人
    pub assignee: Option<Uuid>,
    /// 受理账号
    pub opened_by: Option<Uuid>,
    /// 立案时间
    pub opened_at: DateTimeUtc,
    /// 最近一个未完成时限
    pub next_due_at: Option<DateTimeUtc>,
    /// 嫌疑人是否同住
    pub cohabiting_suspect: String,
    /// 是否可派村级
    pub village_allowed: bool,
    /// 退回次数
    pub return_count: i32,
    /// 拟或已结案类型
    pub closure_type: Option<String>,
    /// 结案说明
    pub close_note: Option<Sealed>,
    /// 申请结案账号
    pub close_asked_by: Option<Uuid>,
    /// 结案时间
    pub closed_at: Option<DateTimeUtc>,
    /// 县会商日期
    pub conference_on: Option<Date>,
    /// 市抽查时间
    pub spot_checked_at: Option<DateTimeUtc>,
    /// 已建跟踪计划
    pub follow_up_planned: bool,
    /// 转常规关爱时间
    pub routine_care_at: Option<DateTimeUtc>,
    /// 由谁接续、怎样关爱
    pub routine_care_note: Option<Sealed>,
    /// 并入的个案
    pub merged_into: Option<Uuid>,
    /// 并案前阶段
    pub stage_before: Option<String>,
    /// 乐观锁
    pub version: i32,
}

/// Relations are asked for by id where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
