//! Transfers between places: who answers for the case until they are confirmed,
//! who sees what of them, and what goes with the case.

mod doors;
mod leading;
mod letters;
mod refusals;
mod rulings;

use crate::given::{self, Spec};
use crate::support::{App, Client, Reply};
use chrono::TimeDelta;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};
use tonghu::entity::{case_unit, deadline, notice, protection_case, task, transfer};
use tonghu::network;
use tonghu::rules::division::Division;
use tonghu::rules::level::RiskLevel;
use uuid::Uuid;

/// 右玉县新城镇, where `county2` and `township2` are.
const THERE: &str = "140623100";

/// A yellow case of 应县金城镇, led by its station.
pub async fn yellow(app: &App) -> protection_case::Model {
    given::case(app, Spec::at(app, RiskLevel::Yellow).await).await
}

/// What a transfer needs.
pub fn asking(version: i32, to: &str) -> Value {
    json!({
        "step": "transfer", "version": version, "to": to, "reason": "residence", "met_on": "2026-11-23",
        "meeting": "与移入方通话，交接家庭情况和在办事项", "child_informed": "yes", "guardian_informed": "yes",
    })
}

pub async fn ask(who: &Client, case: Uuid, body: Value) -> Reply {
    who.json("POST", &format!("/api/v1/cases/{case}/steps"), body).await
}

/// A transfer to the other county, asked for by the station.
pub async fn asked(app: &App, case: &protection_case::Model) -> transfer::Model {
    asked_by(app, "township", case, THERE).await
}

async fn asked_by(app: &App, who: &str, case: &protection_case::Model, to: &str) -> transfer::Model {
    let version = given::now(app, case.id).await.version;
    let reply = ask(&app.sign_in(who).await, case.id, asking(version, to)).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    latest(app, case.id).await
}

async fn latest(app: &App, case: Uuid) -> transfer::Model {
    transfer::Entity::find()
        .filter(transfer::Column::CaseId.eq(case))
        .order_by_desc(transfer::Column::Id)
        .one(app.state.db.read())
        .await
        .unwrap()
        .unwrap()
}

async fn take(who: &Client, id: Uuid, body: Value) -> Reply {
    who.json("POST", &format!("/api/v1/transfers/{id}/steps"), body).await
}

/// Takes a step with the version of now.
async fn taken(app: &App, who: &str, id: Uuid, mut body: Value) -> Reply {
    let row = transfer::Entity::find_by_id(id).one(app.state.db.read()).await;
    body["version"] = json!(row.unwrap().unwrap().version);
    take(&app.sign_in(who).await, id, body).await
}

async fn running(app: &App, case: Uuid) -> Vec<deadline::Model> {
    deadline::Entity::find()
        .filter(deadline::Column::CaseId.eq(case))
        .filter(deadline::Column::MetAt.is_null())
        .filter(deadline::Column::CancelledAt.is_null())
        .all(app.state.db.read())
        .await
        .unwrap()
}

async fn unit_in(app: &App, kind: &str, code: &str) -> Uuid {
    let place = Division::parse(code).unwrap();
    network::unit_at(app.state.db.read(), kind, &place).await.unwrap().id
}

async fn part_of(app: &App, case: Uuid, unit: Uuid) -> Option<String> {
    let row = case_unit::Entity::find()
        .filter(case_unit::Column::CaseId.eq(case))
        .filter(case_unit::Column::UnitId.eq(unit))
        .filter(case_unit::Column::Until.is_null())
        .one(app.state.db.read())
        .await
        .unwrap();
    row.map(|row| row.part)
}

async fn noticed(app: &App, who: &str, kind: &str) -> u64 {
    notice::Entity::find()
        .filter(notice::Column::AccountId.eq(given::account_of(app, who).await.id))
        .filter(notice::Column::Kind.eq(kind))
        .count(app.state.db.read())
        .await
        .unwrap()
}

