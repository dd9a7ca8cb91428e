//! The steps of an order on the case page: what each is called, what the policy
//! and the order are asked.

use crate::casework::order::Known;
use crate::entity::protection_case;
use crate::rules::deadlines::{may_extend, may_pause};
use crate::rules::level::RiskLevel;
use crate::rules::orderflow::OrderStep;
use crate::rules::policy::Action;
use crate::rules::workflow::Step;
use uuid::Uuid;

/// A step of an order with a form of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OrderDeed {
    Dispute,
    Arbitrate,
    Extension,
    RuleExtension,
    Pause,
    RulePause,
    Unpause,
    LiftPause,
    Urge,
    Supervise,
    Answer,
    EndSupervision,
    HandIn,
    Review,
    CallBack,
    Evaluate,
    Archive,
}

impl OrderDeed {
    pub(crate) const ALL: [Self; 17] = [
        Self::Arbitrate,
        Self::RuleExtension,
        Self::RulePause,
        Self::Review,
        Self::Answer,
        Self::HandIn,
        Self::CallBack,
        Self::EndSupervision,
        Self::Unpause,
        Self::LiftPause,
        Self::Urge,
        Self::Supervise,
        Self::Extension,
        Self::Pause,
        Self::Dispute,
        Self::Evaluate,
        Self::Archive,
    ];

