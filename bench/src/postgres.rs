//! Reading templates from PostgreSQL and writing them back, with
//! `synchronous_commit = on`.

use crate::Run;
use crate::sqlite::quoted;
use crate::template::{Cell, KEPT, LATEST, Template, Written, read, selects};
use chrono::{DateTime, NaiveDate, Utc};
use sqlx::postgres::{PgArguments, PgConnectOptions, PgRow};
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, Column, ConnectOptions, Connection, PgConnection, Postgres, Row, TypeInfo, ValueRef};
use std::str::FromStr;
use uuid::Uuid;

async fn connect(url: &str) -> anyhow::Result<PgConnection> {
    let options = PgConnectOptions::from_str(url)?
        .options([("synchronous_commit", "on")])
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
        let id = |column: &str| -> anyhow::Result<String> {
            let id: Uuid = ids.try_get(column)?;
            Ok(format!("'{id}'"))
        };
        let ids = [id("report")?, id("the_case")?, id("request")?];
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

fn cell(row: &PgRow, at: usize) -> anyhow::Result<Cell> {
    let kind = row.column(at).type_info().name().to_owned();
    if row.try_get_raw(at)?.is_null() {
        return Ok(Cell::Null(kind));
    }
    Ok(match kind.as_str() {
        "UUID" => Cell::Uuid(row.try_get(at)?),
        "INT2" => Cell::Small(row.try_get(at)?),
        "INT4" => Cell::Int(row.try_get(at)?),
        "INT8" => Cell::Big(row.try_get(at)?),
        "BOOL" => Cell::Bool(row.try_get(at)?),
        "BYTEA" => Cell::Bytes(row.try_get(at)?),
        "TIMESTAMPTZ" => Cell::Time(row.try_get(at)?),
        "DATE" => Cell::Date(row.try_get(at)?),
        "JSONB" | "JSON" => Cell::Json(row.try_get(at)?),
        _ => Cell::Text(row.try_get(at)?),
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

async fn one(db: &mut PgConnection, written: Written) -> anyhow::Result<()> {
    let mut tx = db.begin().await?;
    for rows in written.tables {
        let sql = format!(
            "INSERT INTO {} ({}) VALUES {}",
            rows.table,
            quoted(&rows.columns),
            places(rows.cells.len(), rows.columns.len())
        );
        let mut insert = sqlx::query(AssertSqlSafe(sql));
        for cell in rows.cells.into_iter().flatten() {
            insert = bound(insert, cell);
        }
        insert.execute(&mut *tx).await?;
    }
    // Last: everybody waits for these rows until the commit.
    if !written.counters.is_empty() {
        let sql = format!(
            "INSERT INTO counter (name, value) VALUES {} \
             ON CONFLICT (name) DO UPDATE SET value = counter.value + excluded.value",
            places(written.counters.len(), 2)
        );
        let mut count = sqlx::query(AssertSqlSafe(sql));
        for (name, by) in written.counters {
            count = count.bind(name).bind(by);
        }
        count.execute(&mut *tx).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// `($1,$2),($3,$4)`
fn places(rows: usize, columns: usize) -> String {
    let row = |at: usize| {
        let row: Vec<String> = (1..=columns)
            .map(|column| format!("${}", at * columns + column))
            .collect();
        format!("({})", row.join(","))
    };
    (0..rows).map(row).collect::<Vec<_>>().join(",")
}

fn bound(insert: Query<'_, Postgres, PgArguments>, cell: Cell) -> Query<'_, Postgres, PgArguments> {
    match cell {
        Cell::Uuid(id) => insert.bind(id),
        Cell::Text(text) => insert.bind(text),
        Cell::Small(number) => insert.bind(number),
        Cell::Int(number) => insert.bind(number),
        Cell::Big(number) => insert.bind(number),
        Cell::Bool(is) => insert.bind(is),
        Cell::Bytes(bytes) => insert.bind(bytes),
        Cell::Time(at) => insert.bind(at),
        Cell::Date(day) => insert.bind(day),
        Cell::Json(value) => insert.bind(value),
        Cell::Null(kind) => match kind.as_str() {
            "UUID" => insert.bind(None::<Uuid>),
            "INT2" => insert.bind(None::<i16>),
            "INT4" => insert.bind(None::<i32>),
            "INT8" => insert.bind(None::<i64>),
            "BOOL" => insert.bind(None::<bool>),
            "BYTEA" => insert.bind(None::<Vec<u8>>),
            "TIMESTAMPTZ" => insert.bind(None::<DateTime<Utc>>),
            "DATE" => insert.bind(None::<NaiveDate>),
            "JSONB" | "JSON" => insert.bind(None::<serde_json::Value>),
            _ => insert.bind(None::<String>),
        },
    }
}
