//! What a clock does by itself when its moment has come.

use super::running;
use crate::ctx::Ctx;
use crate::entity::deadline;
use crate::error::Result;
use crate::journal::{self, Act, Entry};
use crate::state::App;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect};
use serde_json::json;

/// Marks what ran out and puts it into the journal, earliest first. One
/// failure never stops the rest; answers how many were marked.
///
/// # Errors
/// When the running clocks cannot be read.
pub async fn fire(app: &App, ctx: &Ctx) -> Result<u64> {
    let late = running()
        .filter(deadline::Column::OverdueAt.is_null())
        .filter(deadline::Column::PausedAt.is_null())
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
