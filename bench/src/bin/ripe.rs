//! Lets many running clocks fall due at one moment and waits until a server
//! that is running has marked them: how long after that moment the first and
//! the last were told.

use chrono::{DateTime, TimeDelta, Utc};
use clap::Parser;
use sqlx::postgres::PgPoolOptions;
use sqlx::sqlite::SqlitePoolOptions;
use std::io::Write;
use std::time::Duration;

/// Which clocks, and for how long they are waited for.
#[derive(Debug, Parser)]
#[command(name = "ripe", about = "让许多时限同时到期，量服务多久全部处理完")]
struct Options {
    /// The database of the running server.
    #[arg(long)]
    url: String,
    /// So many clocks.
    #[arg(long, default_value_t = 1000)]
    clocks: i64,
    /// They fall due so many seconds from now.
    #[arg(long, default_value_t = 3)]
    after: i64,
    /// The waiting ends after so many seconds.
    #[arg(long, default_value_t = 300)]
    patience: i64,
}

/// Running clocks that nobody has been told of, the next to fall due first.
const RIPEN: &str = "UPDATE deadline SET due_at = $1, next_at = $1, escalation = 0, leased_until = NULL WHERE id IN \
    (SELECT id FROM deadline WHERE met_at IS NULL AND cancelled_at IS NULL AND paused_at IS NULL AND overdue_at IS NULL \
     AND next_at > $1 ORDER BY due_at, id LIMIT $2)";
const MARKED: &str = "SELECT COUNT(*) FROM deadline WHERE due_at = $1 AND overdue_at IS NOT NULL";

/// A database of either kind.
enum Db {
    Sqlite(sqlx::SqlitePool),
    Postgres(sqlx::PgPool),
}

impl Db {
    async fn connect(url: &str) -> anyhow::Result<Self> {
        Ok(if url.starts_with("sqlite:") {
            Self::Sqlite(SqlitePoolOptions::new().max_connections(1).connect(url).await?)
        } else {
            Self::Postgres(PgPoolOptions::new().max_connections(1).connect(url).await?)
        })
    }

    async fn ripen(&self, due: DateTime<Utc>, clocks: i64) -> anyhow::Result<u64> {
        Ok(match self {
            Self::Sqlite(db) => {
                let done = sqlx::query(RIPEN).bind(due).bind(clocks).execute(db).await?;
                done.rows_affected()
            }
            Self::Postgres(db) => {
                let done = sqlx::query(RIPEN).bind(due).bind(clocks).execute(db).await?;
                done.rows_affected()
            }
        })
    }

    async fn marked(&self, due: DateTime<Utc>) -> anyhow::Result<u64> {
        let count: i64 = match self {
            Self::Sqlite(db) => sqlx::query_scalar(MARKED).bind(due).fetch_one(db).await?,
            Self::Postgres(db) => sqlx::query_scalar(MARKED).bind(due).fetch_one(db).await?,
        };
        Ok(u64::try_from(count)?)
    }
}

#[tokio::main]
#[expect(
    clippy::disallowed_methods,
    reason = "the server it waits for goes by the real clock"
)]
async fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let db = Db::connect(&options.url).await?;
    let now = Utc::now();
    // Whole seconds read back as they were written, on either database.
    let due = now - TimeDelta::nanoseconds(i64::from(now.timestamp_subsec_nanos())) + TimeDelta::seconds(options.after);
    let ripe = db.ripen(due, options.clocks).await?;
    anyhow::ensure!(ripe == u64::try_from(options.clocks)?, "only {ripe} clocks are running");
    let seconds =
        |at: DateTime<Utc>| f64::from(i32::try_from((at - due).num_milliseconds()).unwrap_or(i32::MAX)) / 1000.0;
    let mut first = None;
    loop {
        let marked = db.marked(due).await?;
        let at = Utc::now();
        if marked > 0 && first.is_none() {
            first = Some(seconds(at));
        }
        if marked == ripe {
            let told = serde_json::json!({ "clocks": ripe, "first": first, "last": seconds(at) });
            writeln!(std::io::stdout(), "{told}")?;
            return Ok(());
        }
        anyhow::ensure!(
            at - due < TimeDelta::seconds(options.patience),
            "{marked} of {ripe} were marked in time"
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
