//! Gap-free numbers: one counter row per prefix and day, in the transaction
//! of what it numbers.

use crate::clock;
use crate::error::Result;
use anyhow::Context;
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, Statement, Value};
use std::collections::BTreeMap;

/// The next number of a prefix, such as `TH-20261123-0042`.
///
/// # Errors
/// When the database refuses.
pub async fn next(tx: &impl ConnectionTrait, prefix: &str, now: DateTime<Utc>) -> Result<String> {
    let numbers = next_of(tx, &[(prefix, now)]).await?;
    Ok(numbers.into_iter().next().context("counter gave no value")?)
}

/// The next numbers of several prefixes and days in one statement, in the
/// order asked for. The rows are taken in the order of their names, so that
/// two who need the same ones never wait for each other in a circle.
///
/// # Errors
/// When the database refuses.
pub async fn next_of(tx: &impl ConnectionTrait, wanted: &[(&str, DateTime<Utc>)]) -> Result<Vec<String>> {
    let names: Vec<String> = wanted
        .iter()
        .map(|(prefix, now)| format!("{prefix}-{}", clock::day(*now).format("%Y%m%d")))
        .collect();
    let mut counts: BTreeMap<&str, i64> = BTreeMap::new();
    for name in &names {
        *counts.entry(name).or_default() += 1;
    }
    let mut last = take(tx, &counts).await?;
    for (name, count) in &counts {
        *last.get_mut(*name).context("counter gave no value")? -= count;
    }
    let number = |name: &String| {
        let value = last.get_mut(name).context("counter gave no value")?;
        *value += 1;
        Ok(format!("{name}-{value:04}"))
    };
    names.iter().map(number).collect()
}

/// Counts on; answers the last value of each name.
async fn take(tx: &impl ConnectionTrait, counts: &BTreeMap<&str, i64>) -> Result<BTreeMap<String, i64>> {
    if counts.is_empty() {
        return Ok(BTreeMap::new());
    }
    let places: Vec<String> = (0..counts.len())
        .map(|at| format!("(${}, ${})", 2 * at + 1, 2 * at + 2))
        .collect();
    let values = counts
        .iter()
        .flat_map(|(name, count)| [Value::from(*name), Value::from(*count)]);
    let sql = format!(
        "INSERT INTO counter (name, value) VALUES {} \
         ON CONFLICT (name) DO UPDATE SET value = counter.value + excluded.value RETURNING name, value",
        places.join(", ")
    );
    let statement = Statement::from_sql_and_values(tx.get_database_backend(), sql, values);
    let rows = tx.query_all_raw(statement).await?;
    let pairs = rows
        .iter()
        .map(|row| Ok((row.try_get("", "name")?, row.try_get("", "value")?)));
    pairs.collect()
}
