//! The receipt number of a link-up to 110 or 120 that comes later, or was
//! wrong: written down once, corrected, and never written over.

use super::Call;
use crate::hotline::acts;
use crate::support::{App, Client, Reply};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use tonghu::entity::{emergency_call, emergency_receipt};

/// A link-up of an operator's call, with or without its number; the page of it.
async fn linked_up(app: &App, who: &str, receipt: &str) -> (Client, String) {
    let call = Call::begin(app, who).await;
    let path = format!("{}/emergency", call.path);
    call.client.post(&path, &[("step", "start")]).await;
    let fields = [
        ("step", "joined"),
        ("emergency_line", "110"),
        ("emergency_time", ""),
        ("emergency_receipt", receipt),
    ];
    let reply = call.client.post(&path, &fields).await;
    assert!(reply.status.as_u16() < 400, "{}", reply.text());
    let row = emergency_call::Entity::find()
        .filter(emergency_call::Column::Line.eq("110"))
        .order_by_desc(emergency_call::Column::Id)
        .one(app.state.db.read())
        .await
        .unwrap()
        .unwrap();
    (call.client, format!("/reports/{}/emergency/{}", row.report_id, row.id))
}

async fn write(who: &Client, page: &str, version: &str, receipt: &str) -> Reply {
    who.post(page, &[("version", version), ("receipt", receipt)]).await
}

async fn rows(app: &App) -> Vec<emergency_receipt::Model> {
    let found = emergency_receipt::Entity::find().order_by_asc(emergency_receipt::Column::Number);
    found.all(app.state.db.read()).await.unwrap()
}

#[tokio::test]
async fn a_number_that_comes_later_is_written_down_once_and_a_wrong_one_is_corrected() {
    let app = App::start().await;
    let (operator, page) = linked_up(&app, "operator", "").await;
    let report = page.split("/emergency").next().unwrap().to_owned();
    let shown = operator.get(&report).await.text();
    assert!(
        shown.contains(&format!("href=\"{page}\"")) && shown.contains("待补"),
        "{shown}"
    );
    let empty = operator.get(&page).await.text();
    assert!(
        empty.contains("还没有登记接警单号") && empty.contains("补登"),
        "{empty}"
    );
    for _ in 0..2 {
        let done = write(&operator, &page, "0", "JJ-2026-0017").await;
        assert_eq!(done.status, 303, "{}", done.text());
    }
    assert_eq!(
        (rows(&app).await.len(), acts(&app, "emergency_receipted").await),
        (1, 1),
        "twice is once"
    );
    let stale = write(&operator, &page, "0", "JJ-2026-0018").await;
    assert_eq!(stale.status, 409, "somebody wrote one down since");
    assert!(
        stale.text().contains("JJ-2026-0018"),
        "what was typed is kept: {}",
        stale.text()
    );
    assert_eq!(write(&operator, &page, "1", "JJ-2026-0018").await.status, 303);
    let after = operator.get(&page).await.text();
    for words in ["JJ-2026-0017", "已更正", "JJ-2026-0018", "现行"] {
        assert!(after.contains(words), "{words}: {after}");
    }
    let shown = operator.get(&report).await.text();
    assert!(
        shown.contains("JJ-2026-0018") && !shown.contains("JJ-2026-0017"),
        "{shown}"
    );
    for row in rows(&app).await {
        assert!(!row.receipt.0.windows(4).any(|part| part == b"2026"), "sealed");
    }
    assert_eq!(acts(&app, "emergency_receipted").await, 2);
}

#[tokio::test]
async fn a_number_said_with_the_call_stays_the_first_when_it_is_corrected() {
    let app = App::start().await;
    let (operator, page) = linked_up(&app, "operator", "JJ-0001").await;
    assert!(operator.get(&page).await.text().contains("更正"));
    assert_eq!(
        write(&operator, &page, "1", "JJ-0001").await.status,
        303,
        "the same again does nothing"
    );
    assert!(rows(&app).await.is_empty());
    assert_eq!(
        write(&operator, &page, "0", "JJ-0002").await.status,
        409,
        "one stands already"
    );
    assert!(rows(&app).await.is_empty(), "nothing is kept of what was refused");
    assert_eq!(write(&operator, &page, "1", "JJ-0002").await.status, 303);
    let numbers: Vec<i32> = rows(&app).await.iter().map(|row| row.number).collect();
    assert_eq!(numbers, [1, 2]);
    let after = operator.get(&page).await.text();
    assert!(after.contains("JJ-0001") && after.contains("JJ-0002"), "{after}");
}

#[tokio::test]
async fn what_is_no_number_is_named_and_nobody_else_writes_one() {
    let app = App::start().await;
    let (operator, page) = linked_up(&app, "operator", "").await;
    let long = "9".repeat(51);
    for bad in ["", "   ", long.as_str(), "JJ\u{7}1"] {
        let reply = write(&operator, &page, "0", bad).await;
        assert_eq!(reply.status, 422, "{bad:?}");
        assert!(reply.text().contains("填写接警单号，50 字以内"), "{bad:?}");
    }
    let lead = app.sign_in("lead").await;
    assert_eq!(lead.get(&page).await.status, 200, "the shift lead sees all");
    let other = app.sign_in("operator2").await;
    assert_eq!(other.get(&page).await.status, 404);
    assert_eq!(write(&other, &page, "0", "JJ-1").await.status, 404);
    for who in ["city", "county", "township", "secadmin", "hospital"] {
        let person = app.sign_in(who).await;
        assert_eq!(person.get(&page).await.status, 403, "{who}");
        assert_eq!(write(&person, &page, "0", "JJ-1").await.status, 403, "{who}");
    }
    // The call of another report is not reached through this one's address.
    let (second, elsewhere) = linked_up(&app, "operator2", "").await;
    let mixed = format!(
        "{}/emergency/{}",
        elsewhere.split("/emergency").next().unwrap(),
        page.rsplit('/').next().unwrap()
    );
    assert_eq!(second.get(&mixed).await.status, 404);
    assert_eq!(write(&second, &mixed, "0", "JJ-1").await.status, 404);
    assert!(rows(&app).await.is_empty());
}
