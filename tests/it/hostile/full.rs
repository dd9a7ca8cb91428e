//! A database that takes nothing for a while. On SQLite its file system is
//! full: a small one of its own where this process may mount one (as root),
//! otherwise the file is forbidden to grow (`PRAGMA max_page_count`), which
//! fails at the statement instead of at COMMIT. On PostgreSQL the server turns
//! read-only and drops every connection, as in a failover.
//!
//! What must hold: saves fail visibly, what was typed is given back, what was
//! acknowledged stays, reading goes on, and afterwards everything works
//! without a restart.

use super::world::World;
use crate::given;
use crate::support::{App, Client, Home, Reply};
use axum::http::StatusCode;
use chrono::TimeDelta;
use sea_orm::{ColumnTrait, ConnectionTrait, Database, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;
use tonghu::entity::{journal_entry, report};
use tonghu::journal;
use tonghu::rules::level::RiskLevel::Yellow;
use uuid::Uuid;

/// Large enough for the network and some reports, small enough to be filled.
const MIB: u32 = 24;

/// What is wrong with the database.
enum Trouble {
    Disk(PathBuf),
    Pages,
    ReadOnly(String),
}

/// A place of its own that can be filled.
struct Place {
    trouble: Trouble,
    _dir: tempfile::TempDir,
}

impl Place {
    /// A copy of the founded database where it can get into trouble.
    async fn new() -> (Self, App) {
        let home = Home::fresh().await;
        let dir = tempfile::tempdir().unwrap();
        let Some(file) = home.file() else {
            let trouble = Trouble::ReadOnly(home.url.clone());
            return (Self { trouble, _dir: dir }, App::over(home).await);
        };
        let mounted = mount(dir.path());
        let copy = dir.path().join("tonghu.db");
        std::fs::copy(&file, &copy).unwrap();
        let app = App::over(home.at(format!("sqlite://{}", copy.display()))).await;
        let trouble = if mounted {
            Trouble::Disk(dir.path().to_owned())
        } else {
            Trouble::Pages
        };
        (Self { trouble, _dir: dir }, app)
    }

    async fn begins(&self, app: &App) {
        match &self.trouble {
            Trouble::Disk(dir) => fill(&dir.join("filler")),
            Trouble::Pages => pages(app, 1).await,
            Trouble::ReadOnly(url) => read_only(url, true).await,
        }
    }

    async fn ends(&self, app: &App) {
        match &self.trouble {
            Trouble::Disk(dir) => std::fs::remove_file(dir.join("filler")).unwrap(),
            Trouble::Pages => pages(app, 1_000_000).await,
            Trouble::ReadOnly(url) => read_only(url, false).await,
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Trouble::Disk(dir) = &self.trouble {
            let done = Command::new("umount").arg("--lazy").arg(dir).status();
            assert!(done.is_ok_and(|status| status.success()), "umount {}", dir.display());
        }
    }
}

/// Mounts a small file system in memory; answers whether that was allowed.
fn mount(dir: &Path) -> bool {
    let size = format!("size={MIB}m");
    let mounted = Command::new("mount")
        .args(["-t", "tmpfs", "-o", &size, "tmpfs"])
        .arg(dir)
        .output();
    mounted.is_ok_and(|output| output.status.success())
}

/// Takes every byte that is left.
fn fill(path: &Path) {
    use std::io::Write;
    let mut file = std::fs::File::create(path).unwrap();
    for size in [1 << 20, 1 << 12, 1] {
        let block = vec![0u8; size];
        while file.write_all(&block).is_ok() {}
    }
}

async fn pages(app: &App, most: u32) {
    let sql = format!("PRAGMA max_page_count = {most}");
    app.state.db.schema().execute_unprepared(&sql).await.unwrap();
}

async fn read_only(url: &str, on: bool) {
    let (base, name) = url.rsplit_once('/').unwrap();
    let admin = Database::connect(format!("{base}/postgres")).await.unwrap();
    let switch = if on { "on" } else { "off" };
    let sql = format!("ALTER DATABASE {name} SET default_transaction_read_only = {switch}");
    admin.execute_unprepared(&sql).await.unwrap();
    let end = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
    admin.execute_unprepared(&end).await.unwrap();
}

/// Sends reports until `count` of them were answered otherwise than refused as
/// wrong; answers the statuses and the ids of those acknowledged. In between
/// some are sent that are wrong, so that transactions are rolled back.
async fn send(client: &Client, count: usize) -> (Vec<StatusCode>, Vec<Uuid>) {
    let (mut statuses, mut acknowledged) = (Vec::new(), Vec::new());
    for at in 0..count {
        let body = |content: &str| {
            json!({
                "content": content, "case_types": ["0602"], "child_location": { "division": "140622100" },
                "children": [{ "age": 7, "feature": "约7岁女童" }],
            })
        };
        let keyed = client.with("idempotency-key", &Uuid::now_v7().to_string());
        let reply = keyed
            .json("POST", "/api/v1/reports", body(&format!("第{at}件：孩子常没人管")))
            .await;
        statuses.push(reply.status);
        if reply.status == StatusCode::CREATED {
            acknowledged.push(reply.json()["id"].as_str().unwrap().parse().unwrap());
        } else {
            visible(&reply.json());
            assert_eq!(reply.header("retry-after"), Some("5"));
        }
        let wrong = json!({ "version": 99, "step": "note", "text": "版本不对" });
        let path = format!("/api/v1/cases/{}/steps", Uuid::nil());
        let reply = client.json("POST", &path, wrong).await;
        assert!(reply.status.is_client_error() || reply.status == StatusCode::SERVICE_UNAVAILABLE);
    }
    (statuses, acknowledged)
}

/// A failed save says so in Chinese and says what to do.
fn visible(problem: &Value) {
    assert_eq!(problem["status"], 503, "{problem}");
    assert_eq!(problem["title"], "系统暂时无法保存，内容仍在页面上，稍后重试");
}

async fn there(app: &App, ids: &[Uuid]) -> usize {
    let db = app.state.db.read();
    let mut found = 0;
    for id in ids {
        found += usize::from(report::Entity::find_by_id(*id).one(db).await.unwrap().is_some());
    }
    found
}

async fn views(app: &App, case: Uuid) -> u64 {
    journal_entry::Entity::find()
        .filter(journal_entry::Column::CaseId.eq(case))
        .filter(journal_entry::Column::Act.eq("case_viewed"))
        .count(app.state.db.read())
        .await
        .unwrap()
}

#[tokio::test]
async fn a_database_that_takes_nothing_loses_nothing_and_recovers_by_itself() {
    let (place, app) = Place::new().await;
    let world = World::over(app);
    let app = &world.app;
    let operator = world.who("operator").await;
    let township = world.who("township").await;
    let case = world.case(Yellow, "accepted").await;
    let (statuses, mut acknowledged) = send(&operator, 10).await;
    assert!(
        statuses.iter().all(|status| *status == StatusCode::CREATED),
        "{statuses:?}"
    );

    place.begins(app).await;
    let (statuses, late) = send(&operator, 30).await;
    acknowledged.extend(late);
    let failed = statuses
        .iter()
        .filter(|status| **status == StatusCode::SERVICE_UNAVAILABLE);
    assert!(failed.count() >= 20, "it was not full: {statuses:?}");
    let version = given_back(app, &township, case.id).await;
    reading_goes_on(app, &township, case.id).await;
    assert_eq!(
        there(app, &acknowledged).await,
        acknowledged.len(),
        "what was saved stays"
    );

    place.ends(app).await;
    let (statuses, after) = send(&operator, 20).await;
    let refused = statuses.iter().skip(1).filter(|status| **status != StatusCode::CREATED);
    assert_eq!(refused.count(), 0, "it works again without a restart: {statuses:?}");
    acknowledged.extend(after);
    let note = [("version", version.to_string()), ("text", "外婆来了".to_owned())];
    let note = note.each_ref().map(|(name, value)| (*name, value.as_str()));
    let again = township.post(&format!("/cases/{}/do/note", case.id), &note).await;
    assert_eq!(again.status, StatusCode::SEE_OTHER, "{}", again.text());
    tonghu::worker::tick(&app.state).await;
    assert_eq!(
        views(app, case.id).await,
        2,
        "what was seen meanwhile is in the journal"
    );
    all_there_after_reopening(&world, &acknowledged).await;
}

/// Sends a form until it is refused: what is too little for a report may do for
/// some notes. Answers with which version of the case that was, and how it came
/// back.
async fn refused(app: &App, township: &Client, path: &str, case: Uuid) -> (i32, Reply) {
    for _ in 0..500 {
        let version = given::now(app, case).await.version;
        let reply = township.post(path, &typed(&version.to_string())).await;
        if reply.status != StatusCode::SEE_OTHER {
            return (version, reply);
        }
    }
    panic!("it was never full");
}

fn typed(version: &str) -> [(&str, &str); 2] {
    [("version", version), ("text", "外婆<来>了")]
}

/// A form that could not be saved comes back with what was typed.
async fn given_back(app: &App, township: &Client, case: Uuid) -> i32 {
    let path = format!("/cases/{case}/do/note");
    let (version, reply) = refused(app, township, &path, case).await;
    assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE, "{}", reply.text());
    let page = reply.text();
    for part in [
        "系统暂时无法保存",
        "您填写的内容还在",
        "重新提交",
        &format!("action=\"{path}\""),
        &format!("name=\"version\" value=\"{version}\""),
        township.csrf(),
    ] {
        assert!(page.contains(part), "{part} is missing: {page}");
    }
    assert!(page.matches("外婆").count() >= 2 && !page.contains("<来>"), "{page}");
    let bare = township.post_bare(&path, &typed(&version.to_string())).await;
    assert!(bare.status.is_client_error());
    version
}

/// Whoever cares for a child can read, even long after the session was last
/// written; the health check lives.
async fn reading_goes_on(app: &App, township: &Client, case: Uuid) {
    for path in ["/healthz", "/login", "/cases", "/tasks", "/network"] {
        let reply = township.get(path).await;
        let fine = reply.status == StatusCode::OK || reply.status == StatusCode::SEE_OTHER;
        assert!(fine, "{path}: {} {}", reply.status, reply.text());
    }
    app.clock.advance(TimeDelta::minutes(2));
    for path in [format!("/cases/{case}"), format!("/api/v1/cases/{case}")] {
        let reply = township.get(&path).await;
        assert_eq!(reply.status, StatusCode::OK, "{path}: {}", reply.text());
    }
}

async fn all_there_after_reopening(world: &World, acknowledged: &[Uuid]) {
    let app = &world.app;
    tonghu::worker::tick(&app.state).await;
    app.state.db.clone().close().await.unwrap();
    let again = App::over(app.home().at(app.home().url.clone())).await;
    assert_eq!(there(&again, acknowledged).await, acknowledged.len());
    if again.state.db.is_sqlite() {
        let sql = "PRAGMA integrity_check".to_owned();
        let statement = sea_orm::Statement::from_string(sea_orm::DbBackend::Sqlite, sql);
        let row = again.state.db.read().query_one_raw(statement).await.unwrap().unwrap();
        assert_eq!(row.try_get::<String>("", "integrity_check").unwrap(), "ok");
    }
    assert!(journal::verify(&again.state).await.unwrap().is_ok());
}
