//! The list of the children of an area: who may bring it in, what it writes,
//! what it does not tell.

use crate::given::{self, Spec};
use crate::support::{App, Client, Reply};
use axum::http::StatusCode;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use tonghu::children;
use tonghu::entity::{case_child, child, journal_entry, protection_case, recusal};
use tonghu::rules::level::RiskLevel;
use tonghu::vault::Slot;
use uuid::Uuid;

const HEADS: &str = "姓名,性别,出生日期,证件号,儿童类别,居住区划,学校班级,特征\n";
const ONE: &str = "甲小宝,女,,140699201901010000,07,140622100,金城镇小学一年级,";

fn list(lines: &[&str]) -> String {
    format!("{HEADS}{}\n", lines.join("\n"))
}

async fn send(who: &Client, text: &str, apply: bool) -> Reply {
    let fields: &[(&str, &str)] = if apply { &[("apply", "1")] } else { &[] };
    let file = ("file", "名册.csv", "text/csv", text.as_bytes());
    who.multipart("/children/import", fields, &[file]).await
}

async fn all(app: &App) -> Vec<child::Model> {
    child::Entity::find().all(app.state.db.read()).await.unwrap()
}

fn open(app: &App, child: &child::Model, column: &'static str) -> String {
    let sealed = match column {
        "name" => &child.name,
        "school" => &child.school,
        _ => &child.id_number,
    };
    let slot = Slot::new("child", column, child.id);
    app.state
        .vault
        .open_some(slot, sealed.as_ref())
        .unwrap()
        .unwrap_or_default()
}

async fn imports(app: &App) -> Vec<journal_entry::Model> {
    journal_entry::Entity::find()
        .filter(journal_entry::Column::Act.eq("children_imported"))
        .all(app.state.db.read())
        .await
        .unwrap()
}

#[tokio::test]
async fn a_dry_run_writes_nothing_and_the_confirmed_list_is_sealed_and_recorded() {
    let app = App::start().await;
    let township = app.sign_in("township").await;
    let text = list(&[ONE, "乙大宝,男,2015-05-05,,,140622100,,"]);
    let tried = send(&township, &text, false).await;
    assert_eq!(tried.status, StatusCode::OK, "{}", tried.text());
    assert!(tried.text().contains("试运行结果") && tried.text().contains("第 2 行：登记或更新"));
    assert!(all(&app).await.is_empty());
    let done = send(&township, &text, true).await;
    assert!(done.text().contains("已导入"), "{}", done.text());
    let children = all(&app).await;
    assert_eq!(children.len(), 2);
    let first = children.iter().find(|child| child.id_index.is_some()).unwrap();
    assert_eq!(
        (open(&app, first, "name").as_str(), first.sex.as_str()),
        ("甲小宝", "2")
    );
    assert_eq!(open(&app, first, "id_number"), "140699201901010000");
    assert_eq!(
        (first.categories.0.as_slice(), first.age_at_intake),
        (&["07".to_owned()][..], Some(7))
    );
    let sealed = first.name.as_ref().unwrap();
    assert!(!String::from_utf8_lossy(&sealed.0).contains("甲小宝"));
    let entries = imports(&app).await;
    assert_eq!((entries.len(), &entries[0].detail["new"]), (1, &serde_json::json!(2)));
    assert!(!entries[0].detail.to_string().contains("甲小宝"));
}

#[tokio::test]
async fn the_same_list_again_doubles_nobody_and_a_known_number_is_updated() {
    let app = App::start().await;
    let township = app.sign_in("township").await;
    let text = list(&[ONE, "乙大宝,男,2015-05-05,,,140622100,,"]);
    for _ in 0..2 {
        assert_eq!(send(&township, &text, true).await.status, StatusCode::OK);
    }
    assert!(
        all(&app).await.iter().all(|child| child.version == 1),
        "nothing changed, nothing written"
    );
    let moved = list(&["甲小宝,,,140699201901010000,,140622100,金城镇小学二年级,"]);
    assert_eq!(send(&township, &moved, true).await.status, StatusCode::OK);
    let children = all(&app).await;
    assert_eq!(children.len(), 2);
    let first = children.iter().find(|child| child.id_index.is_some()).unwrap();
    assert_eq!(open(&app, first, "school"), "金城镇小学二年级");
    assert_eq!(
        (first.version, first.categories.0.len()),
        (2, 1),
        "an empty cell changes nothing"
    );
}

