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
use crate::entity::{protection_case, report, report_child, reporter_identity};
use crate::error::Result;
use crate::journal::{Act, Entry};
use crate::notices::{self, Notice};
use crate::rules::policy::Role;
use crate::state::App;
use crate::tasks::FirstTasks;
use crate::vault::Vault;
use anyhow::Context;
use chrono::{DateTime, Utc};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use serde_json::json;
use std::collections::HashMap;
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

/// A report that goes out at once, who brings it, and what was decided about it.
#[derive(Clone, Copy)]
pub(super) struct Arrival<'a> {
    pub(super) ctx: &'a Ctx,
    pub(super) input: &'a ReportInput,
    pub(super) ready: &'a Ready,
}

/// What became of a report, with the journal's lines for its first tasks.
pub(super) type Taken = (Opened, Vec<Entry>);

/// Takes a report that goes out at once: the report and the case that it opens,
/// with the journal's lines for the tasks. A reporter opens no case of their
/// own: they are its reporter, not its operator. The caller commits.
///
/// # Errors
/// When the database or the vault refuses.
pub(super) async fn take(tx: &impl ConnectionTrait, app: &App, arrival: Arrival<'_>) -> Result<Taken> {
    let taken = take_all(tx, app, &[arrival]).await?;
    Ok(taken.into_iter().next().context("the report that was taken")?)
}

/// Takes several, in as many statements as one; answers in their order.
///
/// # Errors
/// When the database or the vault refuses: then none is to be committed.
pub(super) async fn take_all(tx: &impl ConnectionTrait, app: &App, arrivals: &[Arrival<'_>]) -> Result<Vec<Taken>> {
    let wanted: Vec<_> = arrivals.iter().flat_map(numbers).collect();
    let mut given = casework::next_numbers(tx, &wanted).await?.into_iter();
    let mut rows = Rows::default();
    for arrival in arrivals {
        let own = given.by_ref().take(numbers(arrival).count()).collect();
        rows.add(tx, app, arrival, own).await?;
    }
    rows.write(tx, arrivals).await
}

/// The numbers that it needs: those of the case and its tasks, its own last.
fn numbers(arrival: &Arrival<'_>) -> impl Iterator<Item = (&'static str, DateTime<Utc>)> {
    outcome::numbers(arrival.ctx, arrival.ready).chain([(draft::PREFIX, arrival.ctx.now)])
}

/// All rows of some reports.
#[derive(Default)]
struct Rows {
    ids: Vec<(Uuid, protection_case::Model, Vec<Entry>)>,
    told: Vec<Vec<Notice>>,
    reports: Vec<NewReport>,
    cases: Vec<NewCase>,
    tasks: Vec<FirstTasks>,
}

impl Rows {
    async fn add(
        &mut self,
        tx: &impl ConnectionTrait,
        app: &App,
        &Arrival { ctx, input, ready }: &Arrival<'_>,
        mut numbers: Vec<String>,
    ) -> Result<()> {
        let number = numbers.pop().unwrap_or_default();
        let started = input.received_at.unwrap_or(ctx.now);
        let mut blank = draft::blank(ctx, number, input.channel(), started);
        if ctx.actor.role == Role::Reporter {
            blank.opened_by = Set(None);
            blank.reporter_account = Set(ctx.account());
        }
        let desk = unnamed(ctx);
        let (mut case, first) = outcome::compose(tx, app, &desk, (input, ready), numbers).await?;
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
        self.ids.push((id, case.case().clone(), first.entries().collect()));
        self.told
            .push(case.notices().into_iter().chain(first.notices()).collect());
        self.reports.push(report);
        self.cases.push(case);
        self.tasks.push(first);
        Ok(())
    }

    async fn write(self, tx: &impl ConnectionTrait, arrivals: &[Arrival<'_>]) -> Result<Vec<Taken>> {
        NewReport::write_all(tx, self.reports).await?;
        NewCase::write(tx, self.cases).await?;
        FirstTasks::write(tx, self.tasks).await?;
        let by = arrivals.iter().map(|arrival| arrival.ctx);
        let told: Vec<_> = by.zip(self.told.iter().map(Vec::as_slice)).collect();
        notices::tell_each(tx, &told).await?;
        let written = report::Entity::find()
            .filter(report::Column::Id.is_in(self.ids.iter().map(|(id, ..)| *id)))
            .all(tx)
            .await?;
        let mut written: HashMap<Uuid, report::Model> = written.into_iter().map(|row| (row.id, row)).collect();
        let taken = arrivals.iter().zip(self.ids).map(|(arrival, (id, case, entries))| {
            let report = written.remove(&id).context("the report that was written")?;
            Ok((arrival.ready.opened(report, case), entries))
        });
        taken.collect()
    }
}
