//! 不予受理: one person proposes, another confirms or refuses.

use super::Seen;
use super::facts::ReportInput;
use crate::ctx::Ctx;
use crate::entity::report;
use crate::error::{Error, Result};
use crate::state::App;

/// Proposes to screen a report out.
///
/// # Errors
/// [`Error::Invalid`] without a reason; [`Error::Stale`], [`Error::Hidden`].
pub async fn propose_screen_out(
    app: &App,
    ctx: &Ctx,
    seen: Seen,
    input: &ReportInput,
    reason: &str,
) -> Result<report::Model> {
    let _ = (app, ctx, seen, input, reason);
    Err(Error::Unavailable)
}

/// Confirms it: another person than the proposer.
///
/// # Errors
/// [`Error::Forbidden`] for the proposer and for those who may not confirm.
pub async fn confirm_screen_out(app: &App, ctx: &Ctx, seen: Seen) -> Result<report::Model> {
    let _ = (app, ctx, seen);
    Err(Error::Unavailable)
}

/// Refuses it: the report goes back to its draft, with the reason.
///
/// # Errors
/// As [`confirm_screen_out`].
pub async fn refuse_screen_out(app: &App, ctx: &Ctx, seen: Seen, why: &str) -> Result<report::Model> {
    let _ = (app, ctx, seen, why);
    Err(Error::Unavailable)
}
