//! 儿童（一人一档）。

use super::CodeList;
use super::Sealed;
use sea_orm::entity::prelude::*;

/// A child's own file.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "child")]
pub struct Model {
    /// 主键
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// 姓名
    pub name: Option<Sealed>,
    /// 姓名盲索引
    pub name_index: Option<String>,
    /// 性别码
    pub sex: String,
    /// 出生日期
    pub birth_date: Option<Sealed>,
    /// 受理日年龄
    pub age_at_intake: Option<i16>,
    /// 是否估计年龄
    pub age_estimated: bool,
    /// 证件号
    pub id_number: Option<Sealed>,
    /// 证件号盲索引
    pub id_index: Option<String>,
    /// 特征
    pub feature: Option<Sealed>,
    /// 儿童类别
    pub categories: CodeList,
    /// 居住区划
    pub division: Option<String>,
    /// 学校班级
    pub school: Option<Sealed>,
    /// 儿童意见或不适宜询问理由
    pub opinion: Option<Sealed>,
    /// 建立时间
    pub created_at: DateTimeUtc,
    /// 乐观锁
    pub version: i32,
}

/// Relations are asked for by id where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
