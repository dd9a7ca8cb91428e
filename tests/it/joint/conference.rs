//! 会商: minutes and tasks in one act.

use super::{case, fault, on_case, task_of};
use crate::given;
use crate::support::App;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::json;
use tonghu::entity::{conference, protection_case, task};
use tonghu::rules::level::RiskLevel;
use uuid::Uuid;

async fn count(app: &App, case: Uuid) -> (u64, u64) {
    let db = app.state.db.read();
    let held = conference::Entity::find().filter(conference::Column::CaseId.eq(case));
    let tasks = task::Entity::find().filter(task::Column::CaseId.eq(case));
    (held.count(db).await.unwrap(), tasks.count(db).await.unwrap())
}

/// A conference of the county about a red case, held over the form: the police
/// fix the evidence, civil affairs place the child.
async fn held(app: &App, case: &protection_case::Model) -> conference::Model {
    let unit = async |who| given::account_of(app, who).await.unit_id.unwrap().to_string();
    let (police, civil) = (unit("police").await, unit("civil").await);
    let version = case.version.to_string();
    let fields = [
        ("version", version.as_str()),
        ("on", "2026-11-23"),
        ("minutes_no", "应未保会〔2026〕7号"),
        ("place", "县未保中心"),
        ("agenda", "研究临时安置"),
        ("decisions", "由民政部门安置，公安同步固定证据"),
        ("member", police.as_str()),
        ("function", "副局长"),
        ("member3", civil.as_str()),
        ("function3", "股长"),
        ("pick", "T81"),
        ("type_code", "T12"),
        ("request", "三日内落实安置"),
    ];
    let at = format!("/cases/{}/conferences/new", case.id);
    let county = app.sign_in("county").await;
    assert_eq!(county.get(&at).await.status, 200);
    let reply = county.post(&at, &fields).await;
    assert_eq!(reply.status, 303, "{}", reply.text());
    let minutes = conference::Entity::find().one(app.state.db.read()).await;
    minutes.unwrap().unwrap()
}

#[tokio::test]
async fn one_act_makes_the_minutes_and_the_tasks_that_follow_from_them() {
    let app = App::start().await;
    let case = case(&app, RiskLevel::Red).await;
    let minutes = held(&app, &case).await;
    assert_eq!(count(&app, case.id).await, (1, 2));
    let day = given::now(&app, case.id).await.conference_on;
    assert_eq!(day.map(|day| day.to_string()).as_deref(), Some("2026-11-23"));
    assert_eq!(task_of(&app, case.id, "T12").await.conference_id, Some(minutes.id));
}

#[tokio::test]
async fn the_minutes_are_read_on_the_case_and_not_by_the_departments() {
    let app = App::start().await;
    let case = case(&app, RiskLevel::Red).await;
    let at = format!("/cases/{}/conferences/{}", case.id, held(&app, &case).await.id);
    let county = app.sign_in("county").await;
    let page = county.get(&at).await;
    assert_eq!(page.status, 200);
    for words in [
        "应未保会〔2026〕7号",
        "应县公安局（副局长）",
        "研究临时安置",
        "同步固定证据",
        "安置 ·",
    ] {
        assert!(page.text().contains(words), "{words}: {}", page.text());
    }
    let listed = county.get(&format!("/cases/{}", case.id)).await.text();
    assert!(listed.contains(&at));
    let civil = app.sign_in("civil").await;
    let hidden = civil.get(&at).await;
    assert_eq!(hidden.status, 404, "a department reads its task, not the minutes");
    let tasks = civil.get("/api/v1/tasks?state=open").await.json();
    assert_eq!(tasks["items"][0]["type"], "T12");
}

#[tokio::test]
async fn a_fault_in_a_task_keeps_the_minutes_back_too() {
    let app = App::start().await;
    let case = case(&app, RiskLevel::Yellow).await;
    let county = app.sign_in("county").await;
    let unit = given::account_of(&app, "civil").await.unit_id.unwrap();
    let whole = json!({
        "step": "conference", "on": "2026-11-23", "minutes_no": "应未保会〔2026〕8号", "agenda": "研究就学",
        "decisions": "由教育局办理", "members": [{ "unit": unit, "function": "局长" }],
        "tasks": [{ "type": "T72", "request": "办理转学" }],
    });
    for (change, pointer) in [
        (json!({ "on": "2026-11-24" }), "/on"),
        (json!({ "minutes_no": " " }), "/minutes_no"),
        (
            json!({ "members": [{ "unit": Uuid::nil(), "function": "局长" }] }),
            "/members/0/unit",
        ),
        (
            json!({ "members": [{ "unit": unit, "function": "" }] }),
            "/members/0/function",
        ),
        (
            json!({ "tasks": [{ "type": "T72", "request": "" }] }),
            "/tasks/0/request",
        ),
    ] {
        let mut body = whole.clone();
        body.as_object_mut()
            .unwrap()
            .extend(change.as_object().unwrap().clone());
        assert_eq!(fault(&on_case(&app, &county, case.id, body).await).0, pointer);
        assert_eq!(count(&app, case.id).await, (0, 0), "{pointer}");
        assert_eq!(given::now(&app, case.id).await.version, case.version, "{pointer}");
    }
    let township = app.sign_in("township").await;
    let refused = on_case(&app, &township, case.id, whole.clone()).await;
    assert_eq!(refused.status, 403, "the county holds it");
    let mut stale = whole.clone();
    stale["version"] = json!(case.version - 1);
    let late = county
        .json("POST", &format!("/api/v1/cases/{}/steps", case.id), stale)
        .await;
    assert_eq!(late.status, 409, "{}", late.text());
    let held = on_case(&app, &county, case.id, whole).await;
    assert_eq!(held.status, 200, "{}", held.text());
    assert_eq!(count(&app, case.id).await, (1, 1));
}

#[tokio::test]
async fn what_was_typed_for_a_conference_is_kept() {
    let app = App::start().await;
    let case = case(&app, RiskLevel::Yellow).await;
    let county = app.sign_in("county").await;
    let at = format!("/cases/{}/conferences/new", case.id);
    let version = case.version.to_string();
    let fields = [
        ("version", version.as_str()),
        ("on", "明天"),
        ("decisions", "由民政部门安置"),
        ("pick", "T81"),
    ];
    let page = county.post(&at, &fields).await;
    assert_eq!(page.status, 422);
    let text = page.text();
    for words in ["由民政部门安置", "明天", "填写会商日期", "登记参加单位", "填写议题"] {
        assert!(text.contains(words), "{words}");
    }
    assert!(text.contains("name=\"pick\" value=\"T81\"") && text.contains("checked"));
}
