//! The inbox: read, marked, and only what may be seen.

use super::{recuse, rows};
use crate::given::{self, Spec};
use crate::support::App;
use serde_json::json;
use tonghu::rules::level::RiskLevel;

#[tokio::test]
async fn the_inbox_reads_marks_and_shows_only_what_may_be_seen() {
    let app = App::start().await;
    let case = given::case(&app, Spec::at(&app, RiskLevel::Yellow).await).await;
    let township = app.sign_in("township").await;
    let page = township.with("accept", "text/html").get("/notices").await;
    assert!(
        page.text().contains(&case.number) && page.text().contains("id=\"bell-count\">1<"),
        "{}",
        page.text()
    );
    let notice = rows(&app, "township").await.pop().unwrap();
    let opened = township.get(&format!("/notices/{}", notice.id)).await;
    assert_eq!(opened.location(), format!("/cases/{}", case.id));
    assert!(rows(&app, "township").await[0].seen_at.is_some());
    let other = app.sign_in("county").await;
    assert_eq!(other.get(&format!("/notices/{}", notice.id)).await.status, 404);
    let all = other.json("POST", "/api/v1/notices/read", json!({})).await;
    assert_eq!(all.json(), json!({ "unread": 0 }));
    recuse(&app, case.id, "township").await;
    assert!(!township.get("/notices").await.text().contains(&case.number));
    assert_eq!(township.get(&format!("/notices/{}", notice.id)).await.status, 404);
    assert_eq!(township.get("/api/v1/notices").await.json()["items"], json!([]));
}
