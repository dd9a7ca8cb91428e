//! 12345 工单附件的内容：加密保存。

use super::Sealed;
use sea_orm::entity::prelude::*;

/// What was fetched, apart from the list of it.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "hotline_attachment_file")]
pub struct Model {
    /// 附件
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// 密文
    pub content: Sealed,
    /// 缩略图密文
    pub small: Option<Sealed>,
}

/// Relations are asked for by id where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
