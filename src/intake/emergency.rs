//! 110/120 三方: recorded with the first key press; the report is still opened.

use crate::ctx::Ctx;
use crate::entity::emergency_call;
use crate::error::{Error, Result};
use crate::state::App;
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// What is recorded of a three-way call.
#[derive(Debug, Clone, Default)]
pub struct EmergencyCall {
    /// `110`, `120` or another line; none: the protocol was started and
    /// nothing is known yet.
    pub lines: Vec<String>,
    /// When; none: now.
    pub at: Option<DateTime<Utc>>,
    /// 接警单号.
    pub receipt: Option<String>,
}

/// Line that stands for the start of the protocol.
pub const STARTED: &str = "started";

/// Records a three-way call at once, in whatever state the report is. Answers
/// all that is recorded of the report.
///
/// # Errors
/// [`Error::Hidden`], a wrong line or a time in the future.
pub async fn emergency(app: &App, ctx: &Ctx, report: Uuid, call: &EmergencyCall) -> Result<Vec<emergency_call::Model>> {
    let _ = (app, ctx, report, call);
    Err(Error::Unavailable)
}

/// What is recorded of a report's three-way calls, earliest first.
///
/// # Errors
/// When the database refuses.
pub async fn emergency_calls(app: &App, report: Uuid) -> Result<Vec<emergency_call::Model>> {
    let _ = (app, report);
    Err(Error::Unavailable)
}
