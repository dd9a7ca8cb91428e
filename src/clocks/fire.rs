//! What clocks do by themselves when their moment has come: they warn, run out
//! and climb. Several workers share the work: each claims some for a while, the
//! earliest first, and what one that died had claimed is free again soon after.
//! That a stage happens once rests on the row alone: it is written only where
//! the stage before it still stands, in the transaction that tells of it.

use super::climb::{self, Reached};
use crate::ctx::Ctx;
use crate::entity::{deadline, protection_case};
use crate::error::Result;
use crate::journal::{self, Act, Entry};
use crate::notices::{self, Kind, Notice, To};
use crate::rules::escalation::Stage;
use crate::rules::level::RiskLevel;
use crate::state::App;
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::sea_query::{Expr, LockBehavior, LockType, Order, Query, SelectStatement};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter};
use serde_json::json;
use uuid::Uuid;

/// For so long a worker that claimed clocks is waited for.
pub const LEASE: TimeDelta = TimeDelta::minutes(2);
/// So many are claimed at once.
const BATCH: u64 = 100;
/// So many batches are worked off in one round at most, so that the worker's
/// other duties are not kept waiting.
const BATCHES: usize = 20;

/// Does whatever is due, earliest first. One failure never stops the rest: it
/// is tried again when its claim has run out. Answers how many stages happened.
///
/// # Errors
/// When the clocks cannot be claimed.
pub async fn fire(app: &App, ctx: &Ctx) -> Result<u64> {
    let mut happened = 0;
    for _ in 0..BATCHES {
        let claimed = claim(app, ctx.now).await?;
        if claimed.is_empty() {
            break;
        }
        for clock in claimed {
            let id = clock.id;
            match step(app, ctx, clock).await {
                Ok(true) => happened += 1,
                Ok(false) => {}
                Err(error) => tracing::error!(deadline = %id, error = %error, "deadline not fired"),
            }
        }
    }
    Ok(happened)
}

/// Claims the earliest clocks that nobody works on, in the order of their
/// moments.
///
/// # Errors
/// When the database refuses.
pub async fn claim(app: &App, now: DateTime<Utc>) -> Result<Vec<deadline::Model>> {
    let mut claimed = deadline::Entity::update_many()
        .col_expr(deadline::Column::LeasedUntil, Expr::value(now + LEASE))
        .filter(deadline::Column::Id.in_subquery(waiting(now)))
        .exec_with_returning(app.db.upkeep())
        .await?;
    claimed.sort_by_key(|clock| (clock.next_at, clock.id));
    Ok(claimed)
}

/// The one question of the worker: whose next moment has come?
fn waiting(now: DateTime<Utc>) -> SelectStatement {
    let free = Condition::any()
        .add(deadline::Column::LeasedUntil.is_null())
        .add(deadline::Column::LeasedUntil.lte(now));
    Query::select()
        .column(deadline::Column::Id)
        .from(deadline::Entity)
        .and_where(deadline::Column::MetAt.is_null())
        .and_where(deadline::Column::CancelledAt.is_null())
        .and_where(deadline::Column::PausedAt.is_null())
        .and_where(deadline::Column::NextAt.is_not_null())
        .and_where(deadline::Column::NextAt.lte(now))
        .cond_where(free)
        .order_by(deadline::Column::NextAt, Order::Asc)
        .order_by(deadline::Column::Id, Order::Asc)
        .limit(BATCH)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .to_owned()
}

/// One stage of one clock, with everything that it brings; false where the
/// clock was met or somebody else was faster.
///
/// # Errors
/// When the database refuses; then nothing happened.
pub async fn step(app: &App, ctx: &Ctx, clock: deadline::Model) -> Result<bool> {
    let Some(stage) = Stage::after(clock.escalation) else {
        return Ok(false);
    };
    let tx = app.db.begin().await?;
    let case = match clock.case_id {
        Some(case) => protection_case::Entity::find_by_id(case).one(&tx).await?,
        None => None,
    };
    let level = case.as_ref().and_then(|case| RiskLevel::from_number(case.level));
    // Before it is due nobody above the owner is asked for.
    let rungs = match stage {
        Stage::Warn => Vec::new(),
        Stage::Due | Stage::Climb(_) => climb::rungs(&tx, &clock, case.as_ref()).await?,
    };
    if !advance(&tx, ctx, &clock, (stage, level), &rungs).await? {
        return Ok(false);
    }
    let entry = match stage {
        Stage::Warn => warned(&tx, ctx, &clock).await?,
        Stage::Due => ran_out(&tx, ctx, &clock).await?,
        Stage::Climb(rung) => {
            let reached = rungs.iter().find(|reached| reached.rung == rung);
            climbed(&tx, app, ctx, (&clock, case.as_ref()), reached).await?
        }
    };
    journal::commit(tx, ctx, entry).await?;
    Ok(true)
}

