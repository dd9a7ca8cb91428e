//! 下一步: what waits for a ruling, and for whom.

use super::{case, signed, taken};
use crate::support::{App, Client};
use chrono::TimeDelta;
use serde_json::json;
use tonghu::rules::level::RiskLevel::{Blue, Yellow};
use uuid::Uuid;

const YOURS: &str = "待您裁定";

/// The lines of the box, as the person sees them.
async fn lines(who: &Client, case: Uuid) -> Vec<String> {
    let page = who.get(&format!("/cases/{case}")).await.text();
    let list = page.split("id=\"next-h\"").nth(1).unwrap_or_default();
    let list = list.split("</section>").next().unwrap_or_default();
    list.split("<li").skip(1).map(str::to_owned).collect()
}

/// The line that says these words; it must be there.
async fn line(who: &Client, case: Uuid, words: &str) -> String {
    let lines = lines(who, case).await;
    let found = lines.iter().find(|line| line.contains(words)).cloned();
    found.unwrap_or_else(|| panic!("{words}: {lines:?}"))
}

/// Whoever rules is led to the form first of all; the other two read who rules
/// and are offered no way to it.
async fn waits(app: &App, case: Uuid, (words, form): (&str, &str), (ruler, others): (&str, &[&str])) {
    let ruler = app.sign_in(ruler).await;
    let first = lines(&ruler, case).await.remove(0);
    assert!(first.contains(words) && first.contains(YOURS), "{words}: {first}");
    assert!(first.contains(form), "{first}");
    for other in others {
        let told = line(&app.sign_in(other).await, case, words).await;
        assert!(!told.contains(YOURS) && !told.contains("href"), "{other}: {told}");
    }
}

#[tokio::test]
async fn a_return_and_an_arbitration_wait_for_those_who_rule() {
    let app = App::start().await;
    let id = case(&app, Blue).await.id;
    let township = app.sign_in("township").await;
    let ask = json!({ "step": "return", "reason": "R02", "explanation": "附职责清单第3项。" });
    taken(&app, &township, id, ask.clone()).await;
    waits(&app, id, ("裁定退回申请", "do/dispatch"), ("lead", &["township"])).await;
    let lead = app.sign_in("lead").await;
    taken(
        &app,
        &lead,
        id,
        json!({ "step": "refuse_return", "reason": "属本镇职责。" }),
    )
    .await;
    taken(&app, &township, id, ask).await;
    waits(
        &app,
        id,
        ("仲裁职责争议", "do/arbitrate"),
        ("city", &["township", "county"]),
    )
    .await;
}

#[tokio::test]
async fn a_wish_for_time_waits_for_another_than_who_asked_with_its_last_moment() {
    let app = App::start().await;
    let (township, id) = signed(&app, Yellow).await;
    let ask = json!({ "step": "ask_extension", "days": 5, "reason": "等待医院出具诊断。" });
    taken(&app, &township, id, ask).await;
    waits(
        &app,
        id,
        ("裁定延期 5 个工作日", "do/rule-extension"),
        ("county", &["township"]),
    )
    .await;
    let told = line(&township, id, "裁定延期").await;
    assert!(told.contains("2026-12-08 23:59"), "{told}");
    let county = app.sign_in("county").await;
    taken(&app, &county, id, json!({ "step": "rule_extension", "grant": true })).await;
    assert!(lines(&county, id).await.iter().all(|line| !line.contains("裁定延期")));
}

#[tokio::test]
async fn a_pause_waits_for_the_county() {
    let app = App::start().await;
    let (township, id) = signed(&app, Blue).await;
    let ask = json!({ "step": "ask_pause", "ground": "hospital", "reason": "儿童住院，医嘱两周。" });
    taken(&app, &township, id, ask).await;
    waits(
        &app,
        id,
        ("裁定停表：儿童住院", "do/rule-pause"),
        ("county", &["township", "lead"]),
    )
    .await;
}

