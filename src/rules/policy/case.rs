//! What may be done to a case, what the policy must know of it, and which
//! cases an answer takes in.

use crate::rules::division::Division;
use crate::rules::level::Sensitivity;
use uuid::Uuid;

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
    /// 仲裁职责争议
    Arbitrate,
    /// 代表主办单位申请延期、停表，提交办理结果，答复督办
    Apply,
    /// 裁定延期
    RuleExtension,
    /// 裁定停表
    RulePause,
    /// 审核办理结果
    ReviewResult,
    /// 催办、督办
    Supervise,
    /// 登记回访
    CallBack,
    /// 工单归档
    Archive,
    /// 移交到其他地方
    Transfer,
}

impl Action {
    /// Every action, in the order of the matrix.
    pub const ALL: [Self; 29] = [
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
        Self::Arbitrate,
        Self::Apply,
        Self::RuleExtension,
        Self::RulePause,
        Self::ReviewResult,
        Self::Supervise,
        Self::CallBack,
        Self::Archive,
        Self::Transfer,
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
