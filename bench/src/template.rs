//! A report's rows as they were written, and the same rows under new ids.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::{Column, Row};
use std::collections::HashMap;
use uuid::Uuid;

/// A value of a row.
#[derive(Debug, Clone)]
pub(crate) enum Cell {
    /// NULL, with the type of its column where the database wants to know it.
    Null(String),
    Uuid(Uuid),
    Text(String),
    Small(i16),
    Int(i32),
    Big(i64),
    Bool(bool),
    Bytes(Vec<u8>),
    Time(DateTime<Utc>),
    Date(NaiveDate),
    Json(serde_json::Value),
}

/// Rows of one table: they go into one statement.
#[derive(Debug, Clone)]
pub(crate) struct Rows {
    pub(crate) table: &'static str,
    pub(crate) columns: Vec<String>,
    pub(crate) cells: Vec<Vec<Cell>>,
}

/// All rows of one report, in an order that the foreign keys allow.
#[derive(Debug, Clone)]
pub(crate) struct Template {
    tables: Vec<Rows>,
    /// The counters that its numbers come from, and by how much each moves.
    counters: Vec<(String, i64)>,
}

/// Rows to be written.
#[derive(Debug)]
pub(crate) struct Written {
    pub(crate) tables: Vec<Rows>,
    pub(crate) counters: Vec<(String, i64)>,
}

/// A table, and which of its rows belong to a report. `{report}`, `{case}` and
/// `{request}` stand for the ids; the order is that of the foreign keys.
const TABLES: [(&str, &str); 14] = [
    ("report", "id = {report}"),
    ("reporter_identity", "report_id = {report}"),
    ("report_child", "report_id = {report}"),
    ("protection_case", "id = {case}"),
    ("case_unit", "case_id = {case}"),
    ("recusal", "case_id = {case}"),
    ("party", "case_id = {case}"),
    (
        "child",
        "id IN (SELECT child_id FROM case_child WHERE case_id = {case})",
    ),
    ("case_child", "case_id = {case}"),
    ("deadline", "case_id = {case}"),
    ("case_event", "case_id = {case}"),
    ("search_token", "case_id = {case}"),
    ("task", "case_id = {case}"),
    ("journal_entry", "request_id = {request}"),
];

/// The latest reports that arrived over JSON, with their cases and requests.
pub(crate) const LATEST: &str = "SELECT r.id AS report, r.case_id AS the_case, j.request_id AS request \
    FROM report r JOIN journal_entry j ON j.report_id = r.id AND j.act = 'report_submitted' \
    WHERE r.case_id IS NOT NULL ORDER BY r.id DESC LIMIT ";

/// The answers kept for the latest reports: one for each template.
pub(crate) const KEPT: &str = "SELECT * FROM idempotency ORDER BY created_at DESC LIMIT ";

/// Columns that the database fills itself, or that are filled later.
const NOT_WRITTEN: [(&str, &str); 3] = [
    ("case_unit", "stage"),
    ("case_unit", "level"),
    ("case_unit", "next_due_at"),
];
const WRITTEN_LATER: [(&str, &str); 4] = [
    ("journal_entry", "seq"),
    ("journal_entry", "hash"),
    ("deadline", "overdue_at"),
    ("deadline", "leased_until"),
];

/// Where the rows of one report stand: each table with its statement. The ids
/// are written as the database writes them.
pub(crate) fn selects([report, case, request]: &[String; 3]) -> Vec<(&'static str, String)> {
    let of_report = |(table, which): &(&'static str, &str)| {
        let which = which
            .replace("{report}", report)
            .replace("{case}", case)
            .replace("{request}", request);
        (*table, format!("SELECT * FROM {table} WHERE {which}"))
    };
    TABLES.iter().map(of_report).collect()
}

/// Rows as read, without the columns that the database fills itself.
pub(crate) fn read<R: Row>(
    table: &'static str,
    rows: &[R],
    cell: impl Fn(&R, usize) -> anyhow::Result<Cell>,
) -> anyhow::Result<Rows> {
    let columns = rows.first().map(Row::columns).unwrap_or_default();
    let written: Vec<usize> = (0..columns.len())
        .filter(|at| is_written(table, columns[*at].name()))
        .collect();
    let cells = rows
        .iter()
        .map(|row| written.iter().map(|at| cell(row, *at)).collect())
        .collect::<anyhow::Result<Vec<Vec<Cell>>>>()?;
    Ok(Rows {
        table,
        columns: written.iter().map(|at| columns[*at].name().to_owned()).collect(),
        cells,
    })
}

