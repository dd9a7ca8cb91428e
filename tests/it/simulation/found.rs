//! Each of the simulation's questions finds what it asks for.

use crate::given::{self, Spec};
use crate::support::App;
use chrono::TimeDelta;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::json;
use tonghu::clock;
use tonghu::clocks;
use tonghu::entity::{case_unit, deadline, journal_entry, post, protection_case};
use tonghu::journal::{self, Act, Entry};
use tonghu::measures::{self, NewMeasure};
use tonghu::network;
use tonghu::rules::division::Division;
use tonghu::rules::level::RiskLevel;
use tonghu::rules::transferflow::TransferStep;
use tonghu::simulate::{Invariant, check};
use tonghu::tasks::{self, NewTask};
use tonghu::transfers::{self, Ask, Move, To};
use tonghu::worker;
use uuid::Uuid;

/// A yellow case with a task and a paper that holds it open, of which every
/// clock of the first week has run out and was marked.
async fn lived() -> (App, protection_case::Model) {
    let app = App::start().await;
    let case = given::case(&app, Spec::at(&app, RiskLevel::Yellow).await).await;
    let county = given::ctx_of(&app, "county").await;
    let task = NewTask {
        type_code: "T91".to_owned(),
        request: "请指导".to_owned(),
        ..NewTask::default()
    };
    tasks::open(&app.state, &county, case.id, task).await.unwrap();
    app.clock.advance(TimeDelta::minutes(5));
    let county = given::ctx_of(&app, "county").await;
    let paper = NewMeasure {
        kind: "case_filing".to_owned(),
        paper_no: "应公（刑）立字〔2026〕31号".to_owned(),
        issued_by: "应县公安局".to_owned(),
        issued_on: clock::day(app.clock.now()),
        ..NewMeasure::default()
    };
    measures::record(&app.state, &county, case.id, &paper).await.unwrap();
    app.clock.advance(TimeDelta::days(7));
    worker::tick(&app.state).await;
    assert!(broken(&app).await.is_empty());
    (app, case)
}

/// What does not hold, with what breaks it.
async fn broken(app: &App) -> Vec<(Invariant, Vec<String>)> {
    let verdicts = check(&app.state, app.clock.now()).await.unwrap();
    let broken = verdicts.into_iter().filter(|verdict| !verdict.broken.is_empty());
    broken.map(|verdict| (verdict.invariant, verdict.broken)).collect()
}

async fn sql(app: &App, text: &str) {
    app.state.db.schema().execute_unprepared(text).await.unwrap();
}

/// After `statement` exactly this does not hold, and the case is named.
async fn finds(statement: &str, wanted: Invariant) {
    let (app, case) = lived().await;
    sql(&app, statement).await;
    let found = broken(&app).await;
    let named: Vec<Invariant> = found.iter().map(|(invariant, _)| *invariant).collect();
    assert_eq!(named, [wanted], "{statement}: {found:?}");
    assert!(found[0].1[0].contains(&case.number), "{found:?}");
}

#[tokio::test]
async fn a_case_that_nobody_leads_is_found() {
    let elsewhere = "UPDATE protection_case SET lead_unit = (SELECT id FROM unit WHERE kind = 'FIN' LIMIT 1)";
    finds(elsewhere, Invariant::CaseOwned).await;
    finds("UPDATE case_unit SET part = 'informed'", Invariant::CaseOwned).await;
    finds("UPDATE unit SET active = (kind = 'FIN')", Invariant::CaseOwned).await;
}

#[tokio::test]
async fn a_case_of_which_nobody_can_be_reached_is_found() {
    let all_gone = "UPDATE account SET disabled_at = created_at; UPDATE post SET holder_id = NULL, stand_in_id = NULL; \
                    UPDATE protection_case SET assignee = NULL; UPDATE case_unit SET account_id = NULL";
    finds(all_gone, Invariant::CaseOwned).await;
}

#[tokio::test]
async fn a_clock_that_nobody_marked_is_found() {
    let forgotten = "UPDATE deadline SET overdue_at = NULL, next_at = due_at WHERE milestone = 'contact'";
    let (app, case) = lived().await;
    sql(&app, forgotten).await;
    let found = broken(&app).await;
    assert_eq!(found[0].0, Invariant::ClockFired, "{found:?}");
    assert!(found[0].1[0].contains(&case.number), "{found:?}");
}

