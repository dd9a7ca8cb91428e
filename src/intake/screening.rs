//! 不予受理: one person proposes, another confirms or refuses.

use super::facts::ReportInput;
use super::plain::{End, finish, note_fault};
use super::{Seen, State, planning, store};
use crate::ctx::Ctx;
use crate::db;
use crate::entity::report;
use crate::error::{Denial, Error, Result};
use crate::journal::{self, Act, Entry};
use crate::rules::policy::ReportAction;
use crate::state::App;
use crate::vault::Slot;
use sea_orm::ActiveValue::Set;
use serde_json::json;

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
    store::fetch_draft(app.db.read(), ctx, seen).await?;
    let graded = planning::grade(app, ctx, input, Some(seen.id)).await?;
    let mut faults = input.validate(ctx.now, app.config.demo);
    faults.extend(note_fault(reason));
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    let end = End {
        state: State::Screening,
        outcome: "screened_out",
        note: reason,
        line: None,
        articles: &[],
        act: Act::ScreeningProposed,
    };
    finish(app, ctx, seen, (input, &graded), &end).await
}

/// A proposal that this person may decide: not their own.
async fn proposal(app: &App, ctx: &Ctx, seen: Seen) -> Result<report::Model> {
    let found = (ReportAction::Confirm, &[State::Screening][..]);
    let report = store::fetch_in(app.db.read(), ctx, seen, found).await?;
    if report.proposed_by == ctx.account() {
        return Err(Error::Forbidden(Denial {
            act: "report Confirm own".to_owned(),
            case: None,
            report: Some(seen.id),
        }));
    }
    Ok(report)
}

/// Confirms it: another person than the proposer.
///
/// # Errors
/// [`Error::Forbidden`] for the proposer and for those who may not confirm.
pub async fn confirm_screen_out(app: &App, ctx: &Ctx, seen: Seen) -> Result<report::Model> {
    proposal(app, ctx, seen).await?;
    let row = report::ActiveModel {
        state: Set(State::ScreenedOut.code().to_owned()),
        confirmed_by: Set(ctx.account()),
        decided_at: Set(Some(ctx.now)),
        ..Default::default()
    };
    let tx = app.db.begin().await?;
    let report = db::update(&tx, (seen.id, seen.version), row).await?;
    journal::commit(tx, ctx, Entry::new(Act::ScreeningConfirmed).report(seen.id)).await?;
    Ok(report)
}

/// Refuses it: the report goes back to its draft, with the reason.
///
/// # Errors
/// As [`confirm_screen_out`].
pub async fn refuse_screen_out(app: &App, ctx: &Ctx, seen: Seen, why: &str) -> Result<report::Model> {
    proposal(app, ctx, seen).await?;
    if let Some(fault) = note_fault(why) {
        return Err(Error::field("why", &fault.message));
    }
    let note = app
        .vault
        .seal_some(Slot::new("report", "outcome_note", seen.id), Some(why))?;
    let row = report::ActiveModel {
        state: Set(State::Draft.code().to_owned()),
        outcome: Set(None),
        outcome_note: Set(note),
        proposed_by: Set(None),
        confirmed_by: Set(ctx.account()),
        decided_at: Set(None),
        ..Default::default()
    };
    let tx = app.db.begin().await?;
    let report = db::update(&tx, (seen.id, seen.version), row).await?;
    let entry = Entry::new(Act::ScreeningRefused)
        .report(seen.id)
        .detail(json!({ "why": !why.trim().is_empty() }));
    journal::commit(tx, ctx, entry).await?;
    Ok(report)
}
