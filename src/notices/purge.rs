//! Notices that were read or settled long ago are taken away (default: 180 days
//! after that, 本地可配置). What is unread stays, and so does what is about a case,
//! a task or a report that is not settled.

use super::numbering;
use crate::ctx::Ctx;
use crate::db::due_again;
use crate::entity::{notice, protection_case, report, task};
use crate::error::Result;
use crate::journal::{self, Act, Entry};
use crate::rules::taskflow::TaskState;
use crate::rules::workflow::Stage;
use crate::state::App;
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect};
use serde_json::json;
use uuid::Uuid;

/// The setting that tells when they were last taken away.
const PURGED: &str = "notices_purged";
/// How often that is done.
const EVERY: TimeDelta = TimeDelta::hours(1);
/// So many at once; more wait for the next hour.
const BATCH: u64 = 5000;

/// Takes away what was read long ago; answers how many.
///
/// # Errors
/// When the database refuses.
pub async fn purge(app: &App, ctx: &Ctx) -> Result<u64> {
    if !due_again(&app.db, PURGED, EVERY, ctx.now).await? {
        return Ok(0);
    }
    let db = app.db.read();
    let before = ctx.now - TimeDelta::days(i64::from(app.config.notice_days.value));
    // The highest number stays: those after it are counted from it.
    let top = numbering::last(db).await?;
    let old: Vec<Uuid> = notice::Entity::find()
        .select_only()
        .column(notice::Column::Id)
        .filter(done_with(before))
        .filter(notice::Column::Sms.eq(false))
        .filter(notice::Column::Seq.lt(top))
        .filter(settled())
        .limit(BATCH)
        .into_tuple()
        .all(db)
        .await?;
    if old.is_empty() {
        return Ok(0);
    }
    let tx = app.db.begin().await?;
    let mut count = 0;
    for some in old.chunks(500) {
        let gone = notice::Entity::delete_many()
            .filter(notice::Column::Id.is_in(some.iter().copied()))
            .exec(&tx)
            .await?;
        count += gone.rows_affected;
    }
    let entry = Entry::new(Act::NoticesPurged).detail(json!({ "count": count }));
    journal::commit(tx, ctx, entry).await?;
    Ok(count)
}

/// Read before a time, or never read and settled before it.
fn done_with(before: DateTime<Utc>) -> Condition {
    let unread = notice::Column::SeenAt.is_null();
    Condition::any()
        .add(notice::Column::SeenAt.lt(before))
        .add(unread.and(notice::Column::SettledAt.lt(before)))
}

/// Nobody has anything to do any more about what it tells of. Asked of each
/// notice that is old enough: as a list of all that is settled it would be
/// looked up from there, and every notice of every closed case read each time.
fn settled() -> Condition {
    let open_cases = Query::select()
        .expr(Expr::value(1))
        .from(protection_case::Entity)
        .and_where(is(protection_case::Column::Id, notice::Column::CaseId))
        .and_where(protection_case::Column::Stage.is_not_in([Stage::Closed.code(), Stage::Merged.code()]))
        .to_owned();
    let open_tasks = Query::select()
        .expr(Expr::value(1))
        .from(task::Entity)
        .and_where(is(task::Column::Id, notice::Column::TaskId))
        .and_where(task::Column::State.is_in(TaskState::open_codes()))
        .to_owned();
    let open_reports = Query::select()
        .expr(Expr::value(1))
        .from(report::Entity)
        .and_where(is(report::Column::Id, notice::Column::ReportId))
        .and_where(report::Column::State.is_in(["draft", "screening"]))
        .to_owned();
    [open_cases, open_tasks, open_reports]
        .into_iter()
        .fold(Condition::all(), |all, open| all.add(Expr::exists(open).not()))
}

/// Whether a row of another table is the one that a notice names.
fn is(id: impl ColumnTrait, named: notice::Column) -> Expr {
    Expr::col(id.as_column_ref()).equals(named.as_column_ref())
}
