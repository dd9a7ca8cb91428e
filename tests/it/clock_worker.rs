//! What clocks do by themselves: warn, run out, climb; each once and in order,
//! whoever works on them, and whatever dies meanwhile.

use crate::given::{self, Spec};
use crate::support::App;
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use tonghu::clocks::{self, LEASE, PauseReason, Subject};
use tonghu::ctx::Ctx;
use tonghu::entity::{case_unit, deadline, journal_entry, notice, unit};
use tonghu::journal::{self, Act, Entry};
use tonghu::rules::escalation::{Rung, Stage, wait};
use tonghu::rules::level::RiskLevel;
use tonghu::rules::routing::Due;
use tonghu::worker;
use uuid::Uuid;

/// What happened to each clock, in the order in which it did.
async fn happened(app: &App) -> BTreeMap<Uuid, Vec<String>> {
    let mut told: BTreeMap<Uuid, Vec<String>> = BTreeMap::new();
    for entry in entries(app).await {
        let rung = entry.detail["rung"].as_str().unwrap_or_default();
        let act = entry.act.trim_start_matches("deadline_").to_owned();
        let word = if rung.is_empty() { act } else { rung.to_owned() };
        told.entry(entry.subject.unwrap()).or_default().push(word);
    }
    told
}

async fn entries(app: &App) -> Vec<journal_entry::Model> {
    let acts = [Act::DeadlineWarned, Act::DeadlineMissed, Act::DeadlineEscalated].map(Act::code);
    journal_entry::Entity::find()
        .filter(journal_entry::Column::Act.is_in(acts))
        .order_by_asc(journal_entry::Column::Id)
        .all(app.state.db.read())
        .await
        .unwrap()
}

async fn sign_clock(app: &App, case: Uuid) -> deadline::Model {
    let all = clocks::of_case(app.state.db.read(), case).await.unwrap();
    let own = |clock: &&deadline::Model| clock.milestone == "sign" && clock.cancelled_at.is_none();
    all.iter().find(own).unwrap().clone()
}

async fn tick_at(app: &App, at: DateTime<Utc>) {
    app.clock.advance(at - app.clock.now());
    worker::tick(&app.state).await;
}

/// Clocks that nobody will meet, agreed on by the hotline.
async fn many(app: &App, count: i64, due: impl Fn(i64) -> DateTime<Utc>) -> Vec<Uuid> {
    let now = app.clock.now();
    let owner = given::account_of(app, "township").await.unit_id.unwrap();
    let dues: Vec<Due> = (0..count)
        .map(|at| Due::agreed(("task_done", owner), due(at), "反馈"))
        .collect();
    let ctx = Ctx::system(now);
    let tx = app.state.db.begin().await.unwrap();
    clocks::start(&tx, Subject::default(), now, &dues).await.unwrap();
    journal::commit(tx, &ctx, Entry::new(Act::NoteAdded)).await.unwrap();
    let rows = deadline::Entity::find()
        .filter(deadline::Column::Rule.eq("约定时限"))
        .order_by_asc(deadline::Column::DueAt)
        .order_by_asc(deadline::Column::Id);
    rows.all(app.state.db.read())
        .await
        .unwrap()
        .iter()
        .map(|row| row.id)
        .collect()
}

#[tokio::test]
async fn an_unsigned_yellow_order_climbs_to_the_county_by_itself() {
    let app = App::start().await;
    let case = given::case(&app, Spec::at(&app, RiskLevel::Yellow).await).await;
    let clock = sign_clock(&app, case.id).await;
    assert_eq!(clock.due_at - clock.started_at, TimeDelta::hours(2));
    let told = async || happened(&app).await.remove(&clock.id).unwrap_or_default();
    tick_at(&app, clock.due_at - TimeDelta::minutes(31)).await;
    assert!(told().await.is_empty(), "too early for anything");
    tick_at(&app, clock.due_at - TimeDelta::minutes(30)).await;
    assert_eq!(told().await, ["warned"]);
    tick_at(&app, clock.due_at).await;
    assert_eq!(told().await[..2], ["warned", "missed"]);
    assert!(sign_clock(&app, case.id).await.overdue_at.is_some());
    let county = wait(Rung::County, Some(RiskLevel::Yellow));
    tick_at(&app, clock.due_at + county - TimeDelta::minutes(1)).await;
    assert!(!told().await.contains(&"county".to_owned()));
    tick_at(&app, clock.due_at + county).await;
    assert_eq!(told().await.last().map(String::as_str), Some("county"));
    // The county sees it, is told of it, and takes part by looking over it.
    let manager = given::account_of(&app, "county").await;
    let notices = notice::Entity::find()
        .filter(notice::Column::CaseId.eq(case.id))
        .filter(notice::Column::AccountId.eq(manager.id))
        .filter(notice::Column::TaskId.is_null())
        .filter(notice::Column::Kind.eq("escalated"));
    assert_eq!(notices.all(app.state.db.read()).await.unwrap().len(), 1);
    let parts = case_unit::Entity::find().filter(case_unit::Column::CaseId.eq(case.id));
    let parts = parts.all(app.state.db.read()).await.unwrap();
    assert!(
        parts
            .iter()
            .any(|part| Some(part.unit_id) == manager.unit_id && part.until.is_none())
    );
    let page = app
        .sign_in("county")
        .await
        .get(&format!("/cases/{}", case.id))
        .await
        .text();
    assert!(page.contains("超期逐级上报") && page.contains("已上报县"), "{page}");
    // Whoever signs stops it: nothing more happens to it.
    let township = app.sign_in("township").await;
    crate::clock_table::step(&app, &township, case.id, json!({ "step": "sign" })).await;
    let so_far = told().await;
    tick_at(&app, clock.due_at + TimeDelta::days(3)).await;
    assert_eq!(told().await, so_far);
}

