//! From the lowered risk to the end: six calm months, the conference, the
//! city's check, the closing by the county, and what follows it.

use super::{Job, assessment, supported, visit};
use crate::given;
use crate::support::Client;
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};
use tonghu::clock;
use tonghu::entity::{deadline, report};

const CLOSE: &str =
    r#"{ "step": "ask_close", "closure_type": "goals_met", "note": "目标已达成，儿童随姑姑生活，状况稳定。" }"#;

fn close() -> Value {
    serde_json::from_str(CLOSE).unwrap()
}

async fn clocks(job: &Job, milestone: &str) -> Vec<deadline::Model> {
    let mut found = deadline::Entity::find()
        .filter(deadline::Column::CaseId.eq(job.id()))
        .filter(deadline::Column::Milestone.eq(milestone))
        .all(job.app.state.db.read())
        .await
        .unwrap();
    found.sort_by_key(|clock| clock.due_at);
    found
}

/// Days go by; answers the day in Shanghai.
fn later(job: &Job, days: i64) -> String {
    job.app.clock.advance(TimeDelta::days(days));
    clock::day(job.app.clock.now()).to_string()
}

/// The level falls with a second person; two papers hold the case open: one runs
/// out by itself, the other is ended by hand.
async fn calmed(job: &Job) {
    let (township, county) = (job.app.sign_in("township").await, job.app.sign_in("county").await);
    assert_eq!(job.view(&township).await["proposed_level"], "green");
    let own = job.step(&township, json!({ "step": "confirm_lowering" })).await;
    assert_eq!(own.status, 403, "a township never lowers");
    let lowered = job.taken(&county, json!({ "step": "confirm_lowering" })).await;
    assert_eq!(
        (&lowered["level"], &lowered["proposed_level"]),
        (&json!("green"), &Value::Null)
    );
    let papers = [
        (
            "protection_order",
            "（2026）晋0622民保令1号",
            "应县人民法院",
            json!("2027-05-20"),
        ),
        ("case_filing", "应公（刑）立字〔2026〕31号", "应县公安局", Value::Null),
    ];
    for (kind, number, authority, last) in papers {
        let paper = json!({
            "step": "measure", "kind": kind, "paper_no": number, "issued_by": authority,
            "issued_on": "2026-11-23", "expires_on": last,
        });
        job.taken(&county, paper).await;
    }
}

/// Two reviews a month apart find calm, then half a year goes by.
async fn six_calm_months(job: &Job) {
    for days in [30, 31] {
        let day = later(job, days);
        let township = job.app.sign_in("township").await;
        job.taken(&township, assessment("review", &day)).await;
    }
    // Stable since the first of the two: one day short of six months.
    later(job, 150);
    let township = job.app.sign_in("township").await;
    let unmet = job.refused(&township, close()).await;
    assert!(unmet.contains(&"/check_1".to_owned()), "{unmet:?}");
    later(job, 1);
}

/// The goals, the papers, the tasks and the follow-up plan, each check falling
/// in turn.
async fn settled(job: &Job, township: &Client) {
    assert_eq!(
        job.refused(township, close()).await,
        ["/check_2", "/check_3", "/check_6", "/check_7", "/check_8"]
    );
    let shown = job.view(township).await;
    for goal in shown["goals"].as_array().unwrap() {
        job.taken(township, json!({ "step": "goal_done", "goal": goal["id"] }))
            .await;
    }
    let papers = shown["papers"].as_array().unwrap().iter();
    let open: Vec<&Value> = papers.filter(|paper| paper["blocks_closing"] == true).collect();
    assert_eq!(open.len(), 1, "{shown}");
    let on = clock::day(job.app.clock.now()).to_string();
    let end = json!({ "step": "end_measure", "measure": open[0]["id"], "on": on, "reason": "法院判决已生效" });
    job.taken(township, end).await;
    assert_eq!(
        job.refused(township, close()).await,
        ["/check_6", "/check_7", "/check_8"]
    );
    for task in township.get("/api/v1/tasks?state=open").await.json()["items"]
        .as_array()
        .unwrap()
    {
        let path = format!("/api/v1/tasks/{}/steps", task["id"].as_str().unwrap());
        let end = json!({ "step": "cancel", "version": task["version"], "reason": "已由县妇联另行指导" });
        assert_eq!(township.json("POST", &path, end).await.status, 200);
    }
    assert_eq!(job.refused(township, close()).await, ["/check_6", "/check_7"]);
    job.taken(township, json!({ "step": "follow_up", "note": "由村儿童主任跟踪" }))
        .await;
    assert_eq!(job.refused(township, close()).await, ["/check_7"]);
}

