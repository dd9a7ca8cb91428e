//! 账号：一人一号一角色。

use super::Sealed;
use sea_orm::entity::prelude::*;

/// Accounts; one person, one role.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "account")]
pub struct Model {
    /// 主键
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// 登录名
    pub username: String,
    /// 姓名
    pub name: Sealed,
    /// 角色
    pub role: String,
    /// 所属机构
    pub unit_id: Option<Uuid>,
    /// 负责区划
    pub division: String,
    /// 口令散列（argon2id）
    pub password_hash: String,
    /// 服务账号令牌的散列（SM3）；其他账号为空
    pub token_hash: Option<String>,
    /// 首次登录须改口令
    pub must_change: bool,
    /// 停用时间
    pub disabled_at: Option<DateTimeUtc>,
    /// 联系电话
    pub phone: Option<Sealed>,
    /// 电话盲索引（回避比对）
    pub phone_index: Option<String>,
    /// 证件号盲索引（回避比对）
    pub id_index: Option<String>,
    /// 会话代次；加一即令其全部会话失效
    pub epoch: i32,
    /// 建立时间
    pub created_at: DateTimeUtc,
    /// 乐观锁
    pub version: i32,
}

/// Relations are asked for by id where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
