//! The database: one writer and several readers on SQLite, one pool on
//! PostgreSQL, the same code above. `begin` is the only way to a transaction.

mod paced;
mod versioned;

pub use paced::{done_now, due_again, last_done};
pub use versioned::update;

use crate::entity::journal_entry;
use anyhow::Context;
use futures_util::FutureExt;
use sea_orm::sea_query::{Expr, Value};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectOptions, ConnectionTrait, Database, DatabaseConnection,
    DatabaseTransaction, DbErr, EntityTrait, IntoActiveModel, SqliteTransactionMode, TransactionOptions,
    TransactionTrait,
};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx_core::transaction::TransactionManager;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Shorter than the request limit, so that a waiting request answers 503
/// instead of being cut.
const LOCK_WAIT: Duration = Duration::from_secs(5);
const READERS: u32 = 4;
const PG_CONNECTIONS: u32 = 16;
/// So many entries of the journal may wait in memory for a database that
/// takes nothing at the moment.
const LATE: usize = 10_000;
/// Prepared statements that a connection of a database to throw away keeps.
const STATEMENTS: usize = 1000;
/// Rows that such a connection hands over before it waits for their reader.
const ROWS: usize = 4000;
/// Rows per statement: far below what either database binds at most.
const CHUNK: usize = 500;

/// The pools.
#[derive(Clone, Debug)]
pub struct Db {
    writer: DatabaseConnection,
    reader: DatabaseConnection,
    late: Arc<Mutex<Vec<journal_entry::Model>>>,
}

impl Db {
    /// Connects to `sqlite://path` or `postgres://…`.
    ///
    /// # Errors
    /// An address that cannot be reached or a directory that cannot be made.
    pub async fn connect(url: &str) -> anyhow::Result<Self> {
        if let Some(path) = url.strip_prefix("sqlite://") {
            return Self::sqlite(path, Kept::ForGood).await;
        }
        let mut options = ConnectOptions::new(url);
        quiet(&mut options)
            .max_connections(PG_CONNECTIONS)
            .acquire_timeout(LOCK_WAIT);
        let writer = Database::connect(options)
            .await
            .context("无法连接 PostgreSQL，检查地址、账号和服务是否在运行")?;
        Ok(Self {
            reader: writer.clone(),
            writer,
            late: Arc::default(),
        })
    }

    /// A new SQLite database that goes with the process: it need not outlive a
    /// power failure, nor be wiped, and may have memory for it. One connection
    /// serves all: who reads beside a transaction of their own waits in vain.
    ///
    /// # Errors
    /// A path that cannot be opened.
    pub async fn throw_away(path: &Path) -> anyhow::Result<Self> {
        Self::sqlite(&path.to_string_lossy(), Kept::ForNow).await
    }

    async fn sqlite(path: &str, kept: Kept) -> anyhow::Result<Self> {
        let path = path.split('?').next().unwrap_or(path);
        if let Some(dir) = Path::new(path).parent().filter(|dir| !dir.as_os_str().is_empty()) {
            std::fs::create_dir_all(dir)
                .with_context(|| format!("无法建立数据目录 {}，检查路径和写权限", dir.display()))?;
        }
        let refused = || format!("无法打开数据库文件 {path}，检查路径、写权限和磁盘空间");
        let url = format!("sqlite://{path}?mode=rwc");
        let writer = Database::connect(sqlite_options(&url, (1, false), kept))
            .await
            .with_context(refused)?;
        let reader = match kept {
            Kept::ForGood => Database::connect(sqlite_options(&url, (READERS, true), kept))
                .await
                .with_context(refused)?,
            // Every write would make the others read their pages anew.
            Kept::ForNow => writer.clone(),
        };
        Ok(Self {
            writer,
            reader,
            late: Arc::default(),
        })
    }

    /// For reads outside a transaction.
    #[must_use]
    pub fn read(&self) -> &DatabaseConnection {
        &self.reader
    }

    /// For migrations, which manage their own transactions.
    #[must_use]
    pub fn schema(&self) -> &DatabaseConnection {
        &self.writer
    }

    /// For single statements that change nobody's data and so need no entry in
    /// the journal: sessions and sign-in throttles.
    #[must_use]
    pub fn upkeep(&self) -> &DatabaseConnection {
        &self.writer
    }

    /// Whether this is SQLite.
    #[must_use]
    pub fn is_sqlite(&self) -> bool {
        self.writer.get_database_backend() == sea_orm::DbBackend::Sqlite
    }

    /// Keeps an entry of the journal until the database takes it; answers
    /// whether there was room.
    #[must_use]
    pub(crate) fn postpone(&self, entry: journal_entry::Model) -> bool {
        let mut late = self.late.lock().unwrap_or_else(PoisonError::into_inner);
        let room = late.len() < LATE;
        if room {
            late.push(entry);
        }
        room
    }

