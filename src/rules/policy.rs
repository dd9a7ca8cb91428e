//! The policy: who may do what to which case. Everything not written here is
//! refused. [`reach`] answers with data that has two readings: [`Reach::covers`]
//! for one case, and a WHERE clause for lists (built in `casework`).
//!
//! Source: 四级网络 roles and 保密与边界规则 (未成年人网络保护条例第三十六条:
//! least authority, recorded); visibility per role is this system's own.

mod report;

pub use report::{ReportAction, ReportFacts, may_report};

use super::division::Division;
use super::level::Sensitivity;
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
}

/// A thing that may be done to a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// 查看个案：事实、参与单位、时限
    View,
    /// 查看办理过程：走访、照片、评估、计划、文书、协办、各方意见
    ReadWork,
    /// 签收
    Sign,
    /// 申请退回
    Return,
    /// 裁定退回、改派
    Dispatch,
    /// 指定承办人
    Assign,
    /// 记录走访
    RecordVisit,
    /// 审核走访
    ReviewVisit,
    /// 评估、复评
    Assess,
    /// 制定计划
    Plan,
    /// 审定红案计划、确认降级
    Confirm,
    /// 发起协办任务
    OpenTask,
    /// 登记文书、人员
    Record,
    /// 上调等级
    RaiseRisk,
    /// 申请结案
    AskClose,
    /// 批准或不批准结案
    DecideClose,
    /// 重开、并案、撤销并案
    Reshape,
    /// 市级抽查
    SpotCheck,
    /// 启封报告人信息
    OpenReporter,
    /// 登记回避
    Recuse,
}

impl Action {
    /// Every action, in the order of the matrix.
    pub const ALL: [Self; 20] = [
        Self::View,
        Self::ReadWork,
        Self::Sign,
        Self::Return,
        Self::Dispatch,
        Self::Assign,
        Self::RecordVisit,
        Self::ReviewVisit,
        Self::Assess,
        Self::Plan,
        Self::Confirm,
        Self::OpenTask,
        Self::Record,
        Self::RaiseRisk,
        Self::AskClose,
        Self::DecideClose,
        Self::Reshape,
        Self::SpotCheck,
        Self::OpenReporter,
        Self::Recuse,
    ];
}

/// How a unit takes part in a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Part {
    /// 主办
    Lead,
    /// 协办
    Assist,
    /// 督办
    Oversee,
    /// 抄送
    Informed,
}

impl Part {
    /// Every part.
    pub const ALL: [Self; 4] = [Self::Lead, Self::Assist, Self::Oversee, Self::Informed];

    /// The stored word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Lead => "lead",
            Self::Assist => "assist",
            Self::Oversee => "oversee",
            Self::Informed => "informed",
        }
    }

    /// Reads the stored word.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|part| part.code() == code)
    }

    /// The word on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Lead => "主办",
            Self::Assist => "协办",
            Self::Oversee => "督办",
            Self::Informed => "抄送",
        }
    }
}

/// What the policy must know of a case.
#[derive(Debug, Clone)]
pub struct CaseFacts {
    /// Where the child is now.
    pub division: Division,
    /// The units that take part now.
    pub parts: Vec<(Uuid, Part)>,
    /// The label.
    pub sensitivity: Sensitivity,
    /// The account that opened it, where a person did.
    pub opened_by: Option<Uuid>,
    /// Accounts that must not know of it.
    pub recused_accounts: Vec<Uuid>,
    /// Units that must not know of it.
    pub recused_units: Vec<Uuid>,
}

/// Which cases one grant takes in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// 全市
    Everywhere,
    /// 所辖区划
    Subtree(Division),
    /// 本单位以所列身份参与的个案
    Taking(Uuid, &'static [Part]),
    /// 本人受理的个案
    Opened(Uuid),
}

/// One reason for which a case may be acted upon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Which cases.
    pub scope: Scope,
    /// Up to which label.
    pub ceiling: Sensitivity,
}

/// The policy's answer: any grant suffices, recusal beats them all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reach {
    /// The grants.
    pub grants: Vec<Grant>,
    /// Who asks: recused cases of this account are out of reach.
    pub account: Uuid,
    /// And those of this unit.
    pub unit: Option<Uuid>,
}

