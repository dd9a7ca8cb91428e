//! Starting, pausing and moving one clock, as every feature does it.

use crate::clock_table::local;
use crate::given::{self, Spec};
use crate::support::App;
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::EntityTrait;
use tonghu::clocks::{self, Begin, PauseReason, Subject};
use tonghu::ctx::Ctx;
use tonghu::db::insert_models;
use tonghu::entity::{deadline, deadline_rule, protection_case};
use tonghu::error::Error;
use tonghu::journal::{self, Act, Entry};
use tonghu::rules::level::RiskLevel;
use uuid::Uuid;

fn begun<'a>(case: &protection_case::Model, code: &'a str, from: DateTime<Utc>) -> Begin<'a> {
    Begin {
        subject: Subject {
            case: Some(case.id),
            ..Subject::default()
        },
        code,
        milestone: "ruling",
        from,
        owner: case.lead_unit,
    }
}

async fn started(app: &App, begin: Begin<'_>) -> deadline::Model {
    let ctx = Ctx::system(app.clock.now());
    let tx = app.state.db.begin().await.unwrap();
    let clock = clocks::begin(&tx, &ctx, begin).await.unwrap();
    let line = Entry::new(Act::NoteAdded).subject(clock.id);
    journal::commit(tx, &ctx, line).await.unwrap();
    clock
}

async fn stored(app: &App, clock: Uuid) -> deadline::Model {
    let found = deadline::Entity::find_by_id(clock).one(app.state.db.read()).await;
    found.unwrap().unwrap()
}

/// What a rule says instead, from a moment on.
async fn changed(app: &App, code: &str, (version, amount): (i32, i32), valid_from: DateTime<Utc>) {
    let row = tonghu::rules::codes::deadline_rule(code).unwrap();
    let id = Uuid::now_v7();
    let slot = tonghu::vault::Slot::new("deadline_rule", "reason", id);
    let change = deadline_rule::Model {
        id,
        code: code.to_owned(),
        version,
        name: row.name.clone(),
        owner: row.owner.clone(),
        amount,
        unit: row.unit.clone(),
        on_expiry: row.on_expiry.clone(),
        source: row.source.clone(),
        reason: app.state.vault.seal(slot, "市级会议确定").unwrap(),
        valid_from,
        changed_by: None,
    };
    let ctx = Ctx::system(app.clock.now());
    let tx = app.state.db.begin().await.unwrap();
    insert_models(&tx, vec![change]).await.unwrap();
    journal::commit(tx, &ctx, Entry::new(Act::NoteAdded)).await.unwrap();
}

#[tokio::test]
async fn a_clock_begins_by_the_row_of_its_rule_and_counts_back_where_the_rule_does() {
    let app = App::start().await;
    let case = given::case(&app, Spec::at(&app, RiskLevel::Blue).await).await;
    let now = app.clock.now();
    for (code, from, due) in [
        ("DL13-normal", now, "11-26 09:00"),
        ("DL13-urgent", now, "11-24 09:00"),
        ("DL21", now, "12-23 23:59"),
        ("DL14-30", now + TimeDelta::days(40), "12-03 23:59"),
    ] {
        let clock = started(&app, begun(&case, code, from)).await;
        let row = stored(&app, clock.id).await;
        assert_eq!(row, clock, "{code}");
        assert_eq!((local(row.due_at).as_str(), row.rule_version), (due, 1), "{code}");
        assert_eq!((row.rule_code.as_str(), &row.rule[..4]), (code, &code[..4]));
        assert_eq!(row.started_at, now, "{code}");
        assert!(row.next_at.is_some_and(|next| next < row.due_at), "{code} warns first");
    }
}

#[tokio::test]
async fn a_changed_rule_counts_for_the_clocks_that_start_after_it() {
    let app = App::start().await;
    let case = given::case(&app, Spec::at(&app, RiskLevel::Blue).await).await;
    let now = app.clock.now();
    let before = started(&app, begun(&case, "DL24-township", now)).await;
    changed(&app, "DL24-township", (2, 10), now + TimeDelta::minutes(1)).await;
    let same = started(&app, begun(&case, "DL24-township", now)).await;
    assert_eq!((same.rule_version, same.due_at), (1, before.due_at), "not in force yet");
    app.clock.advance(TimeDelta::minutes(1));
    let after = started(&app, begun(&case, "DL24-township", now)).await;
    assert_eq!((after.rule_version, local(after.due_at).as_str()), (2, "12-07 23:59"));
    let old = stored(&app, before.id).await;
    assert_eq!((old.rule_version, local(old.due_at).as_str()), (1, "12-14 23:59"));
}

#[tokio::test]
async fn a_pause_gives_back_what_was_left_and_red_and_yellow_never_stand_still() {
    let app = App::start().await;
    for level in RiskLevel::ALL {
        let case = given::case(&app, Spec::at(&app, level).await).await;
        let hours = started(&app, begun(&case, "DL13-normal", app.clock.now())).await;
        let days = started(&app, begun(&case, "DL24-township", app.clock.now())).await;
        app.clock.advance(TimeDelta::hours(2));
        for clock in [&hours, &days] {
            let ctx = Ctx::system(app.clock.now());
            let tx = app.state.db.begin().await.unwrap();
            let paused = clocks::pause(&tx, &ctx, clock.id, PauseReason::Hospital).await;
            if level <= RiskLevel::Yellow {
                let Err(Error::Conflict(why)) = paused else {
                    panic!("{level:?}")
                };
                assert!(why.contains("红黄不可停"), "{why}");
                continue;
            }
            assert_eq!(paused.unwrap().pause_reason.as_deref(), Some("hospital"));
            let again = clocks::pause(&tx, &ctx, clock.id, PauseReason::Ruling).await;
            assert!(matches!(again, Err(Error::Conflict(_))), "once at a time");
            app.clock.advance(TimeDelta::days(3));
            let later = Ctx::system(app.clock.now());
            let on = clocks::unpause(&tx, &later, clock.id).await.unwrap();
            assert!(on.paused_at.is_none() && on.next_at.is_some_and(|next| next < on.due_at));
            let moved = on.due_at - clock.due_at;
            assert!(moved > TimeDelta::zero(), "{level:?} {moved}");
            if clock.id == hours.id {
                assert_eq!(moved, TimeDelta::days(3), "to the second");
            }
            let none = clocks::unpause(&tx, &later, clock.id).await;
            assert!(matches!(none, Err(Error::Conflict(_))), "it runs");
            journal::commit(tx, &later, Entry::new(Act::NoteAdded)).await.unwrap();
        }
    }
}
