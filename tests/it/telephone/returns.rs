//! Callers who were missed: on the list, rung up only where it is safe.

use super::{CALLER, acts, answer, drafts, event, hang_up, owed, ring, told};
use crate::support::{App, Client, Reply};
use chrono::TimeDelta;
use futures_util::future::join_all;
use serde_json::json;
use uuid::Uuid;

async fn missed(app: &App, call: &str, number: &str) {
    let body = json!({ "event": "newCall", "callId": call, "from": number, "user": "8002" });
    told(app, body).await;
    hang_up(app, call).await;
}

/// A report from a number, as the interface takes it.
async fn reported(app: &App, number: &str, safe: Option<bool>, of: &str) {
    let body = json!({
        "channel": "phone", "demand_type": "tipoff", "case_types": ["0301"], "content": "孩子没人管",
        "reporter_type": of, "caller": { "phone": number, "anonymous": true, "safe_phone": safe }, "outcome": "hold",
    });
    let operator = app.sign_in("operator").await;
    let keyed = operator.with("idempotency-key", &Uuid::now_v7().to_string());
    let reply = keyed.json("POST", "/api/v1/reports", body).await;
    assert_eq!(reply.status, 201, "{}", reply.text());
}

async fn step(app: &App, who: &Client, step: &str, more: &[(&str, &str)]) -> Reply {
    let row = owed(app).await.remove(0);
    let version = row.version.to_string();
    let fields = [&[("version", version.as_str()), ("step", step)], more].concat();
    who.post(&format!("/callbacks/{}", row.id), &fields).await
}

#[tokio::test]
async fn a_missed_caller_is_listed_once_and_withdrawn_when_they_call_again_and_are_answered() {
    let app = App::start().await;
    missed(&app, "a", CALLER).await;
    app.clock.advance(TimeDelta::minutes(5));
    missed(&app, "b", "+8616000000061").await;
    let rows = owed(&app).await;
    assert_eq!((rows.len(), rows[0].missed), (1, 2));
    let operator = app.sign_in("operator").await;
    let page = operator.get("/callbacks").await.text();
    assert!(page.contains("160****0061") && !page.contains(CALLER), "{page}");
    ring(&app, "c", "8001").await;
    assert_eq!(owed(&app).await.len(), 1, "it rings, but is not answered yet");
    answer(&app, "c", "8001").await;
    assert!(owed(&app).await.is_empty());
    hang_up(&app, "c").await;
    assert!(operator.get("/callbacks").await.text().contains("没有待回拨的来电"));
    assert_eq!(
        (
            acts(&app, "call_return_owed").await,
            acts(&app, "call_return_ended").await
        ),
        (2, 1)
    );
}