#[tokio::test]
async fn a_jump_over_every_stage_lets_each_happen_once_and_in_order() {
    let app = App::start().await;
    let case = given::case(&app, Spec::at(&app, RiskLevel::Red).await).await;
    app.clock.advance(TimeDelta::days(400));
    let jumped = app.clock.now();
    for _ in 0..3 {
        worker::tick(&app.state).await;
    }
    let told = happened(&app).await;
    let running = clocks::of_case(app.state.db.read(), case.id).await.unwrap();
    // Sheets of supervision began by the jump, and their clocks with them.
    for clock in running
        .iter()
        .filter(|clock| clock.met_at.is_none() && clock.cancelled_at.is_none() && clock.started_at < jumped)
    {
        let happened = &told[&clock.id];
        let order: Vec<usize> = happened.iter().map(|word| rank(word)).collect();
        assert!(
            order.windows(2).all(|pair| pair[0] < pair[1]),
            "{} {happened:?}",
            clock.milestone
        );
        assert!(happened.contains(&"missed".to_owned()), "{}", clock.milestone);
        assert_eq!(happened.last().map(String::as_str), Some("city"), "{}", clock.milestone);
        assert_eq!((clock.next_at, Stage::after(clock.escalation)), (None, None));
    }
}

fn rank(word: &str) -> usize {
    let words = ["warned", "missed", "stand_in", "head", "township", "county", "city"];
    words.iter().position(|known| *known == word).unwrap()
}

#[tokio::test]
async fn several_workers_at_once_let_everything_happen_once() {
    let app = App::start().await;
    given::case(&app, Spec::at(&app, RiskLevel::Yellow).await).await;
    let now = app.clock.now();
    many(&app, 40, |at| now + TimeDelta::minutes(60 + at)).await;
    app.clock.advance(TimeDelta::days(30));
    let ctx = Ctx::system(app.clock.now());
    let (one, two, three) = tokio::join!(
        clocks::fire(&app.state, &ctx),
        clocks::fire(&app.state, &ctx),
        clocks::fire(&app.state, &ctx)
    );
    let fired = one.unwrap() + two.unwrap() + three.unwrap();
    clocks::fire(&app.state, &ctx).await.unwrap();
    let told = happened(&app).await;
    assert!(told.len() >= 40 && fired > 0);
    for (clock, happened) in told {
        let once: BTreeSet<&String> = happened.iter().collect();
        assert_eq!(once.len(), happened.len(), "{clock} {happened:?}");
    }
}

#[tokio::test]
async fn what_a_dead_worker_had_claimed_is_done_once_its_claim_has_run_out() {
    let app = App::start().await;
    let now = app.clock.now();
    let ids = many(&app, 5, |at| now + TimeDelta::minutes(60 + at)).await;
    app.clock.advance(TimeDelta::hours(2));
    let ctx = Ctx::system(app.clock.now());
    let claimed = clocks::claim(&app.state, ctx.now).await.unwrap();
    assert_eq!(claimed.len(), 5);
    assert!(claimed.is_sorted_by_key(|clock| clock.next_at));
    // One of them it had finished; then it died.
    assert!(clocks::step(&app.state, &ctx, claimed[0].clone()).await.unwrap());
    assert!(
        !clocks::step(&app.state, &ctx, claimed[0].clone()).await.unwrap(),
        "not twice"
    );
    clocks::fire(&app.state, &ctx).await.unwrap();
    let told = happened(&app).await;
    let others = ids.iter().filter(|id| **id != claimed[0].id);
    assert_eq!(
        others.filter(|id| told.contains_key(id)).count(),
        0,
        "claimed, and waited for"
    );
    app.clock.advance(LEASE);
    worker::tick(&app.state).await;
    let told = happened(&app).await;
    for id in ids {
        assert_eq!(told[&id][..2], ["warned", "missed"], "{id}");
    }
}

