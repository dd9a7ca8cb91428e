//! Starting one clock by the code of its rule.

use super::{Subject, book, new, refresh};
use crate::ctx::Ctx;
use crate::db::insert_models;
use crate::entity::deadline;
use crate::error::Result;
use crate::rules::calendar::Reckoned;
use crate::rules::routing::Due;
use anyhow::Context;
use chrono::{DateTime, Utc};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

/// A clock to be started.
#[derive(Debug, Clone, Copy)]
pub struct Begin<'a> {
    /// What it runs for.
    pub subject: Subject,
    /// The row of `data/deadlines.csv`: `DL13-normal` …
    pub code: &'a str,
    /// What is owed, a stable word; whoever meets the clock names it.
    pub milestone: &'a str,
    /// The event from which it is counted. A rule that lies before its event
    /// (到期前30日) is counted back from it.
    pub from: DateTime<Utc>,
    /// The unit that owes it.
    pub owner: Uuid,
}

/// Starts a clock by the version of its rule that is in force now.
///
/// # Errors
/// When there is no such row; when the database refuses.
pub async fn begin(tx: &impl ConnectionTrait, ctx: &Ctx, begin: Begin<'_>) -> Result<deadline::Model> {
    write(tx, ctx, begin, None).await
}

/// Starts a clock under a rule whose end was counted otherwise: the end of a
/// validity, a day that a paper names.
///
/// # Errors
/// When there is no such row; when the database refuses.
pub async fn begin_at(
    tx: &impl ConnectionTrait,
    ctx: &Ctx,
    begin: Begin<'_>,
    due_at: DateTime<Utc>,
) -> Result<deadline::Model> {
    write(tx, ctx, begin, Some(due_at)).await
}

/// Starts a clock whose end a person has named instead of the rule of
/// `begin.code`; it goes by no rule.
///
/// # Errors
/// When the database refuses.
pub async fn begin_agreed(
    tx: &impl ConnectionTrait,
    begin: Begin<'_>,
    due_at: DateTime<Utc>,
) -> Result<deadline::Model> {
    let due = Due::agreed((begin.milestone, begin.owner), due_at, "");
    keep(tx, begin, &due).await
}

async fn write(
    tx: &impl ConnectionTrait,
    ctx: &Ctx,
    begin: Begin<'_>,
    due_at: Option<DateTime<Utc>>,
) -> Result<deadline::Model> {
    let book = book(tx, ctx.now).await?;
    let rule = book
        .rule(begin.code)
        .with_context(|| format!("no deadline rule {}", begin.code))?;
    let moment = due_at.map_or_else(|| book.due(rule, begin.from), |at| Reckoned { at, guessed: None });
    let due = Due::counted(rule, (begin.milestone, begin.owner), moment);
    // What is counted back from an event that is still to come runs from now.
    let from = begin.from.min(ctx.now);
    keep(tx, Begin { from, ..begin }, &due).await
}

async fn keep(tx: &impl ConnectionTrait, begin: Begin<'_>, due: &Due) -> Result<deadline::Model> {
    let clock = new(begin.subject, begin.from, due);
    insert_models(tx, vec![clock.clone()]).await?;
    refresh(tx, begin.subject.case).await?;
    Ok(clock)
}
