//! The steps of a task with what each needs, and what is wrong with it before
//! anything is asked of the database.

use crate::casework::steps::has_control;
use crate::ctx::Ctx;
use crate::entity::task;
use crate::error::FieldError;
use crate::journal::Act;
use crate::measures::{self, NewMeasure};
use crate::rules::codes;
use crate::rules::level::RiskLevel;
use crate::rules::policy::TaskAction;
use crate::rules::taskflow::TaskStep;
use uuid::Uuid;

/// Papers that one report may bring.
pub(super) const MOST_PAPERS: usize = 5;

/// A step with what it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Move {
    /// 签收
    Sign,
    /// 提出异议
    Refuse(Refusal),
    /// 反馈结果
    Report {
        /// What was done, 1000 characters at most.
        result: String,
        /// The papers, one of the type's kinds among them.
        papers: Vec<NewMeasure>,
    },
    /// 确认结果
    Accept {
        /// A remark, may be empty.
        note: String,
    },
    /// 退回补办
    Reject {
        /// What is missing.
        reason: String,
    },
    /// 裁定由谁承办
    Rule {
        /// The unit that does it from now on; the one that has it when empty.
        unit: Option<Uuid>,
        /// Why.
        reason: String,
    },
    /// 裁定不再办理
    Drop {
        /// Why.
        reason: String,
    },
    /// 免办
    Waive {
        /// Why the case may end without it.
        reason: String,
    },
    /// 撤销
    Cancel {
        /// Why.
        reason: String,
    },
}

/// Why a department says that a task is not its own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Refusal {
    /// `R01`–`R07` of `data/return_reasons.csv`.
    pub reason: String,
    /// The law, document or fact it rests on; sealed.
    pub basis: String,
    /// What was done before (先处置后移交), required at red and yellow.
    pub done_first: String,
}

impl Move {
    /// The word of the API.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.step().code()
    }

    pub(super) fn step(&self) -> TaskStep {
        match self {
            Self::Sign => TaskStep::Sign,
            Self::Refuse(_) => TaskStep::Refuse,
            Self::Report { .. } => TaskStep::Report,
            Self::Accept { .. } => TaskStep::Accept,
            Self::Reject { .. } => TaskStep::Reject,
            Self::Rule { .. } => TaskStep::Rule,
            Self::Drop { .. } => TaskStep::Drop,
            Self::Waive { .. } => TaskStep::Waive,
            Self::Cancel { .. } => TaskStep::Cancel,
        }
    }

    pub(super) fn act(&self) -> Act {
        match self {
            Self::Sign => Act::TaskSigned,
            Self::Refuse(_) => Act::TaskRefused,
            Self::Report { .. } => Act::TaskReported,
            Self::Accept { .. } => Act::TaskAccepted,
            Self::Reject { .. } => Act::TaskRejected,
            Self::Rule { .. } => Act::TaskRuled,
            Self::Drop { .. } => Act::TaskDropped,
            Self::Waive { .. } => Act::TaskWaived,
            Self::Cancel { .. } => Act::TaskCancelled,
        }
    }

    /// The words that go into the timeline.
    pub(super) fn words(&self) -> Option<String> {
        let text = match self {
            Self::Sign => String::new(),
            Self::Refuse(refusal) => refusal.words(),
            Self::Report { result, .. } => result.trim().to_owned(),
            Self::Accept { note } => note.trim().to_owned(),
            Self::Reject { reason }
            | Self::Rule { reason, .. }
            | Self::Drop { reason }
            | Self::Waive { reason }
            | Self::Cancel { reason } => reason.trim().to_owned(),
        };
        Some(text).filter(|text| !text.is_empty())
    }
}

impl Refusal {
    /// Reason, basis and what was done, in words.
    pub(super) fn words(&self) -> String {
        let name = codes::return_reason(&self.reason).map_or("", |row| row.name.as_str());
        let mut text = format!("{} {name}：{}", self.reason, self.basis.trim());
        if !self.done_first.trim().is_empty() {
            text = format!("{text}\n已先行处置：{}", self.done_first.trim());
        }
        text
    }

