//! What is refused, with the reason and the source, and changes nothing.

use super::{THERE, ask, asked, asking, running, take, taken, yellow};
use crate::given::{self, Spec};
use crate::support::{App, Reply};
use sea_orm::ActiveValue::Set;
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::{Value, json};
use tonghu::entity::{protection_case, transfer};
use tonghu::rules::level::RiskLevel;

fn pointers(reply: &Reply) -> Vec<String> {
    let errors = reply.json()["errors"].as_array().cloned().unwrap_or_default();
    let pointer = |error: &Value| error["pointer"].as_str().unwrap_or_default().to_owned();
    errors.iter().map(pointer).collect()
}

async fn count(app: &App) -> u64 {
    transfer::Entity::find().count(app.state.db.read()).await.unwrap()
}

#[tokio::test]
async fn a_red_case_stays_where_it_is_until_it_is_stable() {
    let app = App::start().await;
    let case = given::case(&app, Spec::red(&app).await).await;
    let township = app.sign_in("township").await;
    let reply = ask(&township, case.id, asking(case.version, THERE)).await;
    assert_eq!(reply.status, 422, "{}", reply.text());
    let text = reply.text();
    assert!(
        text.contains("红色个案不得移交") && text.contains("刑事诉讼法") && text.contains("本地可配置"),
        "{text}"
    );
    assert_eq!(count(&app).await, 0);
    assert_eq!(given::now(&app, case.id).await, case);
}

#[tokio::test]
async fn a_case_that_turns_red_meanwhile_is_not_confirmed() {
    let app = App::start().await;
    let case = yellow(&app).await;
    let row = asked(&app, &case).await;
    let version = given::now(&app, case.id).await.version;
    let raise = json!({ "step": "raise_risk", "version": version, "level": "red", "reason": "发现新伤" });
    assert_eq!(ask(&app.sign_in("township").await, case.id, raise).await.status, 200);
    let confirmed = taken(&app, "county2", row.id, json!({ "step": "confirm" })).await;
    assert_eq!(confirmed.status, 409, "{}", confirmed.text());
    assert!(confirmed.text().contains("红色个案不得移交"));
    assert_eq!(given::now(&app, case.id).await.lead_unit, case.lead_unit);
}

#[tokio::test]
async fn every_fault_is_named_beside_its_field() {
    let app = App::start().await;
    let case = yellow(&app).await;
    let township = app.sign_in("township").await;
    let with = |changes: &[(&str, Value)]| {
        let mut body = asking(case.version, THERE);
        for (key, value) in changes {
            body[*key] = value.clone();
        }
        body
    };
    let no_note = [("child_informed", json!("no"))];
    for (changes, wanted) in [
        (&[("to", json!(""))][..], "/to"),
        (&[("to", json!("没有这个地方"))], "/to"),
        (&[("to", json!("140600"))], "/to"),
        (&[("to", json!("140622"))], "/to"),
        (&[("to", json!("140622100"))], "/to"),
        (&[("reason", json!("because"))], "/reason"),
        (&[("met_on", json!("2026-11-24"))], "/met_on"),
        (&[("met_on", json!("2026-11-22"))], "/met_on"),
        (&[("meeting", json!("  "))], "/meeting"),
        (&[("meeting", json!("长".repeat(1001)))], "/meeting"),
        (&[("child_informed", json!("maybe"))], "/child_informed"),
        (&[("guardian_informed", json!(""))], "/guardian_informed"),
        (&no_note, "/informed_note"),
    ] {
        let reply = ask(&township, case.id, with(changes)).await;
        assert_eq!(reply.status, 422, "{changes:?}: {}", reply.text());
        assert_eq!(pointers(&reply), [wanted], "{changes:?}");
    }
    let all = with(&[("to", json!("")), ("reason", json!("")), ("meeting", json!(""))]);
    assert_eq!(
        pointers(&ask(&township, case.id, all).await),
        ["/to", "/reason", "/meeting"]
    );
    assert_eq!(count(&app).await, 0);
    assert_eq!(given::now(&app, case.id).await, case);
}

