//! 线索：一次来电、来件或上报。

use super::CodeList;
use super::Sealed;
use sea_orm::entity::prelude::*;

/// One contact through any channel.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "report")]
pub struct Model {
    /// 主键
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// 编号
    pub number: String,
    /// 来源渠道
    pub channel: String,
    /// 状态
    pub state: String,
    /// 诉求类型
    pub demand_type: String,
    /// 案件类型，首个为主类型
    pub case_types: CodeList,
    /// 强制报告情形
    pub mandatory_situations: CodeList,
    /// 危险要素
    pub danger_flags: CodeList,
    /// 十问作答
    pub safety_answers: Json,
    /// 系统建议等级
    pub suggested_level: Option<i16>,
    /// 建议理由（规则码与文字）
    pub suggestion: Json,
    /// 确认等级
    pub level: Option<i16>,
    /// 下调理由
    pub level_reason: Option<Sealed>,
    /// 密级
    pub sensitivity: i16,
    /// 报告人类型
    pub reporter_type: Option<String>,
    /// 与儿童关系
    pub relation_to_child: Option<String>,
    /// 是否保密
    pub confidential: bool,
    /// 是否强制报告
    pub mandated: bool,
    /// 儿童现在地区划
    pub child_location: Option<String>,
    /// 事发地区划
    pub incident_place: Option<String>,
    /// 居住地区划
    pub residence: Option<String>,
    /// 户籍地区划
    pub domicile: Option<String>,
    /// 现在地详址
    pub child_address: Option<Sealed>,
    /// 事发地详址
    pub incident_address: Option<Sealed>,
    /// 嫌疑人是否同住
    pub cohabiting_suspect: String,
    /// 嫌疑人关系
    pub suspect_relation: Option<String>,
    /// 嫌疑人姓名
    pub suspect_name: Option<Sealed>,
    /// 涉及公职人员所在层级
    pub official_tier: Option<String>,
    /// 涉及教职工
    pub teaching_staff: bool,
    /// 是否发生在校内
    pub at_school: bool,
    /// 是否已报警
    pub reported_to_police: bool,
    /// 报警回执号
    pub police_receipt: Option<Sealed>,
    /// 标题
    pub title: Option<Sealed>,
    /// 内容
    pub content: Option<Sealed>,
    /// 草稿与登记表其余内容
    pub form: Option<Sealed>,
    /// 接听时间
    pub started_at: DateTimeUtc,
    /// 发现时间
    pub discovered_at: Option<DateTimeUtc>,
    /// 提交时间
    pub submitted_at: Option<DateTimeUtc>,
    /// 受理账号
    pub opened_by: Option<Uuid>,
    /// 上报账号（强制报告人）
    pub reporter_account: Option<Uuid>,
    /// 上报单位
    pub unit_id: Option<Uuid>,
    /// 所立或并入的个案
    pub case_id: Option<Uuid>,
    /// 处理去向
    pub outcome: Option<String>,
    /// 答复或说明
    pub outcome_note: Option<Sealed>,
    /// 转介热线
    pub referred_to: Option<String>,
    /// 提出不予受理的账号
    pub proposed_by: Option<Uuid>,
    /// 复核账号
    pub confirmed_by: Option<Uuid>,
    /// 处理时间
    pub decided_at: Option<DateTimeUtc>,
    /// 外部工单号
    pub ext_order_no: Option<String>,
    /// 来电振铃时建立的草稿当时的版本
    pub rung_version: Option<i32>,
    /// 无人接听而撤下的时间
    pub withdrawn_at: Option<DateTimeUtc>,
    /// 乐观锁
    pub version: i32,
}

/// Relations are asked for by id where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
