//! Drafts: numbered from the pick-up on, sealed whole, kept over a closed browser.

use super::Seen;
use super::facts::ReportInput;
use crate::ctx::Ctx;
use crate::entity::report;
use crate::error::{Error, Result};
use crate::state::App;
use chrono::{DateTime, Utc};

/// A draft with what was typed so far.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The row.
    pub report: report::Model,
    /// What was typed.
    pub input: ReportInput,
}

/// A draft is saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Saved {
    /// When.
    pub saved_at: DateTime<Utc>,
    /// Its version now.
    pub version: i32,
}

/// Starts a report at the pick-up: it has its number from now on.
///
/// # Errors
/// When the channel is unknown, the role takes no reports or the database refuses.
pub async fn begin(app: &App, ctx: &Ctx, channel: &str) -> Result<report::Model> {
    let _ = (app, ctx, channel);
    Err(Error::Unavailable)
}

/// Saves what was typed, right or wrong.
///
/// # Errors
/// [`Error::Stale`], [`Error::Hidden`]; when the report is no draft any more.
pub async fn save_draft(app: &App, ctx: &Ctx, seen: Seen, input: &ReportInput) -> Result<Saved> {
    let _ = (app, ctx, seen, input);
    Err(Error::Unavailable)
}

/// The drafts of the person, latest first.
///
/// # Errors
/// When the database refuses.
pub async fn drafts(app: &App, ctx: &Ctx) -> Result<Vec<Draft>> {
    let _ = (app, ctx);
    Err(Error::Unavailable)
}