/// What a red case needs besides: the county's conference and the city's check,
/// each by its own tier.
async fn looked_at_from_above(job: &Job, township: &Client) {
    let (county, city) = (job.app.sign_in("county").await, job.app.sign_in("city").await);
    let on = clock::day(job.app.clock.now()).to_string();
    let held = json!({ "step": "conference", "on": on, "minutes_no": "应未保会〔2027〕3号" });
    let check = json!({ "step": "spot_check", "note": "抽查案卷，走访记录与现场一致" });
    for (who, step) in [(township, &held), (township, &check), (&county, &check), (&city, &held)] {
        assert_eq!(job.step(who, step.clone()).await.status, 403, "{step}");
    }
    job.taken(&county, held).await;
    assert_eq!(
        job.refused(township, close()).await,
        ["/check_7"],
        "the city has not looked"
    );
    job.taken(&city, check).await;
}

/// Everything up to the wish to close.
async fn asked() -> Job {
    let job = supported().await;
    calmed(&job).await;
    six_calm_months(&job).await;
    let township = job.app.sign_in("township").await;
    settled(&job, &township).await;
    looked_at_from_above(&job, &township).await;
    let asked = job.taken(&township, close()).await;
    assert_eq!(
        (&asked["stage"], &asked["closure_type"]),
        (&json!("closing"), &json!("goals_met"))
    );
    job
}

async fn closed() -> (Job, DateTime<Utc>) {
    let job = asked().await;
    let county = job.app.sign_in("county").await;
    let done = job.taken(&county, json!({ "step": "approve_close" })).await;
    assert_eq!(done["stage"], "closed");
    let at = job.app.clock.now();
    (job, at)
}

#[tokio::test]
async fn the_county_closes_the_case_and_nobody_else_does() {
    let job = asked().await;
    for who in ["township", "city", "lead", "village"] {
        let person = job.app.sign_in(who).await;
        let reply = job.step(&person, json!({ "step": "approve_close" })).await;
        assert_eq!(reply.status, 403, "{who}: {}", reply.text());
    }
    let county2 = job.app.sign_in("county2").await;
    let path = format!("/api/v1/cases/{}/steps", job.case);
    let version = given::now(&job.app, job.id()).await.version;
    let body = json!({ "step": "approve_close", "version": version });
    assert_eq!(county2.json("POST", &path, body.clone()).await.status, 404);
    let county = job.app.sign_in("county").await;
    let done = county.json("POST", &path, body.clone()).await;
    assert_eq!(done.json()["stage"], "closed", "{}", done.text());
    assert_eq!(county.json("POST", &path, body).await.status, 409, "a second click");
}

#[tokio::test]
async fn a_closed_case_has_no_clock_left_but_those_of_the_follow_up() {
    let (job, at) = closed().await;
    let all = deadline::Entity::find()
        .filter(deadline::Column::CaseId.eq(job.id()))
        .all(job.app.state.db.read())
        .await
        .unwrap();
    // Whoever reported is called back after the order has ended (DL11).
    let after = |clock: &&deadline::Model| clock.milestone == "follow_up" || clock.milestone.starts_with("callback");
    let (after, before): (Vec<_>, Vec<_>) = all.iter().partition(after);
    let next = after.iter().map(|clock| clock.due_at).min();
    let followed: Vec<_> = after
        .into_iter()
        .filter(|clock| clock.milestone == "follow_up")
        .collect();
    assert!(before.len() > 8, "{before:?}");
    for clock in before {
        assert!(clock.met_at.is_some() || clock.cancelled_at.is_some(), "{clock:?}");
    }
    let days: Vec<i64> = followed
        .iter()
        .map(|clock| (clock::day(clock.due_at) - clock::day(at)).num_days())
        .collect();
    let mut sorted = days.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, [30, 90, 180]);
    let case = given::now(&job.app, job.id()).await;
    assert_eq!(case.closed_at, Some(at));
    assert_eq!(case.next_due_at, next);
    let reports = report::Entity::find()
        .filter(report::Column::CaseId.eq(job.id()))
        .all(job.app.state.db.read())
        .await
        .unwrap();
    assert!(!reports.is_empty() && reports.iter().all(|report| report.decided_at.is_some()));
    let county = job.app.sign_in("county").await;
    let late = job.step(&county, json!({ "step": "note", "text": "补记" })).await;
    assert_eq!(late.status, 422, "a closed case is reopened first");
}

/// Whether the case is still on the county's list.
async fn listed(job: &Job) -> bool {
    let number = given::now(&job.app, job.id()).await.number;
    let county = job.app.sign_in("county").await;
    county.get("/cases").await.text().contains(&number)
}

/// The village records a visit of a kind at this moment; answers what was kept.
async fn visited(job: &Job, kind: &str) -> Value {
    let village = job.app.sign_in("village").await;
    let body = visit(&job.case, kind, &job.app.clock.now().to_rfc3339());
    let reply = village.json("POST", "/api/v1/visits", body).await;
    assert_eq!(reply.status, 201, "{}", reply.text());
    reply.json()
}