    fn faults(&self, level: RiskLevel) -> Vec<FieldError> {
        let mut faults = Vec::new();
        let mut fault = |field: &str, text: &str| faults.push(FieldError::new(field, text));
        match codes::return_reason(&self.reason) {
            None => fault("reason", "选择异议理由"),
            Some(row) if !row.allowed => {
                fault("reason", &format!("不得以“{}”为由提出异议（{}）", row.name, row.source));
            }
            Some(row) if !row.usable_at(level) => {
                let text = format!("“{}”不适用于当前等级（{}，{}）", row.name, level.label(), row.source);
                fault("reason", &text);
            }
            Some(_) => {}
        }
        if !fits(&self.basis, 500) {
            fault("basis", "写明依据的法律、文件或事实，500字以内，不含不可见的控制字符");
        }
        let first = codes::acts_before_return(level) && self.done_first.trim().is_empty();
        if first || self.done_first.chars().count() > 500 || has_control(&self.done_first) {
            let text = "写明已先行处置的情况，500字以内；红、黄须先处置后移交（本系统默认，可配置）";
            fault("done_first", text);
        }
        faults
    }
}

/// What the policy is asked for a step.
pub(super) fn action(step: TaskStep) -> TaskAction {
    match step {
        TaskStep::Sign | TaskStep::Refuse | TaskStep::Report => TaskAction::Work,
        TaskStep::Accept | TaskStep::Reject | TaskStep::Cancel => TaskAction::Judge,
        TaskStep::Rule | TaskStep::Drop => TaskAction::Rule,
        TaskStep::Waive => TaskAction::Waive,
    }
}

fn fits(text: &str, most: usize) -> bool {
    !text.trim().is_empty() && text.chars().count() <= most && !has_control(text)
}

/// What is wrong with a step; empty when it may be tried.
pub(super) fn faults(ctx: &Ctx, task: &task::Model, step: &Move) -> Vec<FieldError> {
    match step {
        Move::Sign => Vec::new(),
        Move::Refuse(refusal) => refusal.faults(RiskLevel::from_number(task.level).unwrap_or(RiskLevel::Red)),
        Move::Report { result, papers } => report_faults(ctx, task, result, papers),
        Move::Accept { note } if note.chars().count() > 500 || has_control(note) => {
            vec![FieldError::new("note", "意见在500字以内，不含不可见的控制字符")]
        }
        Move::Accept { .. } => Vec::new(),
        Move::Reject { reason }
        | Move::Rule { reason, .. }
        | Move::Drop { reason }
        | Move::Waive { reason }
        | Move::Cancel { reason } => {
            let fault = FieldError::new("reason", "写明理由，500字以内，不含不可见的控制字符");
            (!fits(reason, 500)).then_some(fault).into_iter().collect()
        }
    }
}

/// A result has a paper with its number: one of the kinds that the type asks
/// for. Faults of the second paper and on carry its number in the field.
fn report_faults(ctx: &Ctx, task: &task::Model, result: &str, papers: &[NewMeasure]) -> Vec<FieldError> {
    let mut faults = Vec::new();
    if !fits(result, 1000) {
        let text = "写明办理情况，1000字以内，不含不可见的控制字符";
        faults.push(FieldError::new("result", text));
    }
    if papers.len() > MOST_PAPERS {
        faults.push(FieldError::new("kind", &format!("一次最多登记{MOST_PAPERS}份文书")));
        return faults;
    }
    let today = crate::clock::day(ctx.now);
    for (at, paper) in papers.iter().enumerate() {
        let suffix = if at == 0 { String::new() } else { (at + 1).to_string() };
        faults.extend(measures::faults(paper, today).into_iter().map(|fault| FieldError {
            field: format!("{}{suffix}", fault.field),
            message: fault.message,
        }));
    }
    let wanted = codes::task_type(&task.type_code).map_or(&[][..], |kind| &kind.artifacts);
    let given = papers.iter().any(|paper| wanted.contains(&paper.kind));
    if papers.is_empty() {
        faults.push(FieldError::new("paper_no", "填写至少一份文书的文号，才能反馈"));
    } else if !given && !wanted.is_empty() {
        let names: Vec<_> = wanted.iter().map(|kind| measures::kind_name(kind)).collect();
        let text = format!("本任务须有下列文书之一：{}", names.join("、"));
        faults.push(FieldError::new("kind", &text));
    }
    faults
}