#[tokio::test]
async fn until_the_receiver_confirms_everything_stays_with_the_sender() {
    let app = App::start().await;
    let case = yellow(&app).await;
    let before = running(&app, case.id).await;
    let row = asked(&app, &case).await;
    let now = given::now(&app, case.id).await;
    assert_eq!(
        (now.lead_unit, now.assignee, &now.division, &now.stage),
        (case.lead_unit, case.assignee, &case.division, &case.stage)
    );
    assert_eq!(now.version, case.version + 1);
    let clocks = running(&app, case.id).await;
    let kept = |clock: &&deadline::Model| clock.milestone != "move_confirm";
    assert_eq!(clocks.iter().filter(kept).count(), before.len());
    assert!(
        clocks
            .iter()
            .filter(kept)
            .all(|clock| clock.owner_unit == case.lead_unit)
    );
    let owed = clocks.iter().find(|clock| clock.milestone == "move_confirm").unwrap();
    assert_eq!(Some(owed.owner_unit), row.to_unit);
    assert_eq!(owed.due_at, app.clock.now() + TimeDelta::hours(24), "yellow: 24 hours");
    assert_eq!(noticed(&app, "county2", "transfer_asked").await, 1);
    let receiver = app.sign_in("county2").await;
    assert_eq!(receiver.get(&format!("/cases/{}", case.id)).await.status, 404);
    let list = app.sign_in("township").await.get("/cases").await.text();
    assert!(list.contains(&case.number));
}

#[tokio::test]
async fn a_blue_case_is_answered_within_three_days() {
    let app = App::start().await;
    let case = given::case(&app, Spec::at(&app, RiskLevel::Blue).await).await;
    let lead = app.sign_in("county").await;
    let reply = ask(&lead, case.id, asking(case.version, THERE)).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    let due = latest(&app, case.id).await.due_at;
    let end = chrono::DateTime::parse_from_rfc3339("2026-11-26T23:59:59+08:00").unwrap();
    assert_eq!(due, end);
}

#[tokio::test]
async fn a_confirmation_hands_over_lead_place_clocks_and_list_at_once() {
    let app = App::start().await;
    let case = yellow(&app).await;
    let row = asked(&app, &case).await;
    let owned = running(&app, case.id).await.len();
    let reply = taken(&app, "county2", row.id, json!({ "step": "confirm" })).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!(reply.json()["state"], "confirmed");
    let now = given::now(&app, case.id).await;
    let station = unit_in(&app, "TMP", THERE).await;
    assert_eq!(
        (now.lead_unit, now.division.as_str(), now.stage.as_str()),
        (station, "140623100000", "assigned")
    );
    assert_eq!(
        now.residence.as_deref(),
        Some("140623100000"),
        "the child lives there now"
    );
    let clocks = running(&app, case.id).await;
    assert!(clocks.iter().all(|clock| clock.owner_unit == station), "{clocks:?}");
    assert_eq!(clocks.len(), owned - 1, "the answer met its clock, the others run on");
    assert_eq!(
        part_of(&app, case.id, case.lead_unit).await.as_deref(),
        Some("informed")
    );
    assert_eq!(part_of(&app, case.id, station).await.as_deref(), Some("lead"));
    assert_eq!(noticed(&app, "township", "transfer_answered").await, 1);
    assert_eq!(noticed(&app, "township2", "redispatched").await, 1);
    let path = format!("/cases/{}", case.id);
    let (new, county) = (app.sign_in("township2").await, app.sign_in("county2").await);
    assert_eq!(new.get(&path).await.status, 200);
    assert_eq!(county.get(&path).await.status, 200);
    let signed = ask(&new, case.id, json!({ "step": "sign", "version": now.version })).await;
    assert_eq!(signed.status, 200, "{}", signed.text());
}

#[tokio::test]
async fn the_sender_keeps_the_record_of_the_transfer_and_not_the_case() {
    let app = App::start().await;
    let case = yellow(&app).await;
    let row = asked(&app, &case).await;
    taken(&app, "county2", row.id, json!({ "step": "confirm" })).await;
    let county = app.sign_in("county").await;
    assert_eq!(county.get(&format!("/cases/{}", case.id)).await.status, 404);
    let page = county.get(&format!("/transfers/{}", row.id)).await;
    assert_eq!(page.status, 200, "{}", page.text());
    assert!(page.text().contains("已移交") && page.text().contains("新城镇"));
    let old = app.sign_in("township").await;
    let sign = ask(&old, case.id, json!({ "step": "note", "version": 1, "text": "补充" })).await;
    assert_eq!(sign.status, 403, "whoever is only informed does nothing more");
}

