//! Gap-free numbers: one counter row per prefix and day, in the transaction
//! of what it numbers.

use crate::clock;
use crate::error::Result;
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, Statement};

/// The next number of a prefix, such as `TH-20261123-0042`.
///
/// # Errors
/// When the database refuses.
pub async fn next(tx: &impl ConnectionTrait, prefix: &str, now: DateTime<Utc>) -> Result<String> {
    let name = format!("{prefix}-{}", clock::day(now).format("%Y%m%d"));
    let statement = Statement::from_sql_and_values(
        tx.get_database_backend(),
        "INSERT INTO counter (name, value) VALUES ($1, 1) \
         ON CONFLICT (name) DO UPDATE SET value = counter.value + 1 RETURNING value",
        [name.clone().into()],
    );
    let row = tx.query_one_raw(statement).await?;
    let value: i64 = match row {
        Some(row) => row.try_get("", "value")?,
        None => return Err(anyhow::anyhow!("counter gave no value").into()),
    };
    Ok(format!("{name}-{value:04}"))
}
