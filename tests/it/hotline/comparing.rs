//! 每日对账: what either side misses is found.

use super::far::{Far, Heard, Turn, connect};
use super::{event, flags, lead_told, quiet, sent, step};
use crate::support::App;
use chrono::TimeDelta;
use sea_orm::EntityTrait;
use serde_json::json;
use tonghu::entity::hotline_reconciliation;
use tonghu::worker;

async fn days(app: &App) -> Vec<hotline_reconciliation::Model> {
    hotline_reconciliation::Entity::find()
        .all(app.state.db.read())
        .await
        .unwrap()
}

#[tokio::test]
async fn once_a_day_both_sides_find_what_they_miss() {
    let (app, far) = (App::start().await, Far::start().await);
    connect(&app, &far).await;
    let township = app.sign_in("township").await;
    for number in ["A-1", "A-2", "A-3"] {
        sent(&app, &quiet(number)).await;
        step(&app, &township, number, json!({ "step": "sign" })).await;
    }
    let orphan = json!({ "event_id": "E-1", "kind": "urge", "at": null });
    assert_eq!(event(&app, "A-9", orphan).await.status, 201);
    worker::tick(&app.state).await;
    assert_eq!(far.heard().len(), 6);
    assert!(days(&app).await.is_empty(), "the day is not over");
    // 01:00 of the next day is too early, 02:00 is not.
    app.clock.advance(TimeDelta::hours(16));
    worker::tick(&app.state).await;
    assert!(days(&app).await.is_empty());
    let answer = json!({
        "missing": ["Z-7", "A-1", "不是号"], "unknown": ["A-2", "Z-8"], "behind": [{ "ext_order_no": "A-3", "seq": 1 }],
    });
    far.next([Turn::Answer(200, answer.to_string())]);
    app.clock.advance(TimeDelta::hours(1));
    for _ in 0..3 {
        worker::tick(&app.state).await;
    }
    the_list_says_how_all_stand(&far);
    what_was_missed_is_found(&app, &far).await;
}

fn the_list_says_how_all_stand(far: &Far) {
    let heard = far.heard();
    let list = heard[6].json();
    assert_eq!(
        (list["type"].as_str(), list["day"].as_str()),
        (Some("reconciliation"), Some("2026-11-23"))
    );
    assert_eq!(list["wanted"], json!(["A-9"]), "what we have heard of and do not have");
    let first = json!({ "ext_order_no": "A-1", "state": "signed", "seq": 2 });
    assert_eq!(list["orders"][0], first);
    assert_eq!(list["orders"].as_array().unwrap().len(), 3);
    assert!(!heard[6].text.contains("童小满"));
}

async fn what_was_missed_is_found(app: &App, far: &Far) {
    let heard = far.heard();
    let made = days(app).await;
    assert_eq!(made.len(), 1, "once a day");
    assert_eq!((made[0].listed, made[0].resent), (3, 1));
    assert_eq!(made[0].missing_here.0, ["Z-7"], "A-1 is here");
    assert_eq!(made[0].unknown_there.0, ["A-2"], "Z-8 never was");
    assert_eq!(heard.len(), 8, "what it had not heard was told again");
    assert_eq!(heard[7].json()["ext_order_no"], "A-3");
    assert_eq!(heard[7].json()["seq"], 2);
    let before = heard[..6]
        .iter()
        .map(Heard::json)
        .find(|body| body["id"] == heard[7].json()["id"]);
    assert!(before.is_some(), "under the same id");
    assert_eq!(flags(app, "A-2").await[0].0, "unknown_there");
    assert_eq!(lead_told(app).await, 2);
    let page = app.sign_in("lead").await.get("/hotline/answers").await.text();
    for word in ["2026-11-23", "Z-7", "A-2", "A-9"] {
        assert!(page.contains(word), "{word}: {page}");
    }
}

#[tokio::test]
async fn a_list_that_could_not_be_sent_comes_later_and_a_plain_answer_agrees() {
    let (app, far) = (App::start().await, Far::start().await);
    connect(&app, &far).await;
    sent(&app, &quiet("A-1")).await;
    let township = app.sign_in("township").await;
    step(&app, &township, "A-1", json!({ "step": "sign" })).await;
    worker::tick(&app.state).await;
    app.clock.advance(TimeDelta::hours(18));
    far.next([Turn::Drop, Turn::Answer(200, "ok".to_owned())]);
    worker::tick(&app.state).await;
    assert_eq!(days(&app).await[0].answered_at, None);
    app.clock.advance(TimeDelta::seconds(11));
    worker::tick(&app.state).await;
    let made = days(&app).await;
    assert!(made[0].answered_at.is_some() && made[0].missing_here.0.is_empty());
    assert_eq!(far.heard().len(), 4);
}