/// Whoever has begun a task finishes it; what nobody has begun is done where
/// the child is.
#[tokio::test]
async fn unsigned_tasks_go_to_the_same_department_and_signed_ones_stay() {
    let app = App::start().await;
    let case = yellow(&app).await;
    let county = app.sign_in("county").await;
    for kind in ["T32", "T70"] {
        let version = given::now(&app, case.id).await.version;
        let body = json!({ "step": "open_task", "version": version, "type": kind, "request": "依法办理并反馈" });
        let reply = ask(&county, case.id, body).await;
        assert_eq!(reply.status, 200, "{kind}: {}", reply.text());
    }
    let of = async |kind: &str| {
        let found = task::Entity::find()
            .filter(task::Column::CaseId.eq(case.id))
            .filter(task::Column::TypeCode.eq(kind));
        found.one(app.state.db.read()).await.unwrap().unwrap()
    };
    let (begun, waiting) = (of("T32").await, of("T70").await);
    let path = format!("/api/v1/tasks/{}/steps", begun.id);
    let police = app.sign_in("police").await;
    let signed = police
        .json("POST", &path, json!({ "step": "sign", "version": 1 }))
        .await;
    assert_eq!(signed.status, 200, "{}", signed.text());
    let row = asked(&app, &case).await;
    let listed = row.listed["tasks"].as_array().unwrap().len();
    assert_eq!(listed, 2, "{}", row.listed);
    let kind = network::unit(app.state.db.read(), waiting.unit_id).await.unwrap().kind;
    taken(&app, "county2", row.id, json!({ "step": "confirm" })).await;
    assert_eq!(of("T32").await.unit_id, begun.unit_id);
    let moved = of("T70").await;
    assert_eq!(moved.unit_id, unit_in(&app, &kind, "140623").await);
    assert_eq!(moved.version, waiting.version + 1);
    for clock in running(&app, case.id)
        .await
        .iter()
        .filter(|clock| clock.task_id == Some(moved.id))
    {
        assert_eq!(clock.owner_unit, moved.unit_id, "{}", clock.milestone);
    }
}

#[tokio::test]
async fn a_case_that_goes_another_way_takes_its_transfer_back() {
    let app = App::start().await;
    let case = yellow(&app).await;
    let row = asked(&app, &case).await;
    let civil = given::account_of(&app, "civil").await.unit_id;
    let version = given::now(&app, case.id).await.version;
    let body = json!({ "step": "redispatch", "version": version, "unit": civil, "reason": "由民政局办理" });
    let sent = ask(&app.sign_in("lead").await, case.id, body).await;
    assert_eq!(sent.status, 200, "{}", sent.text());
    assert_eq!(latest(&app, case.id).await.state, "withdrawn");
    assert!(
        running(&app, case.id)
            .await
            .iter()
            .all(|clock| clock.milestone != "move_confirm")
    );
    let late = taken(&app, "county2", row.id, json!({ "step": "confirm" })).await;
    assert_eq!(late.status, 422, "{}", late.text());
}

#[tokio::test]
async fn the_forms_do_what_the_interface_does() {
    let app = App::start().await;
    let case = yellow(&app).await;
    let township = app.sign_in("township").await;
    let path = format!("/cases/{}/transfers/new", case.id);
    let page = township.get(&path).await;
    assert_eq!(page.status, 200, "{}", page.text());
    let version = case.version.to_string();
    let mut fields = vec![
        ("version", version.as_str()),
        ("way", "inside"),
        ("to", THERE),
        ("to_text", ""),
        ("reason", "school"),
        ("met_on", "2026-11-23"),
        ("meeting", "已与新城镇通话交接"),
        ("child_informed", "no"),
        ("guardian_informed", "none"),
    ];
    let missing = township.post(&path, &fields).await;
    assert_eq!(missing.status, 422, "{}", missing.text());
    assert!(missing.text().contains("写明未告知的理由") && missing.text().contains("已与新城镇通话交接"));
    fields.push(("informed_note", "年幼，待安置后告知"));
    let made = township.post(&path, &fields).await;
    assert_eq!(made.status, 303, "{}", made.text());
    let row = latest(&app, case.id).await;
    let own = township.get(&format!("/cases/{}", case.id)).await.text();
    assert!(own.contains(&row.number) && own.contains("待对方确认"), "{own}");
    let county2 = app.sign_in("county2").await;
    assert!(county2.get("/transfers").await.text().contains(&row.number));
    let page = county2.get(&format!("/transfers/{}", row.id)).await.text();
    assert!(
        page.contains("确认接收") && page.contains("已与新城镇通话交接") && !page.contains("童小满"),
        "{page}"
    );
    let done = county2
        .post(&format!("/transfers/{}/confirm", row.id), &[("version", "1")])
        .await;
    assert_eq!(done.status, 303, "{}", done.text());
    let again = county2
        .post(&format!("/transfers/{}/confirm", row.id), &[("version", "1")])
        .await;
    assert_eq!(again.status, 409, "{}", again.text());
}