impl Reach {
    /// Whether this one case is within reach.
    #[must_use]
    pub fn covers(&self, case: &CaseFacts) -> bool {
        let recused = case.recused_accounts.contains(&self.account)
            || self.unit.is_some_and(|unit| case.recused_units.contains(&unit));
        !recused && self.grants.iter().any(|grant| grant.covers(case))
    }
}

impl Grant {
    fn covers(&self, case: &CaseFacts) -> bool {
        let within = match &self.scope {
            Scope::Everywhere => true,
            Scope::Subtree(top) => top.contains(&case.division),
            Scope::Taking(unit, parts) => case.parts.iter().any(|(who, part)| who == unit && parts.contains(part)),
            Scope::Opened(account) => case.opened_by == Some(*account),
        };
        within && case.sensitivity <= self.ceiling
    }
}

const ANY_PART: &[Part] = &Part::ALL;
const WORKING: &[Part] = &[Part::Lead, Part::Assist];
const LEADING: &[Part] = &[Part::Lead];

/// The policy. Everything not written here is refused. Every action but
/// [`Action::OpenReporter`] is granted only where [`Action::View`] is.
#[must_use]
pub fn reach(actor: &Actor, action: Action) -> Reach {
    use Sensitivity::L4;
    let grants = match actor.role {
        // Whoever took the call sees what became of it, not how.
        Role::Operator if action == Action::View => vec![(Scope::Opened(actor.account), L4)],
        Role::Lead => dispatcher(actor, action),
        Role::City => city(actor, action),
        Role::County => county(actor, action),
        Role::Township => township(actor, action),
        Role::Village => village(actor, action),
        Role::Handler => handler(actor, action),
        _ => Vec::new(),
    };
    Reach {
        grants: grants
            .into_iter()
            .map(|(scope, ceiling)| Grant { scope, ceiling })
            .collect(),
        account: actor.account,
        unit: actor.unit,
    }
}

type Grants = Vec<(Scope, Sensitivity)>;

fn everywhere() -> Grants {
    vec![(Scope::Everywhere, Sensitivity::L4)]
}

fn subtree(actor: &Actor, ceiling: Sensitivity) -> Grants {
    vec![(Scope::Subtree(actor.division.clone()), ceiling)]
}

/// The cases in which the actor's unit has one of these parts.
fn taking(actor: &Actor, parts: &'static [Part], ceiling: Sensitivity) -> Grants {
    let unit = actor.unit.into_iter();
    unit.map(|unit| (Scope::Taking(unit, parts), ceiling)).collect()
}

/// The shift lead sends cases over the whole city; what the hotline itself
/// leads (inquiries, suggestions, praise) it also brings to an end.
fn dispatcher(actor: &Actor, action: Action) -> Grants {
    use Action::{
        AskClose, Assess, Assign, DecideClose, Dispatch, OpenReporter, OpenTask, RaiseRisk, ReadWork, Record, Recuse,
        Reshape, Sign, View,
    };
    match action {
        View | ReadWork | Dispatch | OpenTask | RaiseRisk | Reshape | OpenReporter | Recuse => everywhere(),
        Sign | Assign | Assess | Record | AskClose | DecideClose => taking(actor, LEADING, Sensitivity::L4),
        _ => Vec::new(),
    }
}

/// The city watches over all; what it leads itself, because the county is
/// recused or the place unknown, it works on as a county does.
fn city(actor: &Actor, action: Action) -> Grants {
    use Action::{
        AskClose, Assess, Assign, Confirm, DecideClose, Dispatch, OpenTask, Plan, RaiseRisk, ReadWork, Record,
        RecordVisit, Recuse, Reshape, ReviewVisit, Sign, SpotCheck, View,
    };
    match action {
        View | ReadWork | Sign | Dispatch | OpenTask | RaiseRisk | Reshape | SpotCheck | Recuse | Record => {
            everywhere()
        }
        Assign | RecordVisit | ReviewVisit | Assess | Plan | Confirm | AskClose | DecideClose => {
            taking(actor, LEADING, Sensitivity::L4)
        }
        _ => Vec::new(),
    }
}

