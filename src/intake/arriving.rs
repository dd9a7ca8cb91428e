//! Reports that arrive whole, from a program, an obliged reporter or a load:
//! composed first and written together, with the cases that they open.

use super::draft;
use super::facts::ReportInput;
use super::mandated::unnamed;
use super::outcome::{self, Opened, Ready};
use super::registration::Registration;
use super::store::{Decided, Graded, State, caller_row, child_rows, fill};
use crate::casework::{self, NewCase};
use crate::ctx::Ctx;
use crate::db::insert_all;
use crate::entity::{report, report_child, reporter_identity};
use crate::error::Result;
use crate::journal::{Act, Entry};
use crate::notices;
use crate::rules::policy::Role;
use crate::state::App;
use crate::tasks::FirstTasks;
use crate::vault::Vault;
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait};
use serde_json::json;
use uuid::Uuid;

/// A report that was not a draft before, with all that is its own, not written
/// yet.
#[derive(Debug)]
pub(super) struct NewReport {
    row: report::ActiveModel,
    caller: reporter_identity::ActiveModel,
    children: Vec<report_child::ActiveModel>,
}

impl NewReport {
    /// Fills a blank report. It counts as seen and moved once, as a draft would
    /// be that was routed.
    ///
    /// # Errors
    /// When the vault refuses.
    pub(super) fn compose(
        vault: &Vault,
        (id, mut row): (Uuid, report::ActiveModel),
        (input, graded): (&ReportInput, &Graded),
        decided: Decided<'_>,
    ) -> Result<Self> {
        fill(vault, (id, &mut row), (input, graded), decided)?;
        row.version = Set(2);
        Ok(Self {
            row,
            caller: caller_row(vault, id, &input.caller)?,
            children: child_rows(vault, id, input)?,
        })
    }

    /// Writes one; answers it as it is then.
    ///
    /// # Errors
    /// When the database refuses.
    pub(super) async fn write(self, tx: &impl ConnectionTrait) -> Result<report::Model> {
        let report = report::Entity::insert(self.row).exec_with_returning(tx).await?;
        insert_all(tx, vec![self.caller]).await?;
        insert_all(tx, self.children).await?;
        Ok(report)
    }

    /// Writes many.
    ///
    /// # Errors
    /// When the database refuses.
    pub(super) async fn write_all(tx: &impl ConnectionTrait, all: Vec<Self>) -> Result<()> {
        let (mut rows, mut callers, mut children) = (vec![], vec![], vec![]);
        for mut new in all {
            rows.push(new.row);
            callers.push(new.caller);
            children.append(&mut new.children);
        }
        insert_all(tx, rows).await?;
        insert_all(tx, callers).await?;
        insert_all(tx, children).await?;
        Ok(())
    }
}

/// Takes a report that goes out at once: the report and the case that it opens,
/// with the journal's lines for the tasks. A reporter opens no case of their
/// own: they are its reporter, not its operator. The caller commits.
///
/// # Errors
/// When the database or the vault refuses.
pub(super) async fn take(
    tx: &impl ConnectionTrait,
    app: &App,
    ctx: &Ctx,
    input: &ReportInput,
    ready: Ready,
) -> Result<(Opened, Vec<Entry>)> {
    let wanted = outcome::numbers(ctx, &ready).chain([("XS", ctx.now)]);
    let mut numbers = casework::next_numbers(tx, &wanted.collect::<Vec<_>>()).await?;
    let number = numbers.pop().unwrap_or_default();
    let started = input.received_at.unwrap_or(ctx.now);
    let mut blank = draft::blank(ctx, number, input.channel(), started);
    if ctx.actor.role == Role::Reporter {
        blank.opened_by = Set(None);
        blank.reporter_account = Set(ctx.account());
    }
    let desk = unnamed(ctx);
    let (mut case, first) = outcome::compose(tx, app, &desk, (input, &ready), numbers).await?;
    if let Some(text) = Registration::of(input).and_then(|form| form.for_case()) {
        let refs = json!({ "registration": true });
        case.tell(&app.vault, &desk, (Act::NoteAdded, ctx.now, Some(&text), refs))?;
    }
    let decided = Decided {
        case: Some(case.case().id),
        ..Decided::new(State::Routed, "route", ctx.now)
    };
    let id = blank.id.clone().take().unwrap_or_default();
    let report = NewReport::compose(&app.vault, (id, blank), (input, ready.graded()), decided)?;
    let (row, entries) = (case.case().clone(), first.entries().collect());
    let told: Vec<_> = case.notices().into_iter().chain(first.notices()).collect();
    let report = report.write(tx).await?;
    NewCase::write(tx, vec![case]).await?;
    FirstTasks::write(tx, vec![first]).await?;
    notices::tell_all(tx, ctx, &told).await?;
    Ok((ready.opened(report, row), entries))
}
