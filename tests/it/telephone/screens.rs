//! The log of calls: who sees what, and the two rates.

use super::{answer, event, hang_up, ring, told};
use crate::support::App;
use chrono::TimeDelta;
use serde_json::json;

#[tokio::test]
async fn the_log_counts_who_was_answered_in_fifteen_seconds_and_who_at_all() {
    let app = App::start().await;
    for (call, waited) in [("a", Some(15)), ("b", Some(16)), ("c", None), ("d", Some(3))] {
        ring(&app, call, "8001").await;
        app.clock.advance(TimeDelta::seconds(waited.unwrap_or(40)));
        if waited.is_some() {
            answer(&app, call, "8001").await;
            app.clock.advance(TimeDelta::seconds(65));
        }
        hang_up(&app, call).await;
    }
    ring(&app, "e", "8001").await;
    let page = app.sign_in("lead").await.get("/calls").await.text();
    for words in [
        "50.0%",
        "2/4",
        "75.0%",
        "3/4",
        "15 秒",
        "1 分 05 秒",
        "振铃中",
        "未达到",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let missed = app.sign_in("lead").await.get("/calls?state=missed").await.text();
    assert!(missed.contains("40 秒") && !missed.contains("1 分 05 秒"), "{missed}");
    // Tomorrow's log begins anew; the rate of connection looks back a day.
    app.clock.advance(TimeDelta::hours(16));
    let page = app.sign_in("lead").await.get("/calls").await.text();
    assert!(page.contains("0/0") && page.contains("3/4"), "{page}");
}

#[tokio::test]
async fn operators_see_their_own_calls_and_nobody_else_sees_any() {
    let app = App::start().await;
    told(&app, event("newCall", "a", "8001")).await;
    told(
        &app,
        json!({ "event": "newCall", "callId": "b", "from": "16000000062", "user": "8002" }),
    )
    .await;
    let operator = app.sign_in("operator").await.get("/calls").await.text();
    assert!(
        operator.contains("160****0061") && !operator.contains("0062"),
        "{operator}"
    );
    let lead = app.sign_in("lead").await;
    let all = lead.get("/calls").await.text();
    assert!(all.contains("160****0061") && all.contains("160****0062"), "{all}");
    assert!(lead.get("/calls?mine=true").await.text().contains("没有通话"));
    for who in [
        "city", "county", "village", "police", "hospital", "sysadmin", "secadmin", "auditor",
    ] {
        let person = app.sign_in(who).await;
        for path in ["/calls", "/calls/now", "/callbacks"] {
            assert_eq!(person.get(path).await.status, 403, "{who} {path}");
        }
        assert!(!person.get("/notices").await.text().contains("calls-now"), "{who}");
    }
}

#[tokio::test]
async fn earlier_days_are_looked_up_by_their_date_and_turned_page_by_page() {
    let app = App::start().await;
    for call in 0..53 {
        let number = format!("160000002{call:02}");
        told(
            &app,
            json!({ "event": "newCall", "callId": format!("d{call}"), "from": number, "user": "8001" }),
        )
        .await;
        hang_up(&app, &format!("d{call}")).await;
        app.clock.advance(TimeDelta::seconds(1));
    }
    app.clock.advance(TimeDelta::days(1));
    ring(&app, "today", "8001").await;
    answer(&app, "today", "8001").await;
    let lead = app.sign_in("lead").await;
    let today = lead.get("/calls").await.text();
    assert!(today.contains("今天的通话") && !today.contains("0252"), "{today}");
    let rows = |page: &str| page.matches("<th scope=\"row\"").count();
    let first = lead.get("/calls?day=2026-11-23").await.text();
    for words in ["当日通话", "15 秒接通率（当日）", "接通率（当日）", "0/53", "下一页"] {
        assert!(first.contains(words), "{words}: {first}");
    }
    assert_eq!(rows(&first), 50);
    let next = first.split("href=\"").find(|part| part.contains("cursor=")).unwrap();
    let next = next
        .split('"')
        .next()
        .unwrap()
        .replace("&amp;", "&")
        .replace("&#38;", "&");
    assert!(next.contains("day=2026-11-23"), "{next}");
    let second = lead.get(&next).await.text();
    assert!(
        rows(&second) == 3 && second.contains("上一页") && !second.contains("下一页"),
        "{second}"
    );
    let narrowed = lead.get("/calls?day=2026-11-23&state=talking").await.text();
    assert!(narrowed.contains("没有通话"), "{narrowed}");
    // Somebody else's calls of that day are still theirs.
    let other = app.sign_in("operator2").await.get("/calls?day=2026-11-23").await.text();
    assert!(other.contains("没有通话"), "{other}");
    assert_eq!(lead.get("/calls?day=2020-01-01").await.status, 200);
    for odd in ["昨天", "2026-13-01", "2026-02-30", "99999-01-01", "-1", "1"] {
        let reply = lead.get(&format!("/calls?day={odd}")).await;
        assert_eq!(reply.status, 422, "{odd}");
        assert!(reply.text().contains("填写日期"), "{odd}");
    }
    for odd in ["x", "1.2", "9999999999999999999.00000000-0000-0000-0000-000000000001"] {
        assert_eq!(lead.get(&format!("/calls?cursor={odd}")).await.status, 400, "{odd}");
    }
}
