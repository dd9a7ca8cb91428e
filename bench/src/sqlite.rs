//! Reading templates from SQLite and writing them back: write-ahead log and
//! FULL sync, as the service has it.

use crate::Run;
use crate::template::{Cell, KEPT, LATEST, Template, Written, read, selects};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteRow, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Row, SqliteConnection, TypeInfo, ValueRef};
use std::str::FromStr;
use std::time::Duration;

async fn connect(url: &str) -> anyhow::Result<SqliteConnection> {
    let options = SqliteConnectOptions::from_str(url)?
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(Duration::from_secs(10))
        .foreign_keys(true)
        .disable_statement_logging();
    Ok(options.connect().await?)
}

/// The latest reports with all their rows.
pub(crate) async fn templates(url: &str, count: u32) -> anyhow::Result<Vec<Template>> {
    let mut db = connect(url).await?;
    let found = sqlx::query(AssertSqlSafe(format!("{LATEST}{count}")))
        .fetch_all(&mut db)
        .await?;
    let kept = sqlx::query(AssertSqlSafe(format!("{KEPT}{count}")))
        .fetch_all(&mut db)
        .await?;
    let mut templates = Vec::new();
    for (ids, kept) in found.into_iter().zip(kept) {
        let hex = |column: &str| -> anyhow::Result<String> {
            let id: uuid::Uuid = ids.try_get_unchecked(column)?;
            Ok(format!("x'{}'", id.simple()))
        };
        let ids = [hex("report")?, hex("the_case")?, hex("request")?];
        let mut tables = Vec::new();
        for (table, sql) in selects(&ids) {
            let rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(&mut db).await?;
            tables.push(read(table, &rows, cell)?);
        }
        tables.push(read("idempotency", &[kept], cell)?);
        templates.push(Template::new(tables));
    }
    db.close().await?;
    Ok(templates)
}

fn cell(row: &SqliteRow, at: usize) -> anyhow::Result<Cell> {
    let raw = row.try_get_raw(at)?;
    if raw.is_null() {
        return Ok(Cell::Null(String::new()));
    }
    Ok(match raw.type_info().name() {
        "TEXT" => Cell::Text(row.try_get_unchecked(at)?),
        "BLOB" => Cell::Bytes(row.try_get_unchecked(at)?),
        _ => Cell::Big(row.try_get_unchecked(at)?),
    })
}

/// Writes reports one after another; answers how many.
pub(crate) async fn write(url: &str, run: &Run) -> anyhow::Result<u64> {
    let mut db = connect(url).await?;
    let mut done = 0;
    while let Some(written) = run.next() {
        one(&mut db, written).await?;
        done += 1;
    }
    db.close().await?;
    Ok(done)
}

async fn one(db: &mut SqliteConnection, written: Written) -> anyhow::Result<()> {
    sqlx::query("BEGIN IMMEDIATE").execute(&mut *db).await?;
    for rows in written.tables {
        let places = format!("({})", vec!["?"; rows.columns.len()].join(","));
        let sql = format!(
            "INSERT INTO {} ({}) VALUES {}",
            rows.table,
            quoted(&rows.columns),
            vec![places; rows.cells.len()].join(",")
        );
        let mut insert = sqlx::query(AssertSqlSafe(sql));
        for cell in rows.cells.into_iter().flatten() {
            insert = match cell {
                Cell::Text(text) => insert.bind(text),
                Cell::Bytes(bytes) => insert.bind(bytes),
                Cell::Big(number) => insert.bind(number),
                _ => insert.bind(None::<i64>),
            };
        }
        insert.execute(&mut *db).await?;
    }
    for (name, by) in written.counters {
        let count = "INSERT INTO counter (name, value) VALUES (?, ?) \
            ON CONFLICT (name) DO UPDATE SET value = counter.value + excluded.value";
        sqlx::query(count).bind(name).bind(by).execute(&mut *db).await?;
    }
    sqlx::query("COMMIT").execute(&mut *db).await?;
    Ok(())
}

/// The names of columns, some of which are words of SQL.
pub(crate) fn quoted(columns: &[String]) -> String {
    let names: Vec<String> = columns.iter().map(|column| format!("\"{column}\"")).collect();
    names.join(",")
}
