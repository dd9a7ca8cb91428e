//! A department says that a task is not its own: to the arbiter, and final.

use super::{case, fault, now, on_case, on_task, opened, task_of};
use crate::given;
use crate::support::{App, Client};
use chrono::TimeDelta;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};
use tonghu::entity::{deadline, notice, task, task_dispute, unit};
use tonghu::rules::level::RiskLevel;
use tonghu::worker;
use uuid::Uuid;

fn refusal() -> Value {
    json!({ "step": "refuse", "reason": "R02", "basis": "职责清单第三条：由民政部门承办", "done_first": "已先行安置" })
}

async fn dispute(app: &App, task: Uuid) -> task_dispute::Model {
    let found = task_dispute::Entity::find()
        .filter(task_dispute::Column::TaskId.eq(task))
        .order_by_desc(task_dispute::Column::Id)
        .one(app.state.db.read())
        .await;
    found.unwrap().unwrap()
}

/// The running clocks of a task by their milestone.
async fn running(app: &App, task: Uuid) -> Vec<(String, Uuid)> {
    let clocks = deadline::Entity::find()
        .filter(deadline::Column::TaskId.eq(task))
        .filter(deadline::Column::MetAt.is_null())
        .filter(deadline::Column::CancelledAt.is_null())
        .order_by_asc(deadline::Column::Milestone)
        .all(app.state.db.read())
        .await
        .unwrap();
    clocks
        .into_iter()
        .map(|clock| (clock.milestone, clock.owner_unit))
        .collect()
}

async fn milestones(app: &App, task: Uuid) -> Vec<String> {
    running(app, task)
        .await
        .into_iter()
        .map(|(milestone, _)| milestone)
        .collect()
}

/// A task of the health department, refused by it; the township leads.
async fn disputed(app: &App, level: RiskLevel) -> (task::Model, Client) {
    let case = case(app, level).await.id;
    let county = app.sign_in("county").await;
    let task = opened(app, &county, case, "T80").await;
    let health = app.sign_in("health").await;
    let reply = on_task(app, &health, task.id, refusal()).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!(reply.json()["state"], "disputed");
    (now(app, task.id).await, health)
}

/// Another health department of the county.
async fn other_unit(app: &App) -> unit::Model {
    let hospital = given::account_of(app, "hospital").await.unit_id.unwrap();
    let found = unit::Entity::find_by_id(hospital).one(app.state.db.read()).await;
    found.unwrap().unwrap()
}

#[tokio::test]
async fn within_one_county_the_county_rules_and_its_word_is_final() {
    let app = App::start().await;
    let (task, health) = disputed(&app, RiskLevel::Yellow).await;
    let open = dispute(&app, task.id).await;
    assert_eq!(
        (open.arbiter.as_str(), open.due_at),
        ("county", app.clock.now() + TimeDelta::hours(2))
    );
    let office = given::account_of(&app, "county").await.unit_id.unwrap();
    assert_eq!(
        running(&app, task.id).await,
        [
            ("task_done".to_owned(), task.unit_id),
            ("task_ruling".to_owned(), office)
        ],
        "the task's own clock runs on"
    );
    let county = app.sign_in("county").await;
    let page = county.get(&format!("/tasks/{}", task.id)).await.text();
    assert!(page.contains("职责清单第三条") && page.contains("待裁定"), "{page}");
    let stays = json!({ "step": "rule", "reason": "属卫生健康部门法定职责" });
    for who in ["health", "township", "city", "lead"] {
        let person = app.sign_in(who).await;
        let reply = on_task(&app, &person, task.id, stays.clone()).await;
        assert_eq!(reply.status, 403, "{who}: {}", reply.text());
    }
    let ruled = on_task(&app, &county, task.id, stays).await;
    assert_eq!(ruled.json()["state"], "pending", "{}", ruled.text());
    assert_eq!(milestones(&app, task.id).await, ["task_done", "task_sign"]);
    assert_eq!(now(&app, task.id).await.due_at, task.due_at, "a dispute wins no time");
    let (pointer, message) = fault(&on_task(&app, &health, task.id, refusal()).await);
    assert_eq!(pointer, "/reason");
    assert!(
        message.contains("不得再提异议") && message.contains("潍坊市12345条例§22"),
        "{message}"
    );
    let page = health.get(&format!("/tasks/{}", task.id)).await.text();
    assert!(
        page.contains("仍由原单位承办") && page.contains("属卫生健康部门法定职责"),
        "{page}"
    );
    assert!(!page.contains("/refuse\""), "nothing is offered that would be refused");
    assert_eq!(
        on_task(&app, &health, task.id, json!({ "step": "sign" })).await.status,
        200
    );
}