    /// The word of its address.
    pub(crate) fn slug(self) -> &'static str {
        match self {
            Self::Dispute => "dispute",
            Self::Arbitrate => "arbitrate",
            Self::Extension => "extension",
            Self::RuleExtension => "rule-extension",
            Self::Pause => "pause",
            Self::RulePause => "rule-pause",
            Self::Unpause => "unpause",
            Self::LiftPause => "lift-pause",
            Self::Urge => "urge",
            Self::Supervise => "supervise",
            Self::Answer => "answer-supervision",
            Self::EndSupervision => "end-supervision",
            Self::HandIn => "hand-in",
            Self::Review => "review-result",
            Self::CallBack => "call-back",
            Self::Evaluate => "evaluate",
            Self::Archive => "archive",
        }
    }

    /// The words on its button.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Dispute => "提请仲裁",
            Self::Arbitrate => "仲裁",
            Self::Extension => "申请延期",
            Self::RuleExtension => "裁定延期",
            Self::Pause => "申请停表",
            Self::RulePause => "裁定停表",
            Self::Unpause | Self::LiftPause => "恢复计时",
            Self::Urge => "催办",
            Self::Supervise => "督办",
            Self::Answer => "答复督办",
            Self::EndSupervision => "解除督办",
            Self::HandIn => "提交办理结果",
            Self::Review => "审核办理结果",
            Self::CallBack => "登记回访",
            Self::Evaluate => "登记评价",
            Self::Archive => "工单归档",
        }
    }

    /// What the policy is asked.
    pub(crate) fn action(self) -> Action {
        match self {
            Self::Dispute => Action::Dispatch,
            Self::Arbitrate => Action::Arbitrate,
            Self::Extension | Self::Pause | Self::Unpause | Self::Answer | Self::HandIn => Action::Apply,
            Self::RuleExtension => Action::RuleExtension,
            Self::RulePause | Self::LiftPause => Action::RulePause,
            Self::Urge | Self::Supervise | Self::EndSupervision => Action::Supervise,
            Self::Review => Action::ReviewResult,
            Self::CallBack | Self::Evaluate => Action::CallBack,
            Self::Archive => Action::Archive,
        }
    }

    /// What the workflow is asked.
    pub(crate) fn step(self) -> Step {
        match self {
            Self::Dispute => Step::Dispute,
            Self::Arbitrate => Step::Arbitrate,
            _ => Step::Order,
        }
    }

    /// What the order is asked.
    fn order_step(self) -> Option<OrderStep> {
        Some(match self {
            Self::Dispute | Self::Arbitrate => return None,
            Self::Extension => OrderStep::AskExtension,
            Self::RuleExtension => OrderStep::RuleExtension,
            Self::Pause => OrderStep::AskPause,
            Self::RulePause => OrderStep::RulePause,
            Self::Unpause | Self::LiftPause => OrderStep::EndPause,
            Self::Urge => OrderStep::Urge,
            Self::Supervise => OrderStep::Supervise,
            Self::Answer => OrderStep::AnswerSupervision,
            Self::EndSupervision => OrderStep::EndSupervision,
            Self::HandIn => OrderStep::HandIn,
            Self::Review => OrderStep::Accept,
            Self::CallBack => OrderStep::CallBack { last: false },
            Self::Evaluate => OrderStep::Evaluate,
            Self::Archive => OrderStep::Archive,
        })
    }

    /// Whether what stands about the order gives the step a meaning.
    pub(crate) fn fits(self, case: &protection_case::Model, unit: Option<Uuid>, known: &Known) -> bool {
        let level = RiskLevel::from_number(case.level).unwrap_or(RiskLevel::Red);
        let own = unit == Some(case.lead_unit);
        let pause = known.pause.as_ref().map(|row| row.state.as_str());
        let allowed = self.order_step().is_none_or(|step| known.order.allows(case, step));
        allowed
            && match self {
                Self::Dispute => known.order.row.arbitrated_at.is_none(),
                Self::Extension => known.extension.is_none() && may_extend(level),
                Self::RuleExtension => known.extension.as_ref().is_some_and(|row| row.state == "open"),
                Self::Pause => pause.is_none() && may_pause(level),
                Self::RulePause => pause == Some("open"),
                Self::Unpause => pause == Some("running"),
                Self::LiftPause => pause == Some("running") && !own,
                Self::Answer => !known.sheets.is_empty(),
                Self::EndSupervision => !known.sheets.is_empty() && !own,
                Self::Urge | Self::Supervise | Self::Review => !own,
                _ => true,
            }
    }

    /// Whether it stands behind 「更多」.
    pub(crate) fn rare(self) -> bool {
        matches!(
            self,
            Self::Dispute
                | Self::Extension
                | Self::Pause
                | Self::Urge
                | Self::Supervise
                | Self::EndSupervision
                | Self::Evaluate
                | Self::Archive
        )
    }

    pub(crate) fn kind(self) -> &'static str {
        match self {
            Self::Arbitrate | Self::RuleExtension | Self::RulePause | Self::Review => "go",
            _ => "",
        }
    }

    /// Whether its form asks for a decision.
    pub(crate) fn decides(self) -> bool {
        matches!(
            self,
            Self::Arbitrate | Self::RuleExtension | Self::RulePause | Self::Review
        )
    }

    /// What one must know before deciding.
    pub(crate) fn note(self) -> Option<&'static str> {
        match self {
            Self::Dispute => Some("职责交叉、各方均不承办时提请；由市级裁定，指定后不得退回。"),
            Self::Arbitrate => Some("指定的单位须签收办理，不得退回；此后改派只由市级办理。"),
            Self::Extension => Some("到期前提出，只限一次；红色不可延。到期未批自动驳回（DL10，本地可配置）。"),
            Self::RuleExtension => Some("由申请单位以外的人裁定；同意后按新的到期时间计时，原到期仍可查。"),
            Self::Pause => Some("只限三类事由，红色、黄色不可停；由县级批准（停表规则，本地可配置）。"),
            Self::RulePause => Some("同意后时限停走；恢复时按剩余时间顺延。"),
            Self::HandIn => Some("由本单位以外的人审核；审核通过即工单办结，个案保护继续。"),
            Self::Review => Some("通过即办结并进入回访；退回的由原单位重办，时限不停。"),
            Self::CallBack => Some("只告知来电人“已受理”或“已处置”，不谈措施细节；不与嫌疑人及其同住人通话。"),
            Self::Evaluate => Some("儿童保护默认不作评价；不向嫌疑人、监护人及其同住人征集，不计入承办单位绩效。"),
            Self::Archive => Some("归档后只供查阅；有新情况时重开个案。"),
            _ => None,
        }
    }
}