/// Whether an insert names this column.
fn is_written(table: &str, column: &str) -> bool {
    !NOT_WRITTEN.contains(&(table, column))
}

impl Template {
    /// A template of these rows.
    pub(crate) fn new(mut tables: Vec<Rows>) -> Self {
        let mut counters: HashMap<String, i64> = HashMap::new();
        for table in &mut tables {
            for row in &mut table.cells {
                for (column, cell) in table.columns.iter().zip(row) {
                    if WRITTEN_LATER.contains(&(table.table, column)) {
                        *cell = Cell::Null(kind(table.table, column).to_owned());
                    }
                    if let (Cell::Text(number), "number") = (&*cell, column.as_str()) {
                        let day = number.rsplit_once('-').map_or("", |(day, _)| day);
                        *counters.entry(day.to_owned()).or_default() += 1;
                    }
                }
            }
        }
        let mut counters: Vec<(String, i64)> = counters.into_iter().collect();
        counters.sort();
        tables.retain(|table| !table.cells.is_empty());
        Self { tables, counters }
    }

    pub(crate) fn rows(&self) -> usize {
        self.tables.iter().map(|table| table.cells.len()).sum()
    }

    pub(crate) fn statements(&self) -> usize {
        self.tables.len()
    }

    /// The rows with ids and numbers that nobody has, everything else as it was.
    pub(crate) fn renewed(&self, numbered: bool, number: u64) -> Written {
        let mut tables = self.tables.clone();
        let mut ids: HashMap<Uuid, Uuid> = HashMap::new();
        for table in &mut tables {
            let own = table.columns.iter().position(|column| column == "id");
            for row in &mut table.cells {
                for (at, cell) in row.iter_mut().enumerate() {
                    // A request has one id and several entries in the journal.
                    let is_id = Some(at) == own || table.columns[at] == "request_id";
                    renew(cell, &mut ids, is_id);
                    match (table.columns[at].as_str(), &*cell) {
                        ("number", Cell::Text(text)) => *cell = Cell::Text(unused(text, number)),
                        ("key", Cell::Text(text)) => {
                            let owner = text.rsplit_once(':').map_or("", |(owner, _)| owner);
                            *cell = Cell::Text(format!("{owner}:{}", Uuid::new_v4()));
                        }
                        _ => {}
                    }
                }
            }
        }
        let counters = if numbered { self.counters.clone() } else { Vec::new() };
        Written { tables, counters }
    }
}

/// Gives a row's own id a new one, and what refers to it the same.
fn renew(cell: &mut Cell, ids: &mut HashMap<Uuid, Uuid>, is_id: bool) {
    let known = match cell {
        Cell::Uuid(id) => Some(*id),
        Cell::Bytes(bytes) if bytes.len() == 16 => Uuid::from_slice(bytes).ok(),
        _ => None,
    };
    let Some(old) = known else { return };
    let new = if is_id {
        Some(*ids.entry(old).or_insert_with(Uuid::now_v7))
    } else {
        ids.get(&old).copied()
    };
    match (cell, new) {
        (Cell::Uuid(id), Some(new)) => *id = new,
        (Cell::Bytes(bytes), Some(new)) => *bytes = new.as_bytes().to_vec(),
        _ => {}
    }
}

/// A number that the service never gives: its day is none. Several tasks of one
/// report differ by the last part alone.
fn unused(number: &str, next: u64) -> String {
    static RUN: std::sync::LazyLock<u32> = std::sync::LazyLock::new(|| Uuid::new_v4().as_fields().0);
    let prefix = number.split('-').next().unwrap_or_default();
    let task = Uuid::new_v4().as_fields().0;
    format!("{prefix}-{:06x}{next:06}{task:08x}", *RUN >> 8)
}

/// The type of a column that is NULL at first.
fn kind(table: &str, column: &str) -> &'static str {
    match (table, column) {
        (_, "seq") => "INT8",
        (_, "hash") => "VARCHAR",
        _ => "TIMESTAMPTZ",
    }
}
