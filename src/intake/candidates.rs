//! 疑似重复 and the history of a number: fields are named, contents shown only
//! to those who may see the case.

use super::facts::ReportInput;
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::state::App;
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// A case that may be about the same child.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// The case.
    pub case: Uuid,
    /// Its number.
    pub number: String,
    /// Which fields agree: 来电号码相同, 儿童姓名相同, 同村90日内 …
    pub fields: Vec<&'static str>,
    /// Whether the asker may open the case.
    pub visible: bool,
    /// Title and stage, when it is visible.
    pub summary: Option<String>,
    /// Whether it is open, so that the report can join it.
    pub open: bool,
    /// When it was opened.
    pub opened_at: DateTime<Utc>,
    /// What was decided of it for this report.
    pub decided: Option<Decision>,
}

/// What a person says of a candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// 关联
    Related,
    /// 不是
    Different,
}

impl Decision {
    /// The stored word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Related => "related",
            Self::Different => "different",
        }
    }

    /// The words on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Related => "已标为关联",
            Self::Different => "已标为不同",
        }
    }

    /// Reads the stored word.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        [Self::Related, Self::Different]
            .into_iter()
            .find(|decision| decision.code() == code)
    }
}

/// One earlier contact from a number.
#[derive(Debug, Clone)]
pub struct CallerCall {
    /// The report.
    pub report: Uuid,
    /// When.
    pub at: DateTime<Utc>,
    /// The matter, or 无权查看.
    pub matter: String,
    /// What became of it.
    pub result: String,
    /// The case, when the asker may open it.
    pub case: Option<Uuid>,
    /// Whether the asker may open the report.
    pub visible: bool,
}

/// What is known of a number.
#[derive(Debug, Clone, Default)]
pub struct CallerHistory {
    /// Contacts in the last 90 days.
    pub in_90_days: usize,
    /// The latest contacts, latest first, at most ten.
    pub calls: Vec<CallerCall>,
    /// Whether it was said last that calling back is not safe.
    pub unsafe_phone: bool,
}

/// Cases that may be about the same child. Recorded when there are any.
///
/// # Errors
/// When the database refuses.
pub async fn candidates(app: &App, ctx: &Ctx, input: &ReportInput, report: Option<Uuid>) -> Result<Vec<Candidate>> {
    let _ = (app, ctx, input, report);
    Err(Error::Unavailable)
}

/// Records what a person says of a candidate.
///
/// # Errors
/// When the report is out of reach or the database refuses.
pub async fn decide_candidate(app: &App, ctx: &Ctx, report: Uuid, case: Uuid, decision: Decision) -> Result<()> {
    let _ = (app, ctx, report, case, decision);
    Err(Error::Unavailable)
}

/// The history of a number. Recorded.
///
/// # Errors
/// When the database refuses.
pub async fn caller_history(app: &App, ctx: &Ctx, phone: &str) -> Result<CallerHistory> {
    let _ = (app, ctx, phone);
    Err(Error::Unavailable)
}