/// Which of the follow-up clocks are met, in the order of their due times.
async fn followed_up(job: &Job) -> Vec<bool> {
    let clocks = clocks(job, "follow_up").await;
    clocks.iter().map(|clock| clock.met_at.is_some()).collect()
}

#[tokio::test]
async fn the_follow_up_is_on_the_list_and_a_visit_meets_it() {
    let (job, _) = closed().await;
    assert!(listed(&job).await, "still to be followed up");
    later(&job, 31);
    let list = job.app.sign_in("county").await.get("/cases").await.text();
    assert!(list.contains("已超期"), "{list}");
    visited(&job, "routine").await;
    let met = followed_up(&job).await;
    assert_eq!(met, [false; 3], "not every visit is the follow-up");
    let kept = visited(&job, "follow_up").await;
    assert_eq!(kept["late"], false, "it comes after the closing by its nature");
    assert_eq!(followed_up(&job).await, [true, false, false]);
    assert_eq!(given::now(&job.app, job.id()).await.stage, "closed");
}

/// The follow-up and both calls back (DL11: one by the unit that handled it, one
/// by the hotline) are owed after the closing, and nothing besides.
#[tokio::test]
async fn after_the_last_follow_up_and_both_calls_back_nothing_is_owed() {
    let (job, _) = closed().await;
    later(&job, 181);
    visited(&job, "follow_up").await;
    let met = followed_up(&job).await;
    assert_eq!(met, [true; 3], "what was due by then is met by one visit");
    for (who, way) in [("township", "director"), ("lead", "school")] {
        assert!(listed(&job).await, "a call back is owed");
        let called = json!({
            "step": "call_back", "way": way, "reached": true, "solved": true, "told": "handled",
            "note": "儿童情绪平稳。",
        });
        job.taken(&job.app.sign_in(who).await, called).await;
    }
    assert!(!listed(&job).await, "nothing is owed any more");
}

#[tokio::test]
async fn a_reopened_case_is_investigated_anew_and_must_earn_its_closing_again() {
    let (job, _) = closed().await;
    let (township, county) = (job.app.sign_in("township").await, job.app.sign_in("county").await);
    let again = json!({ "step": "reopen", "reason": "学校再次反映儿童身上有伤" });
    assert_eq!(job.step(&township, again.clone()).await.status, 403);
    let opened = job.taken(&county, again).await;
    assert_eq!(opened["stage"], "investigating");
    for gone in ["closure_type", "conference_on", "spot_checked_at", "routine_care_at"] {
        assert_eq!(opened[gone], Value::Null, "{gone}");
    }
    assert_eq!(opened["follow_up_planned"], false);
    let stopped = clocks(&job, "follow_up").await;
    assert!(stopped.iter().all(|clock| clock.cancelled_at.is_some()));
    assert!(opened["next_due_at"].is_string(), "{opened}");
    let sign = clocks(&job, "sign").await;
    assert!(
        sign.iter()
            .all(|clock| clock.met_at.is_some() || clock.cancelled_at.is_some())
    );
    let early = job.step(&township, close()).await;
    assert_eq!(early.status, 422, "{}", early.text());
}

#[tokio::test]
async fn the_history_tells_it_all_in_order() {
    let (job, _) = closed().await;
    let county = job.app.sign_in("county").await;
    let shown = job.view(&county).await;
    let mut history = shown["history"].as_array().unwrap().clone();
    // Told latest first; what was entered at the same moment keeps its order.
    history.reverse();
    history.sort_by_key(|event| event["entered_at"].as_str().unwrap().to_owned());
    let kinds: Vec<&str> = history.iter().map(|event| event["kind"].as_str().unwrap()).collect();
    let mut told = kinds.iter();
    for wanted in [
        "case_opened",
        "lowering_confirmed",
        "case_reviewed",
        "case_reviewed",
        "goal_done",
        "close_approved",
    ] {
        assert!(told.any(|kind| *kind == wanted), "{wanted} in {kinds:?}");
    }
    for wanted in [
        "case_signed",
        "visit_recorded",
        "task_opened",
        "task_signed",
        "task_reported",
        "task_accepted",
        "measure_recorded",
        "measure_ended",
        "case_assessed",
        "lowering_proposed",
        "plan_made",
        "plan_confirmed",
        "support_begun",
        "conference_held",
        "spot_checked",
        "follow_up_planned",
        "close_asked",
    ] {
        assert!(kinds.contains(&wanted), "{wanted} in {kinds:?}");
    }
    assert!(history.iter().all(|event| !event["who"].as_str().unwrap().is_empty()));
    assert!(
        history
            .iter()
            .all(|event| event["what"].as_str().is_some_and(|what| what != "记录"))
    );
    assert_eq!(shown["close_note"], "目标已达成，儿童随姑姑生活，状况稳定。");
}