#[tokio::test]
async fn a_number_without_a_mark_waits_for_the_shift_lead_and_one_marked_unsafe_is_never_rung_up() {
    let app = App::start().await;
    let operator = app.sign_in("operator").await;
    let lead = app.sign_in("lead").await;
    missed(&app, "a", CALLER).await;
    assert_eq!(step(&app, &operator, "claim", &[]).await.status, 303);
    let page = operator.get("/callbacks").await.text();
    for words in ["没有安全登记", "未接来电本身不算", "须班长核准"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(!page.contains("href=\"tel:") && !page.contains(CALLER), "{page}");
    let rung = step(&app, &operator, "result", &[("result", "no_answer")]).await;
    assert!(
        rung.status == 422 && rung.text().contains("须班长核准"),
        "{}",
        rung.text()
    );
    assert_eq!(
        step(&app, &operator, "allow", &[("why", "是学校座机")]).await.status,
        403
    );
    assert_eq!(step(&app, &lead, "allow", &[("why", " ")]).await.status, 422);
    assert_eq!(
        step(&app, &lead, "allow", &[("why", "班长核实为学校座机")])
            .await
            .status,
        303
    );
    let page = operator.get("/callbacks").await.text();
    assert!(
        page.contains(&format!("href=\"tel:{CALLER}\"")) && page.contains("班长已核准回拨"),
        "{page}"
    );
    // Somebody marks it unsafe elsewhere: from then on nobody rings it up.
    reported(&app, CALLER, Some(false), "V04").await;
    let page = operator.get("/callbacks").await.text();
    assert!(page.contains("不得拨打") && !page.contains("href=\"tel:"), "{page}");
    let rung = step(&app, &operator, "result", &[("result", "reached")]).await;
    assert_eq!(rung.status, 422, "{}", rung.text());
    assert_eq!(step(&app, &lead, "allow", &[("why", "再核准一次")]).await.status, 422);
    let offline = step(&app, &operator, "result", &[("result", "offline")]).await;
    assert_eq!(offline.status, 303, "{}", offline.text());
    assert!(owed(&app).await.is_empty());
}

#[tokio::test]
async fn a_safe_number_is_rung_up_three_times_in_its_hours_by_whoever_claimed_it() {
    let app = App::start().await;
    let operator = app.sign_in("operator").await;
    let other = app.sign_in("operator2").await;
    reported(&app, CALLER, Some(true), "V04").await;
    missed(&app, "a", CALLER).await;
    assert_eq!(
        step(&app, &operator, "result", &[("result", "reached")]).await.status,
        422,
        "not claimed"
    );
    assert_eq!(step(&app, &operator, "claim", &[]).await.status, 303);
    assert_eq!(step(&app, &other, "claim", &[]).await.status, 409);
    assert!(!other.get("/callbacks").await.text().contains(CALLER));
    assert!(operator.get("/callbacks").await.text().contains(CALLER));
    for attempt in 1..=3 {
        if attempt > 1 {
            assert_eq!(step(&app, &other, "claim", &[]).await.status, 303);
        }
        let who = if attempt > 1 { &other } else { &operator };
        let done = step(&app, who, "result", &[("result", "no_answer")]).await;
        assert_eq!(done.status, 303, "{attempt}: {}", done.text());
        assert_eq!(owed(&app).await.len(), usize::from(attempt < 3), "{attempt}");
    }
    // At night.
    missed(&app, "b", CALLER).await;
    app.clock.advance(TimeDelta::hours(13));
    let operator = app.sign_in("operator").await;
    assert_eq!(step(&app, &operator, "claim", &[]).await.status, 303);
    let page = operator.get("/callbacks").await.text();
    assert!(
        page.contains("不在回拨时段内") && !page.contains("href=\"tel:"),
        "{page}"
    );
    // Whoever lets it lie loses it.
    app.clock.advance(TimeDelta::minutes(31));
    let other = app.sign_in("operator2").await;
    let operator = app.sign_in("operator").await;
    assert_eq!(step(&app, &other, "claim", &[]).await.status, 303);
    assert_eq!(step(&app, &operator, "release", &[]).await.status, 409);
    assert_eq!(step(&app, &other, "release", &[]).await.status, 303);
    let bad = step(&app, &other, "dance", &[]).await;
    assert_eq!(bad.status, 400);
    let stale = owed(&app).await.remove(0);
    let late = other
        .post(
            &format!("/callbacks/{}", stale.id),
            &[("version", "1"), ("step", "claim")],
        )
        .await;
    assert_eq!(late.status, 409);
}

#[tokio::test]
async fn children_come_before_others_and_two_claims_at_once_are_one() {
    let app = App::start().await;
    reported(&app, "16000000063", None, "V01").await;
    for (call, number) in [("a", "16000000062"), ("b", "16000000063")] {
        missed(&app, call, number).await;
        app.clock.advance(TimeDelta::minutes(1));
    }
    let operator = app.sign_in("operator").await;
    let page = operator.get("/callbacks").await.text();
    let at = |number: &str| page.find(number).unwrap_or_else(|| panic!("{number}: {page}"));
    assert!(at("160****0063") < at("160****0062"));
    assert!(page.contains("儿童本人来过电"));
    let row = owed(&app).await.remove(0);
    let people = [&operator, &app.sign_in("operator2").await, &app.sign_in("lead").await].map(Clone::clone);
    let version = row.version.to_string();
    let path = format!("/callbacks/{}", row.id);
    let fields = [("version", version.as_str()), ("step", "claim")];
    let replies = join_all(people.iter().map(|who| who.post(&path, &fields))).await;
    let mut statuses: Vec<u16> = replies.iter().map(|reply| reply.status.as_u16()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 409, 409]);
}

