//! What people do at the terminal: accounts, keys, lists, the check and the
//! demonstration's data, through the program itself.

use crate::support::binary::{Service, command, run, said};
use crate::support::wire::Answer;
use crate::support::{App, Home};
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::json;
use std::path::PathBuf;
use tempfile::TempDir;
use tonghu::entity::{Sealed, account, child, protection_case};
use tonghu::vault::Slot;

/// Runs a command that must succeed; answers what it said.
fn told(home: &Home, arguments: &[&str]) -> String {
    let output = run(home, arguments);
    let said = said(&output);
    assert!(output.status.success(), "{arguments:?}: {said}");
    said
}

/// Runs a command that must be refused; answers what it said.
fn refused(home: &Home, arguments: &[&str]) -> String {
    let output = run(home, arguments);
    let said = said(&output);
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {said}");
    assert!(!said.contains("panicked"), "{said}");
    said
}

/// The secret that a command printed after these words.
fn secret(said: &str, words: &str) -> String {
    let line = said.lines().find_map(|line| line.strip_prefix(words));
    line.unwrap_or_else(|| panic!("{words} is missing: {said}")).to_owned()
}

async fn sign_in(service: &Service, username: &str, password: &str) -> Answer {
    let body = json!({ "username": username, "password": password });
    service.json(&[], "POST", "/api/v1/session", &body).await.unwrap()
}

