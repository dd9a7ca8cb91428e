//! 个案相关成人：监护人、嫌疑人、照护人、紧急联系人。

use super::Sealed;
use sea_orm::entity::prelude::*;

/// Adults of a case.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "party")]
pub struct Model {
    /// 主键
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// 个案
    pub case_id: Uuid,
    /// 类别
    pub kind: String,
    /// 与儿童关系
    pub relation: Option<String>,
    /// 姓名
    pub name: Option<Sealed>,
    /// 姓名盲索引
    pub name_index: Option<String>,
    /// 电话
    pub phone: Option<Sealed>,
    /// 电话盲索引
    pub phone_index: Option<String>,
    /// 是否同住
    pub lives_with_child: bool,
    /// 是否嫌疑人
    pub suspect: bool,
    /// 备注
    pub note: Option<Sealed>,
    /// 登记时间
    pub created_at: DateTimeUtc,
    /// 登记账号
    pub created_by: Uuid,
}

/// Relations are asked for by id where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
