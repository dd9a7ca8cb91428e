//! 登录节流：按键（账号加地址、地址）计失败次数。

use sea_orm::entity::prelude::*;

/// Sign-in failures per key.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "throttle")]
pub struct Model {
    /// 键的散列
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    /// 窗口内失败次数
    pub failures: i32,
    /// 窗口起点
    pub window_from: DateTimeUtc,
    /// 在此之前拒绝
    pub blocked_until: Option<DateTimeUtc>,
}

/// Relations are asked for by id where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
