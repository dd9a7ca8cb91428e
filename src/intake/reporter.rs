//! Who reported: sealed apart from everything else. Opening it takes a role, a
//! reason from a short list, and leaves a journal entry.

use super::ReportInput;
use super::store;
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::journal::{self, Act, Entry};
use crate::rules::policy::ReportAction;
use crate::state::App;
use serde_json::json;
use uuid::Uuid;

/// Why a reporter's identity is opened: code and words. A choice, not a text:
/// the journal holds codes only.
pub const REASONS: [(&str, &str); 4] = [
    ("call_back", "回拨核实情况"),
    ("police", "公安机关依法调取"),
    ("protect", "报告人可能遭到报复，须保护"),
    ("complaint", "核查报告人的投诉"),
];

/// The identity of a reporter.
#[derive(Debug, Clone, Default)]
pub struct Reporter {
    /// Name as given.
    pub name: Option<String>,
    /// Position, of somebody who reports for a unit.
    pub position: Option<String>,
    /// Number.
    pub phone: Option<String>,
    /// Whether calling back is safe; none: not asked.
    pub safe_phone: Option<bool>,
    /// When calling back is safe.
    pub safe_time: Option<String>,
    /// Whether anonymity was asked for.
    pub anonymous: bool,
}

/// Opens the identity of a report's reporter. Recorded with the reason.
///
/// # Errors
/// [`Error::Invalid`] without a reason of the list; [`Error::Forbidden`],
/// [`Error::Hidden`], [`Error::NotFound`].
pub async fn open_reporter(app: &App, ctx: &Ctx, report: Uuid, reason: &str) -> Result<Reporter> {
    if !REASONS.iter().any(|(code, _)| *code == reason) {
        return Err(Error::field("reason", "选择启封的理由"));
    }
    let tx = app.db.begin().await?;
    let row = store::fetch(&tx, ctx, report, ReportAction::Caller).await?;
    let mut input: ReportInput = store::open_form(&app.vault, &row)?;
    store::open_caller(&tx, &app.vault, report, &mut input).await?;
    let entry = Entry::new(Act::ReporterOpened)
        .report(report)
        .detail(json!({ "reason": reason }));
    journal::commit(tx, ctx, entry).await?;
    let caller = input.caller;
    Ok(Reporter {
        name: caller.name,
        position: caller.position,
        phone: caller.phone,
        safe_phone: caller.safe_phone,
        safe_time: caller.safe_time,
        anonymous: caller.anonymous,
    })
}
