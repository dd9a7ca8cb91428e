//! The life of a case (个案状态机): stages are values, a step carries the data
//! it needs, and [`Stage::after`] is the whole diagram.
//!
//! Source: 接收—评估—处置—帮扶 of 朔政发〔2023〕15号; the finer stages are this
//! system's own.

use super::level::RiskLevel;

/// Where a case stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    /// 已分派，待主办单位签收
    Assigned,
    /// 主办单位申请退回，待派单员裁定
    Returning,
    /// 职责有争议或再次退回，待市级仲裁
    Arbitrating,
    /// 已签收
    Accepted,
    /// 核查入户中
    Investigating,
    /// 已评估定级
    Assessed,
    /// 已定个案计划
    Planned,
    /// 帮扶干预中
    Intervening,
    /// 已复评
    Reviewing,
    /// 拟结案，待县级审批
    Closing,
    /// 已结案，跟踪中
    Closed,
    /// 并入他案
    Merged,
}

impl Stage {
    /// Every stage in the order of a usual life.
    pub const ALL: [Self; 12] = [
        Self::Assigned,
        Self::Returning,
        Self::Arbitrating,
        Self::Accepted,
        Self::Investigating,
        Self::Assessed,
        Self::Planned,
        Self::Intervening,
        Self::Reviewing,
        Self::Closing,
        Self::Closed,
        Self::Merged,
    ];

    /// The stored word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Assigned => "assigned",
            Self::Returning => "returning",
            Self::Arbitrating => "arbitrating",
            Self::Accepted => "accepted",
            Self::Investigating => "investigating",
            Self::Assessed => "assessed",
            Self::Planned => "planned",
            Self::Intervening => "intervening",
            Self::Reviewing => "reviewing",
            Self::Closing => "closing",
            Self::Closed => "closed",
            Self::Merged => "merged",
        }
    }

    /// Reads the stored word.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.code() == code)
    }

    /// The word on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Assigned => "待签收",
            Self::Returning => "退回待裁定",
            Self::Arbitrating => "争议待仲裁",
            Self::Accepted => "已签收",
            Self::Investigating => "核查中",
            Self::Assessed => "已评估",
            Self::Planned => "已定计划",
            Self::Intervening => "帮扶中",
            Self::Reviewing => "已复评",
            Self::Closing => "拟结案",
            Self::Closed => "已结案",
            Self::Merged => "已并案",
        }
    }

    /// Whether work on the case goes on: clocks run, lists show it.
    #[must_use]
    pub fn is_open(self) -> bool {
        !matches!(self, Self::Closed | Self::Merged)
    }

    /// The stage after a step. One arm per legal move; everything else is
    /// refused.
    ///
    /// # Errors
    /// [`IllegalStep`], naming the stage and the step only.
    pub fn after(self, step: &Step) -> Result<Self, IllegalStep> {
        match (self, step) {
            (Self::Assigned, Step::Sign) => Ok(Self::Accepted),
            (Self::Assigned | Self::Accepted, Step::Return) => Ok(Self::Returning),
            (Self::Returning, Step::RefuseReturn) => Ok(Self::Assigned),
            (Self::Assigned | Self::Returning | Self::Accepted, Step::Dispute) => Ok(Self::Arbitrating),
            (Self::Arbitrating, Step::Arbitrate) => Ok(Self::Assigned),
            (Self::Accepted, Step::Visit) => Ok(Self::Investigating),
            (Self::Accepted | Self::Investigating | Self::Assessed, Step::Assess) => Ok(Self::Assessed),
            (Self::Assessed | Self::Planned | Self::Intervening | Self::Reviewing, Step::Plan) => Ok(Self::Planned),
            (Self::Planned, Step::Intervene) => Ok(Self::Intervening),
            (Self::Planned | Self::Intervening | Self::Reviewing, Step::Review) => Ok(Self::Reviewing),
            (Self::Assessed | Self::Planned | Self::Intervening | Self::Reviewing, Step::AskClose) => Ok(Self::Closing),
            (Self::Planned | Self::Intervening | Self::Reviewing, Step::RoutineCare) => Ok(self),
            (
                Self::Assigned
                | Self::Accepted
                | Self::Investigating
                | Self::Assessed
                | Self::Planned
                | Self::Intervening
                | Self::Reviewing,
                Step::Transfer,
            ) => Ok(self),
            (Self::Closing, Step::ApproveClose) => Ok(Self::Closed),
            (Self::Closing, Step::RefuseClose) => Ok(Self::Intervening),
            (Self::Closed, Step::Reopen) => Ok(Self::Investigating),
            // Another lead unit looks for itself, wherever the first one stood;
            // but what waits for arbitration only the city sends on.
            (Self::Arbitrating, Step::Redispatch) => Err(IllegalStep {
                from: self,
                step: step.code(),
            }),
            (stage, Step::Redispatch | Step::Reroute) if stage.is_open() => Ok(Self::Assigned),
            (stage, Step::Merge) if stage.is_open() => Ok(Self::Merged),
            (Self::Merged, Step::UndoMerge { back_to }) if back_to.is_open() => Ok(*back_to),
            (stage, Step::Visit) if stage != Self::Merged => Ok(stage),
            (stage, Step::Order) if stage != Self::Merged => Ok(stage),
            (stage, Step::ChangeRisk { .. } | Step::Assign | Step::Record) if stage.is_open() => Ok(stage),
            (from, step) => Err(IllegalStep {
                from,
                step: step.code(),
            }),
        }
    }
}

