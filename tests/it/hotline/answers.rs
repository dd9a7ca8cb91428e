//! What 12345 is told: every state, in order, neutral, signed, until it has it.

use super::far::{Far, Heard, Turn, connect};
use super::{case_of, event, order, quiet, row, sent, state, step};
use crate::given;
use crate::support::App;
use chrono::TimeDelta;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};
use tonghu::entity::outbox;
use tonghu::hotline::Standing;
use tonghu::rules::codes;
use tonghu::worker;

async fn connected() -> (App, Far) {
    let (app, far) = (App::start().await, Far::start().await);
    connect(&app, &far).await;
    (app, far)
}

/// A yellow order that lives through everything that an order can.
async fn lived(app: &App, number: &str) {
    let unit = given::account_of(app, "civil").await.unit_id;
    let (township, county) = (app.sign_in("township").await, app.sign_in("county").await);
    let (lead, civil) = (app.sign_in("lead").await, app.sign_in("civil").await);
    sent(app, &quiet(number)).await;
    let returned = json!({
        "step": "return", "reason": "R02", "explanation": "附职责清单第3项。", "done_first": "已到场，儿童安全。",
    });
    step(app, &township, number, returned).await;
    let on = json!({ "step": "redispatch", "unit": unit, "reason": "改派民政。" });
    step(app, &lead, number, on).await;
    step(app, &civil, number, json!({ "step": "sign" })).await;
    step(app, &lead, number, json!({ "step": "urge", "note": "请尽快。" })).await;
    let ask = json!({ "step": "ask_extension", "days": 3, "reason": "等待医院出具诊断。" });
    step(app, &civil, number, ask).await;
    step(app, &county, number, json!({ "step": "rule_extension", "grant": true })).await;
    let urge = json!({ "event_id": format!("{number}-E1"), "kind": "urge", "at": null });
    assert_eq!(event(app, number, urge).await.status, 201);
    let hand_in = json!({
        "step": "hand_in", "summary": "儿童已由姑姑照料，施暴人已告诫。", "papers": "应公告字〔2026〕12号",
    });
    step(app, &civil, number, hand_in.clone()).await;
    let again = json!({ "step": "send_back_result", "reason": "未见到儿童，重办。" });
    step(app, &county, number, again).await;
    step(app, &civil, number, hand_in).await;
    step(app, &county, number, json!({ "step": "accept_result" })).await;
    let call = json!({
        "step": "call_back", "way": "school", "reached": true, "solved": true, "told": "handled",
        "note": "儿童情绪平稳。",
    });
    step(app, &lead, number, call).await;
}

const LIFE: [&str; 11] = [
    "dispatched",
    "returning",
    "redispatched",
    "signed",
    "urged",
    "extended",
    "urged",
    "feedback",
    "redone",
    "feedback",
    "resolved",
];

/// Words of which none may leave: names, numbers, addresses, kinds of matter,
/// what was done, numbers of this house.
const NEVER: [&str; 23] = [
    "童小满",
    "柳报信",
    "16000000001",
    "140699",
    "东街",
    "38号",
    "REC-17",
    "施暴",
    "姑姑",
    "儿童",
    "孩子",
    "未成年",
    "训斥",
    "伤",
    "暴力",
    "金城",
    "0301",
    "0101",
    "MR4",
    "R02",
    "TH-",
    "XS-",
    "应公告字",
];

/// Fails where an answer says anything of anybody.
fn neutral(call: &Heard) {
    let body = call.json();
    let keys: Vec<&str> = body.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["at", "ext_order_no", "id", "seq", "state", "text", "type"]);
    // The id is random figures, among which any code may stand.
    let whole = format!("{} {}", call.target, call.text).replace(body["id"].as_str().unwrap(), "");
    for word in NEVER {
        assert!(!whole.contains(word), "{word}: {whole}");
    }
    for kind in codes::case_types() {
        let name = kind.name.split('（').next().unwrap();
        assert!(!whole.contains(name), "{name}: {whole}");
    }
    let standing = Standing::parse(body["state"].as_str().unwrap()).unwrap();
    assert_eq!(body["text"], standing.text());
}

