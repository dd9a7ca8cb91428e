//! Who acts: roles and accounts.

use crate::rules::division::Division;
use uuid::Uuid;

/// What an account is for. One account has one role; the three administrators
/// see no case content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// 话务员
    Operator,
    /// 班长兼派单员
    Lead,
    /// 市级统筹
    City,
    /// 县级个案经理
    County,
    /// 乡镇（街道）儿童督导员
    Township,
    /// 村（社区）儿童主任
    Village,
    /// 部门承办人
    Handler,
    /// 强制报告义务单位报告人
    Reporter,
    /// 系统管理员
    SysAdmin,
    /// 安全保密管理员
    SecAdmin,
    /// 安全审计员
    Auditor,
    /// 服务账号（接口）
    Service,
    /// 系统自身（后台任务）
    System,
}

impl Role {
    /// Every role, in the order of the matrix.
    pub const ALL: [Self; 13] = [
        Self::Operator,
        Self::Lead,
        Self::City,
        Self::County,
        Self::Township,
        Self::Village,
        Self::Handler,
        Self::Reporter,
        Self::SysAdmin,
        Self::SecAdmin,
        Self::Auditor,
        Self::Service,
        Self::System,
    ];

    /// The stored word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::Lead => "lead",
            Self::City => "city",
            Self::County => "county",
            Self::Township => "township",
            Self::Village => "village",
            Self::Handler => "handler",
            Self::Reporter => "reporter",
            Self::SysAdmin => "sysadmin",
            Self::SecAdmin => "secadmin",
            Self::Auditor => "auditor",
            Self::Service => "service",
            Self::System => "system",
        }
    }

    /// The word on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Operator => "话务员",
            Self::Lead => "班长（派单）",
            Self::City => "市级统筹",
            Self::County => "县级个案经理",
            Self::Township => "儿童督导员",
            Self::Village => "儿童主任",
            Self::Handler => "部门承办人",
            Self::Reporter => "强制报告人",
            Self::SysAdmin => "系统管理员",
            Self::SecAdmin => "安全保密管理员",
            Self::Auditor => "安全审计员",
            Self::Service => "服务账号",
            Self::System => "系统",
        }
    }

    /// Reads the stored word.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.code() == code)
    }
}

/// Who acts: the account as the database knows it at this moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The account; nil for the system itself.
    pub account: Uuid,
    /// Its role.
    pub role: Role,
    /// The unit it belongs to.
    pub unit: Option<Uuid>,
    /// The unit's kind (`PSB`, `TMP` …), empty without a unit.
    pub unit_kind: String,
    /// The division it answers for.
    pub division: Division,
    /// The units it serves besides its own today: it holds a post there, or
    /// stands in for somebody who is away or for a post that is vacant.
    pub also: Vec<Uuid>,
}

impl Actor {
    /// Every unit that it serves, its own first.
    pub fn units(&self) -> impl Iterator<Item = Uuid> + '_ {
        self.unit.into_iter().chain(self.also.iter().copied())
    }

    /// Whether it serves a unit.
    #[must_use]
    pub fn serves(&self, unit: Uuid) -> bool {
        self.units().any(|served| served == unit)
    }

    /// The unit for which it acts on something of this unit: that one where it
    /// serves it, otherwise its own.
    #[must_use]
    pub fn seat(&self, unit: Uuid) -> Option<Uuid> {
        if self.serves(unit) { Some(unit) } else { self.unit }
    }
}
