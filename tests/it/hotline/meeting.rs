//! Files and the line told of one order: nothing is lost and nothing doubled.

use super::by_file::{QUIET, bring, conflicts, csv, orders, reports};
use super::{acts, case_of, event, flags, lead_told, order, quiet, report_of, row, send, sent, state};
use crate::support::App;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};
use tonghu::entity::{case_child, case_event, hotline_attachment, hotline_event};

async fn children(app: &App, number: &str) -> u64 {
    let case = case_of(app, number).await;
    let links = case_child::Entity::find().filter(case_child::Column::CaseId.eq(case.id));
    links.count(app.state.db.read()).await.unwrap()
}

async fn notes(app: &App, number: &str) -> u64 {
    let case = case_of(app, number).await;
    let told = case_event::Entity::find()
        .filter(case_event::Column::CaseId.eq(case.id))
        .filter(case_event::Column::Kind.eq("note_added"));
    told.count(app.state.db.read()).await.unwrap()
}

#[tokio::test]
async fn an_order_by_file_and_then_by_the_line_is_one_and_every_detail_arrives() {
    let app = App::start().await;
    let lead = app.sign_in("lead").await;
    bring(&app, &lead, "apply", &csv(&[QUIET])).await;
    assert_eq!(case_of(&app, "F-1").await.level, 2);
    let before = reports(&app).await;
    let mut full = quiet("F-1");
    full["danger_flags"] = json!(["locked_up"]);
    full["attachments"] = json!(["http://10.1.2.3:9000/files/1.jpg"]);
    for _ in 0..3 {
        let reply = send(&app, &full).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
    }
    assert_eq!(
        (orders(&app).await, reports(&app).await, conflicts(&app).await),
        (1, before, 0)
    );
    assert_eq!(case_of(&app, "F-1").await.level, 1, "what is worse raises");
    assert_eq!(children(&app, "F-1").await, 1);
    let files = hotline_attachment::Entity::find()
        .count(app.state.db.read())
        .await
        .unwrap();
    assert_eq!(files, 1, "and is fetched");
    let kinds: Vec<(String, String)> = flags(&app, "F-1").await;
    for part in ["/caller", "/child_location", "/relation_to_child", "/children"] {
        assert!(
            kinds.contains(&("completed".to_owned(), part.to_owned())),
            "{part}: {kinds:?}"
        );
    }
    assert!(
        !kinds
            .iter()
            .any(|(kind, _)| kind == "file_differs" || kind == "untyped"),
        "{kinds:?}"
    );
    assert_eq!(acts(&app, "hotline_file_completed").await, 1);
    assert!(!row(&app, "F-1").await.by_file);
    full["content"] = json!("别的事");
    assert_eq!(send(&app, &full).await.status, 409, "what the line told is fixed");
    let again = bring(&app, &lead, "apply", &csv(&[QUIET])).await;
    assert!(
        again.text().contains("已有且相同 <span class=\"num\">1</span>"),
        "{}",
        again.text()
    );
    assert_eq!((orders(&app).await, reports(&app).await), (1, before));
    assert_eq!(acts(&app, "hotline_file_completed").await, 1);
}

#[tokio::test]
async fn what_the_line_says_otherwise_is_told_on_the_case_and_laid_before_a_person() {
    let app = App::start().await;
    let lead = app.sign_in("lead").await;
    bring(
        &app,
        &lead,
        "apply",
        &csv(&["F-1,2026/11/23 8:52,列对错了,0301,140622,,,,"]),
    )
    .await;
    let before = (notes(&app, "F-1").await, lead_told(&app).await);
    let reply = send(&app, &quiet("F-1")).await;
    assert_eq!(
        reply.status,
        200,
        "the line is not refused for what a file said: {}",
        reply.text()
    );
    assert_eq!(notes(&app, "F-1").await, before.0 + 1);
    assert_eq!(lead_told(&app).await, before.1 + 1);
    let differs = ("file_differs".to_owned(), "/content".to_owned());
    assert!(flags(&app, "F-1").await.contains(&differs));
    let page = lead
        .get(&format!("/hotline/orders/{}", row(&app, "F-1").await.id))
        .await
        .text();
    assert!(
        page.contains("邻居总是大声训斥孩子") && page.contains("以推送为准"),
        "{page}"
    );
}

#[tokio::test]
async fn a_file_after_the_line_adds_what_the_line_left_out_and_is_refused_where_it_contradicts() {
    let app = App::start().await;
    let lead = app.sign_in("lead").await;
    let mut bare = quiet("F-1");
    bare["caller"] = json!(null);
    sent(&app, &bare).await;
    sent(&app, &order("F-2")).await;
    let before = reports(&app).await;
    for _ in 0..2 {
        bring(&app, &lead, "apply", &csv(&[QUIET])).await;
    }
    assert!(
        flags(&app, "F-1")
            .await
            .contains(&("completed".to_owned(), "/caller".to_owned()))
    );
    assert_eq!(
        (orders(&app).await, reports(&app).await, conflicts(&app).await),
        (2, before, 0)
    );
    assert_eq!(acts(&app, "hotline_file_completed").await, 1);
    assert_eq!(
        send(&app, &bare).await.status,
        200,
        "the line's own telling is still the same"
    );
    let other = "F-2,2026-11-23 08:52,完全不同的内容,0101,140622,,,,";
    let tried = bring(&app, &lead, "try", &csv(&[other])).await;
    assert!(tried.text().contains("该号已登记过其他内容"), "{}", tried.text());
    assert_eq!(conflicts(&app).await, 0, "a dry run tells nobody");
    bring(&app, &lead, "apply", &csv(&[other])).await;
    assert_eq!(
        (orders(&app).await, reports(&app).await, conflicts(&app).await),
        (2, before, 1)
    );
}

