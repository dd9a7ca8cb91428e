//! From the ring to the draft, in whatever order the events come.

use super::{CALLER, acts, answer, drafts, event, hang_up, legs, owed, reports, ring, the_call, told};
use crate::given::account_of;
use crate::support::App;
use chrono::TimeDelta;
use futures_util::StreamExt;
use futures_util::future::join_all;
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::json;
use tonghu::entity::{phone_call, reporter_identity};

#[tokio::test]
async fn a_ring_opens_a_draft_with_the_number_for_whoever_sits_there_and_nobody_else() {
    let app = App::start().await;
    let operator = app.sign_in("operator").await;
    let other = app.sign_in("operator2").await;
    assert_eq!(ring(&app, "a", "8001").await, "ringing");
    let mine = drafts(&operator).await;
    assert_eq!((mine.len(), drafts(&other).await.len()), (1, 0));
    let desk = operator.get(&mine[0]).await;
    assert!(desk.text().contains(&format!("value=\"{CALLER}\"")), "{}", desk.text());
    assert_eq!(other.get(&mine[0]).await.status, 404);
    let bar = operator.get("/calls/now").await.text();
    for words in ["振铃中", CALLER, "首次来电", &mine[0], "Alt+J"] {
        assert!(bar.contains(words), "{words}: {bar}");
    }
    assert_eq!(other.get("/calls/now").await.text().trim(), "");
    let report = reports(&app).await.remove(0);
    assert_eq!(report.opened_by, Some(account_of(&app, "operator").await.id));
    assert_eq!(answer(&app, "a", "8001").await, "talking");
    assert!(operator.get("/calls/now").await.text().contains("通话中"));
    app.clock.advance(TimeDelta::seconds(90));
    assert_eq!(hang_up(&app, "a").await, "ended");
    let bar = operator.get("/calls/now").await.text();
    assert!(
        bar.contains("hidden data-state=\"ended\""),
        "only the page of the draft is told: {bar}"
    );
    app.clock.advance(TimeDelta::seconds(61));
    assert_eq!(operator.get("/calls/now").await.text().trim(), "");
    assert_eq!(drafts(&operator).await, mine, "what was answered stays");
    assert!(owed(&app).await.is_empty());
    assert_eq!(acts(&app, "call_rang").await, 1);
    assert_eq!(acts(&app, "draft_opened").await, 1);
    assert_eq!(acts(&app, "call_answered").await, 1);
    assert_eq!(acts(&app, "call_ended").await, 1);
}

#[tokio::test]
async fn the_open_page_is_told_at_once_and_shows_what_is_known_of_the_number() {
    let app = App::start().await;
    let operator = app.sign_in("operator").await;
    ring(&app, "before", "operator").await;
    answer(&app, "before", "operator").await;
    let first = drafts(&operator).await.remove(0);
    let body = [
        ("version", "2"),
        ("outcome", "answered"),
        ("inquiry", "问上户口"),
        ("answer", "已告知"),
    ];
    let fields = [&body[..], &[("caller_phone", CALLER)]].concat();
    let done = operator.post(&format!("{first}/consult"), &fields).await;
    assert_eq!(done.status, 303, "{}", done.text());
    hang_up(&app, "before").await;
    let page = operator
        .with("accept", "text/event-stream")
        .open("/notices/stream")
        .await;
    let mut stream = page.into_body().into_data_stream();
    let count = stream.next().await.unwrap().unwrap();
    assert!(String::from_utf8_lossy(&count).contains("event: count"));
    ring(&app, "again", "8001").await;
    let within = tokio::time::timeout(std::time::Duration::from_secs(10), stream.next()).await;
    let bytes = within.expect("at once").unwrap().unwrap();
    assert!(String::from_utf8_lossy(&bytes).contains("event: call"), "{bytes:?}");
    let bar = operator.get("/calls/now").await.text();
    assert!(bar.contains("90 天内来电 1 次") && bar.contains("已答复"), "{bar}");
}

#[tokio::test]
async fn the_same_ring_ten_times_at_once_is_one_call_and_one_draft() {
    let app = App::start().await;
    let rings = join_all((0..10).map(|_| ring(&app, "same", "8001"))).await;
    assert!(rings.iter().all(|state| state == "ringing"), "{rings:?}");
    the_call(&app).await;
    assert_eq!((reports(&app).await.len(), legs(&app).await.len()), (1, 1));
    assert_eq!(acts(&app, "draft_opened").await, 1);
    assert_eq!(acts(&app, "call_rang").await, 1);
}

