//! 身边的服务机构。

use sea_orm::entity::prelude::*;

/// Services near a child.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "service")]
pub struct Model {
    /// 主键
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// 类别
    pub kind: String,
    /// 名称
    pub name: String,
    /// 区划
    pub division: String,
    /// 地址
    pub address: String,
    /// 电话
    pub phone: String,
    /// 服务时间
    pub hours: String,
    /// 备注
    pub note: String,
    /// 是否在用
    pub active: bool,
    /// 变更账号
    pub changed_by: Option<Uuid>,
    /// 变更时间
    pub changed_at: DateTimeUtc,
    /// 乐观锁
    pub version: i32,
}

/// Relations are asked for by id where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
