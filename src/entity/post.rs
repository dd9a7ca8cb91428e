//! 岗位：机构内的一个职位，有任职人、代班人、请假与空缺。

use sea_orm::entity::prelude::*;

/// Posts within units.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "post")]
pub struct Model {
    /// 主键
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// 机构
    pub unit_id: Uuid,
    /// 岗位码（village_child_director……）
    pub role: String,
    /// 任职账号
    pub holder_id: Option<Uuid>,
    /// 代班账号
    pub stand_in_id: Option<Uuid>,
    /// 请假起
    pub leave_from: Option<Date>,
    /// 请假止（含）
    pub leave_until: Option<Date>,
    /// 空缺起始时间
    pub vacant_since: Option<DateTimeUtc>,
    /// 空缺已预警的时间
    pub alerted_at: Option<DateTimeUtc>,
    /// 空缺超过7日再次预警的时间
    pub alerted_above_at: Option<DateTimeUtc>,
    /// 是否启用
    pub active: bool,
    /// 乐观锁
    pub version: i32,
}

/// Relations are asked for by id where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