#[tokio::test]
async fn a_clock_that_was_marked_twice_or_silently_is_found() {
    let (app, case) = lived().await;
    let clock = deadline::Entity::find()
        .filter(deadline::Column::OverdueAt.is_not_null())
        .one(app.state.db.read())
        .await
        .unwrap()
        .unwrap();
    let ctx = tonghu::ctx::Ctx::system(app.clock.now());
    let tx = app.state.db.begin().await.unwrap();
    let again = tonghu::clocks::missed(&clock);
    journal::commit(tx, &ctx, again).await.unwrap();
    let found = broken(&app).await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(
        found[0],
        (
            Invariant::FiredOnce,
            vec![format!("{} {}", case.number, clock.milestone)]
        )
    );
    let silent = "UPDATE deadline SET overdue_at = started_at WHERE milestone = 'resolve'";
    finds(silent, Invariant::FiredOnce).await;
}

#[tokio::test]
async fn a_case_returned_too_often_is_found() {
    finds("UPDATE protection_case SET return_count = 9", Invariant::ReturnBound).await;
}

#[tokio::test]
async fn a_closed_case_with_an_open_task_or_a_paper_in_force_is_found() {
    let over_task =
        "UPDATE protection_case SET stage = 'closed'; UPDATE measure SET state = 'ended', ended_on = issued_on";
    finds(over_task, Invariant::ClosedDone).await;
    let over_paper = "UPDATE protection_case SET stage = 'closed'; UPDATE task SET state = 'done'";
    finds(over_paper, Invariant::ClosedDone).await;
}

#[tokio::test]
async fn a_change_without_its_entry_is_found_and_so_is_the_broken_chain() {
    let (app, case) = lived().await;
    let triggers = if app.state.db.is_sqlite() {
        "DROP TRIGGER journal_no_change; DROP TRIGGER journal_no_delete"
    } else {
        "DROP TRIGGER journal_append_only ON journal_entry"
    };
    sql(&app, triggers).await;
    sql(&app, "DELETE FROM journal_entry WHERE act = 'measure_recorded'").await;
    let found = broken(&app).await;
    let named: Vec<Invariant> = found.iter().map(|(invariant, _)| *invariant).collect();
    assert_eq!(named, [Invariant::Audited, Invariant::Chained], "{found:?}");
    let told = [
        format!("{} measure_recorded", case.number),
        "measure case_filing".to_owned(),
    ];
    assert_eq!(found[0].1, told);
}

#[tokio::test]
async fn a_report_whose_operator_is_gone_is_found() {
    let (app, _) = lived().await;
    let operator = given::ctx_of(&app, "operator").await;
    let draft = tonghu::intake::begin(&app.state, &operator, "phone").await.unwrap();
    assert!(broken(&app).await.is_empty());
    let gone = "UPDATE report SET unit_id = NULL, opened_by = NULL WHERE state = 'draft'";
    sql(&app, gone).await;
    assert_eq!(broken(&app).await, [(Invariant::ReportOwned, vec![draft.number])]);
}

#[tokio::test]
async fn a_clock_that_was_moved_does_everything_anew_and_twice_is_found_all_the_same() {
    let (app, case) = lived().await;
    let late = deadline::Entity::find()
        .filter(deadline::Column::OverdueAt.is_not_null())
        .filter(deadline::Column::MetAt.is_null())
        .filter(deadline::Column::CaseId.eq(case.id));
    let clock = late.one(app.state.db.read()).await.unwrap().unwrap();
    let ctx = tonghu::ctx::Ctx::system(app.clock.now());
    let tx = app.state.db.begin().await.unwrap();
    let moved = clocks::move_due(&tx, &clock, ctx.now + TimeDelta::days(2))
        .await
        .unwrap();
    journal::commit(tx, &ctx, Entry::new(Act::NoteAdded).case(case.id))
        .await
        .unwrap();
    app.clock.advance(TimeDelta::days(9));
    worker::tick(&app.state).await;
    let missed = journal_entry::Entity::find()
        .filter(journal_entry::Column::Subject.eq(clock.id))
        .filter(journal_entry::Column::Act.eq(Act::DeadlineMissed.code()));
    assert_eq!(missed.count(app.state.db.read()).await.unwrap(), 2, "by each end once");
    assert_eq!(broken(&app).await, []);
    let ctx = tonghu::ctx::Ctx::system(app.clock.now());
    let tx = app.state.db.begin().await.unwrap();
    journal::commit(tx, &ctx, clocks::missed(&moved)).await.unwrap();
    let what = format!("{} {}", case.number, clock.milestone);
    assert_eq!(broken(&app).await, [(Invariant::FiredOnce, vec![what])]);
}

#[tokio::test]
async fn a_measure_in_force_after_its_last_day_is_found() {
    let expired = "UPDATE measure SET kind = 'protection_order', state = 'in_force', expires_on = '2026-11-29'";
    finds(expired, Invariant::ExpiredOver).await;
}