/// The list of every order of four things.
fn orders() -> Vec<[usize; 4]> {
    let mut all = Vec::new();
    for code in 0..256usize {
        let order = [code & 3, (code >> 2) & 3, (code >> 4) & 3, (code >> 6) & 3];
        if (0..4).all(|one| order.contains(&one)) {
            all.push(order);
        }
    }
    all
}

#[tokio::test]
async fn every_order_of_a_calls_events_ends_alike() {
    let app = App::start().await;
    let operator = app.sign_in("operator").await;
    let other = app.sign_in("operator2").await;
    assert_eq!(orders().len(), 24);
    for (at, order) in orders().into_iter().enumerate() {
        let call = format!("order-{at}");
        let hangup = json!({ "event": "hangup", "callId": call, "from": CALLER });
        let events = [
            event("newCall", &call, "8001"),
            event("newCall", &call, "8002"),
            event("answer", &call, "8002"),
            hangup,
        ];
        let mut state = String::new();
        for one in order {
            state = told(&app, events[one].clone()).await;
            // Each comes twice.
            assert_eq!(told(&app, events[one].clone()).await, state, "{order:?}");
        }
        assert_eq!(state, "ended", "{order:?}");
        assert_eq!(drafts(&operator).await.len(), 0, "{order:?}");
        assert_eq!(drafts(&other).await.len(), at + 1, "{order:?}");
        assert!(owed(&app).await.is_empty(), "{order:?}");
    }
    assert_eq!(phone_call::Entity::find().count(app.state.db.read()).await.unwrap(), 24);
}

#[tokio::test]
async fn a_draft_of_a_call_that_nobody_answered_vanishes_unless_something_was_typed() {
    let app = App::start().await;
    let operator = app.sign_in("operator").await;
    ring(&app, "blank", "8001").await;
    let blank = drafts(&operator).await.remove(0);
    assert_eq!(hang_up(&app, "blank").await, "missed");
    assert!(drafts(&operator).await.is_empty());
    assert!(operator.get("/calls/now").await.text().contains("对方已挂断，未接听"));
    // A page that is still open goes on: nothing that is typed there is lost.
    let typed = [("version", "2"), ("caller_phone", CALLER), ("content", "孩子在哭")];
    let saved = operator.post(&format!("{blank}/draft"), &typed).await;
    assert_eq!(saved.status, 200, "{}", saved.text());
    assert_eq!(drafts(&operator).await, std::slice::from_ref(&blank));
    ring(&app, "typed", "8001").await;
    let all = drafts(&operator).await;
    let second = all.iter().find(|one| **one != blank).unwrap();
    operator.post(&format!("{second}/draft"), &typed).await;
    hang_up(&app, "typed").await;
    assert_eq!(drafts(&operator).await.len(), 2);
    ring(&app, "pressed", "8001").await;
    let third = drafts(&operator)
        .await
        .into_iter()
        .find(|one| !all.contains(one))
        .unwrap();
    operator.post(&format!("{third}/emergency"), &[("step", "start")]).await;
    hang_up(&app, "pressed").await;
    assert_eq!(drafts(&operator).await.len(), 3, "an emergency was started from it");
    ring(&app, "empty", "8001").await;
    hang_up(&app, "empty").await;
    app.clock.advance(TimeDelta::days(2));
    tonghu::worker::tick(&app.state).await;
    assert_eq!(reports(&app).await.len(), 3, "only the empty one is gone");
    assert_eq!(
        reporter_identity::Entity::find()
            .count(app.state.db.read())
            .await
            .unwrap(),
        3
    );
}

/// A referral may be made of a draft with nothing else in it.
#[tokio::test]
async fn a_draft_from_which_somebody_was_referred_stays_though_nobody_answered() {
    let app = App::start().await;
    let operator = app.sign_in("operator").await;
    ring(&app, "referred", "8001").await;
    let draft = drafts(&operator).await.remove(0);
    let id = draft.rsplit('/').next().unwrap();
    let told = json!({ "line": "12355", "kind": "told", "told": "已告知号码" });
    let path = format!("/api/v1/reports/{id}/referrals");
    let made = operator.json("POST", &path, told).await;
    assert_eq!(made.status, 201, "{}", made.text());
    hang_up(&app, "referred").await;
    assert_eq!(drafts(&operator).await, std::slice::from_ref(&draft));
    ring(&app, "empty", "8001").await;
    hang_up(&app, "empty").await;
    app.clock.advance(TimeDelta::days(2));
    tonghu::worker::tick(&app.state).await;
    let left: Vec<String> = reports(&app).await.iter().map(|row| row.id.to_string()).collect();
    assert_eq!(left, [id], "the empty one is gone, and nothing else");
}

