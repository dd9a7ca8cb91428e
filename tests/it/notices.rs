//! Notices: who is told what, who is not, and that nothing told is lost.

mod choices;
mod inbox;
mod purge;
mod settling;
mod sms;
mod stream;

use crate::given::{self, Spec, account_of, colleague, ctx_of};
use crate::support::App;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::json;
use tonghu::entity::{notice, recusal, task};
use tonghu::journal::{self, Act, Entry};
use tonghu::notices::{self, Kind, Notice, To};
use tonghu::rules::level::RiskLevel;
use tonghu::rules::policy::Role;
use uuid::Uuid;

/// The kinds that a person was told, oldest first.
async fn told(app: &App, username: &str) -> Vec<String> {
    let rows = rows(app, username).await;
    rows.into_iter().map(|row| row.kind).collect()
}

async fn rows(app: &App, username: &str) -> Vec<notice::Model> {
    notice::Entity::find()
        .filter(notice::Column::AccountId.eq(account_of(app, username).await.id))
        .order_by_asc(notice::Column::Id)
        .all(app.state.db.read())
        .await
        .unwrap()
}

/// Tells something by itself, as an operation would.
async fn tell(app: &App, by: &str, notice: &Notice) {
    let ctx = ctx_of(app, by).await;
    let tx = app.state.db.begin().await.unwrap();
    notices::tell(&tx, &ctx, notice).await.unwrap();
    journal::commit(tx, &ctx, Entry::new(Act::NoteAdded)).await.unwrap();
}

/// A node looks for news.
async fn ring(app: &App, seen: i64) -> i64 {
    notices::ring(&app.state, seen).await.unwrap()
}

/// Keeps a person out of a case.
pub async fn recuse(app: &App, case: Uuid, username: &str) {
    let row = recusal::ActiveModel {
        id: sea_orm::ActiveValue::Set(Uuid::now_v7()),
        case_id: sea_orm::ActiveValue::Set(case),
        account_id: sea_orm::ActiveValue::Set(Some(account_of(app, username).await.id)),
        unit_id: sea_orm::ActiveValue::Set(None),
        rule: sea_orm::ActiveValue::Set("RT04".to_owned()),
        note: sea_orm::ActiveValue::Set(None),
        declared_by: sea_orm::ActiveValue::Set(None),
        at: sea_orm::ActiveValue::Set(app.clock.now()),
    };
    recusal::Entity::insert(row)
        .exec_without_returning(app.state.db.schema())
        .await
        .unwrap();
}

#[tokio::test]
async fn a_case_that_opens_is_told_to_the_units_of_its_plan_and_not_to_others() {
    let app = App::start().await;
    given::case(&app, Spec::at(&app, RiskLevel::Yellow).await).await;
    for name in ["township", "village", "county"] {
        let told = told(&app, name).await;
        assert!(told.len() == 1, "{name}: {told:?}");
    }
    for name in [
        "township2",
        "village2",
        "county2",
        "operator",
        "sysadmin",
        "auditor",
        "hospital",
    ] {
        assert_eq!(told(&app, name).await, [""; 0], "{name}");
    }
}

#[tokio::test]
async fn a_notice_of_a_red_case_is_red() {
    let app = App::start().await;
    given::case(&app, Spec::red(&app).await).await;
    assert!(rows(&app, "township").await.iter().all(|row| row.red && row.sms));
}

/// The police have attended, and hand in their paper.
fn attended(app: &App) -> tonghu::tasks::Move {
    let paper = tonghu::measures::NewMeasure {
        kind: "alarm_receipt".to_owned(),
        paper_no: "应公接〔2026〕8号".to_owned(),
        issued_by: "应县公安局".to_owned(),
        issued_on: tonghu::clock::day(app.clock.now()),
        ..Default::default()
    };
    tonghu::tasks::Move::Report {
        result: "已到场处置".to_owned(),
        papers: vec![paper],
    }
}

#[tokio::test]
async fn a_joint_task_is_told_back_and_forth() {
    let app = App::start().await;
    let case = given::case(&app, Spec::at(&app, RiskLevel::Yellow).await).await;
    let township = app.sign_in("township").await;
    let signed = json!({ "step": "sign", "version": case.version });
    let path = format!("/api/v1/cases/{}/steps", case.id);
    assert_eq!(township.json("POST", &path, signed).await.status, 200);
    let ctx = ctx_of(&app, "township").await;
    let asked = tonghu::tasks::NewTask {
        type_code: "T30".to_owned(),
        request: "请到场核实".to_owned(),
        ..Default::default()
    };
    let task = tonghu::tasks::open(&app.state, &ctx, case.id, asked).await.unwrap();
    assert_eq!(told(&app, "police").await.last().unwrap(), "task_given");
    let police = ctx_of(&app, "police").await;
    let task = tonghu::tasks::step(&app.state, &police, task.id, task.version, &tonghu::tasks::Move::Sign)
        .await
        .unwrap();
    let task: task::Model = tonghu::tasks::step(&app.state, &police, task.id, task.version, &attended(&app))
        .await
        .unwrap();
    assert_eq!(told(&app, "township").await.last().unwrap(), "task_reported");
    let reject = tonghu::tasks::Move::Reject {
        reason: "缺处置结果".to_owned(),
    };
    tonghu::tasks::step(&app.state, &ctx, task.id, task.version, &reject)
        .await
        .unwrap();
    assert_eq!(told(&app, "police").await.last().unwrap(), "task_sent_back");
}

