//! 12345 接入方.

use super::Sealed;
use sea_orm::entity::prelude::*;

/// Partners that send work orders.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "hotline_client")]
pub struct Model {
    /// 主键
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// 接入方编号（X-Tonghu-Client）
    pub code: String,
    /// 名称
    pub name: Sealed,
    /// 来源地址白名单，空格分隔；空为不限
    pub addresses: String,
    /// 办理状态送往的地址
    pub push_url: Option<Sealed>,
    /// 可取附件的主机和网段，空格分隔；空为都不取
    pub attachment_hosts: String,
    /// 建立时间
    pub created_at: DateTimeUtc,
    /// 停用时间
    pub disabled_at: Option<DateTimeUtc>,
    /// 乐观锁
    pub version: i32,
}

/// Relations are asked for by id where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
