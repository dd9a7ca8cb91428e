//! The linked lines as data: what the file says, what was changed on screen,
//! and who may.

use super::{draft, letter, refer};
use crate::support::{App, Client, Reply};
use serde_json::{Value, json};

fn fields<'a>(version: &'a str, dial: &'a str) -> Vec<(&'static str, &'a str)> {
    vec![
        ("version", version),
        ("name", "青少年服务台"),
        ("purpose", "心理、权益、成长咨询"),
        ("dial", dial),
        ("hours", "每日 8:00-22:00"),
        ("recipient", "共青团朔州市委"),
        ("active", "true"),
        ("source", "2026-11 拨测"),
        ("reason", "补转接号码"),
    ]
}

async fn line(who: &Client, code: &str) -> Option<Value> {
    let list = who.get("/api/v1/referral-lines").await.json();
    let rows = list["items"].as_array().unwrap().clone();
    rows.into_iter().find(|row| row["code"] == code)
}

async fn save(who: &Client, code: &str, fields: &[(&str, &str)]) -> Reply {
    who.post(&format!("/referral-lines/{code}"), fields).await
}

#[tokio::test]
async fn what_the_plan_does_not_name_is_marked_for_the_place_to_set() {
    let app = App::start().await;
    let operator = app.sign_in("operator").await;
    for code in ["110", "120", "12355", "12309", "12348", "12356"] {
        assert_eq!(line(&operator, code).await.unwrap()["local"], true, "{code}");
    }
    for code in ["12345", "12338"] {
        assert_eq!(line(&operator, code).await.unwrap()["local"], false, "{code}");
    }
    let page = operator.get("/referral-lines").await.text();
    assert!(page.contains("本地可配置") && page.contains("3个工作日"), "{page}");
}

#[tokio::test]
async fn the_system_administrator_changes_a_line_and_the_change_stays_in_view() {
    let app = App::start().await;
    let keeper = app.sign_in("sysadmin").await;
    let wrong = save(&keeper, "12355", &fields("1", "打这个")).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.text().contains("dial-error") && wrong.text().contains("打这个"));
    assert_eq!(save(&keeper, "12355", &fields("1", "0349-0001234")).await.status, 303);
    let page = keeper.get("/referral-lines/12355").await.text();
    assert!(
        page.contains("0349-0001234") && page.contains("补转接号码") && page.contains("sysadmin"),
        "{page}"
    );
    let stale = save(&keeper, "12355", &fields("1", "0349-0009999")).await;
    assert_eq!(stale.status, 409);
    assert!(stale.text().contains("0349-0009999"), "what was typed is kept");
    let operator = app.sign_in("operator").await;
    assert_eq!(line(&operator, "12355").await.unwrap()["hours"], "每日 8:00-22:00");
    assert_eq!(save(&operator, "12355", &fields("2", "1")).await.status, 403);
    assert_eq!(
        save(&app.sign_in("secadmin").await, "12355", &fields("2", "1"))
            .await
            .status,
        403
    );
}

#[tokio::test]
async fn a_line_may_be_added_and_one_out_of_use_is_offered_no_more() {
    let app = App::start().await;
    let keeper = app.sign_in("sysadmin").await;
    let mut new = fields("0", "");
    new.push(("code", "12351"));
    assert_eq!(save(&keeper, "new", &new).await.status, 303);
    let operator = app.sign_in("operator").await;
    let report = draft(&operator).await;
    let mut body = letter();
    body["line"] = json!("12351");
    assert_eq!(
        refer(&operator, &report, body.clone()).await.status,
        201,
        "by the rule of other lines"
    );
    for (code, status) in [("12ab", 422), ("", 422), ("12355", 422)] {
        let mut bad = fields("0", "");
        bad.push(("code", code));
        assert_eq!(save(&keeper, "new", &bad).await.status, status, "{code}");
    }
    let mut off = fields("1", "");
    off.retain(|(name, _)| *name != "active");
    assert_eq!(save(&keeper, "12351", &off).await.status, 303);
    assert!(line(&operator, "12351").await.is_none());
    assert_eq!(refer(&operator, &report, body).await.status, 422);
    assert_eq!(keeper.get("/referral-lines/99999").await.status, 404);
}
