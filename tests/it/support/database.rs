//! A database per test, copied from a template that is founded once per build.

use super::{assemble, morning};
use sea_orm::{ConnectionTrait, Database};
use sea_orm_migration::MigratorTrait;
use std::path::{Path, PathBuf};
use tonghu::clock::Clock;
use tonghu::vault::{Algorithm, KeyRing};

/// Where one test lives; removed with it.
pub struct Home {
    pub url: String,
    pub keys: PathBuf,
    _dir: Option<tempfile::TempDir>,
    _database: Option<ServerDatabase>,
}

/// A database of the server, gone with its test: hundreds of them would fill a
/// small disk.
struct ServerDatabase {
    server: String,
    name: String,
}

impl ServerDatabase {
    fn new(server: &str) -> Self {
        Self {
            server: server.to_owned(),
            name: format!("test_{}", uuid::Uuid::new_v4().simple()),
        }
    }

    fn url(&self) -> String {
        database(&self.server, &self.name)
    }
}

impl Drop for ServerDatabase {
    /// On a thread and a runtime of its own: the test's may be going down. What
    /// the test left connected is cut off. Where the server does not answer
    /// there is nothing to tidy.
    fn drop(&mut self) {
        let (server, name) = (self.server.clone(), self.name.clone());
        let tidied = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.map(|runtime| runtime.block_on(forget(&server, &name)))
        });
        drop(tidied.join());
    }
}

async fn forget(server: &str, name: &str) -> Result<(), sea_orm::DbErr> {
    let admin = Database::connect(server).await?;
    admin
        .execute_unprepared(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        .await?;
    admin.close().await
}

impl Home {
    pub async fn fresh() -> Self {
        match server() {
            Some(server) => Self::on_postgres(&server).await,
            None => Self::on_sqlite().await,
        }
    }

    pub fn file(&self) -> Option<PathBuf> {
        self.url.strip_prefix("sqlite://").map(PathBuf::from)
    }

    /// A database without a table, and keys of its own.
    pub async fn blank() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let keys = dir.path().join("tonghu.keys");
        KeyRing::generate(Algorithm::Sm4Gcm)
            .unwrap()
            .write(&keys, true)
            .unwrap();
        let copy = server().map(|server| ServerDatabase::new(&server));
        let url = match &copy {
            Some(copy) => {
                let admin = Database::connect(&copy.server).await.unwrap();
                drop_and_create(&admin, &copy.name, "").await;
                copy.url()
            }
            None => format!("sqlite://{}", dir.path().join("tonghu.db").display()),
        };
        Self {
            url,
            keys,
            _dir: Some(dir),
            _database: copy,
        }
    }

    /// The same database under another address, such as a copy elsewhere.
    pub fn at(&self, url: String) -> Self {
        Self {
            url,
            keys: self.keys.clone(),
            _dir: None,
            _database: None,
        }
    }

    async fn on_sqlite() -> Self {
        let template = template_dir();
        let source = Self {
            url: format!("sqlite://{}", template.join("tonghu.db").display()),
            keys: template.join("tonghu.keys"),
            _dir: None,
            _database: None,
        };
        once(&template, &source).await;
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("tonghu.db");
        std::fs::copy(template.join("tonghu.db"), &file).unwrap();
        Self {
            url: format!("sqlite://{}", file.display()),
            keys: source.keys,
            _dir: Some(dir),
            _database: None,
        }
    }

    async fn on_postgres(server: &str) -> Self {
        let template = template_dir();
        let name = format!("template_{}", build());
        let source = Self {
            url: database(server, &name),
            keys: template.join("tonghu.keys"),
            _dir: None,
            _database: None,
        };
        let admin = Database::connect(server).await.unwrap();
        let lock = locked(&template).await;
        if !template.join("done").exists() {
            drop_and_create(&admin, &name, "").await;
        }
        found(&template, &source).await;
        let copy = ServerDatabase::new(server);
        drop_and_create(&admin, &copy.name, &format!("TEMPLATE {name} STRATEGY FILE_COPY")).await;
        drop(lock);
        Self {
            url: copy.url(),
            keys: source.keys,
            _dir: None,
            _database: Some(copy),
        }
    }
}

async fn drop_and_create(admin: &sea_orm::DatabaseConnection, name: &str, with: &str) {
    for sql in [
        format!("DROP DATABASE IF EXISTS {name}"),
        format!("CREATE DATABASE {name} {with}"),
    ] {
        admin.execute_unprepared(&sql).await.unwrap();
    }
}

/// The server of the environment; the suite runs on SQLite without one.
#[expect(
    clippy::disallowed_methods,
    reason = "the test runner says which database through the environment"
)]
fn server() -> Option<String> {
    std::env::var("TEST_DATABASE_URL").ok().filter(|url| !url.is_empty())
}

fn database(server: &str, name: &str) -> String {
    let (base, _) = server.rsplit_once('/').unwrap();
    format!("{base}/{name}")
}

/// A word for this build of the suite, so that an old template is never used.
fn build() -> String {
    let exe = std::env::current_exe().unwrap();
    let meta = std::fs::metadata(&exe).unwrap();
    let at = meta.modified().unwrap().duration_since(std::time::UNIX_EPOCH).unwrap();
    let server = server().map_or(0, |url| {
        url.bytes()
            .fold(7u64, |sum, byte| sum.wrapping_mul(31) + u64::from(byte))
    });
    format!("{:x}_{:x}_{server:x}", at.as_nanos(), meta.len())
}

fn template_dir() -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(build());
    std::fs::create_dir_all(&dir).unwrap();
    dir
}

/// Waits on a thread of its own: whoever holds the lock may be another future
/// of the same test, which must be able to go on.
async fn locked(template: &Path) -> std::fs::File {
    let file = std::fs::File::create(template.join("lock")).unwrap();
    let waits = move || file.lock().map(|()| file);
    tokio::task::spawn_blocking(waits).await.unwrap().unwrap()
}

async fn once(template: &Path, source: &Home) {
    let lock = locked(template).await;
    found(template, source).await;
    drop(lock);
}

async fn found(template: &Path, source: &Home) {
    if template.join("done").exists() {
        return;
    }
    KeyRing::generate(Algorithm::Sm4Gcm)
        .unwrap()
        .write(&source.keys, true)
        .unwrap();
    let app = assemble(source, Clock::fixed(morning())).await;
    migrations::Migrator::up(app.db.schema(), None).await.unwrap();
    tonghu::demo::people(&app).await.unwrap();
    if app.db.is_sqlite() {
        app.db
            .schema()
            .execute_unprepared("PRAGMA wal_checkpoint(TRUNCATE)")
            .await
            .unwrap();
    }
    app.db.close().await.unwrap();
    std::fs::write(template.join("done"), "").unwrap();
}
