//! The ledger: who sees what of the orders, and what it can be narrowed to.

use super::{event, order, quiet, row, sent};
use crate::notices::recuse;
use crate::support::App;
use serde_json::json;

#[tokio::test]
async fn the_ledger_shows_numbers_and_states_and_nobodys_data() {
    let app = App::start().await;
    sent(&app, &order("A-1")).await;
    let mut strange = quiet("B-1");
    strange["channel"] = json!("telepathy");
    sent(&app, &strange).await;
    let cancel = json!({ "event_id": "E-1", "kind": "cancel", "at": null });
    event(&app, "A-1", cancel).await;
    tonghu::worker::tick(&app.state).await;
    for who in ["lead", "city"] {
        let person = app.sign_in(who).await;
        let page = person.get("/hotline/orders").await.text();
        for word in ["A-1", "B-1", "已转办", "待核对", "已撤单"] {
            assert!(page.contains(word), "{who} {word}: {page}");
        }
        for word in ["童小满", "柳报信", "16000000001", "东街", "暴力", "伤"] {
            assert!(!page.contains(word), "{who} {word}");
        }
        assert!(page.contains("href=\"/hotline/orders\""), "in the navigation");
    }
    for who in [
        "operator", "county", "township", "police", "secadmin", "sysadmin", "auditor", "hospital",
    ] {
        let person = app.sign_in(who).await;
        let order = row(&app, "A-1").await.id;
        for path in [
            "/hotline/orders",
            "/hotline/answers",
            &format!("/hotline/orders/{order}"),
        ] {
            assert_eq!(person.get(path).await.status, 403, "{who} {path}");
        }
    }
}

#[tokio::test]
async fn the_ledger_is_narrowed_and_turned_page_by_page() {
    let app = App::start().await;
    for number in 0..27 {
        sent(&app, &quiet(&format!("P-{number:02}"))).await;
    }
    let mut strange = quiet("Q-1");
    strange["channel"] = json!("telepathy");
    sent(&app, &strange).await;
    let lead = app.sign_in("lead").await;
    let first = lead.get("/hotline/orders?q=P-").await.text();
    assert!(
        first.contains("P-26") && !first.contains("P-01<") && !first.contains("Q-1"),
        "{first}"
    );
    let next = first.split("href=\"").find(|part| part.contains("cursor=")).unwrap();
    let next = next
        .split('"')
        .next()
        .unwrap()
        .replace("&#38;", "&")
        .replace("&amp;", "&");
    let second = lead.get(&next).await.text();
    assert!(
        second.contains("P-01<") && second.contains("P-00<") && !second.contains("P-26"),
        "{second}"
    );
    let open = lead.get("/hotline/orders?look=open").await.text();
    assert!(open.contains("Q-1") && !open.contains("P-0"), "{open}");
    let nothing = lead.get("/hotline/orders?look=cancelled").await.text();
    assert!(nothing.contains("没有符合条件的工单"));
}

#[tokio::test]
async fn the_ledger_is_narrowed_by_what_was_told_and_odd_words_find_nothing() {
    let app = App::start().await;
    sent(&app, &quiet("Q-1")).await;
    let lead = app.sign_in("lead").await;
    tonghu::worker::tick(&app.state).await;
    assert!(
        lead.get("/hotline/orders?state=dispatched")
            .await
            .text()
            .contains("Q-1")
    );
    assert!(
        lead.get("/hotline/orders?state=archived")
            .await
            .text()
            .contains("没有符合条件的工单")
    );
    assert_eq!(lead.get("/hotline/orders?cursor=x").await.status, 400);
    for odd in ["%E9%BE%98", "%25", "_", "'--"] {
        let page = lead.get(&format!("/hotline/orders?q={odd}")).await;
        assert_eq!(page.status, 200, "{odd}");
        assert!(page.text().contains("没有符合条件的工单"), "{odd}");
    }
}

#[tokio::test]
async fn whoever_is_kept_out_of_the_case_does_not_see_its_order() {
    let app = App::start().await;
    sent(&app, &order("A-1")).await;
    let lead = app.sign_in("lead").await;
    let path = format!("/hotline/orders/{}", row(&app, "A-1").await.id);
    assert_eq!(lead.get(&path).await.status, 200);
    let case = super::case_of(&app, "A-1").await.id;
    recuse(&app, case, "lead").await;
    assert_eq!(lead.get(&path).await.status, 404);
    assert!(!lead.get("/hotline/orders").await.text().contains("A-1"));
    let city = app.sign_in("city").await;
    assert_eq!(city.get(&path).await.status, 200);
}
