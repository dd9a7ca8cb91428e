//! Loading a report for one purpose and opening what was typed.

use super::{Reading, State};
use crate::casework;
use crate::ctx::Ctx;
use crate::entity::{protection_case, report, reporter_identity};
use crate::error::{Error, Result};
use crate::intake::Seen;
use crate::intake::facts::ReportInput;
use crate::journal::{self, Act, Entry};
use crate::rules::policy::{self, ReportAction, ReportFacts};
use crate::rules::workflow::Stage;
use crate::sight;
use crate::state::App;
use crate::vault::{Slot, Vault};
use anyhow::Context;
use sea_orm::{ConnectionTrait, EntityTrait};
use uuid::Uuid;

/// A report for one purpose. One that the person may not even see does not
/// exist for them.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Hidden`], [`Error::Forbidden`].
pub(in crate::intake) async fn fetch(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    id: Uuid,
    action: ReportAction,
) -> Result<report::Model> {
    sight::report(db, ctx, id, action).await
}

/// Refuses whoever may not see a report; shows nothing of it.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Hidden`].
pub async fn check_view(app: &App, ctx: &Ctx, id: Uuid) -> Result<()> {
    fetch(app.db.read(), ctx, id, ReportAction::View).await?;
    Ok(())
}

/// The state of a report.
///
/// # Errors
/// When the stored word is unknown.
pub(in crate::intake) fn state_of(report: &report::Model) -> Result<State> {
    Ok(State::parse(&report.state).context("state of a report in the database")?)
}

/// A report that the person works on, in the version they saw and in one of
/// the states named.
///
/// # Errors
/// As [`fetch`]; [`Error::Stale`]; [`Error::Conflict`] in another state.
pub(in crate::intake) async fn fetch_in(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    seen: Seen,
    (action, states): (ReportAction, &[State]),
) -> Result<report::Model> {
    let report = fetch(db, ctx, seen.id, action).await?;
    casework::check_version(seen.version, report.version)?;
    let state = state_of(&report)?;
    if states.contains(&state) {
        Ok(report)
    } else {
        let text = format!("该线索{}，不能再执行此操作；刷新查看最新状态", state.label());
        Err(Error::Conflict(text))
    }
}

/// A draft that the person works on.
///
/// # Errors
/// As [`fetch_in`].
pub(in crate::intake) async fn fetch_draft(db: &impl ConnectionTrait, ctx: &Ctx, seen: Seen) -> Result<report::Model> {
    fetch_in(db, ctx, seen, (ReportAction::Work, &[State::Draft])).await
}

/// What was typed, without who called.
///
/// # Errors
/// When it does not open.
pub(in crate::intake) fn open_form(vault: &Vault, report: &report::Model) -> Result<ReportInput> {
    let slot = Slot::new("report", "form", report.id);
    match vault.open_some(slot, report.form.as_ref())? {
        Some(text) => Ok(serde_json::from_str(&text).context("form of a report")?),
        None => Ok(ReportInput {
            channel: report.channel.clone(),
            demand_type: report.demand_type.clone(),
            ..ReportInput::default()
        }),
    }
}

/// Puts who called back into what was typed.
///
/// # Errors
/// When the database refuses or it does not open.
pub(in crate::intake) async fn open_caller(
    db: &impl ConnectionTrait,
    vault: &Vault,
    report: Uuid,
    input: &mut ReportInput,
) -> Result<()> {
    let Some(row) = reporter_identity::Entity::find_by_id(report).one(db).await? else {
        return Ok(());
    };
    let slot = |column| Slot::new("reporter_identity", column, report);
    input.caller.name = vault.open_some(slot("name"), row.name.as_ref())?;
    input.caller.position = vault.open_some(slot("position"), row.position.as_ref())?;
    input.caller.phone = vault.open_some(slot("phone"), row.phone.as_ref())?;
    input.caller.safe_time = vault.open_some(slot("safe_time"), row.safe_time.as_ref())?;
    Ok(())
}

/// Reads a report. Recorded.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Hidden`].
pub async fn read(app: &App, ctx: &Ctx, id: Uuid) -> Result<Reading> {
    let db = app.db.read();
    let report = fetch(db, ctx, id, ReportAction::View).await?;
    let mut input = open_form(&app.vault, &report)?;
    let facts = ReportFacts {
        opened_by: report.opened_by,
        reporter_account: report.reporter_account,
        recused: false,
    };
    let caller = policy::may_report(&ctx.actor, ReportAction::Caller, &facts);
    if caller {
        open_caller(db, &app.vault, id, &mut input).await?;
    }
    let note = Slot::new("report", "outcome_note", id);
    let note = app.vault.open_some(note, report.outcome_note.as_ref())?;
    let case_number = case_of(app, &report).await?.map(|case| case.number);
    let others = report.opened_by != ctx.account();
    let act = if caller && others {
        Act::ReporterOpened
    } else {
        Act::ReportViewed
    };
    journal::viewed(&app.db, ctx, Entry::new(act).report(id)).await?;
    Ok(Reading {
        state: state_of(&report)?,
        report,
        input,
        note,
        case_number,
    })
}

/// Reads a report without who called, whoever asks: for those who look at how
/// it was taken. Recorded.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Hidden`].
pub async fn read_without_caller(app: &App, ctx: &Ctx, id: Uuid) -> Result<Reading> {
    let report = fetch(app.db.read(), ctx, id, ReportAction::View).await?;
    let input = open_form(&app.vault, &report)?;
    let note = Slot::new("report", "outcome_note", id);
    let note = app.vault.open_some(note, report.outcome_note.as_ref())?;
    let case_number = case_of(app, &report).await?.map(|case| case.number);
    journal::viewed(&app.db, ctx, Entry::new(Act::ReportViewed).report(id)).await?;
    Ok(Reading {
        state: state_of(&report)?,
        report,
        input,
        note,
        case_number,
    })
}

/// The case of a report.
///
/// # Errors
/// When the database refuses.
pub(in crate::intake) async fn case_of(app: &App, report: &report::Model) -> Result<Option<protection_case::Model>> {
    match report.case_id {
        Some(case) => Ok(protection_case::Entity::find_by_id(case).one(app.db.read()).await?),
        None => Ok(None),
    }
}

/// A report and the stage of its case.
pub(in crate::intake) struct ReportStanding {
    pub(in crate::intake) report: report::Model,
    pub(in crate::intake) stage: Option<Stage>,
}

/// How a report stands.
///
/// # Errors
/// When the database refuses.
pub(in crate::intake) async fn standing(app: &App, report: report::Model) -> Result<ReportStanding> {
    let case = case_of(app, &report).await?;
    let stage = case.and_then(|case| Stage::parse(&case.stage));
    Ok(ReportStanding { report, stage })
}