/// The county manages every case of its place, and what is sent to its unit
/// from elsewhere; of the latter it decides only what it leads.
fn county(actor: &Actor, action: Action) -> Grants {
    use Action::{Confirm, DecideClose, Dispatch, OpenReporter, Reshape, Return, SpotCheck};
    let parts = match action {
        SpotCheck | OpenReporter => return Vec::new(),
        // Only a lead sends its case back; the county sends on what others lead.
        Return => return taking(actor, LEADING, Sensitivity::L4),
        Confirm | DecideClose | Dispatch | Reshape => LEADING,
        _ => WORKING,
    };
    [subtree(actor, Sensitivity::L4), taking(actor, parts, Sensitivity::L4)].concat()
}

fn township(actor: &Actor, action: Action) -> Grants {
    use Action::{
        AskClose, Assess, Assign, OpenTask, Plan, RaiseRisk, ReadWork, Record, RecordVisit, Recuse, Return,
        ReviewVisit, Sign, View,
    };
    use Sensitivity::{L3, L4};
    match action {
        View | ReadWork => [subtree(actor, L3), taking(actor, ANY_PART, L4)].concat(),
        ReviewVisit => [subtree(actor, L3), taking(actor, WORKING, L4)].concat(),
        // It also asks for the end of what a village of its own leads.
        Sign | RecordVisit | Assess | Plan | Record | RaiseRisk | Recuse | AskClose => taking(actor, WORKING, L4),
        Assign | OpenTask | Return => taking(actor, LEADING, L4),
        _ => Vec::new(),
    }
}

/// A village never learns the reason of a case of the highest label.
fn village(actor: &Actor, action: Action) -> Grants {
    use Action::{RaiseRisk, ReadWork, RecordVisit, Recuse, Return, Sign, View};
    use Sensitivity::L3;
    match action {
        View | ReadWork => taking(actor, ANY_PART, L3),
        Sign | RecordVisit | RaiseRisk | Recuse => taking(actor, WORKING, L3),
        Return => taking(actor, LEADING, L3),
        _ => Vec::new(),
    }
}

/// A department that leads a case works on it; one that assists sees its task.
/// Who reported is opened to the police in both.
fn handler(actor: &Actor, action: Action) -> Grants {
    use Action::{
        AskClose, Assess, Assign, OpenReporter, OpenTask, Plan, RaiseRisk, ReadWork, Record, RecordVisit, Recuse,
        Return, Sign, View,
    };
    let parts = match action {
        OpenReporter if actor.unit_kind == "PSB" => WORKING,
        View | ReadWork | Sign | Return | Assign | RecordVisit | Assess | Plan | OpenTask | Record | RaiseRisk
        | AskClose | Recuse => LEADING,
        _ => return Vec::new(),
    };
    taking(actor, parts, Sensitivity::L4)
}

/// Whether the role takes reports at the desk (受理席).
#[must_use]
pub fn takes_reports(role: Role) -> bool {
    matches!(role, Role::Operator | Role::Lead)
}

/// A thing that may be done to a joint task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TaskAction {
    /// 查看任务
    View,
    /// 签收、反馈：承办单位
    Work,
    /// 确认、退回、撤销：主办单位或县级
    Judge,
}

impl TaskAction {
    /// Every action.
    pub const ALL: [Self; 3] = [Self::View, Self::Work, Self::Judge];
}

/// What the policy must know of a joint task.
#[derive(Debug, Clone)]
pub struct TaskFacts {
    /// The unit that does it.
    pub unit: Uuid,
    /// The case it belongs to.
    pub case: CaseFacts,
}

/// Whether the actor may do this to a task. The department that does it sees
/// the task and what it shares, never the case; whoever may open tasks on the
/// case judges the result, but a department not its own.
#[must_use]
pub fn task_may(actor: &Actor, action: TaskAction, task: &TaskFacts) -> bool {
    let case = &task.case;
    let recused = case.recused_accounts.contains(&actor.account)
        || actor.unit.is_some_and(|unit| case.recused_units.contains(&unit));
    let own = !recused
        && actor.unit == Some(task.unit)
        && matches!(
            actor.role,
            Role::Handler | Role::City | Role::County | Role::Township | Role::Village
        );
    match action {
        TaskAction::View => own || reach(actor, Action::ReadWork).covers(case),
        TaskAction::Work => own,
        TaskAction::Judge => reach(actor, Action::OpenTask).covers(case) && !(own && actor.role == Role::Handler),
    }
}