#[tokio::test]
async fn of_a_group_the_one_who_answers_keeps_the_draft_and_a_transfer_opens_one_there() {
    let app = App::start().await;
    let operator = app.sign_in("operator").await;
    let other = app.sign_in("operator2").await;
    let lead = app.sign_in("lead").await;
    let group = json!({ "event": "newCall", "from": CALLER, "callId": "g", "user": ["8001", "8002"] });
    told(&app, group).await;
    assert_eq!((drafts(&operator).await.len(), drafts(&other).await.len()), (1, 1));
    answer(&app, "g", "8001").await;
    assert_eq!((drafts(&operator).await.len(), drafts(&other).await.len()), (1, 0));
    assert_eq!(other.get("/calls/now").await.text().trim(), "");
    assert_eq!(told(&app, event("transfer", "g", "8003")).await, "talking");
    let bar = lead.get("/calls/now").await.text();
    assert!(bar.contains("振铃中") && bar.contains("由 苗小禾 转来"), "{bar}");
    assert_eq!(told(&app, event("hangup", "g", "8001")).await, "talking");
    answer(&app, "g", "8003").await;
    assert_eq!(told(&app, event("hangup", "g", "8003")).await, "ended");
    assert_eq!((drafts(&operator).await.len(), drafts(&lead).await.len()), (1, 1));
    assert_eq!(
        the_call(&app).await.agent_id,
        Some(account_of(&app, "operator").await.id)
    );
}

#[tokio::test]
async fn one_person_has_one_draft_whether_the_extension_or_the_name_is_told() {
    let app = App::start().await;
    let operator = app.sign_in("operator").await;
    ring(&app, "n", "8001").await;
    ring(&app, "n", "Operator").await;
    answer(&app, "n", "operator").await;
    assert_eq!((drafts(&operator).await.len(), legs(&app).await.len()), (1, 1));
    assert_eq!(reports(&app).await.len(), 1);
}

#[tokio::test]
async fn a_call_that_the_desk_makes_opens_no_draft_and_is_owed_nothing() {
    let app = App::start().await;
    let out = |kind: &str| json!({ "event": kind, "direction": "out", "from": "8001", "to": CALLER, "callId": "o", "user": "8001" });
    told(&app, out("newCall")).await;
    assert_eq!(told(&app, out("hangup")).await, "unreached");
    assert!(reports(&app).await.is_empty() && owed(&app).await.is_empty());
    let operator = app.sign_in("operator").await;
    let log = operator.get("/calls").await.text();
    assert!(
        log.contains("呼出") && log.contains("未接通") && log.contains("0/0"),
        "{log}"
    );
}

#[tokio::test]
async fn a_call_of_which_nothing_more_is_heard_is_ended_and_old_ones_are_forgotten() {
    let app = App::start().await;
    ring(&app, "lost", "8001").await;
    app.clock.advance(TimeDelta::minutes(11));
    tonghu::worker::tick(&app.state).await;
    let call = the_call(&app).await;
    assert_eq!((call.state.as_str(), call.cause.as_deref()), ("missed", Some("lost")));
    assert_eq!(owed(&app).await.len(), 1);
    // A late answer of the exchange still counts.
    assert_eq!(answer(&app, "lost", "8001").await, "ended");
    assert!(owed(&app).await.is_empty());
    ring(&app, "kept", "8002").await;
    hang_up(&app, "kept").await;
    let id = owed(&app).await.remove(0).id;
    let operator = app.sign_in("operator").await;
    for step in [("1", "claim"), ("2", "result")] {
        let version = (owed(&app).await[0].version).to_string();
        let fields = [("version", version.as_str()), ("step", step.1), ("result", "offline")];
        let done = operator.post(&format!("/callbacks/{id}"), &fields).await;
        assert_eq!(done.status, 303, "{step:?} {}", done.text());
    }
    app.clock.advance(TimeDelta::days(2));
    tonghu::worker::tick(&app.state).await;
    app.clock.advance(TimeDelta::days(179));
    tonghu::worker::tick(&app.state).await;
    let call = the_call(&app).await;
    assert_eq!(
        call.state, "ended",
        "the one with a report stays, the other is forgotten"
    );
    assert_eq!(acts(&app, "calls_purged").await, 1);
}
