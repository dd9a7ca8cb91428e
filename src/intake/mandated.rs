//! Mandatory reports: sent by the obliged unit itself and routed at once, so
//! that nobody waits for a person. The reporter sees a neutral state only.

use super::facts::ReportInput;
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::state::App;
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// What the reporter gets in hand.
#[derive(Debug, Clone)]
pub struct Receipt {
    /// The report.
    pub id: Uuid,
    /// Its number.
    pub number: String,
    /// When it was received.
    pub at: DateTime<Utc>,
    /// Numbers to call now, `110`, `120`; empty without danger to life.
    pub lines: Vec<String>,
}

/// A report as its reporter sees it.
#[derive(Debug, Clone)]
pub struct OwnReport {
    /// The report.
    pub id: Uuid,
    /// Its number.
    pub number: String,
    /// When it was received.
    pub at: DateTime<Utc>,
    /// 已收到, 处理中 or 已办结.
    pub state: &'static str,
}

/// Takes a mandatory report and routes it at once (RT03).
///
/// # Errors
/// [`Error::Invalid`] for faults; [`Error::Forbidden`] for other roles.
pub async fn submit(app: &App, ctx: &Ctx, input: &ReportInput) -> Result<Receipt> {
    let _ = (app, ctx, input);
    Err(Error::Unavailable)
}

/// The reporter's own reports, latest first.
///
/// # Errors
/// When the database refuses.
pub async fn own_reports(app: &App, ctx: &Ctx) -> Result<Vec<OwnReport>> {
    let _ = (app, ctx);
    Err(Error::Unavailable)
}