fn written(dir: &TempDir, name: &str, text: &str) -> String {
    let path = dir.path().join(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_account_from_the_terminal_signs_in_until_it_is_reset_and_disabled() {
    let home = Home::fresh().await;
    let add = ["user", "add", "clerk", "--name", "甲小乙", "--role", "township"];
    let place = ["--division", "140622100", "--unit-kind", "TMP"];
    let first = secret(&told(&home, &[&add[..], &place].concat()), "一次性口令：");
    let dir = tempfile::tempdir().unwrap();
    let service = Service::start(&home, &dir.path().join("log"));
    let entered = sign_in(&service, "clerk", &first).await;
    assert_eq!(entered.status, 200, "{}", entered.text());
    let second = secret(&told(&home, &["user", "reset", "clerk"]), "一次性口令：");
    assert_ne!(first, second);
    assert_eq!(sign_in(&service, "clerk", &first).await.status, 401);
    assert_eq!(sign_in(&service, "clerk", &second).await.status, 200);
    assert!(told(&home, &["user", "disable", "clerk"]).contains("已停用"));
    assert_eq!(sign_in(&service, "clerk", &second).await.status, 401);
}

#[tokio::test]
async fn a_program_gets_a_token_and_no_password() {
    let home = Home::fresh().await;
    let said = told(
        &home,
        &["user", "add", "gauge", "--name", "指标采集", "--role", "service"],
    );
    let token = secret(&said, "令牌（只显示这一次）：");
    assert!(!said.contains("口令"), "{said}");
    let dir = tempfile::tempdir().unwrap();
    let service = Service::start(&home, &dir.path().join("log"));
    let counts = async |token: &str| {
        let bearer = format!("Bearer {token}");
        let headers = [("authorization", bearer.as_str())];
        service.json(&headers, "GET", "/metrics", &json!(null)).await.unwrap()
    };
    assert_eq!(counts(&token).await.status, 200);
    let renewed = secret(&told(&home, &["user", "reset", "gauge"]), "令牌（只显示这一次）：");
    assert_eq!(counts(&token).await.status, 401);
    assert_eq!(counts(&renewed).await.status, 200);
}

#[tokio::test]
async fn an_account_that_cannot_be_is_refused_in_words() {
    let home = Home::fresh().await;
    let add = |username, role, more: &[&'static str]| {
        refused(
            &home,
            &[&["user", "add", username, "--name", "甲小乙", "--role", role], more].concat(),
        )
    };
    assert!(add("operator", "operator", &[]).contains("该用户名已被使用"));
    assert!(add("clerk", "king", &[]).contains("没有这个角色"));
    assert!(add("clerk", "township", &["--division", "14"]).contains("区划"));
    let nowhere = add("clerk", "township", &["--division", "140622100", "--unit-kind", "NONE"]);
    assert!(nowhere.contains("没有这类机构"), "{nowhere}");
    assert!(refused(&home, &["user", "disable", "nobody"]).contains("没有这个账号"));
    assert!(refused(&home, &["user", "reset", "nobody"]).contains("没有这个账号"));
}

/// Where keys may be made, on a database without a table.
async fn keyless() -> (Home, TempDir, PathBuf) {
    let mut home = Home::blank().await;
    let dir = tempfile::tempdir().unwrap();
    home.keys = dir.path().join("new.keys");
    let path = home.keys.clone();
    (home, dir, path)
}

#[tokio::test]
async fn keys_are_made_once_for_their_owner_alone_and_never_written_over() {
    use std::os::unix::fs::PermissionsExt;
    let (home, _dir, path) = keyless().await;
    assert!(told(&home, &["key", "new"]).contains(path.to_str().unwrap()));
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let before = std::fs::read(&path).unwrap();
    refused(&home, &["key", "new"]);
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[tokio::test]
async fn after_a_rotation_old_names_are_read_and_new_ones_sealed_with_the_new_key() {
    let (home, _dir, path) = keyless().await;
    told(&home, &["key", "new"]);
    told(&home, &["migrate"]);
    let add = |username: &'static str| {
        told(
            &home,
            &["user", "add", username, "--name", "甲小乙", "--role", "auditor"],
        )
    };
    add("before");
    assert!(told(&home, &["key", "rotate"]).contains("已轮换"));
    add("after");
    assert!(told(&home, &["check"]).contains("检查通过"));
    assert_eq!(names(&home).await, ["甲小乙", "甲小乙"]);
    let sealed: Vec<_> = accounts(&home).await.into_iter().map(|account| account.name).collect();
    assert_ne!(key_id(&sealed[0]), key_id(&sealed[1]));
    std::fs::remove_file(&path).unwrap();
    refused(&home, &["key", "rotate"]);
    assert!(!path.exists(), "no keys are made up");
}

/// The accounts, `before` first.
async fn accounts(home: &Home) -> Vec<account::Model> {
    use sea_orm::QueryOrder;
    let app = App::over(home.at(home.url.clone())).await;
    let query = account::Entity::find();
    let newest_last = query.order_by_desc(account::Column::Username);
    newest_last.all(app.state.db.read()).await.unwrap()
}

async fn names(home: &Home) -> Vec<String> {
    let app = App::over(home.at(home.url.clone())).await;
    let open = |account: account::Model| {
        let slot = Slot::new("account", "name", account.id);
        app.state.vault.open(slot, &account.name).unwrap()
    };
    accounts(home).await.into_iter().map(open).collect()
}

/// The key's number in a sealed field: the third byte, after the version and
/// the algorithm.
fn key_id(sealed: &Sealed) -> u8 {
    sealed.0[2]
}

#[tokio::test]
async fn a_list_is_only_tried_until_it_is_applied_and_a_bad_row_stops_all_of_it() {
    let home = Home::fresh().await;
    let dir = tempfile::tempdir().unwrap();
    let heads = "日期,类型,名称\n";
    let good = written(&dir, "good.csv", &format!("{heads}2027-05-01,holiday,劳动节\n"));
    let tried = told(&home, &["import", "holidays", &good]);
    assert!(tried.contains("2027-05-01") && tried.contains("--apply"), "{tried}");
    assert_eq!(
        told(&home, &["import", "holidays", &good]),
        tried,
        "trying writes nothing"
    );
    assert!(told(&home, &["import", "holidays", &good, "--apply"]).contains("已写入"));
    let bad = written(
        &dir,
        "bad.csv",
        &format!("{heads}2027-10-01,holiday,国庆节\n2027-13-01,holiday,国庆节\n"),
    );
    let said = refused(&home, &["import", "holidays", &bad, "--apply"]);
    assert!(said.contains("第 3 行") && said.contains("没有写入任何内容"), "{said}");
    let rest = written(&dir, "rest.csv", &format!("{heads}2027-10-01,holiday,国庆节\n"));
    let tried = told(&home, &["import", "holidays", &rest]);
    assert!(
        tried.contains("2027-10-01"),
        "the good row beside the bad one is not there: {tried}"
    );
}

#[tokio::test]
async fn a_list_of_children_comes_in_sealed_and_its_bad_row_tells_no_name() {
    let home = Home::fresh().await;
    let dir = tempfile::tempdir().unwrap();
    let heads = "姓名,性别,出生日期,证件号,儿童类别,居住区划,学校班级,特征\n";
    let good = written(
        &dir,
        "good.csv",
        &format!("{heads}甲小宝,女,2019-01-01,,07,140622100,,\n"),
    );
    told(&home, &["import", "children", &good]);
    assert_eq!(children(&home).await.len(), 0);
    told(&home, &["import", "children", &good, "--apply"]);
    let there = children(&home).await;
    assert_eq!(there.len(), 1);
    assert!(there.iter().all(|child| !format!("{child:?}").contains("甲小宝")));
    let bad = written(
        &dir,
        "bad.csv",
        &format!("{heads}乙大宝,女,2019-13-01,,07,140622100,,\n"),
    );
    let said = refused(&home, &["import", "children", &bad, "--apply"]);
    assert!(said.contains("第 2 行") && !said.contains("乙大宝"), "{said}");
}

#[tokio::test]
async fn a_list_of_services_is_tried_applied_and_refused_whole() {
    let home = Home::fresh().await;
    let dir = tempfile::tempdir().unwrap();
    let heads = "类别,名称,区划代码,地址,电话,服务时间,备注,启用\n";
    let row = "hospital,县医院（测试）,140622,东街,0349-0001234,全天,,是\n";
    let good = written(&dir, "good.csv", &format!("{heads}{row}"));
    let tried = told(&home, &["import", "services", &good]);
    assert!(
        tried.contains("新增 县医院（测试）") && tried.contains("--apply"),
        "{tried}"
    );
    assert_eq!(
        told(&home, &["import", "services", &good]),
        tried,
        "trying writes nothing"
    );
    assert!(told(&home, &["import", "services", &good, "--apply"]).contains("已写入"));
    assert!(
        !told(&home, &["import", "services", &good]).contains("新增"),
        "the same again changes nothing"
    );
    let bad = written(
        &dir,
        "bad.csv",
        &format!("{heads}hospital,乙医院,140622,,0349-0001235,全天,,是\nking,丙,999999,,,,,\n"),
    );
    let said = refused(&home, &["import", "services", &bad, "--apply"]);
    assert!(said.contains("第 3 行") && said.contains("没有写入任何内容"), "{said}");
    let rest = written(
        &dir,
        "rest.csv",
        &format!("{heads}hospital,乙医院,140622,,0349-0001235,全天,,是\n"),
    );
    let tried = told(&home, &["import", "services", &rest]);
    assert!(
        tried.contains("新增 乙医院"),
        "the good row beside the bad one is not there: {tried}"
    );
}

#[tokio::test]
async fn a_file_that_is_not_there_and_a_list_that_does_not_exist_are_named() {
    let home = Home::fresh().await;
    let dir = tempfile::tempdir().unwrap();
    let nowhere = dir.path().join("nowhere.csv");
    assert!(refused(&home, &["import", "holidays", nowhere.to_str().unwrap()]).contains("读取文件"));
    let file = written(&dir, "any.csv", "a,b\n1,2\n");
    let said = refused(&home, &["import", "kings", &file]);
    assert!(said.contains("kings") || said.contains("holidays"), "{said}");
}

async fn children(home: &Home) -> Vec<child::Model> {
    let app = App::over(home.at(home.url.clone())).await;
    child::Entity::find().all(app.state.db.read()).await.unwrap()
}

#[tokio::test]
async fn the_check_says_where_each_value_comes_from_and_hides_secrets() {
    let home = Home::fresh().await;
    let said = told(&home, &["check"]);
    for name in ["database_url", "key_file", "bind"] {
        assert!(said.contains(name), "{name}: {said}");
    }
    assert!(said.contains("环境变量") && said.contains("默认"), "{said}");
    let mut secretive = command(&home, &["check"]);
    secretive.env("TONGHU_DATABASE_URL", "postgres://tonghu:open-sesame@127.0.0.1:9/none");
    let output = secretive.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        !crate::support::binary::said(&output).contains("open-sesame"),
        "{output:?}"
    );
}

#[tokio::test]
async fn the_chain_of_a_sound_database_is_verified() {
    let home = Home::fresh().await;
    told(
        &home,
        &["user", "add", "clerk", "--name", "甲小乙", "--role", "auditor"],
    );
    assert!(told(&home, &["audit", "verify"]).contains("审计链完整"));
}

/// The names of all children, in the order in which they were invented.
async fn invented(home: &Home) -> Vec<String> {
    let app = App::over(home.at(home.url.clone())).await;
    let mut children = child::Entity::find().all(app.state.db.read()).await.unwrap();
    children.sort_by_key(|child| child.id);
    let open = |child: child::Model| {
        let slot = Slot::new("child", "name", child.id);
        let name = app.state.vault.open_some(slot, child.name.as_ref()).unwrap();
        name.unwrap_or_default()
    };
    children.into_iter().map(open).collect()
}

#[tokio::test]
async fn the_same_seed_invents_the_same_children_and_is_loaded_once() {
    let load = |home: &Home, seed: &str| told(home, &["demo", "--cases", "6", "--children", "8", "--seed", seed]);
    let (first, second, other) = (Home::blank().await, Home::blank().await, Home::blank().await);
    assert!(load(&first, "7").contains("已装入 6 件个案"));
    assert!(load(&first, "8").contains("没有写入任何内容"));
    load(&second, "7");
    load(&other, "8");
    let names = invented(&first).await;
    assert!(names.len() >= 6, "{names:?}");
    assert_eq!(names, invented(&second).await);
    assert_ne!(names, invented(&other).await);
    let app = App::over(first.at(first.url.clone())).await;
    let cases = protection_case::Entity::find()
        .count(app.state.db.read())
        .await
        .unwrap();
    assert!(cases >= 6, "{cases}");
}
