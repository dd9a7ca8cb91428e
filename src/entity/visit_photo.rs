//! 走访照片：去除元数据后加密保存。

use super::Sealed;
use sea_orm::entity::prelude::*;

/// Photos of a visit, stripped and sealed.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "visit_photo")]
pub struct Model {
    /// 主键
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// 走访
    pub visit_id: Uuid,
    /// 个案
    pub case_id: Uuid,
    /// 类型
    pub mime: String,
    /// 原图散列
    pub sha: String,
    /// 密文
    pub content: Sealed,
    /// 字节数
    pub size: i32,
    /// 上传账号
    pub added_by: Uuid,
    /// 上传时间
    pub added_at: DateTimeUtc,
}

/// Relations are asked for by id where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