#[tokio::test]
async fn what_is_met_paused_or_commented_on_is_left_alone() {
    let app = App::start().await;
    let case = given::case(&app, Spec::at(&app, RiskLevel::Blue).await).await;
    let sign = sign_clock(&app, case.id).await;
    app.clock.advance(TimeDelta::hours(1));
    // A remark resets nothing.
    let note = json!({ "step": "note", "text": "邻居又来电，情况同前" });
    crate::clock_table::step(&app, &app.sign_in("township").await, case.id, note).await;
    assert_eq!(sign_clock(&app, case.id).await, sign);
    let ctx = Ctx::system(app.clock.now());
    let tx = app.state.db.begin().await.unwrap();
    let all = clocks::of_case(&tx, case.id).await.unwrap();
    let contact = all.iter().find(|clock| clock.milestone == "contact").unwrap();
    clocks::pause(&tx, &ctx, contact.id, PauseReason::Ruling).await.unwrap();
    clocks::meet(&tx, case.id, &["sign"], ctx.now).await.unwrap();
    journal::commit(tx, &ctx, Entry::new(Act::NoteAdded)).await.unwrap();
    app.clock.advance(TimeDelta::days(60));
    worker::tick(&app.state).await;
    let told = happened(&app).await;
    assert!(!told.contains_key(&sign.id) && !told.contains_key(&contact.id));
    let assess = all.iter().find(|clock| clock.milestone == "assess").unwrap();
    assert!(told.contains_key(&assess.id), "the others go on");
}

#[tokio::test]
async fn a_recused_unit_is_passed_over_on_the_way_up() {
    let app = App::start().await;
    let case = given::case(&app, Spec::at(&app, RiskLevel::Yellow).await).await;
    let centre = given::account_of(&app, "county").await.unit_id.unwrap();
    let ctx = Ctx::system(app.clock.now());
    let tx = app.state.db.begin().await.unwrap();
    let row = tonghu::entity::recusal::Model {
        id: Uuid::now_v7(),
        case_id: case.id,
        account_id: None,
        unit_id: Some(centre),
        rule: "RT04".to_owned(),
        note: None,
        declared_by: None,
        at: ctx.now,
    };
    tonghu::db::insert_models(&tx, vec![row]).await.unwrap();
    journal::commit(tx, &ctx, Entry::new(Act::RecusalDeclared).case(case.id))
        .await
        .unwrap();
    app.clock.advance(TimeDelta::days(10));
    worker::tick(&app.state).await;
    let told = entries(&app).await;
    let reached: BTreeSet<&str> = told.iter().filter_map(|entry| entry.detail["unit"].as_str()).collect();
    assert!(!reached.is_empty() && !reached.contains(centre.to_string().as_str()));
    let hotline = unit::Entity::find().filter(unit::Column::Kind.eq("HOT"));
    let hotline = hotline.one(app.state.db.read()).await.unwrap().unwrap();
    assert!(
        reached.contains(hotline.id.to_string().as_str()),
        "the city is told all the same"
    );
}

#[tokio::test]
async fn a_thousand_clocks_due_in_one_minute_all_run_out_within_it_and_in_order() {
    let app = App::start().await;
    let now = app.clock.now();
    let hour = now + TimeDelta::hours(1);
    let ids = many(&app, 1000, |at| hour + TimeDelta::milliseconds(at * 59)).await;
    app.clock.advance(TimeDelta::minutes(61));
    let mut ticks = 0;
    loop {
        worker::tick(&app.state).await;
        ticks += 1;
        let late = deadline::Entity::find().filter(deadline::Column::Rule.eq("约定时限"));
        let late = late.filter(deadline::Column::OverdueAt.is_null());
        if late.one(app.state.db.read()).await.unwrap().is_none() {
            break;
        }
        assert!(ticks < 12, "twelve ticks are a minute");
    }
    let missed: Vec<Uuid> = entries(&app)
        .await
        .iter()
        .filter(|entry| entry.act == Act::DeadlineMissed.code())
        .filter_map(|entry| entry.subject)
        .collect();
    assert_eq!(missed, ids, "in the order in which they were due");
}
