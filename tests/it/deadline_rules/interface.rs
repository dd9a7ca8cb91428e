//! The rules over the interface: read by whoever may, changed by the security
//! administrator, refused as on screen.

use super::{SOURCE, entries, versions};
use crate::support::{App, Client, Reply};
use serde_json::{Value, json};

const RULE: &str = "/api/v1/deadline-rules/DL05";

async fn change(keeper: &Client, code: &str, body: Value) -> Reply {
    keeper
        .json("POST", &format!("/api/v1/deadline-rules/{code}"), body)
        .await
}

#[tokio::test]
async fn whoever_may_look_the_rules_up_reads_them_and_nobody_else() {
    let app = App::start().await;
    for who in ["secadmin", "sysadmin", "auditor", "lead", "city", "county"] {
        let client = app.sign_in(who).await;
        let list = client.get("/api/v1/deadline-rules").await;
        assert_eq!(list.status, 200, "{who}");
        let list = list.json();
        let rows = list["items"].as_array().unwrap();
        let law = rows.iter().find(|row| row["code"] == "DL13-normal").unwrap();
        assert_eq!((&law["law"], &law["source"]), (&json!(true), &json!("反家庭暴力法§28")));
        let own = rows.iter().find(|row| row["code"] == "SUP-overdue").unwrap();
        assert_eq!((&own["law"], &own["source"]), (&json!(false), &json!(SOURCE)));
        let one = client.get("/api/v1/deadline-rules/DL13-normal").await.json();
        assert_eq!(one["legal_limit"], "反家庭暴力法§28：受理后七十二小时内");
        assert_eq!(client.get("/api/v1/deadline-rules/DL99").await.status, 404, "{who}");
    }
    for who in ["operator", "township", "village", "police", "hospital"] {
        let client = app.sign_in(who).await;
        assert_eq!(client.get("/api/v1/deadline-rules").await.status, 403, "{who}");
        assert_eq!(client.get(RULE).await.status, 403, "{who}");
    }
}

#[tokio::test]
async fn the_keeper_changes_what_is_named_and_the_rest_stays() {
    let app = App::start().await;
    let keeper = app.sign_in("secadmin").await;
    let before = keeper.get(RULE).await.json();
    let done = change(
        &keeper,
        "DL05",
        json!({ "version": 1, "amount": 2, "reason": "市级会议纪要第3号" }),
    )
    .await;
    assert_eq!(done.status, 200, "{}", done.text());
    let after = done.json();
    assert_eq!((&after["amount"], &after["version"]), (&json!(2), &json!(2)));
    for same in ["name", "owner", "unit", "on_expiry", "source", "law"] {
        assert_eq!(after[same], before[same], "{same}");
    }
    assert_eq!(after["history"][0]["reason"], "市级会议纪要第3号");
    assert_eq!(after["history"][0]["changed_by"], "secadmin");
    assert_eq!(entries(&app, "deadline_rule_changed").await, 1);
}

#[tokio::test]
async fn a_change_is_refused_as_on_screen_with_nothing_changed() {
    let app = App::start().await;
    let keeper = app.sign_in("secadmin").await;
    let why = "市级会议纪要第3号";
    for (code, body, pointer, words) in [
        (
            "DL13-normal",
            json!({ "version": 1, "amount": 96, "reason": why }),
            "/amount",
            "反家庭暴力法§28",
        ),
        (
            "DL08-red",
            json!({ "version": 1, "amount": 1, "unit": "working_days", "reason": why }),
            "/unit",
            "红色一律按自然时",
        ),
        (
            "DL05",
            json!({ "version": 1, "amount": 2, "reason": "" }),
            "/reason",
            "变更理由",
        ),
        (
            "DL05",
            json!({ "version": 1, "unit": "weeks", "reason": why }),
            "/unit",
            "选择时限的单位",
        ),
        ("DL05", json!({ "version": 1, "reason": why }), "/amount", "没有改动"),
    ] {
        let refused = change(&keeper, code, body).await;
        assert_eq!(refused.status, 422, "{code}: {}", refused.text());
        let fault = refused.json()["errors"][0].clone();
        assert_eq!(fault["pointer"], pointer, "{fault}");
        assert!(fault["message"].as_str().unwrap().contains(words), "{fault}");
        assert!(versions(&app, code).await.is_empty(), "{code}");
    }
    let stranger = json!({ "version": 1, "amount": 2, "nature": "法定", "reason": why });
    let nature = change(&keeper, "DL05", stranger).await;
    assert_eq!(nature.status, 422, "the nature is not for anybody to change");
}

#[tokio::test]
async fn only_the_security_administrator_changes_a_rule_and_only_the_present_one() {
    let app = App::start().await;
    let keeper = app.sign_in("secadmin").await;
    let good = json!({ "version": 1, "amount": 2, "reason": "市级会议纪要第3号" });
    for who in ["sysadmin", "auditor", "lead", "city", "county", "township"] {
        let refused = change(&app.sign_in(who).await, "DL05", good.clone()).await;
        assert_eq!(refused.status, 403, "{who}");
    }
    assert_eq!(change(&keeper, "DL05", good.clone()).await.status, 200);
    let late = change(&keeper, "DL05", good).await;
    assert_eq!(late.status, 409);
    assert_eq!(late.json()["versions"], json!({ "seen": 1, "now": 2 }));
    assert_eq!(versions(&app, "DL05").await.len(), 1);
}