#[tokio::test]
async fn a_result_waits_for_its_review_and_an_answer_for_the_lifting() {
    let app = App::start().await;
    let (township, id) = signed(&app, Yellow).await;
    let county = app.sign_in("county").await;
    let sheet = json!({ "step": "supervise", "level": 2, "cause": "ill_handled", "reason": "尽快见到儿童。" });
    taken(&app, &county, id, sheet).await;
    assert!(
        lines(&county, id).await.iter().all(|line| !line.contains("解除督办")),
        "not answered yet"
    );
    let row = super::answers::sheet(&app, id).await;
    let answer = json!({ "step": "answer_supervision", "supervision": row.id, "answer": "已见到儿童。" });
    taken(&app, &township, id, answer).await;
    waits(
        &app,
        id,
        ("解除督办 DB-", "do/end-supervision"),
        ("county", &["township"]),
    )
    .await;
    let result = json!({ "step": "hand_in", "summary": "儿童已由姑姑照料，施暴人已告诫。" });
    taken(&app, &township, id, result).await;
    let told = line(&county, id, "审核办理结果").await;
    assert!(told.contains(YOURS) && told.contains("do/review-result"), "{told}");
    let told = line(&township, id, "审核办理结果").await;
    assert!(!told.contains(YOURS) && !told.contains("href"), "{told}");
}

#[tokio::test]
async fn a_dispute_over_a_task_waits_for_its_arbiter_alone() {
    let app = App::start().await;
    let (_, id) = signed(&app, Yellow).await;
    let county = app.sign_in("county").await;
    let open = json!({ "step": "open_task", "type": "T80", "request": "按职责办理并反馈文书号" });
    taken(&app, &county, id, open).await;
    let health = app.sign_in("health").await;
    let list = health.get("/api/v1/tasks").await.json();
    let items = list["items"].as_array().unwrap();
    let task = items.iter().find(|task| task["type"] == "T80").unwrap();
    let path = format!("/api/v1/tasks/{}/steps", task["id"].as_str().unwrap());
    let refuse = json!({
        "step": "refuse", "reason": "R02", "basis": "职责清单第三条：由民政部门承办", "done_first": "已先行安置",
        "version": task["version"],
    });
    assert_eq!(health.json("POST", &path, refuse).await.status, 200);
    let told = line(&county, id, "裁定协办争议").await;
    assert!(told.contains(YOURS) && told.contains("/tasks/"), "{told}");
    for other in ["city", "township", "lead"] {
        let told = line(&app.sign_in(other).await, id, "裁定协办争议").await;
        assert!(told.contains("县级") && !told.contains(YOURS), "{other}: {told}");
    }
}

#[tokio::test]
async fn a_transfer_waits_for_the_receiver_and_then_for_whoever_rules() {
    let app = App::start().await;
    let case = crate::transfers::yellow(&app).await;
    crate::transfers::asked(&app, &case).await;
    let township = app.sign_in("township").await;
    let told = line(&township, case.id, "确认接收移交").await;
    assert!(told.contains("移入方") && !told.contains(YOURS), "{told}");
    let city = app.sign_in("city").await;
    assert!(
        !line(&city, case.id, "确认接收移交").await.contains(YOURS),
        "not before its time"
    );
    app.clock.advance(TimeDelta::hours(25));
    let city = app.sign_in("city").await;
    let told = line(&city, case.id, "裁定移交").await;
    assert!(told.contains(YOURS) && told.contains("/transfers/"), "{told}");
}

#[tokio::test]
async fn a_village_is_told_of_nothing_that_others_asked_for() {
    let app = App::start().await;
    let (township, id) = signed(&app, Yellow).await;
    let ask = json!({ "step": "ask_extension", "days": 5, "reason": "等待医院出具诊断。" });
    taken(&app, &township, id, ask).await;
    let village = app.sign_in("village").await;
    assert!(lines(&village, id).await.iter().all(|line| !line.contains("裁定")));
}