#[tokio::test]
async fn the_arbiter_gives_the_task_to_another_unit_which_signs_it() {
    let app = App::start().await;
    let (task, health) = disputed(&app, RiskLevel::Yellow).await;
    let county = app.sign_in("county").await;
    let police = given::account_of(&app, "police").await.unit_id.unwrap();
    let wrong = on_task(
        &app,
        &county,
        task.id,
        json!({ "step": "rule", "unit": police, "reason": "改由公安" }),
    )
    .await;
    assert_eq!(fault(&wrong).0, "/unit");
    let other = other_unit(&app).await;
    let moves = json!({ "step": "rule", "unit": other.id, "reason": "由就诊医院承办" });
    let ruled = on_task(&app, &county, task.id, moves).await;
    assert_eq!(ruled.json()["state"], "pending", "{}", ruled.text());
    let after = now(&app, task.id).await;
    assert_eq!(after.unit_id, other.id);
    let owners: Vec<Uuid> = running(&app, task.id)
        .await
        .into_iter()
        .map(|(_, owner)| owner)
        .collect();
    assert_eq!(owners, [other.id, other.id], "both clocks are the new unit's");
    let gone = health.get(&format!("/tasks/{}", task.id)).await;
    assert_eq!(gone.status, 404, "whoever no longer has it no longer sees it");
    let doctor = given::handler_of(&app, &other, "doctor").await;
    let page = doctor.get(&format!("/tasks/{}", task.id)).await.text();
    assert!(
        page.contains("由就诊医院承办") && !page.contains("职责清单第三条"),
        "{page}"
    );
    let (pointer, _) = fault(&on_task(&app, &doctor, task.id, refusal()).await);
    assert_eq!(pointer, "/reason", "whoever was named does not refuse");
    assert_eq!(
        on_task(&app, &doctor, task.id, json!({ "step": "sign" })).await.status,
        200
    );
}

#[tokio::test]
async fn the_arbiter_drops_a_task_that_nobody_needs() {
    let app = App::start().await;
    let (task, _) = disputed(&app, RiskLevel::Yellow).await;
    let county = app.sign_in("county").await;
    let bare = on_task(&app, &county, task.id, json!({ "step": "drop", "reason": " " })).await;
    assert_eq!(fault(&bare).0, "/reason");
    let dropped = on_task(
        &app,
        &county,
        task.id,
        json!({ "step": "drop", "reason": "已由他单位办结" }),
    )
    .await;
    assert_eq!(dropped.json()["state"], "cancelled", "{}", dropped.text());
    assert!(milestones(&app, task.id).await.is_empty());
    assert_eq!(dispute(&app, task.id).await.decision.as_deref(), Some("dropped"));
}

#[tokio::test]
async fn what_the_county_leaves_unruled_goes_up_to_the_city_once() {
    let app = App::start().await;
    let (task, _) = disputed(&app, RiskLevel::Yellow).await;
    app.clock.advance(TimeDelta::minutes(119));
    worker::tick(&app.state).await;
    assert_eq!(dispute(&app, task.id).await.arbiter, "county");
    app.clock.advance(TimeDelta::minutes(2));
    worker::tick(&app.state).await;
    worker::tick(&app.state).await;
    let open = dispute(&app, task.id).await;
    assert_eq!(open.arbiter, "city");
    assert_eq!(open.due_at, app.clock.now() + TimeDelta::hours(2));
    let office = given::account_of(&app, "city").await.unit_id.unwrap();
    let rulings: Vec<(String, Uuid)> = running(&app, task.id).await;
    assert!(rulings.contains(&("task_ruling".to_owned(), office)), "{rulings:?}");
    assert_eq!(
        rulings
            .iter()
            .filter(|(milestone, _)| milestone == "task_ruling")
            .count(),
        1
    );
    let stays = json!({ "step": "rule", "reason": "属卫生健康部门法定职责" });
    let county = app.sign_in("county").await;
    assert_eq!(
        on_task(&app, &county, task.id, stays.clone()).await.status,
        403,
        "it is too late for the county"
    );
    let city = app.sign_in("city").await;
    let page = city.get(&format!("/tasks/{}", task.id)).await.text();
    assert!(page.contains("升至市级"), "{page}");
    let ruled = on_task(&app, &city, task.id, stays).await;
    assert_eq!(ruled.json()["state"], "pending", "{}", ruled.text());
}

