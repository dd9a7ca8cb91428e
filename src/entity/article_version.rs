//! 知识条目的历次版本。

use super::CodeList;
use sea_orm::entity::prelude::*;

/// Every version of an article.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "article_version")]
pub struct Model {
    /// 主键
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// 条目
    pub article_id: Uuid,
    /// 版本
    pub version: i32,
    /// 状态
    pub state: String,
    /// 标题
    pub title: String,
    /// 答复用语
    pub reply: String,
    /// 正文
    pub body: String,
    /// 关键词
    pub keywords: CodeList,
    /// 适用案件类型
    pub case_types: CodeList,
    /// 适用诉求类型
    pub demand_types: CodeList,
    /// 依据与来源
    pub source: String,
    /// 责任单位
    pub owner_unit: Uuid,
    /// 生效日
    pub valid_from: Date,
    /// 失效日
    pub valid_until: Option<Date>,
    /// 复核日期
    pub review_on: Option<Date>,
    /// 变更说明
    pub note: String,
    /// 变更账号
    pub changed_by: Option<Uuid>,
    /// 变更时间
    pub changed_at: DateTimeUtc,
}

/// Relations are asked for by id where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