#[tokio::test]
async fn every_state_is_told_once_in_order_signed_and_says_nothing_of_anybody() {
    let (app, far) = connected().await;
    lived(&app, "A-1").await;
    sent(&app, &order("A-2")).await;
    for _ in 0..3 {
        worker::tick(&app.state).await;
    }
    let told = far.told("A-1");
    assert_eq!(told[..11], LIFE, "{told:?}");
    assert_eq!(told[11..], ["called_back"], "{told:?}");
    assert_eq!(far.told("A-2"), ["dispatched"]);
    let heard = far.heard();
    let of_first = heard
        .iter()
        .map(Heard::json)
        .filter(|body| body["ext_order_no"] == "A-1");
    let seqs: Vec<i64> = of_first.map(|body| body["seq"].as_i64().unwrap()).collect();
    assert_eq!(seqs, (1..=12).collect::<Vec<_>>());
    for call in &heard {
        assert!(call.is_signed(), "{call:?}");
        neutral(call);
    }
    let mut ids: Vec<String> = heard.iter().map(|call| call.json()["id"].to_string()).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), heard.len(), "nothing was told twice");
    assert_eq!(state(&app, "A-1").await["seq"], 12);
    // What waits in the database says as little.
    let kept = outbox::Entity::find().all(app.state.db.read()).await.unwrap();
    assert!(
        kept.iter()
            .all(|row| !row.payload.contains("童小满") && !row.payload.contains("训斥"))
    );
}

#[tokio::test]
async fn what_fails_is_tried_again_later_and_nothing_overtakes_it() {
    let (app, far) = connected().await;
    far.next([Turn::Answer(500, String::new())]);
    lived(&app, "A-1").await;
    sent(&app, &quiet("A-2")).await;
    worker::tick(&app.state).await;
    let told = far.told("A-1");
    assert_eq!(told, ["dispatched"], "what comes later waits for what failed");
    assert_eq!(far.told("A-2"), ["dispatched"], "another order does not");
    far.next([Turn::Drop]);
    app.clock.advance(TimeDelta::seconds(11));
    worker::tick(&app.state).await;
    app.clock.advance(TimeDelta::minutes(2));
    for _ in 0..3 {
        worker::tick(&app.state).await;
    }
    // At least once: the one that was dropped came again, under the same id.
    let told = far.told("A-1");
    assert_eq!(
        told[2..],
        [
            "dispatched",
            LIFE[1],
            LIFE[2],
            LIFE[3],
            LIFE[4],
            LIFE[5],
            LIFE[6],
            LIFE[7],
            LIFE[8],
            LIFE[9],
            LIFE[10],
            "called_back"
        ]
    );
    let ids: Vec<Value> = far
        .heard()
        .iter()
        .map(Heard::json)
        .filter(|body| body["ext_order_no"] == "A-1" && body["seq"] == 1)
        .map(|body| body["id"].clone())
        .collect();
    assert_eq!(ids.len(), 3);
    assert!(ids.iter().all(|id| *id == ids[0]));
}

/// One answer that it will never take must not keep the others waiting; nor may
/// a partner that takes none be called for every one of them.
#[tokio::test]
async fn refusals_here_and_there_hold_nothing_up_and_many_in_a_row_end_the_round() {
    let (app, far) = connected().await;
    for order in 0..12 {
        sent(&app, &quiet(&format!("B-{order}"))).await;
    }
    let refused = Turn::Answer(500, String::new());
    let taken = Turn::Answer(200, String::new());
    far.next((0..12).map(|turn| if turn % 2 == 0 { refused.clone() } else { taken.clone() }));
    worker::tick(&app.state).await;
    assert_eq!(far.heard().len(), 12, "each was tried");
    app.clock.advance(TimeDelta::seconds(11));
    far.next(std::iter::repeat_n(refused, 5));
    worker::tick(&app.state).await;
    assert_eq!(far.heard().len(), 12 + 5, "the partner is down");
    app.clock.advance(TimeDelta::minutes(2));
    far.next([Turn::Drop]);
    worker::tick(&app.state).await;
    assert_eq!(
        far.heard().len(),
        12 + 5 + 1,
        "one that is not to be reached is tried once"
    );
}

