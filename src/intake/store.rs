//! Rows of a report: loading one for a purpose, opening what was typed, and
//! writing it back.

mod reading;
mod writing;

pub(super) use reading::{ReportStanding, case_of, fetch, fetch_draft, fetch_in, open_caller, open_form, standing};
pub use reading::{check_view, read, read_without_caller};
pub(super) use writing::{Decided, Graded, caller_row, child_rows, fill, write, write_form};

use super::facts::ReportInput;
use crate::entity::report;

/// What became of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// 草稿
    Draft,
    /// 已转办
    Routed,
    /// 已并入
    Joined,
    /// 已答复
    Answered,
    /// 已转介
    Referred,
    /// 待复核
    Screening,
    /// 不予受理
    ScreenedOut,
    /// 无效来电
    Dismissed,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 8] = [
        Self::Draft,
        Self::Routed,
        Self::Joined,
        Self::Answered,
        Self::Referred,
        Self::Screening,
        Self::ScreenedOut,
        Self::Dismissed,
    ];

    /// The stored word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Routed => "routed",
            Self::Joined => "joined",
            Self::Answered => "answered",
            Self::Referred => "referred",
            Self::Screening => "screening",
            Self::ScreenedOut => "screened_out",
            Self::Dismissed => "dismissed",
        }
    }

    /// The words on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Draft => "草稿",
            Self::Routed => "已转办",
            Self::Joined => "已并入",
            Self::Answered => "已答复",
            Self::Referred => "已转介",
            Self::Screening => "待复核",
            Self::ScreenedOut => "不予受理",
            Self::Dismissed => "无效来电",
        }
    }

    /// Reads the stored word.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }
}

/// A report opened for reading.
#[derive(Debug, Clone)]
pub struct Reading {
    /// The row.
    pub report: report::Model,
    /// Its state.
    pub state: State,
    /// What was typed; the caller is blank for those who may not know.
    pub input: ReportInput,
    /// The answer, the reason of the screening, or the note of its refusal.
    pub note: Option<String>,
    /// The number of its case, where there is one.
    pub case_number: Option<String>,
}
