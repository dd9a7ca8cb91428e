//! The life of a joint task (协办任务状态机): 待签收—办理—反馈—完成, back to
//! work when the result is not accepted, and to an arbiter when the department
//! says that it is not its own. Being overdue is a clock, not a state.
//!
//! Source: 一门受理协同办理, part five of the field's matrix; this system's own.

/// Where a task stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TaskState {
    /// 待签收
    Pending,
    /// 办理中
    Working,
    /// 争议中：承办单位提出异议，待裁定
    Disputed,
    /// 已反馈，待确认
    Reported,
    /// 已完成
    Done,
    /// 主办单位免办
    Waived,
    /// 已撤销
    Cancelled,
}

impl TaskState {
    /// Every state in the order of a usual life.
    pub const ALL: [Self; 7] = [
        Self::Pending,
        Self::Working,
        Self::Disputed,
        Self::Reported,
        Self::Done,
        Self::Waived,
        Self::Cancelled,
    ];

    /// The stored word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Working => "working",
            Self::Disputed => "disputed",
            Self::Reported => "reported",
            Self::Done => "done",
            Self::Waived => "waived",
            Self::Cancelled => "cancelled",
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
            Self::Pending => "待签收",
            Self::Working => "办理中",
            Self::Disputed => "争议中",
            Self::Reported => "已反馈",
            Self::Done => "已完成",
            Self::Waived => "已免办",
            Self::Cancelled => "已撤销",
        }
    }

    /// Whether something is still owed on it.
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(self, Self::Pending | Self::Working | Self::Disputed | Self::Reported)
    }

    /// The stored words of the states in which something is owed.
    #[must_use]
    pub fn open_codes() -> Vec<&'static str> {
        let open = Self::ALL.into_iter().filter(|state| state.is_open());
        open.map(Self::code).collect()
    }

    /// The state after a step. Whoever the arbiter names signs anew.
    ///
    /// # Errors
    /// [`IllegalTaskStep`], naming the state and the step only.
    pub fn after(self, step: TaskStep) -> Result<Self, IllegalTaskStep> {
        use TaskStep::{Accept, Cancel, Drop, Refuse, Reject, Report, Rule, Sign, Waive};
        match (self, step) {
            (Self::Pending, Sign) | (Self::Reported, Reject) => Ok(Self::Working),
            (Self::Pending | Self::Working, Refuse) => Ok(Self::Disputed),
            (Self::Disputed, Rule) => Ok(Self::Pending),
            (Self::Working, Report) => Ok(Self::Reported),
            (Self::Reported, Accept) => Ok(Self::Done),
            (open, Waive) if open.is_open() => Ok(Self::Waived),
            (Self::Disputed, Drop) => Ok(Self::Cancelled),
            (open, Cancel) if open.is_open() => Ok(Self::Cancelled),
            (from, step) => Err(IllegalTaskStep { from, step }),
        }
    }
}

/// A move of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TaskStep {
    /// 签收
    Sign,
    /// 提出异议
    Refuse,
    /// 反馈结果
    Report,
    /// 确认结果
    Accept,
    /// 退回补办
    Reject,
    /// 裁定由谁承办
    Rule,
    /// 裁定不再办理
    Drop,
    /// 免办
    Waive,
    /// 撤销
    Cancel,
}

impl TaskStep {
    /// Every step.
    pub const ALL: [Self; 9] = [
        Self::Sign,
        Self::Refuse,
        Self::Report,
        Self::Accept,
        Self::Reject,
        Self::Rule,
        Self::Drop,
        Self::Waive,
        Self::Cancel,
    ];

    /// The word of the API.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Sign => "sign",
            Self::Refuse => "refuse",
            Self::Report => "report",
            Self::Accept => "accept",
            Self::Reject => "reject",
            Self::Rule => "rule",
            Self::Drop => "drop",
            Self::Waive => "waive",
            Self::Cancel => "cancel",
        }
    }

    /// The word on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Sign => "签收",
            Self::Refuse => "提出异议",
            Self::Report => "反馈结果",
            Self::Accept => "确认结果",
            Self::Reject => "退回补办",
            Self::Rule => "裁定承办单位",
            Self::Drop => "裁定不再办理",
            Self::Waive => "免办",
            Self::Cancel => "撤销任务",
        }
    }
}

/// A step that the state does not allow. Carries no text of anybody's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("任务当前为「{}」，不能{}；刷新页面查看最新状态", .from.label(), .step.label())]
pub struct IllegalTaskStep {
    /// The state it was tried in.
    pub from: TaskState,
    /// The step.
    pub step: TaskStep,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_table_of_states_and_steps() {
        let table: Vec<String> = TaskState::ALL
            .into_iter()
            .flat_map(|state| TaskStep::ALL.map(|step| (state, step)))
            .filter_map(|(state, step)| {
                let next = state.after(step).ok()?;
                Some(format!("{} {} {}", state.code(), step.code(), next.code()))
            })
            .collect();
        assert_eq!(
            table,
            [
                "pending sign working",
                "pending refuse disputed",
                "pending waive waived",
                "pending cancel cancelled",
                "working refuse disputed",
                "working report reported",
                "working waive waived",
                "working cancel cancelled",
                "disputed rule pending",
                "disputed drop cancelled",
                "disputed waive waived",
                "disputed cancel cancelled",
                "reported accept done",
                "reported reject working",
                "reported waive waived",
                "reported cancel cancelled",
            ]
        );
    }

    #[test]
    fn nothing_moves_what_is_over() {
        for state in TaskState::ALL.into_iter().filter(|state| !state.is_open()) {
            assert!(TaskStep::ALL.into_iter().all(|step| state.after(step).is_err()));
        }
    }

    #[test]
    fn every_code_reads_back_to_its_state() {
        for state in TaskState::ALL {
            assert_eq!(TaskState::parse(state.code()), Some(state));
        }
    }
}
