//! Who sees a referral: whoever sees its report. Who works on it: whoever works
//! on that.

use super::{draft, id_of, letter, refer, referred, take};
use crate::support::App;
use serde_json::json;

#[tokio::test]
async fn another_operator_finds_nothing_and_the_city_only_reads() {
    let app = App::start().await;
    let operator = app.sign_in("operator").await;
    let report = draft(&operator).await;
    let row = referred(&operator, &report, letter()).await;
    let page = format!("/referrals/{}", id_of(&row));
    let other = app.sign_in("operator2").await;
    assert_eq!(other.get(&page).await.status, 404);
    assert_eq!(other.get(&format!("{page}/letter")).await.status, 404);
    assert_eq!(refer(&other, &report, letter()).await.status, 404);
    assert_eq!(
        take(&other, &row, json!({ "step": "receipt", "receipt": "A1" }))
            .await
            .status,
        404
    );
    let list = other.get("/api/v1/referrals").await.json();
    assert_eq!(list["items"].as_array().unwrap().len(), 0, "{list}");
    let city = app.sign_in("city").await;
    let shown = city.get(&page).await;
    assert_eq!(shown.status, 200);
    assert!(!shown.text().contains("登记答复"), "the city looks");
    assert_eq!(
        take(&city, &row, json!({ "step": "receipt", "receipt": "A1" }))
            .await
            .status,
        403
    );
    let lead = app.sign_in("lead").await;
    assert_eq!(
        take(&lead, &row, json!({ "step": "receipt", "receipt": "A1" }))
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn other_roles_are_turned_away_at_the_gate() {
    let app = App::start().await;
    let operator = app.sign_in("operator").await;
    let row = referred(&operator, &draft(&operator).await, letter()).await;
    for who in [
        "county", "township", "village", "police", "school", "sysadmin", "secadmin", "auditor",
    ] {
        let person = app.sign_in(who).await;
        for path in ["/referrals".to_owned(), format!("/referrals/{}", id_of(&row))] {
            assert_eq!(person.get(&path).await.status, 403, "{who} {path}");
        }
    }
    assert_eq!(app.stranger().get("/referrals").await.status, 303);
}

#[tokio::test]
async fn the_clock_of_an_answer_stands_among_those_of_the_hotline() {
    let app = App::start().await;
    let operator = app.sign_in("operator").await;
    let report = draft(&operator).await;
    referred(&operator, &report, letter()).await;
    let lead = app.sign_in("lead").await.get("/clocks").await.text();
    let number = report["number"].as_str().unwrap();
    assert!(lead.contains(number) && lead.contains("转介答复"), "{lead}");
    let other = app.sign_in("operator2").await.get("/clocks").await.text();
    assert!(!other.contains(number), "a report that one may not see");
}