/// Writes that a stage happened and when the next one does, passing over rungs
/// at which there is nobody; false where it is not the clock's stage any more.
async fn advance(
    tx: &impl ConnectionTrait,
    ctx: &Ctx,
    clock: &deadline::Model,
    (stage, level): (Stage, Option<RiskLevel>),
    rungs: &[Reached],
) -> Result<bool> {
    let mut done = stage.number();
    while let Some(Stage::Climb(rung)) = Stage::after(done) {
        if rungs.iter().any(|reached| reached.rung == rung) {
            break;
        }
        done = Stage::Climb(rung).number();
    }
    let times = (clock.started_at, clock.due_at);
    let next = Stage::after(done).and_then(|next| next.at(times, level));
    let mut change = deadline::Entity::update_many()
        .col_expr(deadline::Column::Escalation, Expr::value(done))
        .col_expr(deadline::Column::NextAt, Expr::value(next))
        .col_expr(deadline::Column::LeasedUntil, Expr::value(None::<DateTime<Utc>>));
    if stage == Stage::Due {
        change = change.col_expr(deadline::Column::OverdueAt, Expr::value(ctx.now));
    }
    let changed = change
        .filter(deadline::Column::Id.eq(clock.id))
        .filter(deadline::Column::Escalation.eq(clock.escalation))
        .filter(deadline::Column::DueAt.eq(clock.due_at))
        .filter(deadline::Column::MetAt.is_null())
        .filter(deadline::Column::CancelledAt.is_null())
        .filter(deadline::Column::PausedAt.is_null())
        .exec(tx)
        .await?;
    Ok(changed.rows_affected == 1)
}

fn notice(kind: Kind, to: To, clock: &deadline::Model) -> Notice {
    Notice {
        case: clock.case_id,
        report: clock.report_id,
        task: clock.task_id,
        measure: clock.measure_id,
        clock: Some(clock.id),
        ..Notice::new(kind, to)
    }
}

async fn warned(tx: &impl ConnectionTrait, ctx: &Ctx, clock: &deadline::Model) -> Result<Entry> {
    notices::tell(tx, ctx, &notice(Kind::DueSoon, To::Unit(clock.owner_unit), clock)).await?;
    Ok(line(Act::DeadlineWarned, clock))
}

async fn ran_out(tx: &impl ConnectionTrait, ctx: &Ctx, clock: &deadline::Model) -> Result<Entry> {
    notices::tell(tx, ctx, &notice(Kind::Overdue, To::Unit(clock.owner_unit), clock)).await?;
    Ok(missed(clock))
}

/// Tells a rung, and lets its unit look over the case.
async fn climbed(
    tx: &impl ConnectionTrait,
    app: &App,
    ctx: &Ctx,
    (clock, case): (&deadline::Model, Option<&protection_case::Model>),
    reached: Option<&Reached>,
) -> Result<Entry> {
    let Some(reached) = reached else {
        return Ok(line(Act::DeadlineEscalated, clock));
    };
    if let (Some(case), Some(unit)) = (case, reached.unit) {
        climb::look_over(tx, ctx, case, unit).await?;
        climb::tell_story(tx, app, ctx, (case.id, clock), reached).await?;
    }
    let notices: Vec<Notice> = reached
        .to
        .iter()
        .map(|to| notice(Kind::Escalated, *to, clock))
        .collect();
    notices::tell_all(tx, ctx, &notices).await?;
    let entry = Entry::new(Act::DeadlineEscalated).subject(clock.id).detail(json!({
        "milestone": clock.milestone, "rule": clock.rule, "due": clock.due_at,
        "rung": reached.rung.code(), "unit": reached.unit,
    }));
    Ok(on_case(entry, clock.case_id))
}

/// The journal's line for a clock that ran out.
#[must_use]
pub fn missed(clock: &deadline::Model) -> Entry {
    line(Act::DeadlineMissed, clock)
}

/// What a clock did, and by which end: one that is moved does it anew.
fn line(act: Act, clock: &deadline::Model) -> Entry {
    let entry = Entry::new(act)
        .subject(clock.id)
        .detail(json!({ "milestone": clock.milestone, "rule": clock.rule, "due": clock.due_at }));
    on_case(entry, clock.case_id)
}

fn on_case(entry: Entry, case: Option<Uuid>) -> Entry {
    match case {
        Some(case) => entry.case(case),
        None => entry,
    }
}
