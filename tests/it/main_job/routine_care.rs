//! 转常规关爱: open goals no longer hold the case open; by whom it is carried
//! on is on record.

use super::supported;
use crate::support::{App, Client};
use serde_json::{Value, json};
use tonghu::entity::protection_case;
use uuid::Uuid;

async fn met(job: &super::Job, who: &Client, number: u64) -> bool {
    let shown = job.view(who).await;
    let checks = shown["checks"].as_array().unwrap();
    let check = checks.iter().find(|check| check["number"] == number).unwrap();
    check["met"] == true
}

fn hand_over() -> Value {
    json!({ "step": "routine_care", "note": "村儿童主任每月走访，班主任每周谈心" })
}

#[tokio::test]
async fn open_goals_are_handed_over_with_words_and_may_be_taken_back() {
    let job = supported().await;
    let (township, village) = (job.app.sign_in("township").await, job.app.sign_in("village").await);
    assert!(!met(&job, &township, 2).await);
    assert_eq!(
        job.refused(&township, json!({ "step": "routine_care", "note": " " }))
            .await,
        ["/note"]
    );
    assert_eq!(job.step(&village, hand_over()).await.status, 403);
    let handed = job.taken(&township, hand_over()).await;
    assert!(handed["routine_care_at"].is_string());
    assert!(met(&job, &township, 2).await);
    assert_eq!(job.step(&township, hand_over()).await.status, 409, "once is enough");
    let back = job
        .taken(
            &township,
            json!({ "step": "end_routine_care", "reason": "村儿童主任离任，无人接续" }),
        )
        .await;
    assert_eq!(back["routine_care_at"], Value::Null);
    assert!(!met(&job, &township, 2).await);
    let again = job
        .step(&township, json!({ "step": "end_routine_care", "reason": "再撤" }))
        .await;
    assert_eq!(again.status, 409);
    let kinds = job.view(&township).await["history"].to_string();
    assert!(kinds.contains("routine_care_begun") && kinds.contains("routine_care_ended"));
}

#[tokio::test]
async fn a_new_goal_belongs_to_the_case_again() {
    let job = supported().await;
    let township = job.app.sign_in("township").await;
    job.taken(&township, hand_over()).await;
    let goals = json!([{ "dimension": "education", "goal": "返校上课", "means": "学校补课", "core": true }]);
    let planned = job.taken(&township, json!({ "step": "plan", "goals": goals })).await;
    assert_eq!(planned["routine_care_at"], Value::Null);
    assert!(!met(&job, &township, 2).await);
}

#[tokio::test]
async fn without_an_open_goal_there_is_nothing_to_hand_over() {
    let job = supported().await;
    let township = job.app.sign_in("township").await;
    let goals = job.view(&township).await["goals"].as_array().unwrap().clone();
    job.taken(&township, json!({ "step": "goal_done", "goal": goals[0]["id"] }))
        .await;
    let drop = json!({ "step": "goal_drop", "goal": goals[1]["id"], "reason": "父亲已离家" });
    job.taken(&township, drop).await;
    assert_eq!(job.step(&township, hand_over()).await.status, 409);
    assert!(met(&job, &township, 2).await);
    let strange = json!({ "step": "goal_done", "goal": Uuid::now_v7() });
    assert_eq!(job.step(&township, strange).await.status, 404);
}

/// What the database holds of it.
async fn stored(app: &App, case: Uuid) -> protection_case::Model {
    crate::given::now(app, case).await
}

#[tokio::test]
async fn the_plan_page_hands_over_and_takes_back() {
    let job = supported().await;
    let township = job.app.sign_in("township").await;
    let page = format!("/cases/{}/plan", job.case);
    let text = township.get(&page).await.text();
    assert!(text.contains("由谁接续、怎样关爱"), "{text}");
    let version = stored(&job.app, job.id()).await.version.to_string();
    let fields = |note: &'static str| [("version", version.clone()), ("note", note.to_owned())];
    let post = async |path: &str, fields: &[(&str, String)]| {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        township.post(&format!("{page}/{path}"), &fields).await
    };
    let blank = post("routine", &fields("")).await;
    assert_eq!(blank.status, 422);
    assert!(blank.text().contains("填写由谁接续、怎样关爱"), "{}", blank.text());
    let done = post("routine", &fields("村儿童主任每月走访")).await;
    assert_eq!(done.status, 303, "{}", done.text());
    let second = post("routine", &fields("村儿童主任每月走访")).await;
    assert_eq!(second.status, 409, "a second click");
    let text = township.get(&page).await.text();
    assert!(
        text.contains("已转常规关爱") && text.contains("村儿童主任每月走访"),
        "{text}"
    );
    let case = stored(&job.app, job.id()).await;
    let note = case.routine_care_note.unwrap().0;
    assert!(!String::from_utf8_lossy(&note).contains("走访"), "sealed");
    let version = case.version.to_string();
    let back = post(
        "routine/end",
        &[("version", version), ("reason", "无人接续".to_owned())],
    )
    .await;
    assert_eq!(back.status, 303, "{}", back.text());
    assert!(stored(&job.app, job.id()).await.routine_care_at.is_none());
}
