//! The life of a transfer between places (移交): asked for, then confirmed by
//! the receiver or refused; a refusal may be disputed, and the tier above both
//! rules. Until a transfer is confirmed the sender answers for the case.
//!
//! Source: 责任不断档 after 刑事诉讼法§110 (先处置后移送) and 国务院令第381号§11–12;
//! the states are this system's own.

/// Where a transfer stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TransferState {
    /// 待移入方确认
    Asked,
    /// 移入方不同意
    Refused,
    /// 争议，待上级裁定
    Disputed,
    /// 已移交
    Confirmed,
    /// 裁定由移出方继续办理
    Kept,
    /// 已撤回
    Withdrawn,
}

impl TransferState {
    /// Every state in the order of a usual life.
    pub const ALL: [Self; 6] = [
        Self::Asked,
        Self::Refused,
        Self::Disputed,
        Self::Confirmed,
        Self::Kept,
        Self::Withdrawn,
    ];

    /// The stored word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Refused => "refused",
            Self::Disputed => "disputed",
            Self::Confirmed => "confirmed",
            Self::Kept => "kept",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// Reads the stored word.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }

    /// The word on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Asked => "待对方确认",
            Self::Refused => "对方不同意",
            Self::Disputed => "待上级裁定",
            Self::Confirmed => "已移交",
            Self::Kept => "裁定不移交",
            Self::Withdrawn => "已撤回",
        }
    }

    /// Whether somebody still has to say something: a case has one such
    /// transfer at most.
    #[must_use]
    pub fn is_pending(self) -> bool {
        matches!(self, Self::Asked | Self::Disputed)
    }

    /// The state after a step.
    ///
    /// # Errors
    /// [`IllegalTransferStep`], naming the state and the step only.
    pub fn after(self, step: TransferStep) -> Result<Self, IllegalTransferStep> {
        use TransferStep::{Confirm, Dispute, Note, Refuse, RuleKeep, RuleMove, Withdraw};
        match (self, step) {
            (Self::Asked, Confirm) | (Self::Asked | Self::Disputed, RuleMove) => Ok(Self::Confirmed),
            (Self::Asked, Refuse) => Ok(Self::Refused),
            (Self::Asked | Self::Disputed, Withdraw) => Ok(Self::Withdrawn),
            (Self::Refused, Dispute) => Ok(Self::Disputed),
            (Self::Asked | Self::Disputed, RuleKeep) => Ok(Self::Kept),
            (Self::Asked, Note) => Ok(Self::Asked),
            (from, step) => Err(IllegalTransferStep { from, step }),
        }
    }
}

/// A move of a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TransferStep {
    /// 确认接收；外地移交为回函同意
    Confirm,
    /// 不同意接收；外地移交为回函不同意
    Refuse,
    /// 撤回
    Withdraw,
    /// 提请裁定
    Dispute,
    /// 裁定移交
    RuleMove,
    /// 裁定不移交
    RuleKeep,
    /// 登记电话联系和省平台登记号（外地移交）
    Note,
}

impl TransferStep {
    /// Every step.
    pub const ALL: [Self; 7] = [
        Self::Confirm,
        Self::Refuse,
        Self::Withdraw,
        Self::Dispute,
        Self::RuleMove,
        Self::RuleKeep,
        Self::Note,
    ];

    /// The word of the API and of the address.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Confirm => "confirm",
            Self::Refuse => "refuse",
            Self::Withdraw => "withdraw",
            Self::Dispute => "dispute",
            Self::RuleMove => "rule_move",
            Self::RuleKeep => "rule_keep",
            Self::Note => "contacted",
        }
    }

    /// Reads the word of the API.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.code() == code)
    }

    /// The word on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Confirm => "确认接收",
            Self::Refuse => "不同意接收",
            Self::Withdraw => "撤回移交",
            Self::Dispute => "提请裁定",
            Self::RuleMove => "裁定移交",
            Self::RuleKeep => "裁定不移交",
            Self::Note => "登记联系情况",
        }
    }
}

/// A step that the state does not allow. Carries no text of anybody's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("移交当前为「{}」，不能{}；刷新页面查看最新状态", .from.label(), .step.label())]
pub struct IllegalTransferStep {
    /// The state it was tried in.
    pub from: TransferState,
    /// The step.
    pub step: TransferStep,
}

/// Why a case moves to another place (移交理由).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TransferReason {
    /// 户籍变更
    Household,
    /// 居住变更
    Residence,
    /// 监护人迁移
    Guardian,
    /// 就学
    School,
    /// 案发地
    Incident,
}

impl TransferReason {
    /// Every reason, in the order of the form.
    pub const ALL: [Self; 5] = [
        Self::Residence,
        Self::Household,
        Self::Guardian,
        Self::School,
        Self::Incident,
    ];

    /// The stored word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Household => "household",
            Self::Residence => "residence",
            Self::Guardian => "guardian",
            Self::School => "school",
            Self::Incident => "incident",
        }
    }

    /// Reads the stored word.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }

    /// The word on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Household => "户籍变更",
            Self::Residence => "居住变更",
            Self::Guardian => "监护人迁移",
            Self::School => "就学",
            Self::Incident => "案发地",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_table_of_states_and_steps() {
        let table: Vec<String> = TransferState::ALL
            .into_iter()
            .flat_map(|state| TransferStep::ALL.map(|step| (state, step)))
            .filter_map(|(state, step)| {
                let next = state.after(step).ok()?;
                Some(format!("{} {} {}", state.code(), step.code(), next.code()))
            })
            .collect();
        assert_eq!(
            table,
            [
                "asked confirm confirmed",
                "asked refuse refused",
                "asked withdraw withdrawn",
                "asked rule_move confirmed",
                "asked rule_keep kept",
                "asked contacted asked",
                "refused dispute disputed",
                "disputed withdraw withdrawn",
                "disputed rule_move confirmed",
                "disputed rule_keep kept",
            ]
        );
    }

    #[test]
    fn every_code_reads_back() {
        for state in TransferState::ALL {
            assert_eq!(TransferState::parse(state.code()), Some(state));
        }
        for step in TransferStep::ALL {
            assert_eq!(TransferStep::parse(step.code()), Some(step));
        }
        for reason in TransferReason::ALL {
            assert_eq!(TransferReason::parse(reason.code()), Some(reason));
        }
    }
}