#[tokio::test]
async fn one_transfer_waits_at_a_time_and_a_stale_page_is_told() {
    let app = App::start().await;
    let case = yellow(&app).await;
    let township = app.sign_in("township").await;
    let row = asked(&app, &case).await;
    let stale = ask(&township, case.id, asking(case.version, THERE)).await;
    assert_eq!(stale.status, 409);
    let version = given::now(&app, case.id).await.version;
    let second = ask(&township, case.id, asking(version, THERE)).await;
    assert_eq!(second.status, 409, "{}", second.text());
    assert!(second.text().contains("已有移交"));
    let county2 = app.sign_in("county2").await;
    let late = take(&county2, row.id, json!({ "step": "confirm", "version": 7 })).await;
    assert_eq!(late.status, 409);
    let unknown = take(&county2, row.id, json!({ "step": "fly", "version": 1 })).await;
    assert_eq!(
        (unknown.status.as_u16(), pointers(&unknown)),
        (422, vec!["/step".to_owned()])
    );
    let wordless = take(&county2, row.id, json!({ "step": "refuse", "version": 1 })).await;
    assert_eq!(
        (wordless.status.as_u16(), pointers(&wordless)),
        (422, vec!["/reason".to_owned()])
    );
    let soon = taken(&app, "city", row.id, json!({ "step": "rule_keep", "reason": "不移交" })).await;
    assert_eq!(soon.status, 409, "{}", soon.text());
    let inside = taken(
        &app,
        "township",
        row.id,
        json!({ "step": "contacted", "called_on": "2026-11-23", "reason": "已通话" }),
    )
    .await;
    assert_eq!(inside.status, 409, "{}", inside.text());
    assert_eq!(super::latest(&app, case.id).await, row, "nothing has changed");
}

#[tokio::test]
async fn a_repeat_of_the_same_form_is_the_same_transfer() {
    let app = App::start().await;
    let case = yellow(&app).await;
    let township = app.sign_in("township").await;
    let mut body = asking(case.version, THERE);
    body["id"] = json!(uuid::Uuid::now_v7());
    for _ in 0..2 {
        let reply = ask(&township, case.id, body.clone()).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
    }
    assert_eq!(count(&app).await, 1);
}

#[tokio::test]
async fn a_stage_that_ends_the_case_forbids_the_transfer_and_the_transfer_the_end() {
    let app = App::start().await;
    let case = yellow(&app).await;
    let township = app.sign_in("township").await;
    let stage = |stage: &str| protection_case::ActiveModel {
        stage: Set(stage.to_owned()),
        ..Default::default()
    };
    for closed in ["closing", "closed", "merged", "returning"] {
        given::set(&app, case.id, stage(closed)).await;
        let reply = ask(&township, case.id, asking(case.version, THERE)).await;
        assert_eq!(reply.status, 422, "{closed}: {}", reply.text());
    }
    given::set(&app, case.id, stage("assessed")).await;
    let row = asked(&app, &case).await;
    let version = given::now(&app, case.id).await.version;
    let close = json!({ "step": "ask_close", "version": version, "closure_type": "goals_met", "note": "目标达成" });
    let reply = ask(&township, case.id, close).await;
    assert_eq!(
        (reply.status.as_u16(), pointers(&reply)),
        (422, vec!["/closure_type".to_owned()])
    );
    assert!(reply.text().contains("移交还在等"), "{}", reply.text());
    let other = given::case(&app, Spec::at(&app, RiskLevel::Yellow).await).await;
    let merge = json!({ "step": "merge", "version": version, "into": other.id, "reason": "同一名儿童" });
    let merged = ask(&app.sign_in("county").await, case.id, merge).await;
    assert_eq!(merged.status, 409, "{}", merged.text());
    let back = taken(
        &app,
        "township",
        row.id,
        json!({ "step": "withdraw", "reason": "不再搬迁" }),
    )
    .await;
    assert_eq!(back.json()["state"], "withdrawn", "{}", back.text());
    assert!(
        running(&app, case.id)
            .await
            .iter()
            .all(|clock| clock.milestone != "move_confirm")
    );
}
