//! 审计：每次变更、查看、拒绝各一行，只增。

use sea_orm::entity::prelude::*;

/// The journal, append-only.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "journal_entry")]
pub struct Model {
    /// 主键
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// 时间
    pub at: DateTimeUtc,
    /// 账号
    pub actor_id: Option<Uuid>,
    /// 角色
    pub actor_role: String,
    /// 机构
    pub actor_unit: Option<Uuid>,
    /// 行为
    pub act: String,
    /// done/viewed/denied
    pub outcome: String,
    /// 个案
    pub case_id: Option<Uuid>,
    /// 线索
    pub report_id: Option<Uuid>,
    /// 其他对象
    pub subject: Option<Uuid>,
    /// 代码与字段名，不含个人信息
    pub detail: Json,
    /// 来源地址
    pub address: String,
    /// 请求号
    pub request_id: Uuid,
    /// 链上序号
    pub seq: Option<i64>,
    /// 链上散列
    pub hash: Option<String>,
}

/// Relations are asked for by id where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