/// A move of a case. What needs data to be legal carries it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// 签收
    Sign,
    /// 申请退回
    Return,
    /// 改派（退回成立、回避、派错）
    Redispatch,
    /// 驳回退回申请
    RefuseReturn,
    /// 提请市级仲裁（再次退回，或职责交叉）
    Dispute,
    /// 市级仲裁，指定承办单位
    Arbitrate,
    /// 主办单位回避，绕开它重新分派
    Reroute,
    /// 指定承办人
    Assign,
    /// 记录走访
    Visit,
    /// 评估定级
    Assess,
    /// 制定计划
    Plan,
    /// 开始帮扶
    Intervene,
    /// 复评
    Review,
    /// 转常规关爱，或撤回
    RoutineCare,
    /// 移交到其他地方：对方确认前阶段不变
    Transfer,
    /// 申请结案
    AskClose,
    /// 批准结案
    ApproveClose,
    /// 不批准结案
    RefuseClose,
    /// 重开
    Reopen,
    /// 并入他案
    Merge,
    /// 撤销并案，回到并案前的阶段
    UndoMerge {
        /// The stage before the merge.
        back_to: Stage,
    },
    /// 调整风险等级
    ChangeRisk {
        /// The new level.
        to: RiskLevel,
    },
    /// 延期、停表、催办、督办、反馈、回访等不改变阶段的工单操作
    Order,
    /// 登记文书、任务、人员等不改变阶段的记录
    Record,
}

impl Step {
    /// The word of the API and the journal.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Sign => "sign",
            Self::Return => "return",
            Self::Redispatch => "redispatch",
            Self::RefuseReturn => "refuse_return",
            Self::Dispute => "dispute",
            Self::Arbitrate => "arbitrate",
            Self::Reroute => "reroute",
            Self::Assign => "assign",
            Self::Visit => "visit",
            Self::Assess => "assess",
            Self::Plan => "plan",
            Self::Intervene => "intervene",
            Self::Review => "review",
            Self::RoutineCare => "routine_care",
            Self::Transfer => "transfer",
            Self::AskClose => "ask_close",
            Self::ApproveClose => "approve_close",
            Self::RefuseClose => "refuse_close",
            Self::Reopen => "reopen",
            Self::Merge => "merge",
            Self::UndoMerge { .. } => "undo_merge",
            Self::ChangeRisk { .. } => "change_risk",
            Self::Order => "order",
            Self::Record => "record",
        }
    }

    /// The word on screen.
    #[must_use]
    pub fn label(&self) -> &'static str {
        match self {
            Self::Sign => "签收",
            Self::Return => "申请退回",
            Self::Redispatch => "改派",
            Self::RefuseReturn => "驳回退回",
            Self::Dispute => "提请仲裁",
            Self::Arbitrate => "仲裁",
            Self::Reroute => "回避改派",
            Self::Assign => "指定承办人",
            Self::Visit => "记录走访",
            Self::Assess => "评估",
            Self::Plan => "制定计划",
            Self::Intervene => "开始帮扶",
            Self::Review => "复评",
            Self::RoutineCare => "转常规关爱",
            Self::Transfer => "移交",
            Self::AskClose => "申请结案",
            Self::ApproveClose => "批准结案",
            Self::RefuseClose => "不批准结案",
            Self::Reopen => "重开",
            Self::Merge => "并案",
            Self::UndoMerge { .. } => "撤销并案",
            Self::ChangeRisk { .. } => "调整等级",
            Self::Order => "办理工单",
            Self::Record => "登记",
        }
    }

    /// One of each, for the stage × step table.
    #[must_use]
    pub fn samples() -> Vec<Self> {
        vec![
            Self::Sign,
            Self::Return,
            Self::Redispatch,
            Self::RefuseReturn,
            Self::Dispute,
            Self::Arbitrate,
            Self::Reroute,
            Self::Assign,
            Self::Visit,
            Self::Assess,
            Self::Plan,
            Self::Intervene,
            Self::Review,
            Self::RoutineCare,
            Self::Transfer,
            Self::AskClose,
            Self::ApproveClose,
            Self::RefuseClose,
            Self::Reopen,
            Self::Merge,
            Self::UndoMerge {
                back_to: Stage::Investigating,
            },
            Self::ChangeRisk { to: RiskLevel::Red },
            Self::Order,
            Self::Record,
        ]
    }
}

/// A step that the stage does not allow. Carries no text of anybody's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("当前阶段为「{}」，不能执行此操作；刷新页面查看最新状态", .from.label())]
pub struct IllegalStep {
    /// The stage it was tried in.
    pub from: Stage,
    /// The step's code.
    pub step: &'static str,
}
