//! What the program does when it cannot or must not start.

use crate::support::binary::{Service, command, run, said};
use crate::support::wire::{exchange, request};
use crate::support::{App, Home};
use sea_orm::ConnectionTrait;
use sha2::{Digest, Sha256};
use std::path::PathBuf;
use std::process::Output;
use tonghu::vault::{Algorithm, KeyRing};

/// A home that may be damaged.
struct Spare {
    home: Home,
    dir: tempfile::TempDir,
}

impl Spare {
    async fn new() -> Self {
        Self {
            home: Home::fresh().await,
            dir: tempfile::tempdir().unwrap(),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }
}

/// Fails unless a command was refused, with these words and no others of a
/// kind that nobody can use.
fn refused(output: &Output, words: &[&str]) {
    let said = said(output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    for word in words {
        assert!(said.contains(word), "{word} is missing: {said}");
    }
    assert!(!said.contains("panicked"), "{said}");
}

const COMMANDS: [&[&str]; 5] = [
    &["serve"],
    &["migrate"],
    &["worker"],
    &["audit", "verify"],
    &["user", "disable", "operator"],
];

#[tokio::test]
async fn without_its_key_file_nothing_starts_and_the_file_is_named() {
    let mut spare = Spare::new().await;
    let missing = spare.path("nowhere.keys");
    spare.home.keys.clone_from(&missing);
    for arguments in COMMANDS {
        refused(
            &run(&spare.home, arguments),
            &[missing.to_str().unwrap(), "tonghu key new"],
        );
    }
    refused(&run(&spare.home, &["check"]), &[missing.to_str().unwrap(), "有误"]);
    assert!(!missing.exists(), "no new keys are made up");
}

#[tokio::test]
async fn with_another_key_file_nothing_starts_and_the_file_is_named() {
    let mut spare = Spare::new().await;
    let other = spare.path("other.keys");
    KeyRing::generate(Algorithm::Sm4Gcm)
        .unwrap()
        .write(&other, false)
        .unwrap();
    let first = run(&spare.home, &["migrate"]);
    assert!(first.status.success(), "{}", said(&first));
    fold(App::over(spare.home.at(spare.home.url.clone())).await).await;
    let before = state_of(&spare.home).await;
    spare.home.keys.clone_from(&other);
    for arguments in COMMANDS {
        refused(&run(&spare.home, arguments), &[other.to_str().unwrap(), "与数据库不符"]);
    }
    refused(&run(&spare.home, &["check"]), &[other.to_str().unwrap(), "有误"]);
    assert_eq!(state_of(&spare.home).await, before);
}

#[tokio::test]
async fn a_key_file_that_is_none_is_named_and_its_content_is_not_told() {
    let mut spare = Spare::new().await;
    let broken = spare.path("broken.keys");
    spare.home.keys.clone_from(&broken);
    let secret = "c0ffee00c0ffee00c0ffee00c0ffee00";
    for content in [
        String::new(),
        "not json".to_owned(),
        format!("{{\"current\":\"{secret}\",\"index\":\"{secret}\",\"keys\":[]}}"),
        format!("{{\"current\":1,\"index\":\"{secret}\",\"keys\":[]}}"),
        format!(
            "{{\"current\":1,\"index\":\"{secret}\",\"keys\":[{{\"id\":1,\"algorithm\":\"{secret}\",\"secret\":\"{secret}\"}}]}}"
        ),
        format!("{{\"{secret}\":1}}"),
    ] {
        std::fs::write(&broken, &content).unwrap();
        let output = run(&spare.home, &["serve"]);
        refused(&output, &[broken.to_str().unwrap()]);
        assert!(!said(&output).contains(secret), "{}", said(&output));
    }
}

/// Closes a database whose file then holds everything.
async fn fold(app: App) {
    if app.state.db.is_sqlite() {
        let sql = "PRAGMA wal_checkpoint(TRUNCATE)";
        app.state.db.schema().execute_unprepared(sql).await.unwrap();
    }
    app.state.db.clone().close().await.unwrap();
}

/// What the database holds: the bytes of the file, or the rows of the two
/// tables that starting could touch.
async fn state_of(home: &Home) -> String {
    if let Some(file) = home.file() {
        return hex::encode(Sha256::digest(std::fs::read(file).unwrap()));
    }
    let app = App::over(home.at(home.url.clone())).await;
    let sql = "SELECT string_agg(held, ',') AS held FROM (SELECT version AS held FROM seaql_migrations \
        UNION ALL SELECT name || value FROM setting ORDER BY 1) AS rows";
    let statement = sea_orm::Statement::from_string(sea_orm::DbBackend::Postgres, sql);
    let row = app.state.db.read().query_one_raw(statement).await.unwrap().unwrap();
    let held = row.try_get("", "held").unwrap();
    app.state.db.clone().close().await.unwrap();
    held
}

#[tokio::test]
async fn a_database_newer_than_the_program_is_refused_untouched() {
    let spare = Spare::new().await;
    let app = App::over(spare.home.at(spare.home.url.clone())).await;
    app.state
        .db
        .schema()
        .execute_unprepared("INSERT INTO seaql_migrations (version, applied_at) VALUES ('m0999_of_tomorrow', 1)")
        .await
        .unwrap();
    fold(app).await;
    let before = state_of(&spare.home).await;
    for arguments in COMMANDS {
        refused(&run(&spare.home, arguments), &["m0999_of_tomorrow", "较新版本"]);
    }
    refused(&run(&spare.home, &["check"]), &["m0999_of_tomorrow", "有误"]);
    assert_eq!(state_of(&spare.home).await, before);
}

#[tokio::test]
async fn a_database_that_cannot_be_reached_is_named() {
    let spare = Spare::new().await;
    let file = spare.path("a-file");
    std::fs::write(&file, "").unwrap();
    let below = file.join("data/tonghu.db");
    let home = spare.home.at(format!("sqlite://{}", below.display()));
    refused(
        &run(&home, &["serve"]),
        &[below.parent().unwrap().to_str().unwrap(), "检查路径"],
    );
    let home = spare.home.at(format!("sqlite://{}", spare.dir.path().display()));
    refused(
        &run(&home, &["serve"]),
        &[spare.dir.path().to_str().unwrap(), "无法打开数据库文件"],
    );
    let garbage = spare.path("garbage.db");
    std::fs::write(&garbage, vec![7u8; 10_000]).unwrap();
    let home = spare.home.at(format!("sqlite://{}", garbage.display()));
    refused(&run(&home, &["serve"]), &[garbage.to_str().unwrap()]);
    assert_eq!(std::fs::read(&garbage).unwrap(), vec![7u8; 10_000]);
    let home = spare
        .home
        .at("postgres://nobody:hidden-word@127.0.0.1:9/tonghu".to_owned());
    let output = run(&home, &["serve"]);
    refused(&output, &["无法连接 PostgreSQL"]);
    assert!(!said(&output).contains("hidden-word"), "{}", said(&output));
}

#[tokio::test]
async fn wrong_configuration_is_told_before_anything_is_opened() {
    let spare = Spare::new().await;
    for (name, value, word) in [
        ("TONGHU_BIND", "everywhere", "127.0.0.1:8080"),
        ("TONGHU_PROXIES", "10.0.0.1, the-proxy", "the-proxy"),
        ("TONGHU_NOTICE_DAYS", "0", "1 至 3650"),
        ("TONGHU_NOTICE_DAYS", "半年", "半年"),
    ] {
        let output = command(&spare.home, &["serve"]).env(name, value).output().unwrap();
        refused(&output, &[word]);
    }
    let output = command(&spare.home, &["serve", "--demo", "--bind", "0.0.0.0:0"])
        .env("TONGHU_DEMO_DIR", spare.dir.path())
        .output()
        .unwrap();
    refused(&output, &["演示只能监听本机地址"]);
}

#[tokio::test]
async fn the_check_tells_what_is_wrong_and_ends_with_one() {
    let blank = Home::blank().await;
    refused(&run(&blank, &["check"]), &["待升级", "1 项有误"]);
    let made = run(&blank, &["migrate"]);
    assert!(made.status.success(), "{}", said(&made));
    let well = run(&blank, &["check"]);
    assert!(
        well.status.success() && said(&well).contains("检查通过"),
        "{}",
        said(&well)
    );
}

#[tokio::test]
async fn the_first_start_gives_an_address_that_works_once() {
    let home = Home::blank().await;
    let dir = tempfile::tempdir().unwrap();
    let log = dir.path().join("tonghu.log");
    let service = Service::start(&home, &log);
    assert!(service.greeting.contains("一次性"), "{}", service.greeting);
    let path = service
        .greeting
        .split(&service.address.to_string())
        .nth(1)
        .unwrap()
        .trim()
        .to_owned();
    assert!(path.starts_with("/setup/"), "{path}");
    let get = async |path: &str| {
        exchange(service.address, &request("GET", path, &[], b""))
            .await
            .unwrap()
    };
    assert_eq!(get(&path).await.status, 200);
    assert_eq!(get("/setup/0000").await.status, 404);
    let form = ("content-type", "application/x-www-form-urlencoded");
    let mut fields = Vec::new();
    for role in ["sysadmin", "secadmin", "auditor"] {
        fields.push((format!("{role}_username"), role.to_owned()));
        fields.push((format!("{role}_name"), "管三员".to_owned()));
        fields.push((format!("{role}_password"), "three-people-hold-it".to_owned()));
    }
    let body = serde_html_form::to_string(&fields).unwrap();
    let set_up = || request("POST", &path, &[form], body.as_bytes());
    let done = exchange(service.address, &set_up()).await.unwrap();
    assert_eq!(
        (done.status, done.header("location")),
        (303, Some("/login")),
        "{}",
        done.text()
    );
    assert_eq!(exchange(service.address, &set_up()).await.unwrap().status, 404);
    assert_eq!(get(&path).await.status, 404);
    service.kill();
    let again = Service::start(&home, &log);
    assert!(!again.greeting.contains("/setup/"), "{}", again.greeting);
    let log = std::fs::read_to_string(&log).unwrap();
    assert!(!log.contains("/setup/") && !log.contains("管三员"), "{log}");
}