#[tokio::test]
async fn dialling_is_refused_for_a_number_marked_unsafe_and_told_for_one_without_a_mark() {
    let app = App::start().await;
    let operator = app.sign_in("operator").await;
    let dial = async |number: &str| operator.post("/calls/dial", &[("number", number)]).await;
    let fine = dial("160 0000 0061").await;
    assert_eq!(fine.status, 200);
    assert!(fine.text().contains(&format!("href=\"tel:{CALLER}\"")) && fine.text().contains("没有人登记过"));
    reported(&app, CALLER, Some(true), "V04").await;
    assert!(!dial(CALLER).await.text().contains("没有人登记过"));
    reported(&app, CALLER, Some(false), "V04").await;
    for number in [CALLER, "+86 16000000061", "016000000061"] {
        let refused = dial(number).await;
        assert_eq!(refused.status, 422, "{number}");
        assert!(
            refused.text().contains("不得拨打") && !refused.text().contains("href=\"tel:"),
            "{}",
            refused.text()
        );
    }
    assert_eq!(dial("打不通").await.status, 422);
    assert_eq!(acts(&app, "number_checked").await, 5);
}

#[tokio::test]
async fn the_link_is_made_as_the_configuration_says() {
    let home = crate::support::Home::fresh().await;
    let app = App::with(home, |config| {
        config.softphone.value = "sip:{number}@10.1.2.3".to_owned();
    })
    .await;
    let operator = app.sign_in("operator").await;
    let page = operator.post("/calls/dial", &[("number", CALLER)]).await.text();
    assert!(page.contains(&format!("href=\"sip:{CALLER}@10.1.2.3\"")), "{page}");
    assert!(drafts(&operator).await.is_empty());
    assert_eq!(told(&app, event("newCall", "x", "8001")).await, "ringing");
}

/// A call that an operator makes to somebody on the list, answered there.
async fn rung_up(app: &App, call: &str, number: &str) {
    let out = |kind: &str| json!({ "event": kind, "direction": "out", "from": "8001", "to": number, "callId": call, "user": "8001" });
    told(app, out("newCall")).await;
    assert_eq!(told(app, out("answer")).await, "talking");
}

#[tokio::test]
async fn a_call_to_somebody_on_the_list_that_is_answered_is_told_and_settled_by_a_person_alone() {
    let app = App::start().await;
    let operator = app.sign_in("operator").await;
    let other = app.sign_in("operator2").await;
    reported(&app, CALLER, Some(true), "V04").await;
    missed(&app, "a", CALLER).await;
    rung_up(&app, "out", CALLER).await;
    let rows = owed(&app).await;
    assert_eq!(
        (rows.len(), rows[0].attempts),
        (1, 0),
        "who picked up is for a person to say"
    );
    assert!(
        rows[0].rung_at.is_some() && rows[0].claimed_by == rows[0].rung_by,
        "{rows:?}"
    );
    // The same event again tells nothing new.
    rung_up(&app, "out", CALLER).await;
    assert_eq!(owed(&app).await[0].version, rows[0].version);
    assert_eq!(acts(&app, "call_return_rung").await, 1);
    let page = operator.get("/callbacks").await.text();
    assert!(page.contains("已呼出并接通") && page.contains("是否本人"), "{page}");
    assert_eq!(
        step(&app, &other, "claim", &[]).await.status,
        409,
        "it is in the hand of whoever rang up"
    );
    // It was not the caller who picked up, or nobody in the end: it goes on.
    assert_eq!(
        step(&app, &operator, "result", &[("result", "no_answer")]).await.status,
        303
    );
    let rows = owed(&app).await;
    assert_eq!((rows[0].attempts, rows[0].rung_at), (1, None));
    rung_up(&app, "out2", CALLER).await;
    assert_eq!(
        step(&app, &operator, "result", &[("result", "reached")]).await.status,
        303
    );
    assert!(owed(&app).await.is_empty());
}

#[tokio::test]
async fn a_call_to_an_unsafe_number_settles_nothing_and_shows_no_number() {
    let app = App::start().await;
    let operator = app.sign_in("operator").await;
    reported(&app, CALLER, Some(false), "V04").await;
    missed(&app, "a", CALLER).await;
    rung_up(&app, "out", CALLER).await;
    let page = operator.get("/callbacks").await.text();
    assert!(
        page.contains("不得拨打") && !page.contains(CALLER) && !page.contains("href=\"tel:"),
        "{page}"
    );
    assert_eq!(
        step(&app, &operator, "result", &[("result", "reached")]).await.status,
        422
    );
    assert_eq!(owed(&app).await.len(), 1);
    // One that somebody else claimed stays theirs; one to another number changes nothing.
    missed(&app, "b", "16000000069").await;
    rung_up(&app, "out2", "16000000068").await;
    assert!(owed(&app).await.iter().filter(|row| row.rung_at.is_some()).count() == 1);
}