/// A department that leads a case does not judge what it did in it itself.
#[tokio::test]
async fn the_county_is_told_of_a_result_that_the_lead_brought_itself_and_accepts_it() {
    let app = App::start().await;
    let spec = Spec {
        kind: "1402",
        ..Spec::at(&app, RiskLevel::Blue).await
    };
    let case = given::case(&app, spec).await;
    let (police, county) = (ctx_of(&app, "police").await, ctx_of(&app, "county").await);
    assert!(police.actor.serves(case.lead_unit));
    let signed = tonghu::casework::steps::sign(&app.state, &police, case.id, case.version).await;
    signed.unwrap();
    let asked = tonghu::tasks::NewTask {
        type_code: "T30".to_owned(),
        request: "到场核实".to_owned(),
        ..Default::default()
    };
    let task = tonghu::tasks::open(&app.state, &police, case.id, asked).await.unwrap();
    assert_eq!(task.unit_id, case.lead_unit);
    let before = told(&app, "county").await.len();
    let step = async |ctx: &_, version, step: &_| tonghu::tasks::step(&app.state, ctx, task.id, version, step).await;
    let now = step(&police, task.version, &tonghu::tasks::Move::Sign).await.unwrap();
    let now = step(&police, now.version, &attended(&app)).await.unwrap();
    assert_eq!(told(&app, "county").await[before..], ["task_reported"]);
    let accept = tonghu::tasks::Move::Accept { note: String::new() };
    let own = step(&police, now.version, &accept).await;
    assert!(matches!(own, Err(tonghu::error::Error::Forbidden(_))));
    assert_eq!(step(&county, now.version, &accept).await.unwrap().state, "done");
}

#[tokio::test]
async fn whoever_is_kept_out_of_a_case_is_told_nothing_of_it() {
    let app = App::start().await;
    let case = given::case(&app, Spec::at(&app, RiskLevel::Blue).await).await;
    let before = told(&app, "township").await.len();
    recuse(&app, case.id, "township").await;
    let unit = account_of(&app, "township").await.unit_id.unwrap();
    tell(&app, "lead", &Notice::new(Kind::Urged, To::Unit(unit)).case(case.id)).await;
    assert_eq!(told(&app, "township").await.len(), before);
}

#[tokio::test]
async fn nobody_is_told_of_what_they_may_not_see_or_did_themselves() {
    let app = App::start().await;
    let case = given::case(&app, Spec::at(&app, RiskLevel::Blue).await).await;
    let away = account_of(&app, "township2").await;
    for to in [To::Unit(away.unit_id.unwrap()), To::Account(away.id)] {
        tell(&app, "lead", &Notice::new(Kind::Urged, to).case(case.id)).await;
    }
    assert_eq!(told(&app, "township2").await, [""; 0]);
    tell(
        &app,
        "lead",
        &Notice::new(Kind::ReturnAsked, To::Role(Role::Lead)).case(case.id),
    )
    .await;
    assert_eq!(told(&app, "lead").await, [""; 0], "the one who did it knows");
    tell(
        &app,
        "county",
        &Notice::new(Kind::ReturnAsked, To::Role(Role::Lead)).case(case.id),
    )
    .await;
    assert_eq!(told(&app, "lead").await, ["return_asked"]);
}

#[tokio::test]
async fn everybody_who_sits_in_a_unit_is_told_and_twice_meant_is_told_once() {
    let app = App::start().await;
    colleague(&app, "township", "township.b").await;
    let case = given::case(&app, Spec::at(&app, RiskLevel::Blue).await).await;
    let unit = account_of(&app, "township").await.unit_id.unwrap();
    let before = told(&app, "township.b").await.len();
    let ctx = ctx_of(&app, "lead").await;
    let tx = app.state.db.begin().await.unwrap();
    let one = |to| Notice::new(Kind::Urged, to).case(case.id);
    let twice = [
        one(To::Unit(unit)),
        one(To::Account(account_of(&app, "township.b").await.id)),
    ];
    notices::tell_all(&tx, &ctx, &twice).await.unwrap();
    journal::commit(tx, &ctx, Entry::new(Act::NoteAdded)).await.unwrap();
    assert_eq!(told(&app, "township.b").await.len(), before + 1);
    assert_eq!(told(&app, "township").await.last().unwrap(), "urged");
}