#[tokio::test]
async fn what_is_laid_aside_is_seen_and_sent_again_by_hand() {
    let (app, far) = connected().await;
    far.usually(503);
    lived(&app, "A-1").await;
    // The daily lists fail as well, and one call a round is all that is tried.
    for _ in 0..40 {
        worker::tick(&app.state).await;
        app.clock.advance(TimeDelta::hours(9));
    }
    let tries = tonghu::outbox::RETRY.len() + 1;
    assert_eq!(far.told("A-1"), vec!["dispatched"; tries]);
    let lead = app.sign_in("lead").await;
    let ledger = lead.get("/hotline/answers").await.text();
    assert!(
        ledger.contains("已停止重试") && ledger.contains("对方答复 503"),
        "{ledger}"
    );
    let path = format!("/hotline/orders/{}", row(&app, "A-1").await.id);
    let first = outbox::Entity::find()
        .filter(outbox::Column::DeadAt.is_not_null())
        .order_by_asc(outbox::Column::LaneSeq)
        .one(app.state.db.read())
        .await
        .unwrap()
        .unwrap();
    far.usually(200);
    worker::tick(&app.state).await;
    assert_eq!(far.told("A-1").len(), tries, "it waits for a person");
    let again = format!("{path}/answers/{}/repeat", first.id);
    assert_eq!(app.sign_in("county").await.post(&again, &[]).await.status, 403);
    assert_eq!(lead.post(&again, &[]).await.status, 303);
    worker::tick(&app.state).await;
    worker::tick(&app.state).await;
    let told = far.told("A-1");
    assert_eq!(told[told.len() - 12..told.len() - 1], LIFE);
    assert_eq!(
        lead.post(&again, &[]).await.status,
        409,
        "what has arrived is not sent again"
    );
    let other = uuid::Uuid::now_v7();
    assert_eq!(
        lead.post(&format!("{path}/answers/{other}/repeat"), &[]).await.status,
        404
    );
}

#[tokio::test]
async fn two_workers_make_out_nothing_twice() {
    let (app, far) = connected().await;
    lived(&app, "A-1").await;
    for _ in 0..3 {
        tokio::join!(worker::tick(&app.state), worker::tick(&app.state));
    }
    let rows = outbox::Entity::find()
        .filter(outbox::Column::Topic.eq("hotline"))
        .all(app.state.db.read())
        .await
        .unwrap();
    let mut seqs: Vec<Option<i32>> = rows.iter().map(|row| row.lane_seq).collect();
    seqs.sort_unstable();
    assert_eq!(seqs, (1..=12).map(Some).collect::<Vec<_>>());
    assert_eq!(far.heard().len(), 12);
}

#[tokio::test]
async fn whoever_asks_instead_is_told_nothing_and_a_partner_shut_out_is_not_called() {
    let app = App::start().await;
    sent(&app, &quiet("A-1")).await;
    worker::tick(&app.state).await;
    let rows = outbox::Entity::find().all(app.state.db.read()).await.unwrap();
    assert_eq!(rows.len(), 1);
    assert!(rows[0].failure.as_deref().unwrap().contains("由对方查询"));
    let case = case_of(&app, "A-1").await;
    assert_eq!(state(&app, "A-1").await["state"], "dispatched");
    let merged = tonghu::entity::protection_case::ActiveModel {
        stage: sea_orm::ActiveValue::Set("closed".to_owned()),
        ..Default::default()
    };
    given::set(&app, case.id, merged).await;
    assert_eq!(
        state(&app, "A-1").await["state"],
        "resolved",
        "the order ends with its case"
    );
}