#[tokio::test]
async fn the_countys_own_office_is_ruled_on_by_the_city() {
    let app = App::start().await;
    let case = case(&app, RiskLevel::Blue).await.id;
    let township = app.sign_in("township").await;
    let county = app.sign_in("county").await;
    let task = opened(&app, &township, case, "T21").await;
    let reply = on_task(&app, &county, task.id, refusal()).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!(dispute(&app, task.id).await.arbiter, "city");
    let own = on_task(&app, &county, task.id, json!({ "step": "drop", "reason": "不办" })).await;
    assert_eq!(own.status, 403, "nobody judges their own cause");
}

#[tokio::test]
async fn a_refusal_needs_a_reason_that_counts_a_basis_and_to_be_in_time() {
    let app = App::start().await;
    let case = case(&app, RiskLevel::Yellow).await.id;
    let county = app.sign_in("county").await;
    let task = opened(&app, &county, case, "T80").await;
    let health = app.sign_in("health").await;
    for (change, pointer, says) in [
        (json!({ "reason": "X01" }), "/reason", "家务事"),
        (json!({ "reason": "R05" }), "/reason", "不适用于当前等级"),
        (json!({ "reason": "" }), "/reason", "选择"),
        (json!({ "basis": "  " }), "/basis", "依据"),
        (json!({ "done_first": "" }), "/done_first", "先处置后移交"),
    ] {
        let mut body = refusal();
        body.as_object_mut()
            .unwrap()
            .extend(change.as_object().unwrap().clone());
        let (at, message) = fault(&on_task(&app, &health, task.id, body).await);
        assert_eq!(at, pointer);
        assert!(message.contains(says), "{message}");
    }
    app.clock.advance(TimeDelta::minutes(31));
    let health = app.sign_in("health").await;
    let (at, message) = fault(&on_task(&app, &health, task.id, refusal()).await);
    assert_eq!(at, "/reason");
    assert!(message.contains("视为接收") && message.contains("30分钟"), "{message}");
    assert_eq!(now(&app, task.id).await.version, 1, "nothing changed");
    let page = health
        .post(
            &format!("/tasks/{}/refuse", task.id),
            &[("version", "1"), ("refusal", "R02"), ("basis", "职责清单第三条")],
        )
        .await;
    assert_eq!(page.status, 422);
    assert!(page.text().contains("职责清单第三条"), "what was typed is kept");
}

#[tokio::test]
async fn the_lead_takes_a_disputed_task_back_and_no_ruling_is_owed() {
    let app = App::start().await;
    let (task, _) = disputed(&app, RiskLevel::Yellow).await;
    let township = app.sign_in("township").await;
    let reply = on_task(
        &app,
        &township,
        task.id,
        json!({ "step": "cancel", "reason": "改由乡镇办理" }),
    )
    .await;
    assert_eq!(reply.json()["state"], "cancelled", "{}", reply.text());
    assert!(milestones(&app, task.id).await.is_empty());
    assert_eq!(dispute(&app, task.id).await.decision.as_deref(), Some("withdrawn"));
    let again = on_case(
        &app,
        &township,
        task.case_id,
        json!({ "step": "open_task", "type": "T80", "request": "再办" }),
    )
    .await;
    assert_eq!(again.status, 200, "{}", again.text());
    assert_ne!(task_of(&app, task.case_id, "T80").await.id, task.id);
}

/// The kinds of the notices that a person got, in the order of their coming.
async fn told(app: &App, username: &str) -> Vec<String> {
    let id = given::account_of(app, username).await.id;
    let found = notice::Entity::find()
        .filter(notice::Column::AccountId.eq(id))
        .order_by_asc(notice::Column::Id)
        .all(app.state.db.read())
        .await;
    found.unwrap().into_iter().map(|row| row.kind).collect()
}

#[tokio::test]
async fn whoever_rules_and_whoever_waits_for_it_is_told() {
    let app = App::start().await;
    let (task, _) = disputed(&app, RiskLevel::Yellow).await;
    assert_eq!(told(&app, "health").await, ["task_given"]);
    assert_eq!(told(&app, "county").await.last().unwrap(), "dispute_opened");
    assert_eq!(told(&app, "township").await.last().unwrap(), "dispute_opened");
    assert!(!told(&app, "city").await.contains(&"dispute_opened".to_owned()));
    app.clock.advance(TimeDelta::minutes(121));
    worker::tick(&app.state).await;
    assert!(told(&app, "city").await.contains(&"dispute_opened".to_owned()));
    let city = app.sign_in("city").await;
    let stays = json!({ "step": "rule", "reason": "属卫生健康部门法定职责" });
    assert_eq!(on_task(&app, &city, task.id, stays).await.status, 200);
    assert_eq!(told(&app, "health").await.last().unwrap(), "dispute_ruled");
    assert_eq!(told(&app, "township").await.last().unwrap(), "dispute_ruled");
}
