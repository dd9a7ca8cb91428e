//! Steps on one joint task, and on the case above it at the same moment.

use super::{at_once, one_of, sent, steps, told};
use crate::given;
use crate::support::App;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};
use tonghu::ctx::Ctx;
use tonghu::entity::{deadline, measure, task};
use tonghu::journal::Act;
use uuid::Uuid;

const ROUNDS: usize = 12;

/// A red report with its case and the first task of the police.
async fn tasked(app: &App) -> task::Model {
    let operator = app.sign_in("operator").await;
    let place = given::account_of(app, "village").await.division;
    let reply = operator
        .json("POST", "/api/v1/reports", crate::main_job::call(&place))
        .await;
    let case: Uuid = reply.json()["case"]["id"].as_str().unwrap().parse().unwrap();
    let found = task::Entity::find()
        .filter(task::Column::CaseId.eq(case))
        .filter(task::Column::TypeCode.eq("T30"))
        .one(app.state.db.read())
        .await;
    found.unwrap().unwrap()
}

async fn now(app: &App, id: Uuid) -> task::Model {
    task::Entity::find_by_id(id)
        .one(app.state.db.read())
        .await
        .unwrap()
        .unwrap()
}

fn path(task: Uuid) -> String {
    format!("/api/v1/tasks/{task}/steps")
}

