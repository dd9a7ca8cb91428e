//! What a department is told: for every type of task exactly the fields of its
//! list, on the page and in the interface.

use super::{case, on_case, opened, task_of};
use crate::given;
use crate::support::{App, Client};
use chrono::{DateTime, Utc};
use sea_orm::ActiveValue::Set;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};
use std::collections::HashMap;
use tonghu::entity::{CodeList, case_child, child, deadline, protection_case, task, unit};
use tonghu::network;
use tonghu::rules::codes::{self, TaskType};
use tonghu::rules::division::Division;
use tonghu::rules::level::RiskLevel;
use tonghu::rules::rule_change::is_law;
use tonghu::rules::rulebook::Rulebook;
use tonghu::rules::taskdue;
use tonghu::rules::taskshare::SharedField;
use tonghu::vault::Slot;
use uuid::Uuid;

/// A word in each field of the case that tells it from all others.
const MARKS: [(SharedField, &str); 11] = [
    (SharedField::Address, "标记详址"),
    (SharedField::Name, "标记姓名"),
    (SharedField::BirthDate, "2019-03-04"),
    (SharedField::IdNumber, "140699201903040020"),
    (SharedField::Feature, "标记特征"),
    (SharedField::School, "标记学校"),
    (SharedField::Category, "孤儿"),
    (SharedField::CaseType, "家庭身体暴力"),
    (SharedField::Summary, "标记摘要"),
    (SharedField::Suspect, "标记嫌疑"),
    (SharedField::Guardian, "标记监护"),
];

/// What no type of task is told.
const NEVER: [&str; 5] = ["标记标题", "标记意见", "标记联系", "16000000009", "16000000019"];

/// The county's units of the kinds that only an import brings.
async fn imported(app: &App) {
    let county = Division::parse("140622").unwrap();
    for kind in codes::unit_kinds().iter().filter(|kind| kind.by_import) {
        let there = network::units_of(app.state.db.read(), &kind.code, &county)
            .await
            .unwrap();
        if there.is_empty() {
            let row = unit::ActiveModel {
                id: Set(Uuid::now_v7()),
                kind: Set(kind.code.clone()),
                name: Set(format!("应县{}", kind.name)),
                division: Set(county.code().to_owned()),
                active: Set(true),
                phone: Set(None),
                version: Set(1),
            };
            row.insert(app.state.db.schema()).await.unwrap();
        }
    }
}

#[tokio::test]
async fn for_every_type_of_task_the_department_reads_its_fields_and_no_other() {
    let app = App::start().await;
    let case = marked(&app).await;
    imported(&app).await;
    let county = app.sign_in("county").await;
    let mut people = HashMap::new();
    for kind in codes::task_types() {
        let task = opened(&app, &county, case, &kind.code).await;
        let person = handler(&app, &mut people, &task).await;
        let shown = person.get(&format!("/api/v1/tasks/{}", task.id)).await;
        assert_eq!(shown.status, 200, "{}: {}", kind.code, shown.text());
        let page = person.get(&format!("/tasks/{}", task.id)).await;
        assert_eq!(page.status, 200, "{}", kind.code);
        told(kind, &shown.json(), &page.text());
    }
}

fn told(kind: &TaskType, json: &Value, page: &str) {
    for (field, mark) in MARKS {
        let wanted = kind.fields.contains(&field);
        let what = format!("{} {}", kind.code, field.code());
        assert_eq!(page.contains(mark), wanted, "{what} on the page");
        assert_eq!(json.to_string().contains(mark), wanted, "{what} in JSON");
    }
    for word in NEVER {
        assert!(
            !page.contains(word) && !json.to_string().contains(word),
            "{} {word}",
            kind.code
        );
    }
    let has = |field| kind.fields.contains(&field);
    let children = json["children"].to_string();
    assert_eq!(
        children.contains("女"),
        has(SharedField::Sex),
        "{}: {children}",
        kind.code
    );
    assert_eq!(
        children.contains("6岁"),
        has(SharedField::Age),
        "{}: {children}",
        kind.code
    );
    let details = json["details"].to_string();
    assert_eq!(
        details.contains("cohabiting"),
        has(SharedField::Cohabiting),
        "{}",
        kind.code
    );
    assert_eq!(
        json["place"].as_str().is_some_and(|place| place.contains("金城镇")),
        has(SharedField::Place)
    );
}

/// A person of the department that has the task.
async fn handler(app: &App, people: &mut HashMap<Uuid, Client>, task: &task::Model) -> Client {
    if let Some(known) = people.get(&task.unit_id) {
        return known.clone();
    }
    let unit = unit::Entity::find_by_id(task.unit_id).one(app.state.db.read()).await;
    let unit = unit.unwrap().unwrap();
    let name = format!("handler.{}", unit.kind.to_lowercase());
    let person = given::handler_of(app, &unit, &name).await;
    people.insert(task.unit_id, person.clone());
    person
}

