//! Those who see something see no more than their part: a village, a
//! department with its task, an obliged reporter, whoever took the call.

use super::shown;
use super::world::built;
use crate::given::{self, Spec};
use crate::support::{App, Client};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tonghu::entity::{protection_case, task, unit};
use tonghu::network;
use tonghu::rules::codes;
use tonghu::rules::division::Division;
use uuid::Uuid;

/// The second village of the township, right beside that of the director.
async fn next_village(app: &App) -> unit::Model {
    let own = given::account_of(app, "village").await;
    let township = Division::parse("140622100").unwrap();
    let mut villages = network::units_of(app.state.db.read(), "VIL", &township).await.unwrap();
    villages.sort_by(|one, other| one.division.cmp(&other.division));
    villages.into_iter().find(|unit| Some(unit.id) != own.unit_id).unwrap()
}

fn of_a_village(number: &str) -> Vec<String> {
    [
        "/cases",
        "/cases?mine=1",
        "/cases?q=%E9%82%BB%E5%B1%85",
        "/today",
        "/tasks?state=all",
        "/api/v1/cases?limit=100",
        "/api/v1/cases?q=%E9%82%BB%E5%B1%85",
        "/api/v1/tasks",
    ]
    .iter()
    .map(|path| (*path).to_owned())
    .chain([
        format!("/api/v1/cases?q={number}"),
        format!("/api/v1/cases?division=140622&q={number}"),
    ])
    .collect()
}

/// Every address of a case that a village could try.
async fn finds_no(village: &Client, case: &protection_case::Model) {
    for path in [
        "",
        "/print",
        "/plan",
        "/visits/new",
        "/tasks/new",
        "/do/sign",
        "/do/raise",
        "/do/recuse",
    ] {
        let reply = village.get(&format!("/cases/{}{path}", case.id)).await;
        assert_eq!(reply.status, 404, "{path}");
    }
    let (api, visits) = (
        format!("/api/v1/cases/{}", case.id),
        format!("/api/v1/visits?case={}", case.id),
    );
    for path in [&api, &visits] {
        assert_eq!(village.get(path).await.status, 404, "{path}");
    }
    let visit = crate::main_job::visit(&case.id.to_string(), "routine", "2026-11-23T09:00:00+08:00");
    assert_eq!(village.json("POST", "/api/v1/visits", visit).await.status, 404);
    let sign = json!({ "step": "sign", "version": case.version });
    assert_eq!(village.json("POST", &format!("{api}/steps"), sign).await.status, 404);
}

#[tokio::test]
async fn a_village_director_sees_no_case_of_the_next_village() {
    let app = App::start().await;
    let beside = next_village(&app).await;
    let neighbour = given::director_of(&app, &beside).await;
    let spec = Spec {
        place: beside.division.clone(),
        ..Spec::red(&app).await
    };
    let other = given::case(&app, spec).await;
    let own = given::case(&app, Spec::red(&app).await).await;
    assert!(casework_parts(&app, other.id).await.contains(&beside.id));
    let village = app.sign_in("village").await;
    for (who, seen, hidden) in [(&village, &own, &other), (&neighbour, &other, &own)] {
        let all = shown(who, &of_a_village(&hidden.number)).await;
        assert!(all.contains(&seen.id.to_string()), "its own is there");
        assert!(!all.contains(&hidden.id.to_string()) && !all.contains(&format!(">{}<", hidden.number)));
        finds_no(who, hidden).await;
        assert_eq!(given::now(&app, hidden.id).await, *hidden);
    }
}

async fn casework_parts(app: &App, case: Uuid) -> BTreeSet<Uuid> {
    let case = given::now(app, case).await;
    let facts = tonghu::casework::facts(app.state.db.read(), &case).await.unwrap();
    facts.parts.iter().map(|(unit, _)| *unit).collect()
}

