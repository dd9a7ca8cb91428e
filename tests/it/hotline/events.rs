//! What comes later about an order, in whatever order it comes.

use super::{acts, case_of, event, flags, lead_told, order, quiet, report_of, sent, state};
use crate::given;
use crate::support::App;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};
use tonghu::entity::{case_event, hotline_event, hotline_order, notice, report, urging};

fn more(id: &str, kind: &str, minute: u32, content: Option<&str>) -> Value {
    json!({ "event_id": id, "kind": kind, "at": format!("2026-11-23T08:{minute:02}:00+08:00"), "content": content })
}

async fn told_on_case(app: &App, number: &str, act: &str) -> u64 {
    let case = case_of(app, number).await;
    case_event::Entity::find()
        .filter(case_event::Column::CaseId.eq(case.id))
        .filter(case_event::Column::Kind.eq(act))
        .count(app.state.db.read())
        .await
        .unwrap()
}

#[tokio::test]
async fn an_event_happens_once_and_its_number_stands_for_one_content() {
    let app = App::start().await;
    sent(&app, &quiet("A-1")).await;
    let notes = told_on_case(&app, "A-1", "note_added").await;
    let body = more("A-1-E1", "supplement", 55, Some("补充：孩子今天没去上学"));
    let first = event(&app, "A-1", body.clone()).await;
    assert_eq!(first.status, 201, "{}", first.text());
    for _ in 0..2 {
        let again = event(&app, "A-1", body.clone()).await;
        assert_eq!((again.status.as_u16(), again.json()), (200, first.json()));
    }
    assert_eq!(told_on_case(&app, "A-1", "note_added").await, notes + 1);
    let other = more("A-1-E1", "supplement", 55, Some("别的话"));
    assert_eq!(event(&app, "A-1", other).await.status, 409);
    assert_eq!(event(&app, "A-9", body).await.status, 409, "nor for another order");
    for (wrong, pointer) in [
        (json!({ "event_id": "E 1", "kind": "urge" }), "/event_id"),
        (json!({ "event_id": "E-2", "kind": "delete" }), "/kind"),
        (
            json!({ "event_id": "E-2", "kind": "urge", "at": "2026-11-23T08:55:00" }),
            "/at",
        ),
    ] {
        let reply = event(&app, "A-1", wrong).await;
        assert_eq!(reply.status, 422);
        assert_eq!(reply.json()["errors"][0]["pointer"], pointer);
    }
    assert_eq!(acts(&app, "hotline_event_taken").await, 1);
}

#[tokio::test]
async fn a_supplement_reaches_the_unit_and_raises_what_is_worse() {
    let app = App::start().await;
    sent(&app, &quiet("A-1")).await;
    assert_eq!(case_of(&app, "A-1").await.level, 2);
    let mut worse = more("E-1", "supplement", 55, Some("孩子被锁在屋里"));
    worse["danger_flags"] = json!(["locked_up", "nonsense"]);
    event(&app, "A-1", worse).await;
    let case = case_of(&app, "A-1").await;
    assert_eq!(case.level, 1);
    let told = notice::Entity::find()
        .filter(notice::Column::CaseId.eq(case.id))
        .filter(notice::Column::Kind.eq("partner_added"))
        .filter(notice::Column::AccountId.eq(given::account_of(&app, "township").await.id))
        .count(app.state.db.read())
        .await
        .unwrap();
    assert_eq!(told, 1);
    let kinds: Vec<String> = flags(&app, "A-1").await.into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, ["unknown_code", "life_danger"]);
    assert_eq!(lead_told(&app).await, 1);
    // Something harmless that comes later does not lower it.
    event(&app, "A-1", more("E-2", "supplement", 57, Some("孩子上三年级"))).await;
    assert_eq!(case_of(&app, "A-1").await.level, 1);
}

#[tokio::test]
async fn a_further_call_is_a_report_of_its_own_that_joins_and_raises_the_case() {
    let app = App::start().await;
    let mut green = quiet("A-1");
    green["case_types"] = json!(["1601"]);
    green["content"] = json!("想给留守的孩子申请补助");
    green["title"] = json!("补助");
    sent(&app, &green).await;
    let before = case_of(&app, "A-1").await;
    let mut call = more("E-1", "call_again", 59, Some("又打来：孩子挨训"));
    call["case_types"] = json!(["0301"]);
    call["caller"] = json!({ "phone": "16000000001", "safe_phone": false });
    let reply = event(&app, "A-1", call).await;
    assert_eq!(reply.status, 201, "{}", reply.text());
    let after = case_of(&app, "A-1").await;
    assert_eq!(after.id, before.id, "never a second case beside the open one");
    assert!(after.level < before.level, "{} {}", before.level, after.level);
    let reports = report::Entity::find()
        .filter(report::Column::CaseId.eq(after.id))
        .count(app.state.db.read())
        .await
        .unwrap();
    assert_eq!(reports, 2);
    assert_eq!(acts(&app, "report_joined").await, 1);
}

