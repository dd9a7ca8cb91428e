//! 12345 文件导入的列对应.

use sea_orm::entity::prelude::*;

/// Which column of a partner's file is which field, version by version.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "hotline_file_mapping")]
pub struct Model {
    /// 主键
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// 接入方
    pub client_id: Uuid,
    /// 第几版
    pub version: i32,
    /// 列名到字段
    #[sea_orm(column_type = "JsonBinary")]
    pub columns: Json,
    /// 保存时间
    pub saved_at: DateTimeUtc,
    /// 保存人
    pub saved_by: Option<Uuid>,
}

/// Relations are asked for by id where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
