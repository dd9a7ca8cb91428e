//! 协办任务：派给一个部门的一件事。

use super::Sealed;
use sea_orm::entity::prelude::*;

/// Joint tasks for other departments.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "task")]
pub struct Model {
    /// 主键
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// 编号
    pub number: String,
    /// 个案
    pub case_id: Uuid,
    /// 任务码
    pub type_code: String,
    /// 承办机构
    pub unit_id: Uuid,
    /// 状态
    pub state: String,
    /// 要求
    pub request: Sealed,
    /// 共享的必要字段
    pub shared: Sealed,
    /// 紧急等级
    pub level: i16,
    /// 发起账号
    pub created_by: Option<Uuid>,
    /// 发起时间
    pub created_at: DateTimeUtc,
    /// 时限
    pub due_at: Option<DateTimeUtc>,
    /// 签收时间
    pub signed_at: Option<DateTimeUtc>,
    /// 签收账号
    pub signed_by: Option<Uuid>,
    /// 结果
    pub result: Option<Sealed>,
    /// 完成时间
    pub done_at: Option<DateTimeUtc>,
    /// 完成账号
    pub done_by: Option<Uuid>,
    /// 审核意见
    pub review_note: Option<Sealed>,
    /// 退回补办次数
    pub sent_back: i32,
    /// 是否经裁定指定承办，指定后不得再提异议
    pub designated: bool,
    /// 由哪次会商产生
    pub conference_id: Option<Uuid>,
    /// 乐观锁
    pub version: i32,
}

/// Relations are asked for by id where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