#[tokio::test]
async fn a_caller_who_urges_is_counted_and_the_unit_is_told() {
    let app = App::start().await;
    sent(&app, &quiet("A-1")).await;
    for id in ["E-1", "E-2"] {
        assert_eq!(event(&app, "A-1", more(id, "urge", 57, None)).await.status, 201);
    }
    let case = case_of(&app, "A-1").await;
    let rows = urging::Entity::find()
        .filter(urging::Column::CaseId.eq(case.id))
        .all(app.state.db.read())
        .await
        .unwrap();
    assert_eq!(rows.len(), 2);
    assert!(rows.iter().all(|row| row.source == "caller" && row.made_by.is_none()));
    assert_eq!(case.version, 1, "nobody's form goes stale by it");
}

#[tokio::test]
async fn a_withdrawal_never_ends_the_matter_of_a_child() {
    let app = App::start().await;
    sent(&app, &order("A-1")).await;
    let stage = case_of(&app, "A-1").await.stage;
    event(&app, "A-1", more("E-1", "cancel", 58, Some("来电人说不用管了"))).await;
    assert_eq!(case_of(&app, "A-1").await.stage, stage);
    let told = state(&app, "A-1").await;
    assert_eq!(
        (told["state"].as_str(), told["cancelled"].as_bool()),
        (Some("dispatched"), Some(true))
    );
    assert_eq!(flags(&app, "A-1").await[0].0, "cancelled");
    event(&app, "A-1", more("E-2", "call_again", 59, Some("又打来了"))).await;
    assert_eq!(state(&app, "A-1").await["cancelled"], false);
}

/// Everything that a partner and a handler can see of an order afterwards.
async fn outcome(app: &App, number: &str) -> Value {
    let mut told = state(app, number).await;
    told["number"] = json!(null);
    let case = case_of(app, number).await;
    let mut events: Vec<(String, Option<String>)> = hotline_event::Entity::find()
        .all(app.state.db.read())
        .await
        .unwrap()
        .into_iter()
        .map(|event| (event.ext_event_id, event.outcome))
        .collect();
    events.sort();
    json!({
        "told": told, "level": case.level, "stage": case.stage, "types": case.case_types.0, "events": events,
        "urged": told_on_case(app, number, "order_urged").await,
        "joined": told_on_case(app, number, "report_joined").await,
        "notes": told_on_case(app, number, "note_added").await,
    })
}

#[tokio::test]
async fn in_whatever_order_they_come_even_before_their_order_the_end_is_the_same() {
    let mut worse = more("E-1", "supplement", 54, Some("孩子被锁在屋里"));
    worse["danger_flags"] = json!(["locked_up"]);
    let events = [
        worse,
        more("E-2", "urge", 55, None),
        more("E-3", "cancel", 56, None),
        more("E-4", "call_again", 57, Some("又打来")),
        more("E-5", "cancel", 58, None),
    ];
    let mut ends = Vec::new();
    for (turn, first) in [([0, 1, 2, 3, 4], 0), ([4, 3, 2, 1, 0], 5), ([2, 4, 0, 3, 1], 2)] {
        let app = App::start().await;
        for (at, which) in turn.into_iter().enumerate() {
            if at == first {
                sent(&app, &quiet("A-1")).await;
            }
            let reply = event(&app, "A-1", events[which].clone()).await;
            assert_eq!(reply.status, 201, "{}", reply.text());
            // Each comes twice.
            assert_eq!(event(&app, "A-1", events[which].clone()).await.status, 200);
        }
        if first == 5 {
            assert_eq!(
                hotline_order::Entity::find().count(app.state.db.read()).await.unwrap(),
                0
            );
            sent(&app, &quiet("A-1")).await;
        }
        ends.push(outcome(&app, "A-1").await);
    }
    assert_eq!(ends[0], ends[1]);
    assert_eq!(ends[0], ends[2]);
    assert_eq!(ends[0]["told"]["cancelled"], true, "withdrawn after the last call");
    assert_eq!(ends[0]["urged"], 1);
}

#[tokio::test]
async fn what_comes_after_the_end_is_for_a_person_and_a_further_call_is_a_new_matter() {
    let app = App::start().await;
    sent(&app, &quiet("A-1")).await;
    let case = case_of(&app, "A-1").await;
    let closed = tonghu::entity::protection_case::ActiveModel {
        stage: sea_orm::ActiveValue::Set("closed".to_owned()),
        ..Default::default()
    };
    given::set(&app, case.id, closed).await;
    for (id, kind) in [("E-1", "supplement"), ("E-2", "urge")] {
        assert_eq!(
            event(&app, "A-1", more(id, kind, 55, Some("还有话说"))).await.status,
            201
        );
    }
    let late = flags(&app, "A-1")
        .await
        .into_iter()
        .filter(|(kind, _)| kind == "late")
        .count();
    assert_eq!(late, 2);
    let mut again = more("E-3", "call_again", 59, Some("孩子又挨训"));
    again["case_types"] = json!(["0301"]);
    again["child_location"] = json!({ "division": "140622100" });
    assert_eq!(event(&app, "A-1", again).await.status, 201);
    let new = report_of(&app, "A-1").await;
    assert_ne!(new.case_id, Some(case.id));
    assert_eq!(state(&app, "A-1").await["state"], "dispatched");
    let page = app.sign_in("lead").await;
    let id = super::row(&app, "A-1").await.id;
    let page = page.get(&format!("/hotline/orders/{id}")).await.text();
    assert!(
        page.contains("还有话说") && page.contains("办理已结束，待人工核对"),
        "{page}"
    );
}