#[tokio::test]
async fn a_bad_line_is_named_and_nothing_is_half_imported() {
    let app = App::start().await;
    let township = app.sign_in("township").await;
    let text = list(&[
        ONE,
        "丙小宝,,,140699201901010001,,140622100,,",
        "丁小宝,,2015-05-05,,,140623100,,",
        ONE,
    ]);
    let reply = send(&township, &text, true).await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = reply.text();
    for words in [
        "第 3 行",
        "校验位",
        "第 4 行",
        "不在本辖区",
        "第 5 行",
        "与第 2 行是同一名儿童",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(!page.contains("丙小宝"));
    assert!(all(&app).await.is_empty() && imports(&app).await.is_empty());
    let empty = township.multipart("/children/import", &[], &[]).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(empty.text().contains("选择要导入的文件"));
    let headless = send(&township, "姓名\n甲\n", true).await;
    assert!(headless.text().contains("缺少“居住区划”列"), "{}", headless.text());
}

#[tokio::test]
async fn only_who_keeps_an_area_brings_in_its_list_and_no_administrator_sees_it() {
    let app = App::start().await;
    for who in [
        "sysadmin", "secadmin", "auditor", "city", "lead", "operator", "village", "police", "hospital",
    ] {
        let person = app.sign_in(who).await;
        assert_eq!(
            person.get("/children/import").await.status,
            StatusCode::FORBIDDEN,
            "{who}"
        );
        assert_eq!(
            send(&person, &list(&[ONE]), true).await.status,
            StatusCode::FORBIDDEN,
            "{who}"
        );
        let ctx = given::ctx_of(&app, who).await;
        let refused = children::import(&app.state, &ctx, ("x.csv", list(&[ONE]).as_bytes()), false).await;
        assert!(refused.is_err(), "{who}");
    }
    assert!(all(&app).await.is_empty());
    let county = app.sign_in("county").await;
    assert!(
        county
            .get("/network")
            .await
            .text()
            .contains("href=\"/children/import\"")
    );
    assert!(
        !app.sign_in("sysadmin")
            .await
            .get("/network")
            .await
            .text()
            .contains("/children/import")
    );
    assert_eq!(send(&county, &list(&[ONE]), true).await.status, StatusCode::OK);
    let other = app.sign_in("county2").await;
    assert_eq!(
        send(&other, &list(&[ONE]), false).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
}

/// A case of the township whose child has a number.
async fn with_case(app: &App) -> (protection_case::Model, Uuid) {
    let case = given::case(app, Spec::at(app, RiskLevel::Yellow).await).await;
    let link = case_child::Entity::find()
        .filter(case_child::Column::CaseId.eq(case.id))
        .one(app.state.db.read())
        .await
        .unwrap()
        .unwrap();
    let row = child::ActiveModel {
        id: Set(link.child_id),
        id_index: Set(app.state.vault.index_some("id_number", Some("140699201901010000"))),
        ..Default::default()
    };
    row.update(app.state.db.schema()).await.unwrap();
    (case, link.child_id)
}

#[tokio::test]
async fn a_child_of_a_case_is_updated_and_the_case_told() {
    let app = App::start().await;
    let (case, id) = with_case(&app).await;
    let township = app.sign_in("township").await;
    let text = list(&["童小满,女,,140699201901010000,05,140622100,金城镇小学,"]);
    assert_eq!(send(&township, &text, true).await.status, StatusCode::OK);
    assert_eq!(all(&app).await.len(), 1, "updated, not doubled");
    let after = given::now(&app, case.id).await;
    assert_eq!(
        (after.sensitivity, after.version),
        (4, case.version + 1),
        "the category raised the label"
    );
    let told = journal_entry::Entity::find()
        .filter(journal_entry::Column::CaseId.eq(case.id))
        .filter(journal_entry::Column::Act.eq("child_recorded"))
        .one(app.state.db.read())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(told.subject, Some(id));
    assert!(
        told.detail["fields"]
            .as_array()
            .unwrap()
            .contains(&serde_json::json!("categories"))
    );
}

#[tokio::test]
async fn whoever_is_kept_out_of_a_case_neither_changes_its_child_nor_learns_of_it() {
    let app = App::start().await;
    let (case, id) = with_case(&app).await;
    let text = list(&["童小满,女,,140699201901010000,,140622100,别的学校,"]);
    let row = recusal::ActiveModel {
        id: Set(Uuid::now_v7()),
        case_id: Set(case.id),
        account_id: Set(Some(given::account_of(&app, "township").await.id)),
        unit_id: Set(None),
        rule: Set("RT04".to_owned()),
        note: Set(None),
        declared_by: Set(None),
        at: Set(app.clock.now()),
    };
    recusal::Entity::insert(row)
        .exec_without_returning(app.state.db.schema())
        .await
        .unwrap();
    let township = app.sign_in("township").await;
    let mut pages = Vec::new();
    for apply in [false, true, true] {
        let reply = send(&township, &text, apply).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
        pages.push(reply.text().contains("第 2 行：登记或更新"));
    }
    assert_eq!(pages, [true, true, true], "told alike whether or not there is a file");
    let kept = child::Entity::find_by_id(id)
        .one(app.state.db.read())
        .await
        .unwrap()
        .unwrap();
    assert!(kept.school.is_none() && kept.version == 1);
    assert_eq!(child::Entity::find().count(app.state.db.read()).await.unwrap(), 1);
    assert_eq!(
        imports(&app).await[0].detail["withheld"],
        1,
        "the auditor sees that a line was held back"
    );
}
