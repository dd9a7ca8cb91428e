//! Numbers for notices. A notice is written without one, in the transaction
//! that made it; only what is committed is numbered. Numbers therefore follow
//! the order of the commits, and whoever has read up to a number has missed
//! nothing below it, whichever transaction took longer.

use crate::entity::notice;
use crate::error::Result;
use crate::state::App;
use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect, SqlErr, Statement, Value,
};
use std::collections::BTreeSet;
use std::time::Duration;
use uuid::Uuid;

/// Notices of one statement.
const BATCH: i64 = 500;
/// How often a node looks for news: half of it is the usual delay of a badge.
const PAUSE: Duration = Duration::from_millis(500);

/// One statement: two nodes that run it at once both begin at the number after
/// the highest one committed, so the unique index lets only one of them through.
const NUMBER: &str = "WITH top AS (SELECT COALESCE(MAX(seq), 0) AS seq FROM notice), \
    fresh AS (SELECT id, ROW_NUMBER() OVER (ORDER BY created_at, id) AS place FROM notice \
    WHERE seq IS NULL AND (held_until IS NULL OR held_until <= $1) ORDER BY created_at, id LIMIT $2) \
    UPDATE notice SET seq = top.seq + fresh.place FROM top, fresh WHERE notice.id = fresh.id AND notice.seq IS NULL";

/// Numbers what was committed since, unless it is held back; answers how many
/// got a number. Another node that was faster is no fault.
///
/// # Errors
/// When the database refuses.
pub async fn number(app: &App, now: DateTime<Utc>) -> Result<u64> {
    // Most of the time there is nothing, and readers need no lock to say so.
    let waits = notice::Entity::find()
        .filter(notice::Column::Seq.is_null())
        .filter(due(now))
        .limit(1)
        .one(app.db.read())
        .await?;
    if waits.is_none() {
        return Ok(0);
    }
    let db = app.db.upkeep();
    let values = [Value::from(now), Value::from(BATCH)];
    let statement = Statement::from_sql_and_values(db.get_database_backend(), NUMBER, values);
    match db.execute_raw(statement).await {
        Ok(done) => Ok(done.rows_affected()),
        Err(error) if lost_the_race(&error) => Ok(0),
        Err(error) => Err(error.into()),
    }
}

fn lost_the_race(error: &DbErr) -> bool {
    matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_)))
}

/// Not held back at this time.
pub(super) fn due(now: DateTime<Utc>) -> Condition {
    Condition::any()
        .add(notice::Column::HeldUntil.is_null())
        .add(notice::Column::HeldUntil.lte(now))
}

/// The highest number given so far.
///
/// # Errors
/// When the database refuses.
pub async fn last(db: &impl ConnectionTrait) -> Result<i64> {
    let top: Option<Option<i64>> = notice::Entity::find()
        .select_only()
        .column_as(notice::Column::Seq.max(), "top")
        .into_tuple()
        .one(db)
        .await?;
    Ok(top.flatten().unwrap_or_default())
}

/// Numbers what is new and wakes the pages of everybody whom this or another
/// node has numbered something for since `seen`; answers the number seen now.
///
/// # Errors
/// When the database refuses.
pub async fn ring(app: &App, seen: i64) -> Result<i64> {
    number(app, app.clock.now()).await?;
    let fresh: Vec<(i64, Uuid)> = notice::Entity::find()
        .select_only()
        .column(notice::Column::Seq)
        .column(notice::Column::AccountId)
        .filter(notice::Column::Seq.gt(seen))
        .into_tuple()
        .all(app.db.read())
        .await?;
    let Some(top) = fresh.iter().map(|(seq, _)| *seq).max() else {
        return Ok(seen);
    };
    app.bell
        .ring(fresh.into_iter().map(|(_, account)| account).collect::<BTreeSet<_>>());
    Ok(top)
}

/// Rings until told to stop.
pub async fn run(app: App, stop: impl Future<Output = ()>) {
    tokio::pin!(stop);
    let mut seen = None;
    loop {
        let rung = match seen {
            Some(seen) => ring(&app, seen).await,
            None => last(app.db.read()).await,
        };
        match rung {
            Ok(now) => seen = Some(now),
            Err(error) => tracing::error!(error = %error, "notices"),
        }
        tokio::select! {
            () = tokio::time::sleep(PAUSE) => {}
            () = &mut stop => return,
        }
    }
}