fn report(version: i32, paper: &str) -> Value {
    json!({
        "step": "report", "version": version, "result": "已到场处置",
        "papers": [{ "kind": "alarm_receipt", "paper_no": paper, "issued_on": "2026-11-23" }],
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_people_sign_and_then_report_the_same_task_at_once() {
    let app = App::start().await;
    let police = app.sign_in("police").await;
    let colleague = given::colleague(&app, "police", "police.b").await;
    for round in 0..ROUNDS {
        let task = tasked(&app).await;
        let sign = json!({ "step": "sign", "version": task.version });
        let both = at_once(
            sent(&police, path(task.id), sign.clone()),
            sent(&colleague, path(task.id), sign),
        )
        .await;
        one_of(round, &both);
        assert_eq!(told(&app, task.case_id, Act::TaskSigned).await, 1, "round {round}");
        let both = at_once(
            sent(&police, path(task.id), report(task.version + 1, "应公接〔2026〕8号")),
            sent(&colleague, path(task.id), report(task.version + 1, "应公接〔2026〕9号")),
        )
        .await;
        one_of(round, &both);
        let after = now(&app, task.id).await;
        assert_eq!(
            (after.state.as_str(), after.version),
            ("reported", task.version + 2),
            "round {round}"
        );
        let papers = measure::Entity::find()
            .filter(measure::Column::TaskId.eq(task.id))
            .count(app.state.db.read())
            .await
            .unwrap();
        assert_eq!(papers, 1, "round {round}: the loser's paper is not kept");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_result_is_accepted_while_another_sends_it_back() {
    let app = App::start().await;
    let (police, township, county) = (
        app.sign_in("police").await,
        app.sign_in("township").await,
        app.sign_in("county").await,
    );
    for round in 0..ROUNDS {
        let task = tasked(&app).await;
        let sign = json!({ "step": "sign", "version": 1 });
        assert_eq!(police.json("POST", &path(task.id), sign).await.status, 200);
        let done = police
            .json("POST", &path(task.id), report(2, "应公接〔2026〕8号"))
            .await;
        assert_eq!(done.status, 200, "{}", done.text());
        let both = at_once(
            sent(&township, path(task.id), json!({ "step": "accept", "version": 3 })),
            sent(
                &county,
                path(task.id),
                json!({ "step": "reject", "version": 3, "reason": "缺到场时间" }),
            ),
        )
        .await;
        one_of(round, &both);
        let state = if both.0.status == 200 { "done" } else { "working" };
        assert_eq!(now(&app, task.id).await.state, state, "round {round}");
    }
}

/// A task's step takes the task's rows and then the case's; a merge the other
/// way round. Neither may lock the other out, and no clock may stay running on
/// a case that stands still.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_task_is_signed_while_its_case_is_merged() {
    let app = App::start().await;
    let (police, county) = (app.sign_in("police").await, app.sign_in("county").await);
    for round in 0..ROUNDS {
        let (task, other) = (tasked(&app).await, tasked(&app).await);
        let version = given::now(&app, task.case_id).await.version;
        let merge = json!({ "step": "merge", "version": version, "into": other.case_id, "reason": "同一名儿童" });
        let (signed, merged) = at_once(
            sent(
                &police,
                path(task.id),
                json!({ "step": "sign", "version": task.version }),
            ),
            sent(&county, steps(task.case_id), merge),
        )
        .await;
        assert_eq!(merged.status, 200, "round {round}: {}", merged.text());
        assert_eq!(signed.status, 200, "round {round}: {}", signed.text());
        let running = deadline::Entity::find()
            .filter(deadline::Column::CaseId.eq(task.case_id))
            .filter(deadline::Column::MetAt.is_null())
            .filter(deadline::Column::CancelledAt.is_null())
            .count(app.state.db.read())
            .await
            .unwrap();
        assert_eq!(running, 0, "round {round}");
        assert_eq!(given::now(&app, task.case_id).await.next_due_at, None, "round {round}");
    }
}

/// The case's next due time is that of its earliest running clock, whoever
/// stopped or started clocks at the same moment.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_next_due_time_survives_two_steps_at_once() {
    let app = App::start().await;
    let (police, township) = (app.sign_in("police").await, app.sign_in("township").await);
    for round in 0..ROUNDS {
        let task = tasked(&app).await;
        let version = given::now(&app, task.case_id).await.version;
        let (one, two) = at_once(
            sent(
                &police,
                path(task.id),
                json!({ "step": "sign", "version": task.version }),
            ),
            sent(
                &township,
                steps(task.case_id),
                json!({ "step": "sign", "version": version }),
            ),
        )
        .await;
        assert_eq!((one.status.as_u16(), two.status.as_u16()), (200, 200), "round {round}");
        let running = deadline::Entity::find()
            .filter(deadline::Column::CaseId.eq(task.case_id))
            .filter(deadline::Column::MetAt.is_null())
            .filter(deadline::Column::CancelledAt.is_null())
            .all(app.state.db.read())
            .await
            .unwrap();
        let first = running.iter().map(|clock| clock.due_at).min();
        assert_eq!(given::now(&app, task.case_id).await.next_due_at, first, "round {round}");
    }
}

/// A task that its department has refused; the county rules.
async fn disputed(app: &App) -> task::Model {
    let police = app.sign_in("police").await;
    let task = tasked(app).await;
    let refuse =
        json!({ "step": "refuse", "version": 1, "reason": "R02", "basis": "职责清单", "done_first": "已到场" });
    let reply = police.json("POST", &path(task.id), refuse).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    now(app, task.id).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_rule_on_one_dispute_at_once() {
    let app = App::start().await;
    let county = app.sign_in("county").await;
    let colleague = given::colleague(&app, "county", "county.b").await;
    for round in 0..ROUNDS {
        let task = disputed(&app).await;
        let both = at_once(
            sent(
                &county,
                path(task.id),
                json!({ "step": "rule", "version": task.version, "reason": "属公安法定职责" }),
            ),
            sent(
                &colleague,
                path(task.id),
                json!({ "step": "drop", "version": task.version, "reason": "已办结" }),
            ),
        )
        .await;
        one_of(round, &both);
        let told = [Act::TaskRuled, Act::TaskDropped];
        let mut sum = 0;
        for act in told {
            sum += self::told(&app, task.case_id, act).await;
        }
        assert_eq!(sum, 1, "round {round}");
    }
}

/// The county rules in the very moment in which its time runs out.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_ruling_meets_two_workers_that_hand_the_dispute_up() {
    let app = App::start().await;
    for round in 0..ROUNDS {
        let task = disputed(&app).await;
        app.clock.advance(chrono::TimeDelta::minutes(31));
        let county = app.sign_in("county").await;
        let climbing = || {
            let state = app.state.clone();
            tokio::spawn(async move {
                tonghu::tasks::climb(&state, &Ctx::system(state.clock.now()))
                    .await
                    .unwrap()
            })
        };
        let rule = json!({ "step": "rule", "version": task.version, "reason": "属公安法定职责" });
        let (ruled, one, two) = (tokio::spawn(sent(&county, path(task.id), rule)), climbing(), climbing());
        let (ruled, one, two) = (ruled.await.unwrap(), one.await.unwrap(), two.await.unwrap());
        assert!(
            matches!(ruled.status.as_u16(), 200 | 403),
            "round {round}: {}",
            ruled.text()
        );
        let climbed = told(&app, task.case_id, Act::TaskClimbed).await;
        assert!(
            one + two <= 1 && climbed == one + two,
            "round {round}: {one} {two} {climbed}"
        );
        let after = now(&app, task.id).await;
        assert_eq!(after.state == "pending", ruled.status == 200, "round {round}");
        let running = deadline::Entity::find()
            .filter(deadline::Column::TaskId.eq(task.id))
            .filter(deadline::Column::Milestone.eq("task_ruling"))
            .filter(deadline::Column::MetAt.is_null())
            .filter(deadline::Column::CancelledAt.is_null())
            .count(app.state.db.read())
            .await
            .unwrap();
        assert_eq!(running, u64::from(ruled.status != 200), "round {round}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_same_task_is_asked_for_by_two_at_once() {
    let app = App::start().await;
    let (county, township) = (app.sign_in("county").await, app.sign_in("township").await);
    for round in 0..ROUNDS {
        let case = tasked(&app).await.case_id;
        let version = given::now(&app, case).await.version;
        let order = json!({ "step": "open_tasks", "version": version, "tasks": [
            { "type": "T60", "request": "法律援助" }, { "type": "T81", "request": "固定病历" },
        ] });
        let both = at_once(
            sent(&county, steps(case), order.clone()),
            sent(&township, steps(case), order),
        )
        .await;
        one_of(round, &both);
        let found = task::Entity::find()
            .filter(task::Column::CaseId.eq(case))
            .filter(task::Column::TypeCode.is_in(["T60", "T81"]))
            .count(app.state.db.read())
            .await
            .unwrap();
        assert_eq!(found, 2, "round {round}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_task_is_waived_while_its_result_comes_in() {
    let app = App::start().await;
    let (police, county) = (app.sign_in("police").await, app.sign_in("county").await);
    for round in 0..ROUNDS {
        let task = tasked(&app).await;
        let sign = json!({ "step": "sign", "version": 1 });
        assert_eq!(police.json("POST", &path(task.id), sign).await.status, 200);
        let waive = json!({ "step": "waive", "version": 2, "reason": "儿童已安置" });
        let both = at_once(
            sent(&police, path(task.id), report(2, "应公接〔2026〕8号")),
            sent(&county, path(task.id), waive),
        )
        .await;
        one_of(round, &both);
    }
}