#[tokio::test]
async fn what_weighs_more_raises_the_case_though_nothing_else_is_told() {
    let app = App::start().await;
    let lead = app.sign_in("lead").await;
    let mut bare = quiet("F-1");
    bring(&app, &lead, "apply", &csv(&[&QUIET.replace("0301", "0101")])).await;
    assert_eq!(case_of(&app, "F-1").await.level, 2);
    bare["case_types"] = json!(["0101"]);
    bare["cohabiting_suspect"] = json!("yes");
    assert_eq!(send(&app, &bare).await.status, 200);
    assert_eq!(case_of(&app, "F-1").await.level, 1);
    let told = acts(&app, "hotline_file_completed").await;
    assert_eq!(send(&app, &bare).await.status, 200);
    assert_eq!(acts(&app, "hotline_file_completed").await, told);
}

#[tokio::test]
async fn a_draft_is_filled_in_and_no_child_stands_in_it_twice() {
    let app = App::start().await;
    let lead = app.sign_in("lead").await;
    // Without a word of what happened it waits for a person.
    let bare = "F-1,2026/11/23 8:52,,0301,140622,,,,";
    bring(&app, &lead, "apply", &csv(&[bare])).await;
    assert_eq!(report_of(&app, "F-1").await.state, "draft");
    assert_eq!(send(&app, &quiet("F-1")).await.status, 200);
    let draft = report_of(&app, "F-1").await;
    let form: Value = lead.get(&format!("/api/v1/reports/{}", draft.id)).await.json();
    assert_eq!(form["report"]["child_location"]["division"], "140622100", "{form}");
    assert_eq!(form["report"]["children"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn later_events_come_once_by_file_or_by_the_line() {
    let app = App::start().await;
    let lead = app.sign_in("lead").await;
    let urging = "F-1,2026-11-23 08:57,,0301,140622,柳报信,,催办,E-1";
    // The event stands above its order and waits for it.
    bring(&app, &lead, "apply", &csv(&[urging, QUIET])).await;
    let same = json!({ "event_id": "E-1", "kind": "urge", "at": "2026-11-23T08:57:00+08:00" });
    let reply = event(&app, "F-1", same).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    let other = json!({ "event_id": "E-1", "kind": "cancel", "at": "2026-11-23T08:57:00+08:00" });
    assert_eq!(event(&app, "F-1", other).await.status, 409);
    bring(&app, &lead, "apply", &csv(&[urging])).await;
    let events = hotline_event::Entity::find().all(app.state.db.read()).await.unwrap();
    assert_eq!(events.len(), 1);
    assert!(events[0].applied_at.is_some());
    assert_eq!(state(&app, "F-1").await["events"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn an_event_by_file_is_told_in_full_by_the_line_once() {
    let app = App::start().await;
    let lead = app.sign_in("lead").await;
    let more = "F-1,2026-11-23 08:57,孩子今天没去上学,,,,,补充,E-1";
    bring(&app, &lead, "apply", &csv(&[QUIET, more])).await;
    let before = notes(&app, "F-1").await;
    let full = json!({ "event_id": "E-1", "kind": "supplement", "at": "2026-11-23T08:57:21+08:00",
        "content": "孩子今天没去上学", "danger_flags": ["locked_up"] });
    for _ in 0..2 {
        assert_eq!(event(&app, "F-1", full.clone()).await.status, 200);
    }
    assert_eq!(case_of(&app, "F-1").await.level, 1);
    assert_eq!(notes(&app, "F-1").await, before + 1);
    let mut other = full;
    other["content"] = json!("另一句");
    assert_eq!(
        event(&app, "F-1", other).await.status,
        409,
        "what the line told is fixed"
    );
}

#[tokio::test]
async fn the_line_and_a_file_at_once_make_one_order() {
    let app = App::start().await;
    let lead = app.sign_in("lead").await;
    let before = reports(&app).await;
    for at in 0..6 {
        let number = format!("R-{at}");
        let row = QUIET.replace("F-1", &number);
        let (full, bytes) = (quiet(&number), csv(&[&row]));
        let (pushed, brought) = tokio::join!(send(&app, &full), bring(&app, &lead, "apply", &bytes));
        // Whoever was slower comes again, and then both agree.
        for status in [pushed.status.as_u16(), send(&app, &full).await.status.as_u16()] {
            assert!([200, 201, 503].contains(&status), "{status}");
        }
        assert_eq!(send(&app, &full).await.status, 200);
        assert_eq!(brought.status, 200);
        let again = bring(&app, &lead, "apply", &bytes).await.text();
        assert!(again.contains("已有且相同 <span class=\"num\">1</span>"), "{again}");
        assert!(!row_is_by_file(&app, &number).await);
    }
    assert_eq!(
        (orders(&app).await, reports(&app).await, conflicts(&app).await),
        (6, before + 6, 0)
    );
}

async fn row_is_by_file(app: &App, number: &str) -> bool {
    row(app, number).await.by_file
}
