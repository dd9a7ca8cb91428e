//! Lists of reports: the desk's own, what waits for the second person, and the
//! reports of a case.

use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::state::App;
use chrono::{DateTime, Utc};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

/// A report as lists show it, ready for display.
#[derive(Debug, Clone)]
pub struct Listed {
    /// The report.
    pub id: Uuid,
    /// Its number.
    pub number: String,
    /// Its version.
    pub version: i32,
    /// When it was received.
    pub at: DateTime<Utc>,
    /// Channel in words.
    pub channel: String,
    /// State in words.
    pub state: &'static str,
    /// The level, 1 to 4; 0 for none.
    pub level: i16,
    /// Title, or the names of the types.
    pub what: String,
    /// Where the child is, twelve digits or empty.
    pub division: String,
    /// The case, where there is one.
    pub case: Option<Uuid>,
    /// Whether it is a mandatory report.
    pub mandated: bool,
}

/// A page of reports, latest first.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// The rows.
    pub rows: Vec<Listed>,
    /// The cursor of the next page.
    pub next: Option<String>,
}

/// A report that waits for the second person.
#[derive(Debug, Clone)]
pub struct Proposal {
    /// The report.
    pub report: Listed,
    /// Why it is to be screened out.
    pub reason: String,
    /// Who proposed it.
    pub by: String,
}

/// Reports that left the draft: the operator's own, everybody's for lead and
/// city. Recorded.
///
/// # Errors
/// When the database refuses.
pub async fn reports(app: &App, ctx: &Ctx, cursor: Option<&str>) -> Result<Page> {
    let _ = (app, ctx, cursor);
    Err(Error::Unavailable)
}

/// What waits for the second person; empty for those who may not confirm.
///
/// # Errors
/// When the database refuses.
pub async fn proposals(app: &App, ctx: &Ctx) -> Result<Vec<Proposal>> {
    let _ = (app, ctx);
    Err(Error::Unavailable)
}

/// The reports of a case, earliest first. Who may see the case may see that
/// they exist; the reporter is not in them.
///
/// # Errors
/// When the database refuses.
pub async fn of_case(app: &App, db: &impl ConnectionTrait, case: Uuid) -> Result<Vec<Listed>> {
    let _ = (app, db, case);
    Err(Error::Unavailable)
}
