//! Running clocks: one row with one due time each. Comments never reset a
//! clock; a met clock stays as proof of when it was met.

use crate::ctx::Ctx;
use crate::db::insert_models;
use crate::entity::{deadline, protection_case};
use crate::error::Result;
use crate::journal::{self, Act, Entry};
use crate::rules::routing::Due;
use crate::state::App;
use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Expr, Func, Query, SubQueryStatement};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder, QuerySelect, Select,
};
use serde_json::json;
use uuid::Uuid;

/// What a clock runs for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Subject {
    /// The case.
    pub case: Option<Uuid>,
    /// The report.
    pub report: Option<Uuid>,
    /// The joint task.
    pub task: Option<Uuid>,
}

/// Starts the clocks of a plan. A clock whose calendar is not known yet is due
/// at once rather than never: somebody sees it first and sets it right.
///
/// # Errors
/// When the database refuses.
pub async fn start(tx: &impl ConnectionTrait, subject: Subject, from: DateTime<Utc>, dues: &[Due]) -> Result<()> {
    let clocks = dues.iter().map(|due| new(subject, from, due)).collect();
    insert_models(tx, clocks).await?;
    refresh(tx, subject.case).await
}

/// A clock that is not written yet.
#[must_use]
pub fn new(subject: Subject, from: DateTime<Utc>, due: &Due) -> deadline::Model {
    deadline::Model {
        id: Uuid::now_v7(),
        case_id: subject.case,
        report_id: subject.report,
        task_id: subject.task,
        milestone: due.milestone.clone(),
        rule: due.rule.clone(),
        owner_unit: due.owner,
        started_at: from,
        due_at: due.at.unwrap_or(from),
        met_at: None,
        cancelled_at: None,
        overdue_at: None,
    }
}

fn running() -> Select<deadline::Entity> {
    deadline::Entity::find()
        .filter(deadline::Column::MetAt.is_null())
        .filter(deadline::Column::CancelledAt.is_null())
}

/// Marks a milestone of a case as met; nothing happens where none runs.
///
/// # Errors
/// When the database refuses.
pub async fn meet(tx: &impl ConnectionTrait, case: Uuid, milestones: &[&str], at: DateTime<Utc>) -> Result<()> {
    deadline::Entity::update_many()
        .col_expr(deadline::Column::MetAt, Expr::value(at))
        .filter(deadline::Column::CaseId.eq(case))
        .filter(deadline::Column::TaskId.is_null())
        .filter(deadline::Column::Milestone.is_in(milestones.iter().copied()))
        .filter(deadline::Column::MetAt.is_null())
        .filter(deadline::Column::CancelledAt.is_null())
        .exec(tx)
        .await?;
    refresh(tx, Some(case)).await
}

/// Marks a task's clocks as met.
///
/// # Errors
/// When the database refuses.
pub async fn meet_task(
    tx: &impl ConnectionTrait,
    (case, task): (Uuid, Uuid),
    milestones: &[&str],
    at: DateTime<Utc>,
) -> Result<()> {
    deadline::Entity::update_many()
        .col_expr(deadline::Column::MetAt, Expr::value(at))
        .filter(deadline::Column::TaskId.eq(task))
        .filter(deadline::Column::Milestone.is_in(milestones.iter().copied()))
        .filter(deadline::Column::MetAt.is_null())
        .filter(deadline::Column::CancelledAt.is_null())
        .exec(tx)
        .await?;
    refresh(tx, Some(case)).await
}

/// Stops a task's running clocks, with no claim that they were met.
///
/// # Errors
/// When the database refuses.
pub async fn cancel_task(tx: &impl ConnectionTrait, (case, task): (Uuid, Uuid), at: DateTime<Utc>) -> Result<()> {
    deadline::Entity::update_many()
        .col_expr(deadline::Column::CancelledAt, Expr::value(at))
        .filter(deadline::Column::TaskId.eq(task))
        .filter(deadline::Column::MetAt.is_null())
        .filter(deadline::Column::CancelledAt.is_null())
        .exec(tx)
        .await?;
    refresh(tx, Some(case)).await
}

/// Stops the running clocks of the milestones named, with no claim that they
/// were met: the case closed, or a new level brings new clocks.
///
/// # Errors
/// When the database refuses.
pub async fn cancel(tx: &impl ConnectionTrait, case: Uuid, milestones: &[&str], at: DateTime<Utc>) -> Result<()> {
    deadline::Entity::update_many()
        .col_expr(deadline::Column::CancelledAt, Expr::value(at))
        .filter(deadline::Column::CaseId.eq(case))
        .filter(deadline::Column::TaskId.is_null())
        .filter(deadline::Column::Milestone.is_in(milestones.iter().copied()))
        .filter(deadline::Column::MetAt.is_null())
        .filter(deadline::Column::CancelledAt.is_null())
        .exec(tx)
        .await?;
    refresh(tx, Some(case)).await
}

