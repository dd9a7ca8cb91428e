//! Running clocks: one row with one due time each. Comments never reset a
//! clock; a met clock stays as proof of when it was met.

mod begin;
mod book;
mod climb;
mod counted;
mod fire;
mod guessed;
mod pause;
mod rule_api;
mod rule_filter;
mod rule_pages;
mod rules;

pub use begin::{Begin, begin, begin_agreed, begin_at};
pub use book::book;
pub use counted::{CountedBy, Rules, next_in_words};
pub use fire::{LEASE, claim, fire, missed, step};
pub use guessed::{recount, running as guessed_clocks, warning as calendar_warning};
pub use pause::{PauseReason, move_due, pause, unpause};
pub use rule_api::openapi;
pub use rules::{Made, change_rule, history, set_hours};

use crate::db::insert_models;
use crate::entity::{deadline, protection_case};
use crate::error::Result;
use crate::rules::escalation;
use crate::rules::routing::Due;
use crate::web::Routes;
use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Expr, Func, Query, SubQueryStatement};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};
use uuid::Uuid;

/// The pages and JSON endpoints of the rules.
#[must_use]
pub fn routes() -> Routes {
    rule_pages::routes().merge(rule_api::routes())
}

/// What a clock runs for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Subject {
    /// The case.
    pub case: Option<Uuid>,
    /// The report.
    pub report: Option<Uuid>,
    /// The joint task.
    pub task: Option<Uuid>,
    /// The paper or measure.
    pub measure: Option<Uuid>,
    /// The work order.
    pub order: Option<Uuid>,
}

/// Starts the clocks of a plan.
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
    let (done, next) = escalation::first(from, due.at);
    deadline::Model {
        id: Uuid::now_v7(),
        case_id: subject.case,
        report_id: subject.report,
        task_id: subject.task,
        measure_id: subject.measure,
        order_id: subject.order,
        milestone: due.milestone.clone(),
        rule: due.rule.clone(),
        rule_code: due.code.clone(),
        rule_version: due.version,
        owner_unit: due.owner,
        started_at: from,
        due_at: due.at,
        calendar_guessed: due.guessed,
        met_at: None,
        cancelled_at: None,
        overdue_at: None,
        paused_at: None,
        pause_reason: None,
        escalation: done,
        next_at: Some(next),
        leased_until: None,
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

/// Marks one running clock of a case as met.
///
/// # Errors
/// When the database refuses.
pub async fn meet_one(tx: &impl ConnectionTrait, (case, clock): (Uuid, Uuid), at: DateTime<Utc>) -> Result<()> {
    deadline::Entity::update_many()
        .col_expr(deadline::Column::MetAt, Expr::value(at))
        .filter(deadline::Column::Id.eq(clock))
        .filter(deadline::Column::CaseId.eq(case))
        .filter(deadline::Column::MetAt.is_null())
        .filter(deadline::Column::CancelledAt.is_null())
        .exec(tx)
        .await?;
    refresh(tx, Some(case)).await
}

/// Marks one running clock of a report as met. Whether it ran is answered.
///
/// # Errors
/// When the database refuses.
pub async fn meet_of_report(
    tx: &impl ConnectionTrait,
    (report, clock): (Uuid, Uuid),
    at: DateTime<Utc>,
) -> Result<bool> {
    end_of_report(tx, (report, clock), (deadline::Column::MetAt, at)).await
}

/// Stops one running clock of a report, with no claim that it was met. Whether
/// it ran is answered.
///
/// # Errors
/// When the database refuses.
pub async fn cancel_of_report(
    tx: &impl ConnectionTrait,
    (report, clock): (Uuid, Uuid),
    at: DateTime<Utc>,
) -> Result<bool> {
    end_of_report(tx, (report, clock), (deadline::Column::CancelledAt, at)).await
}

async fn end_of_report(
    tx: &impl ConnectionTrait,
    (report, clock): (Uuid, Uuid),
    (column, at): (deadline::Column, DateTime<Utc>),
) -> Result<bool> {
    let ended = deadline::Entity::update_many()
        .col_expr(column, Expr::value(at))
        .filter(deadline::Column::Id.eq(clock))
        .filter(deadline::Column::ReportId.eq(report))
        .filter(deadline::Column::MetAt.is_null())
        .filter(deadline::Column::CancelledAt.is_null())
        .exec(tx)
        .await?;
    Ok(ended.rows_affected > 0)
}

/// Stops some clocks of a case, with no claim that they were met.
///
/// # Errors
/// When the database refuses.
pub async fn cancel_some(tx: &impl ConnectionTrait, (case, clocks): (Uuid, &[Uuid]), at: DateTime<Utc>) -> Result<()> {
    if clocks.is_empty() {
        return Ok(());
    }
    deadline::Entity::update_many()
        .col_expr(deadline::Column::CancelledAt, Expr::value(at))
        .filter(deadline::Column::Id.is_in(clocks.iter().copied()))
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

/// Stops the running clock of a ruling on a task: somebody else rules now.
///
/// # Errors
/// When the database refuses.
pub async fn cancel_ruling(tx: &impl ConnectionTrait, (case, task): (Uuid, Uuid), at: DateTime<Utc>) -> Result<()> {
    deadline::Entity::update_many()
        .col_expr(deadline::Column::CancelledAt, Expr::value(at))
        .filter(deadline::Column::TaskId.eq(task))
        .filter(deadline::Column::Milestone.eq("task_ruling"))
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

/// Sets the case's next due time to its earliest running clock; a paused one
/// is owed at no time.
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
        .and_where(deadline::Column::CancelledAt.is_null())
        .and_where(deadline::Column::PausedAt.is_null());
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

/// The running clocks that a unit owes, earliest due first.
///
/// # Errors
/// When the database refuses.
pub async fn owed_by(db: &impl ConnectionTrait, unit: Uuid) -> Result<Vec<deadline::Model>> {
    Ok(running()
        .filter(deadline::Column::OwnerUnit.eq(unit))
        .order_by_asc(deadline::Column::DueAt)
        .order_by_asc(deadline::Column::Id)
        .limit(2000)
        .all(db)
        .await?)
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