    /// Takes what was postponed, oldest first.
    #[must_use]
    pub(crate) fn postponed(&self) -> Vec<journal_entry::Model> {
        std::mem::take(&mut *self.late.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Has PostgreSQL count afresh what it plans by, after many rows at once;
    /// SQLite plans by the indexes alone.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn learn(&self) -> Result<(), DbErr> {
        if !self.is_sqlite() {
            self.writer.execute_unprepared("ANALYZE").await?;
        }
        Ok(())
    }

    /// Closes every connection; what was committed is on the disk.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn close(self) -> Result<(), DbErr> {
        self.reader.close().await?;
        self.writer.close().await
    }

    /// Begins a transaction that may write: immediate on SQLite, so that a
    /// read before the write cannot make it fail; in a task of its own, so
    /// that a caller who hangs up between BEGIN and its answer cannot leave a
    /// connection inside a transaction that the pool does not know of.
    ///
    /// # Errors
    /// When no connection is free or the database refuses.
    pub async fn begin(&self) -> Result<DatabaseTransaction, DbErr> {
        let writer = self.writer.clone();
        let begun = tokio::spawn(async move {
            writer
                .begin_with_options(TransactionOptions {
                    sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
                    ..Default::default()
                })
                .await
        });
        begun.await.map_err(|error| DbErr::Custom(format!("begin: {error}")))?
    }
}

/// A column that has one of these values; without any it is no part of the
/// question. Beside others in an OR a part that is never true would keep SQLite
/// from looking the others up, and it would read the whole table.
pub fn one_of<C, V>(column: C, values: impl IntoIterator<Item = V>) -> Option<Expr>
where
    C: ColumnTrait,
    V: Into<Value>,
{
    let values: Vec<Value> = values.into_iter().map(Into::into).collect();
    (!values.is_empty()).then(|| column.is_in(values))
}

/// What holds where one of the parts does; without any part it holds nowhere,
/// whereas an empty condition would ask for nothing and let everything through.
#[must_use]
pub fn any_or_none(parts: impl IntoIterator<Item = Condition>) -> Condition {
    let any = parts.into_iter().fold(Condition::any(), Condition::add);
    if any.is_empty() {
        Condition::all().add(Expr::value(false))
    } else {
        any
    }
}

/// Inserts rows of one table, many to a statement; none is no statement.
///
/// # Errors
/// When the database refuses.
pub async fn insert_all<A: ActiveModelTrait + Send>(tx: &impl ConnectionTrait, mut rows: Vec<A>) -> Result<(), DbErr> {
    while !rows.is_empty() {
        let rest = rows.split_off(rows.len().min(CHUNK));
        A::Entity::insert_many(rows).exec_without_returning(tx).await?;
        rows = rest;
    }
    Ok(())
}

/// Inserts whole models.
///
/// # Errors
/// When the database refuses.
pub async fn insert_models<M, A>(tx: &impl ConnectionTrait, models: Vec<M>) -> Result<(), DbErr>
where
    M: IntoActiveModel<A>,
    A: ActiveModelTrait + Send,
{
    let rows = models.into_iter().map(|model| model.into_active_model().reset_all());
    insert_all(tx, rows.collect()).await
}

fn quiet(options: &mut ConnectOptions) -> &mut ConnectOptions {
    // Statements carry what people typed: they are neither logged nor traced.
    options.sqlx_logging(false).record_stmt_in_spans(false)
}

/// How long a database is to last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kept {
    ForGood,
    ForNow,
}

fn sqlite_options(url: &str, (connections, read_only): (u32, bool), kept: Kept) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    quiet(&mut options)
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(LOCK_WAIT)
        .test_before_acquire(false)
        .map_sqlx_sqlite_opts(move |sqlite| hurried(pragmas(sqlite, read_only), kept))
        .map_sqlx_sqlite_before_acquire(|connection, _| {
            // A COMMIT that failed leaves the pool's count of open transactions
            // above zero; later commits on that connection would only release
            // savepoints. Such a connection is closed instead of handed out.
            let depth = <sqlx::Sqlite as sqlx::Database>::TransactionManager::get_transaction_depth(connection);
            async move { Ok(depth == 0) }.boxed()
        });
    options
}

/// Every connection of a database to throw away is hurried, also one that is
/// opened in place of another that broke.
fn hurried(options: SqliteConnectOptions, kept: Kept) -> SqliteConnectOptions {
    if kept == Kept::ForGood {
        return options;
    }
    options
        .synchronous(SqliteSynchronous::Off)
        .statement_cache_capacity(STATEMENTS)
        .row_buffer_size(ROWS)
        .pragma("secure_delete", "off")
        .pragma("wal_autocheckpoint", "20000")
        .pragma("cache_size", "-32768")
}

/// FULL, because in WAL mode anything less forgets acknowledged commits when
/// the power goes.
fn pragmas(options: SqliteConnectOptions, read_only: bool) -> SqliteConnectOptions {
    let options = options
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(LOCK_WAIT)
        .foreign_keys(true)
        .pragma("secure_delete", "on")
        .pragma("trusted_schema", "off")
        .pragma("temp_store", "memory");
    if read_only {
        options.pragma("query_only", "on")
    } else {
        // An intake touches some forty indexes: with less, each is read anew.
        options.pragma("cache_size", "-16384")
    }
}