/// A case with a mark in every field.
async fn marked(app: &App) -> Uuid {
    let case = case(app, RiskLevel::Blue).await;
    let vault = &app.state.vault;
    let seal = |column, text| vault.seal(Slot::new("protection_case", column, case.id), text).unwrap();
    let row = protection_case::ActiveModel {
        address: Set(Some(seal("address", "标记详址"))),
        title: Set(seal("title", "标记标题")),
        summary: Set(seal("summary", "标记摘要")),
        cohabiting_suspect: Set("yes".to_owned()),
        ..Default::default()
    };
    given::set(app, case.id, row).await;
    mark_child(app, case.id).await;
    let county = app.sign_in("county").await;
    for (kind, name, phone) in [
        ("suspect", "标记嫌疑", "16000000009"),
        ("guardian", "标记监护", "16000000019"),
        ("contact", "标记联系", "16000000009"),
    ] {
        let body = json!({ "step": "party", "kind": kind, "name": name, "phone": phone });
        let reply = on_case(app, &county, case.id, body).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
    }
    case.id
}

async fn mark_child(app: &App, case: Uuid) {
    let link = case_child::Entity::find()
        .filter(case_child::Column::CaseId.eq(case))
        .one(app.state.db.read())
        .await;
    let id = link.unwrap().unwrap().child_id;
    let orphan = codes::child_categories().iter().find(|row| row.name == "孤儿").unwrap();
    let seal = |column, text| {
        Set(Some(
            app.state.vault.seal(Slot::new("child", column, id), text).unwrap(),
        ))
    };
    let row = child::ActiveModel {
        id: Set(id),
        name: seal("name", "标记姓名"),
        birth_date: seal("birth_date", "2019-03-04"),
        id_number: seal("id_number", "140699201903040020"),
        feature: seal("feature", "标记特征"),
        school: seal("school", "标记学校"),
        opinion: seal("opinion", "标记意见"),
        categories: Set(CodeList(vec![orphan.code.clone()])),
        age_at_intake: Set(Some(6)),
        ..Default::default()
    };
    row.update(app.state.db.schema()).await.unwrap();
}

/// The clock by which the task itself is owed.
async fn owed(app: &App, task: Uuid) -> deadline::Model {
    let found = deadline::Entity::find()
        .filter(deadline::Column::TaskId.eq(task))
        .filter(deadline::Column::Milestone.eq("task_done"))
        .one(app.state.db.read())
        .await;
    found.unwrap().unwrap()
}

#[tokio::test]
async fn a_task_is_owed_by_the_rule_of_its_type_and_the_department_reads_which() {
    let app = App::start().await;
    let case = case(&app, RiskLevel::Yellow).await.id;
    let county = app.sign_in("county").await;
    for (kind, code, hours) in [
        ("T50", "DL13-normal", 72),
        ("T37", "DL16", 24),
        ("T80", "TSK-yellow", 72),
    ] {
        let task = opened(&app, &county, case, kind).await;
        let rule = Rulebook::embedded().rule(code).unwrap();
        assert_eq!(
            task.due_at,
            Some(app.clock.now() + chrono::TimeDelta::hours(hours)),
            "{kind}"
        );
        let clock = owed(&app, task.id).await;
        assert_eq!(
            (clock.due_at, clock.owner_unit),
            (task.due_at.unwrap(), task.unit_id),
            "{kind}"
        );
        let mut people = HashMap::new();
        let person = handler(&app, &mut people, &task).await;
        let page = person.get(&format!("/tasks/{}", task.id)).await.text();
        assert!(page.contains(&taskdue::words(rule)), "{kind}: {page}");
        assert_eq!(page.contains("本地可配置"), !is_law(&rule.row().nature), "{kind}");
        let paper = codes::artifact_kind(&codes::task_type(kind).unwrap().artifacts[0]).unwrap();
        assert!(page.contains(&paper.name), "{kind}: {}", paper.name);
        let json = person.get(&format!("/api/v1/tasks/{}", task.id)).await.json();
        assert_eq!(json["due_rule"], code);
        assert_eq!(json["completed_by"][0], paper.name.as_str());
    }
}

#[tokio::test]
async fn a_time_agreed_on_is_neither_past_nor_beyond_the_law() {
    let app = App::start().await;
    let case = case(&app, RiskLevel::Yellow).await.id;
    let county = app.sign_in("county").await;
    let order = |kind: &str, at: DateTime<Utc>| json!({ "step": "open_task", "type": kind, "request": "依法办理", "due_at": at });
    let in_hours = |hours| app.clock.now() + chrono::TimeDelta::hours(hours);
    for (kind, at, says) in [
        ("T80", in_hours(-1), "晚于现在"),
        ("T50", in_hours(73), "反家庭暴力法§28"),
    ] {
        let refused = on_case(&app, &county, case, order(kind, at)).await;
        assert_eq!(refused.status, 422, "{}", refused.text());
        let error = refused.json()["errors"][0].clone();
        assert_eq!(error["pointer"], "/due_at");
        assert!(error["message"].as_str().unwrap().contains(says), "{error}");
    }
    let kept = on_case(&app, &county, case, order("T50", in_hours(60))).await;
    assert_eq!(kept.status, 200, "{}", kept.text());
    let task = task_of(&app, case, "T50").await;
    assert_eq!(owed(&app, task.id).await.rule, "约定时限");
    assert_eq!(task.due_at, Some(in_hours(60)));
}
