//! The worker is killed while it lets clocks run out: every stage of every
//! clock happens all the same, and none twice.

use crate::given::{self, Spec};
use crate::support::binary::{Service, run, said};
use crate::support::{App, Home};
use chrono::{DateTime, Utc};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, Select};
use std::collections::BTreeMap;
use std::time::Duration;
use tonghu::entity::{deadline, journal_entry};
use tonghu::journal::Act;
use tonghu::simulate;
use uuid::Uuid;

const KILLS: u64 = 6;
const CASES: usize = 24;

/// Clocks whose next moment has come and that nobody has met.
fn due(now: DateTime<Utc>) -> Select<deadline::Entity> {
    deadline::Entity::find()
        .filter(deadline::Column::MetAt.is_null())
        .filter(deadline::Column::CancelledAt.is_null())
        .filter(deadline::Column::PausedAt.is_null())
        .filter(deadline::Column::NextAt.lte(now))
}

/// What a killed process had claimed is free after its lease; here at once.
async fn leases_run_out(app: &App) {
    deadline::Entity::update_many()
        .col_expr(deadline::Column::LeasedUntil, Expr::value(None::<DateTime<Utc>>))
        .exec(app.state.db.upkeep())
        .await
        .unwrap();
}

/// How far each clock has come, by the rungs that the journal tells of.
async fn happened(app: &App) -> BTreeMap<Uuid, Vec<String>> {
    let acts = [Act::DeadlineWarned, Act::DeadlineMissed, Act::DeadlineEscalated].map(Act::code);
    let entries = journal_entry::Entity::find()
        .filter(journal_entry::Column::Act.is_in(acts))
        .order_by_asc(journal_entry::Column::Id)
        .all(app.state.db.read())
        .await
        .unwrap();
    let mut told: BTreeMap<Uuid, Vec<String>> = BTreeMap::new();
    for entry in entries {
        let rung = entry.detail["rung"].as_str().unwrap_or_default();
        told.entry(entry.subject.unwrap())
            .or_default()
            .push(format!("{}{rung} {}", entry.act, entry.detail["due"]));
    }
    told
}

/// The real clock, by which the program goes.
#[expect(
    clippy::disallowed_methods,
    reason = "the program that is killed goes by the real clock"
)]
fn now() -> DateTime<Utc> {
    Utc::now()
}

/// Lets a worker that nobody kills finish; answers when nothing was due.
async fn finished(app: &App) -> DateTime<Utc> {
    for _ in 0..240 {
        let at = now();
        if due(at).count(app.state.db.read()).await.unwrap() == 0 {
            return at;
        }
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    panic!("the worker does not catch up");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_is_killed_as_a_process_lets_every_stage_happen_once() {
    let home = Home::fresh().await;
    let app = App::over(home.at(home.url.clone())).await;
    for _ in 0..CASES {
        given::case(&app, Spec::red(&app).await).await;
    }
    let dir = tempfile::tempdir().unwrap();
    let log = dir.path().join("tonghu.log");
    let mut amid = 0;
    for number in 0..KILLS {
        let service = Service::start(&home, &log);
        tokio::time::sleep(Duration::from_millis(30 + number * 40)).await;
        service.kill();
        amid += u32::from(due(now()).count(app.state.db.read()).await.unwrap() > 0);
        leases_run_out(&app).await;
    }
    assert!(amid > 1, "killed while there was work: {amid} times");
    let service = Service::start(&home, &log);
    let at = finished(&app).await;
    service.kill();
    for (clock, stages) in happened(&app).await {
        let mut once = stages.clone();
        once.sort();
        once.dedup();
        assert_eq!(once.len(), stages.len(), "{clock} {stages:?}");
    }
    let missed = deadline::Entity::find().filter(deadline::Column::OverdueAt.is_not_null());
    assert!(missed.count(app.state.db.read()).await.unwrap() > 6);
    let broken: Vec<_> = simulate::check(&app.state, at).await.unwrap();
    let broken: Vec<_> = broken.iter().filter(|verdict| !verdict.broken.is_empty()).collect();
    assert!(broken.is_empty(), "{broken:?}");
    let verified = run(&home, &["audit", "verify"]);
    assert!(said(&verified).contains("审计链完整"), "{}", said(&verified));
}
