//! The hotline's board for today: figures against given data, who sees what.

mod returns;

use crate::given::{self, Spec};
use crate::support::{App, Client};
use chrono::TimeDelta;
use sea_orm::ActiveValue::Set;
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::{Value, json};
use tonghu::entity::{hotline_order, journal_entry, outbox};
use uuid::Uuid;

const BOARD: &str = "/hotline/board";

async fn board(who: &Client) -> Value {
    let reply = who.get("/api/v1/hotline/board").await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.json()
}

async fn tell(app: &App, event: &str, call: &str) {
    let path = format!("/api/v1/cti/{}", tonghu::demo::EXCHANGE);
    let body = json!({
        "event": event, "direction": "in", "from": "16000000061", "to": "12345", "callId": call, "user": "8001",
    });
    let reply = app.stranger().json("POST", &path, body).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
}

#[tokio::test]
async fn the_telephone_is_counted_as_the_log_of_calls_counts_it() {
    let app = App::start().await;
    for (call, waited) in [("a", Some(15)), ("b", Some(16)), ("c", None)] {
        tell(&app, "newCall", call).await;
        app.clock.advance(TimeDelta::seconds(waited.unwrap_or(40)));
        if waited.is_some() {
            tell(&app, "answer", call).await;
        }
        tell(&app, "hangup", call).await;
    }
    tell(&app, "newCall", "d").await;
    app.clock.advance(TimeDelta::seconds(90));
    let lead = app.sign_in("lead").await;
    let calls = board(&lead).await["calls"].clone();
    for (name, figure) in [
        ("ringing", 1),
        ("talking", 0),
        ("inbound", 3),
        ("answered", 2),
        ("missed", 1),
        ("owed", 1),
    ] {
        assert_eq!(calls[name], figure, "{name}: {calls}");
    }
    assert_eq!(
        (&calls["in_time_permille"], &calls["connected_permille"]),
        (&json!(333), &json!(667))
    );
    let page = lead.get(BOARD).await.text();
    for words in ["33.3%", "1/3", "未达到", "最久已等 1 分钟", "截至"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(
        !page.contains("16000000061") && !page.contains("160****"),
        "no number stands on a wall"
    );
    let part = lead.with("hx-request", "true").get("/hotline/board/now").await;
    assert!(part.status == 200 && !part.text().contains("<html"), "{}", part.text());
}

#[tokio::test]
async fn an_empty_board_says_so() {
    let app = App::start().await;
    for who in ["operator", "lead", "city"] {
        let page = app.sign_in(who).await.get(BOARD).await.text();
        for words in ["没有红色个案在办", "没有未完成的登记", "今天还没有线索", "没有人在等"]
        {
            assert!(page.contains(words), "{who} {words}: {page}");
        }
        assert_eq!(page.contains("短信网关"), who != "operator", "{who}");
    }
    for who in [
        "county", "township", "village", "police", "hospital", "sysadmin", "secadmin", "auditor",
    ] {
        let person = app.sign_in(who).await;
        for path in [BOARD, "/hotline/board/now", "/api/v1/hotline/board"] {
            assert_eq!(person.get(path).await.status, 403, "{who} {path}");
        }
    }
}

#[tokio::test]
async fn operators_see_their_own_drafts_reports_and_cases_lead_and_city_all() {
    let app = App::start().await;
    let (one, two) = (app.sign_in("operator").await, app.sign_in("operator2").await);
    let held = json!({ "outcome": "hold", "content": "话还没说完", "caller": { "name": "王大山" } });
    for who in [&one, &two] {
        assert_eq!(who.json("POST", "/api/v1/reports", held.clone()).await.status, 201);
    }
    crate::quality::answered(&one, "问入学").await;
    given::case(&app, Spec::red(&app).await).await;
    app.clock.advance(TimeDelta::minutes(45));
    // Nobody stays signed in so long without a touch.
    let (one, two) = (app.sign_in("operator").await, app.sign_in("operator2").await);
    let own = board(&one).await;
    assert_eq!(
        (&own["drafts"]["count"], &own["reports"]["answered"]),
        (&json!(1), &json!(1)),
        "{own}"
    );
    let other = board(&two).await;
    assert_eq!(
        (&other["drafts"]["count"], &other["red"]["count"]),
        (&json!(1), &json!(0)),
        "{other}"
    );
    assert_eq!(other["reports"], json!({}));
    for who in ["lead", "city"] {
        let client = app.sign_in(who).await;
        let all = board(&client).await;
        assert_eq!(
            (&all["drafts"]["count"], &all["red"]["count"]),
            (&json!(2), &json!(1)),
            "{who} {all}"
        );
        let page = client.get(BOARD).await.text();
        assert!(
            page.contains("已搁置") && page.contains("45 分钟") && page.contains("TH-"),
            "{page}"
        );
        for kept in ["王大山", "话还没说完", "童小满", "邻居反映"] {
            assert!(!page.contains(kept), "{kept}");
        }
    }
    // Tomorrow's board begins anew; what lies open stays.
    app.clock.advance(TimeDelta::hours(16));
    let all = board(&app.sign_in("lead").await).await;
    assert_eq!(
        (&all["reports"], &all["drafts"]["count"]),
        (&json!({}), &json!(2)),
        "{all}"
    );
}

fn order(number: &str, types: &Value) -> Value {
    json!({
        "ext_order_no": number, "received_at": "2026-11-23T08:52:00+08:00", "channel": "phone",
        "demand_type": "tipoff", "case_types": types, "mandatory_situations": [], "urgency": null, "title": "反映情况",
        "content": "孩子一个人在家", "caller": { "name": null, "phone": "16000000062", "anonymous": true,
        "safe_phone": false, "safe_time": null }, "reporter_type": "V04", "relation_to_child": "905",
        "confidential": true, "incident_place": { "division": "140622100", "address": null },
        "child_location": { "division": "140622100", "address": null },
        "children": [{ "name": null, "sex": "2", "age": 7, "id_number": null }], "cohabiting_suspect": "no",
        "danger_flags": [], "reported_to_police": false, "recording_id": null, "callback_url": null,
    })
}

#[tokio::test]
async fn orders_are_counted_until_somebody_opens_them_and_the_line_tells_what_waits_for_how_long() {
    let app = App::start().await;
    let lead = app.sign_in("lead").await;
    for (number, types) in [("SZ-1", json!(["0601"])), ("SZ-2", json!(["9999"]))] {
        let reply = app
            .partner()
            .json("POST", "/api/v1/hotline/work-orders", order(number, &types))
            .await;
        assert_eq!(reply.status, 201, "{}", reply.text());
    }
    let line = board(&lead).await["line"].clone();
    assert_eq!(
        (&line["arrived"], &line["flagged"], &line["unopened"]),
        (&json!(2), &json!(1), &json!(2)),
        "{line}"
    );
    assert_eq!(line["worker_silent"], true, "nothing has ticked");
    let rows = hotline_order::Entity::find().all(app.state.db.read()).await.unwrap();
    assert_eq!(lead.get(&format!("/hotline/orders/{}", rows[0].id)).await.status, 200);
    assert_eq!(board(&lead).await["line"]["unopened"], 1);
    let report = rows[1].report_id;
    assert_eq!(lead.get(&format!("/reports/{report}")).await.status, 200);
    assert_eq!(board(&lead).await["line"]["unopened"], 0);
    waiting(&app, rows[0].id).await;
    app.clock.advance(TimeDelta::minutes(125));
    tonghu::worker::tick(&app.state).await;
    let lead = app.sign_in("lead").await;
    let line = board(&lead).await["line"].clone();
    let partner = &line["partners"][0];
    assert_eq!(
        (&partner["dead"], &line["worker_silent"]),
        (&json!(1), &json!(false)),
        "{line}"
    );
    assert!(partner["last_in"].is_string() && line["sms"]["dead"] == 1, "{line}");
    let page = lead.get(BOARD).await.text();
    assert!(page.contains("有停投的回告") && page.contains("2 小时 05 分"), "{page}");
    assert!(!page.contains("16000000062"), "{page}");
}

/// One answer and one text message that were laid aside.
async fn waiting(app: &App, order: Uuid) {
    let now = app.clock.now();
    for (topic, lane) in [("hotline", Some(format!("hotline:{order}"))), ("sms", None)] {
        let row = outbox::ActiveModel {
            id: Set(Uuid::now_v7()),
            topic: Set(topic.to_owned()),
            payload: Set("{}".to_owned()),
            created_at: Set(now),
            available_at: Set(now),
            attempts: Set(7),
            claimed_until: Set(None),
            delivered_at: Set(None),
            failure: Set(None),
            dead_at: Set(Some(now)),
            lane_seq: Set(lane.as_ref().map(|_| 0)),
            lane: Set(lane),
        };
        outbox::Entity::insert(row)
            .exec_without_returning(app.state.db.schema())
            .await
            .unwrap();
    }
}

/// A board on a wall asks again by itself: it writes one entry for a while, and
/// nobody stays signed in by it.
#[tokio::test]
async fn a_board_on_a_wall_floods_no_journal_and_keeps_no_session_alive() {
    let app = App::start().await;
    let lead = app.sign_in("lead").await;
    let before = journal_entry::Entity::find().count(app.state.db.read()).await.unwrap();
    for _ in 0..5 {
        assert_eq!(lead.get("/hotline/board/now").await.status, 200);
    }
    let after = journal_entry::Entity::find().count(app.state.db.read()).await.unwrap();
    assert_eq!(after, before + 1);
    let mut status = 200;
    for _ in 0..60 {
        app.clock.advance(TimeDelta::minutes(5));
        status = lead.get("/hotline/board/now").await.status.as_u16();
    }
    assert_eq!(status, 303, "signed out in the end");
}