/// Stops every running clock of a case, those of its tasks too.
///
/// # Errors
/// When the database refuses.
pub async fn cancel_all(tx: &impl ConnectionTrait, case: Uuid, at: DateTime<Utc>) -> Result<()> {
    deadline::Entity::update_many()
        .col_expr(deadline::Column::CancelledAt, Expr::value(at))
        .filter(deadline::Column::CaseId.eq(case))
        .filter(deadline::Column::MetAt.is_null())
        .filter(deadline::Column::CancelledAt.is_null())
        .exec(tx)
        .await?;
    refresh(tx, Some(case)).await
}

/// Lets the clocks run again that [`cancel_all`] stopped at `at`, with the due
/// times they had.
///
/// # Errors
/// When the database refuses.
pub async fn resume(tx: &impl ConnectionTrait, case: Uuid, at: DateTime<Utc>) -> Result<()> {
    deadline::Entity::update_many()
        .col_expr(deadline::Column::CancelledAt, Expr::value(None::<DateTime<Utc>>))
        .filter(deadline::Column::CaseId.eq(case))
        .filter(deadline::Column::CancelledAt.eq(at))
        .exec(tx)
        .await?;
    refresh(tx, Some(case)).await
}

/// Hands the running clocks of one unit to another: the case has a new lead.
///
/// # Errors
/// When the database refuses.
pub async fn hand_over(tx: &impl ConnectionTrait, case: Uuid, from: Uuid, to: Uuid) -> Result<()> {
    deadline::Entity::update_many()
        .col_expr(deadline::Column::OwnerUnit, Expr::value(to))
        .filter(deadline::Column::CaseId.eq(case))
        .filter(deadline::Column::TaskId.is_null())
        .filter(deadline::Column::OwnerUnit.eq(from))
        .filter(deadline::Column::MetAt.is_null())
        .filter(deadline::Column::CancelledAt.is_null())
        .exec(tx)
        .await?;
    Ok(())
}

/// Sets the case's next due time to its earliest running clock.
///
/// # Errors
/// When the database refuses.
pub async fn refresh(tx: &impl ConnectionTrait, case: Option<Uuid>) -> Result<()> {
    let Some(case) = case else { return Ok(()) };
    let mut next = Query::select();
    next.expr(Func::min(Expr::col(deadline::Column::DueAt)))
        .from(deadline::Entity)
        .and_where(deadline::Column::CaseId.eq(case))
        .and_where(deadline::Column::MetAt.is_null())
        .and_where(deadline::Column::CancelledAt.is_null());
    protection_case::Entity::update_many()
        .col_expr(
            protection_case::Column::NextDueAt,
            Expr::from(SubQueryStatement::from(next)),
        )
        .filter(protection_case::Column::Id.eq(case))
        .exec(tx)
        .await?;
    Ok(())
}

/// Every clock of a case, earliest due first.
///
/// # Errors
/// When the database refuses.
pub async fn of_case(db: &impl ConnectionTrait, case: Uuid) -> Result<Vec<deadline::Model>> {
    Ok(deadline::Entity::find()
        .filter(deadline::Column::CaseId.eq(case))
        .order_by_asc(deadline::Column::DueAt)
        .order_by_asc(deadline::Column::Id)
        .all(db)
        .await?)
}

/// Marks what ran out and puts it into the journal, earliest first. One
/// failure never stops the rest; answers how many were marked.
///
/// # Errors
/// When the running clocks cannot be read.
pub async fn fire(app: &App, ctx: &Ctx) -> Result<u64> {
    let late = running()
        .filter(deadline::Column::OverdueAt.is_null())
        .filter(deadline::Column::DueAt.lte(ctx.now))
        .order_by_asc(deadline::Column::DueAt)
        .limit(200)
        .all(app.db.read())
        .await?;
    let mut marked = 0;
    for clock in late {
        let id = clock.id;
        match mark(app, ctx, clock).await {
            Ok(()) => marked += 1,
            Err(error) => tracing::error!(deadline = %id, error = %error, "deadline not marked"),
        }
    }
    Ok(marked)
}

async fn mark(app: &App, ctx: &Ctx, clock: deadline::Model) -> Result<()> {
    let tx = app.db.begin().await?;
    let entry = missed(&clock);
    let mut row = clock.into_active_model();
    row.overdue_at = Set(Some(ctx.now));
    row.update(&tx).await?;
    journal::commit(tx, ctx, entry).await
}

/// The journal's line for a clock that ran out.
#[must_use]
pub fn missed(clock: &deadline::Model) -> Entry {
    let entry = Entry::new(Act::DeadlineMissed)
        .subject(clock.id)
        .detail(json!({ "milestone": clock.milestone, "rule": clock.rule }));
    match clock.case_id {
        Some(case) => entry.case(case),
        None => entry,
    }
}
