//! The life of an order (工单) once its unit has signed. What comes before,
//! 待签收, 退回, 仲裁, are stages of its case ([`super::workflow`]).
//!
//! Source: the order states of the hotline; 办结 ends the order and not the
//! protection of the child.

use super::workflow::Stage;

/// How far an order is, once its unit has signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OrderState {
    /// 办理中
    Handling,
    /// 已反馈，待审核
    Feedback,
    /// 已办结，待回访
    Resolved,
    /// 已回访
    CalledBack,
    /// 已归档，只读
    Archived,
}

impl OrderState {
    /// Every state in the order of a usual life.
    pub const ALL: [Self; 5] = [
        Self::Handling,
        Self::Feedback,
        Self::Resolved,
        Self::CalledBack,
        Self::Archived,
    ];

    /// The stored word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Handling => "handling",
            Self::Feedback => "feedback",
            Self::Resolved => "resolved",
            Self::CalledBack => "called_back",
            Self::Archived => "archived",
        }
    }

    /// The word on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Handling => "办理中",
            Self::Feedback => "已反馈待审核",
            Self::Resolved => "已办结待回访",
            Self::CalledBack => "已回访",
            Self::Archived => "已归档",
        }
    }

    /// Reads the stored word.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }

    /// The state after a step on an order whose case stands at `stage`. One arm
    /// per legal move; everything else is refused.
    ///
    /// # Errors
    /// [`IllegalOrderStep`], naming stage, state and step only.
    pub fn after(self, stage: Stage, step: OrderStep) -> Result<Self, IllegalOrderStep> {
        use OrderStep as S;
        let handed = stage.is_open() && !matches!(stage, Stage::Assigned | Stage::Returning | Stage::Arbitrating);
        match (self, step) {
            (Self::Handling, S::AskExtension | S::AskPause) if handed => Ok(self),
            (Self::Handling, S::RuleExtension | S::RulePause | S::EndPause) if stage.is_open() => Ok(self),
            (Self::Handling, S::HandIn) if handed => Ok(Self::Feedback),
            (Self::Feedback, S::Accept) => Ok(Self::Resolved),
            (Self::Feedback, S::SendBack) => Ok(Self::Handling),
            // The closing of a case ends its order, whatever was not handed in.
            (Self::Handling | Self::Feedback, S::CloseCase) => Ok(Self::Resolved),
            (Self::Resolved | Self::CalledBack, S::CloseCase) => Ok(self),
            (Self::Resolved, S::CallBack { last: false }) => Ok(Self::Resolved),
            (Self::Resolved, S::CallBack { last: true }) => Ok(Self::CalledBack),
            (Self::Resolved, S::NotSolved) if stage.is_open() => Ok(Self::Handling),
            (Self::Resolved | Self::CalledBack, S::Evaluate) => Ok(self),
            (Self::CalledBack, S::Archive) if !stage.is_open() => Ok(Self::Archived),
            (state, S::Urge | S::Supervise) if stage.is_open() && state != Self::Archived => Ok(state),
            (state, S::AnswerSupervision | S::EndSupervision) if state != Self::Archived => Ok(state),
            (_, S::ReopenCase) => Ok(Self::Handling),
            (from, step) => Err(IllegalOrderStep { stage, from, step }),
        }
    }
}

/// A move of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderStep {
    /// 申请延期
    AskExtension,
    /// 裁定延期
    RuleExtension,
    /// 申请停表
    AskPause,
    /// 裁定停表
    RulePause,
    /// 恢复计时
    EndPause,
    /// 催办
    Urge,
    /// 督办
    Supervise,
    /// 答复督办
    AnswerSupervision,
    /// 解除督办
    EndSupervision,
    /// 提交办理结果
    HandIn,
    /// 审核通过，办结
    Accept,
    /// 退回重办
    SendBack,
    /// 登记回访
    CallBack {
        /// Whether it was the last that is owed.
        last: bool,
    },
    /// 回访未解决，重办
    NotSolved,
    /// 评价
    Evaluate,
    /// 归档
    Archive,
    /// 个案结案
    CloseCase,
    /// 个案重开
    ReopenCase,
}

impl OrderStep {
    /// One of each, for the state × step table.
    pub const SAMPLES: [Self; 19] = [
        Self::AskExtension,
        Self::RuleExtension,
        Self::AskPause,
        Self::RulePause,
        Self::EndPause,
        Self::Urge,
        Self::Supervise,
        Self::AnswerSupervision,
        Self::EndSupervision,
        Self::HandIn,
        Self::Accept,
        Self::SendBack,
        Self::CallBack { last: false },
        Self::CallBack { last: true },
        Self::NotSolved,
        Self::Evaluate,
        Self::Archive,
        Self::CloseCase,
        Self::ReopenCase,
    ];

    /// The word on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::AskExtension => "申请延期",
            Self::RuleExtension => "裁定延期",
            Self::AskPause => "申请停表",
            Self::RulePause => "裁定停表",
            Self::EndPause => "恢复计时",
            Self::Urge => "催办",
            Self::Supervise => "督办",
            Self::AnswerSupervision => "答复督办",
            Self::EndSupervision => "解除督办",
            Self::HandIn => "提交办理结果",
            Self::Accept => "审核通过",
            Self::SendBack => "退回重办",
            Self::CallBack { .. } => "登记回访",
            Self::NotSolved => "回访未解决",
            Self::Evaluate => "评价",
            Self::Archive => "归档",
            Self::CloseCase => "结案",
            Self::ReopenCase => "重开",
        }
    }
}

/// A step that the order does not allow. Carries no text of anybody's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "个案「{}」、工单「{}」时不能{}；刷新页面查看最新状态",
    .stage.label(),
    .from.label(),
    .step.label()
)]
pub struct IllegalOrderStep {
    /// The stage of the case.
    pub stage: Stage,
    /// The state it was tried in.
    pub from: OrderState,
    /// The step.
    pub step: OrderStep,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_done_to_an_archived_order_but_reopening_its_case() {
        for stage in Stage::ALL {
            let legal: Vec<OrderStep> = OrderStep::SAMPLES
                .into_iter()
                .filter(|step| OrderState::Archived.after(stage, *step).is_ok())
                .collect();
            assert_eq!(legal, [OrderStep::ReopenCase], "{stage:?}");
        }
    }

    #[test]
    fn what_nobody_signed_is_neither_extended_nor_handed_in_but_urged() {
        for stage in [Stage::Assigned, Stage::Returning, Stage::Arbitrating] {
            for step in [OrderStep::AskExtension, OrderStep::AskPause, OrderStep::HandIn] {
                assert!(OrderState::Handling.after(stage, step).is_err(), "{stage:?} {step:?}");
            }
            assert!(OrderState::Handling.after(stage, OrderStep::Urge).is_ok());
            assert!(OrderState::Handling.after(stage, OrderStep::Supervise).is_ok());
        }
    }

    #[test]
    fn every_code_reads_back_to_its_state() {
        for state in OrderState::ALL {
            assert_eq!(OrderState::parse(state.code()), Some(state));
        }
    }
}
