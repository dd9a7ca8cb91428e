//! Outcomes without a case: answered, referred, silent or misdialled; and the
//! way back within ten minutes.

use super::Seen;
use super::facts::ReportInput;
use crate::ctx::Ctx;
use crate::entity::report;
use crate::error::{Error, Result};
use crate::state::App;

/// 当场答复: the matter is settled in the call.
///
/// # Errors
/// [`Error::Invalid`] without an answer or where the matter is a harm to a
/// child; [`Error::Stale`], [`Error::Hidden`].
pub async fn answer(app: &App, ctx: &Ctx, seen: Seen, input: &ReportInput, note: &str) -> Result<report::Model> {
    let _ = (app, ctx, seen, input, note);
    Err(Error::Unavailable)
}

/// 转介: the caller is sent to another line (`(line, note)`).
///
/// # Errors
/// As [`answer`]; [`Error::Invalid`] for an unknown line.
pub async fn refer(app: &App, ctx: &Ctx, seen: Seen, input: &ReportInput, to: (&str, &str)) -> Result<report::Model> {
    let _ = (app, ctx, seen, input, to);
    Err(Error::Unavailable)
}

/// 无声、误拨 end at once when nothing was said; 骚扰, and a call in which
/// something was said, waits for the second person. `kind` is `silent`,
/// `misdialled` or `nuisance`.
///
/// # Errors
/// As [`answer`].
pub async fn dismiss(app: &App, ctx: &Ctx, seen: Seen, input: &ReportInput, kind: &str) -> Result<report::Model> {
    let _ = (app, ctx, seen, input, kind);
    Err(Error::Unavailable)
}

/// 撤回: an answered, referred or joined report becomes a draft again, within
/// ten minutes and as long as nothing was built on it.
///
/// # Errors
/// [`Error::Invalid`] when it is too late, [`Error::Stale`], [`Error::Hidden`].
pub async fn undo(app: &App, ctx: &Ctx, seen: Seen) -> Result<report::Model> {
    let _ = (app, ctx, seen);
    Err(Error::Unavailable)
}