/// A case may become one of the highest label while the village works on it.
#[tokio::test]
async fn a_village_is_told_of_a_special_task_and_never_why() {
    let world = built().await;
    let app = &world.job.app;
    let township = app.sign_in("township").await;
    let secret = json!({ "step": "child", "child": world.child, "categories": ["05"] });
    let after = world.job.taken(&township, secret).await;
    assert_eq!(world.job.view(&township).await["sensitivity"], "L4 特别保密", "{after}");
    let case = given::now(app, world.case).await;
    let village = app.sign_in("village").await;
    let all = shown(&village, &of_a_village(&world.number)).await;
    assert!(all.contains("特别关爱任务 1 件"), "{all}");
    for word in [
        &world.case.to_string(),
        &format!(">{}<", world.number),
        "家庭身体暴力",
        "艾滋",
        "淤青",
        "告诫",
    ] {
        assert!(!all.contains(word), "{word}");
    }
    finds_no(&village, &case).await;
    // Not even by what it recorded itself before.
    for path in [
        format!("/visits/{}", world.visit),
        format!("/visits/{}/photos/{}", world.visit, world.photo),
    ] {
        assert_eq!(village.get(&path).await.status, 404, "{path}");
    }
    let more = village
        .multipart(
            &format!("/visits/{}/photos", world.visit),
            &[],
            &[("photo", "a.jpg", "image/jpeg", &super::world::picture())],
        )
        .await;
    assert_eq!(more.status, 404);
    assert!(
        codes::task_types().iter().all(|kind| kind.kind != "VIL"),
        "no task leads around it"
    );
}

/// A case of RT02 is never sent to a village in the first place.
#[tokio::test]
async fn a_police_matter_never_reaches_the_village_where_it_happened() {
    let app = App::start().await;
    let spec = Spec {
        kind: "0202",
        ..Spec::red(&app).await
    };
    let case = given::case(&app, spec).await;
    let own = given::account_of(&app, "village").await.unit_id.unwrap();
    assert!(!casework_parts(&app, case.id).await.contains(&own));
    let village = app.sign_in("village").await;
    let all = shown(&village, &of_a_village(&case.number)).await;
    assert!(
        !all.contains(&case.id.to_string()) && !all.contains("特别关爱任务"),
        "{all}"
    );
    finds_no(&village, &case).await;
}

/// The fields of a task as its department gets them, and nothing of the case.
const TASK_FIELDS: [&str; 25] = [
    "address",
    "case_number",
    "children",
    "completed_by",
    "details",
    "dispute",
    "due_at",
    "due_rule",
    "due_rule_text",
    "id",
    "lead_unit",
    "level",
    "number",
    "papers",
    "place",
    "request",
    "result",
    "review_note",
    "sent_back",
    "state",
    "steps",
    "type",
    "type_name",
    "unit",
    "version",
];

/// What stands in the case and in no task.
const UNTOLD: [&str; 7] = [
    "打骂声",
    "童大山",
    "16000000001",
    "16000000022",
    "童小满",
    "奶奶",
    "V04",
];

async fn reported(app: &App) -> Value {
    let place = given::account_of(app, "village").await.division;
    let mut call = crate::main_job::call(&place);
    call["content"] = json!("邻居多次听见打骂声");
    call["caller"]["name"] = json!("奶奶");
    call["suspect_name"] = json!("童大山");
    call["suspect_relation"] = json!("father");
    call["suspect_phone"] = json!("16000000022");
    call["children"] = json!([{ "name": "童小满", "sex": "2", "age": 7, "feature": "红色上衣" }]);
    let operator = app.sign_in("operator").await;
    let reply = operator.json("POST", "/api/v1/reports", call).await;
    assert_eq!(reply.status, 201, "{}", reply.text());
    reply.json()
}

async fn task_of(app: &App, case: Uuid, kind: &str) -> task::Model {
    let found = task::Entity::find()
        .filter(task::Column::CaseId.eq(case))
        .filter(task::Column::TypeCode.eq(kind))
        .one(app.state.db.read())
        .await;
    found.unwrap().unwrap()
}

#[tokio::test]
async fn an_assisting_department_sees_the_fields_of_its_task_and_no_more() {
    let app = App::start().await;
    let case: Uuid = reported(&app).await["case"]["id"].as_str().unwrap().parse().unwrap();
    let county = app.sign_in("county").await;
    let version = given::now(&app, case).await.version;
    let order = json!({ "step": "open_task", "type": "T70", "request": "核实在校情况", "version": version });
    let opened = county.json("POST", &format!("/api/v1/cases/{case}/steps"), order).await;
    assert_eq!(opened.status, 200, "{}", opened.text());
    for (who, kind, shares_address) in [("police", "T30", true), ("education", "T70", false)] {
        let person = app.sign_in(who).await;
        let task = task_of(&app, case, kind).await;
        let shown = person.get(&format!("/api/v1/tasks/{}", task.id)).await.json();
        let fields: BTreeSet<&str> = shown.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(fields, BTreeSet::from(TASK_FIELDS), "{who}");
        assert_eq!(shown["address"].is_string(), shares_address, "{who}: {shown}");
        let page = person.get(&format!("/tasks/{}", task.id)).await;
        assert_eq!(page.status, 200);
        let lists = [
            "/tasks?state=all".to_owned(),
            "/api/v1/tasks".to_owned(),
            "/cases".to_owned(),
            "/api/v1/cases".to_owned(),
        ];
        let all = format!("{shown}{}{}", page.text(), super::shown(&person, &lists).await);
        for word in UNTOLD {
            assert!(!all.contains(word), "{who} reads {word}");
        }
        // The police may ask who reported, with a reason; nobody else gets the case's id.
        assert_eq!(all.contains(&case.to_string()), who == "police", "{who}");
        for path in ["", "/print", "/plan", "/do/note", "/tasks/new", "/measures/new"] {
            let reply = person.get(&format!("/cases/{case}{path}")).await;
            assert_eq!(reply.status, 404, "{who} {path}");
        }
        let visits = person.get(&format!("/api/v1/visits?case={case}")).await;
        assert_eq!(visits.status, 404, "{who}");
    }
    let health = app.sign_in("health").await;
    let others = health
        .get(&format!("/api/v1/tasks/{}", task_of(&app, case, "T70").await.id))
        .await;
    assert_eq!(others.status, 404, "a department sees its own task");
}