#[tokio::test]
async fn what_stays_with_a_disabled_account_is_found() {
    let disabled = "UPDATE account SET disabled_at = created_at WHERE username = 'township'";
    finds(disabled, Invariant::AccountEmptied).await;
}

#[tokio::test]
async fn what_stays_with_somebody_who_gave_up_the_post_is_found() {
    let (app, case) = lived().await;
    let stranger = given::account_of(&app, "township2").await;
    let seat = post::Entity::find()
        .filter(post::Column::UnitId.eq(case.lead_unit))
        .one(app.state.db.read())
        .await
        .unwrap()
        .unwrap();
    let ctx = tonghu::ctx::Ctx::system(app.clock.now());
    let tx = app.state.db.begin().await.unwrap();
    let given_up = Entry::new(Act::PostChanged).subject(seat.id);
    journal::commit(tx, &ctx, given_up.detail(json!({ "was": stranger.id })))
        .await
        .unwrap();
    assert_eq!(broken(&app).await, [], "nothing is left there");
    protection_case::Entity::update_many()
        .col_expr(protection_case::Column::Assignee, Expr::value(stranger.id))
        .exec(app.state.db.schema())
        .await
        .unwrap();
    assert_eq!(
        broken(&app).await,
        [(Invariant::PostEmptied, vec![case.number.clone()])]
    );
}

/// 右玉县新城镇.
const THERE: &str = "140623100";

/// A yellow case that the other county has taken.
async fn taken_over(app: &App) -> protection_case::Model {
    let case = given::case(app, Spec::at(app, RiskLevel::Yellow).await).await;
    let ask = Ask {
        id: Some(Uuid::now_v7()),
        to: To::Place(THERE.to_owned()),
        reason: "residence".to_owned(),
        met_on: Some(clock::day(app.clock.now())),
        meeting: "与移入方通话".to_owned(),
        child_informed: "yes".to_owned(),
        guardian_informed: "yes".to_owned(),
        informed_note: String::new(),
    };
    let sender = given::ctx_of(app, "township").await;
    transfers::ask(&app.state, &sender, case.id, case.version, &ask)
        .await
        .unwrap();
    let confirm = Move {
        step: TransferStep::Confirm,
        words: String::new(),
        reply: None,
        called_on: None,
    };
    let receiver = given::ctx_of(app, "county2").await;
    transfers::step(&app.state, &receiver, ask.id.unwrap(), 1, &confirm)
        .await
        .unwrap();
    given::now(app, case.id).await
}

async fn led_by(app: &App, case: &protection_case::Model, unit: Uuid) {
    protection_case::Entity::update_many()
        .col_expr(protection_case::Column::LeadUnit, Expr::value(unit))
        .filter(protection_case::Column::Id.eq(case.id))
        .exec(app.state.db.schema())
        .await
        .unwrap();
    case_unit::Entity::update_many()
        .col_expr(case_unit::Column::UnitId, Expr::value(unit))
        .filter(case_unit::Column::CaseId.eq(case.id))
        .filter(case_unit::Column::Part.eq("lead"))
        .filter(case_unit::Column::Until.is_null())
        .exec(app.state.db.schema())
        .await
        .unwrap();
}

#[tokio::test]
async fn a_case_that_another_place_took_and_does_not_lead_is_found() {
    let app = App::start().await;
    let sender = given::account_of(&app, "township").await.unit_id.unwrap();
    let city = given::account_of(&app, "city").await.unit_id.unwrap();
    let case = taken_over(&app).await;
    assert_eq!(broken(&app).await, []);
    for elsewhere in [sender, city] {
        led_by(&app, &case, elsewhere).await;
        let found = broken(&app).await;
        assert_eq!(found, [(Invariant::TakenOver, vec![case.number.clone()])]);
    }
}

#[tokio::test]
async fn where_nobody_is_left_in_the_place_whoever_stands_above_it_leads() {
    let app = App::start().await;
    let county = Division::parse("140623").unwrap();
    let centre = network::unit_at(app.state.db.read(), "MPC", &county).await.unwrap();
    let station = network::unit_at(app.state.db.read(), "TMP", &Division::parse(THERE).unwrap()).await;
    post::Entity::update_many()
        .col_expr(post::Column::HolderId, Expr::value(None::<Uuid>))
        .col_expr(post::Column::StandInId, Expr::value(None::<Uuid>))
        .filter(post::Column::UnitId.eq(station.unwrap().id))
        .exec(app.state.db.schema())
        .await
        .unwrap();
    let case = taken_over(&app).await;
    assert_eq!(case.lead_unit, centre.id);
    assert_eq!(broken(&app).await, []);
}