/// Who reported is opened to the shift lead and to the police on the case, each
/// time with a reason; to the police without the rest of the case.
#[tokio::test]
async fn the_police_on_a_case_may_open_who_reported_and_still_do_not_see_the_case() {
    let app = App::start().await;
    let case: Uuid = reported(&app).await["case"]["id"].as_str().unwrap().parse().unwrap();
    let path = format!("/cases/{case}/reporter");
    let police = app.sign_in("police").await;
    let task = task_of(&app, case, "T30").await;
    let page = police.get(&format!("/tasks/{}", task.id)).await.text();
    assert!(page.contains(&format!("action=\"{path}\"")), "{page}");
    let silent = police.post(&path, &[("reason", "")]).await;
    assert_eq!(silent.status, 422);
    assert!(!silent.text().contains("奶奶"), "{}", silent.text());
    let opened = police.post(&path, &[("reason", "核实报案人")]).await;
    assert_eq!(opened.status, 200, "{}", opened.text());
    let text = opened.text();
    assert!(text.contains("奶奶") && text.contains("16000000001"), "{text}");
    assert!(
        !text.contains(&format!("/cases/{case}\"")) && !text.contains("打骂声"),
        "{text}"
    );
    for who in ["education", "township", "county", "village", "operator"] {
        let person = app.sign_in(who).await;
        let reply = person.post(&path, &[("reason", "想知道")]).await;
        assert!(matches!(reply.status.as_u16(), 403 | 404), "{who}: {}", reply.status);
        assert!(!reply.text().contains("奶奶"), "{who}");
    }
}

/// Whoever took the call learns what became of it, not what was found.
#[tokio::test]
async fn an_operator_follows_the_case_they_opened_and_reads_none_of_the_work() {
    let world = built().await;
    let app = &world.job.app;
    let operator = app.sign_in("operator").await;
    let page = operator.get(&format!("/cases/{}", world.case)).await;
    assert_eq!(page.status, 200);
    let text = page.text();
    assert!(
        text.contains("孩子这几天常被同住的大人打"),
        "what they wrote down themselves"
    );
    assert!(
        text.contains("评估定级") && text.contains("帮扶中"),
        "what became of it"
    );
    for word in [
        "左上臂",
        "不再挨打",
        "应公接",
        "想和姑姑住",
        "每周走访",
        "可办理的事项",
        "显示身份",
        "启封",
    ] {
        assert!(!text.contains(word), "{word}");
    }
    let case = operator.get(&format!("/api/v1/cases/{}", world.case)).await.json();
    for absent in ["goals", "papers", "checks"] {
        assert_eq!(case[absent], Value::Null, "{absent}");
    }
    assert!(!case.to_string().contains("想和姑姑住"));
    for path in [
        format!("/cases/{}/plan", world.case),
        format!("/visits/{}", world.visit),
        format!("/visits/{}/photos/{}", world.visit, world.photo),
        format!("/api/v1/visits?case={}", world.case),
    ] {
        assert_eq!(operator.get(&path).await.status, 403, "{path}");
    }
    let task = operator.get(&format!("/tasks/{}", world.task)).await;
    assert!(matches!(task.status.as_u16(), 403 | 404), "{}", task.status);
    assert!(
        !operator
            .get("/api/v1/tasks")
            .await
            .text()
            .contains(&world.task.to_string())
    );
    let colleague = app.sign_in("operator2").await;
    assert_eq!(colleague.get(&format!("/cases/{}", world.case)).await.status, 404);
}
