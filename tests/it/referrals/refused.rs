//! What is no referral, no receipt and no answer, and what is said about it.

use super::{draft, letter, refer, referred, take};
use crate::support::App;
use serde_json::{Value, json};

fn with(mut body: Value, field: &str, value: Value) -> Value {
    body[field] = value;
    body
}

#[tokio::test]
async fn a_wrong_referral_is_told_at_its_field() {
    let app = App::start().await;
    let operator = app.sign_in("operator").await;
    let report = draft(&operator).await;
    for (field, value) in [
        ("line", json!("")),
        ("line", json!("99999")),
        ("line", json!("薛圐圙乡")),
        ("kind", json!("")),
        ("kind", json!("phone")),
        ("told", json!("")),
        ("told", json!("长".repeat(1001))),
        ("told", json!("含\u{7}铃")),
        ("receipt", json!("😀😀")),
        ("receipt", json!("---")),
        ("receipt", json!("9".repeat(51))),
        ("at", json!("2026-11-24T09:00:00+08:00")),
        ("at", json!("2020-01-01T00:00:00Z")),
    ] {
        let reply = refer(&operator, &report, with(letter(), field, value.clone())).await;
        assert_eq!(reply.status, 422, "{field} {value}: {}", reply.text());
        assert_eq!(
            reply.json()["errors"][0]["pointer"],
            format!("/{field}"),
            "{}",
            reply.text()
        );
    }
    let rare = with(letter(), "told", json!("薛圐圙乡一名约12岁女童 𬭎 😀，请联系"));
    let rare = refer(&operator, &report, rare).await;
    assert_eq!(rare.status, 201, "{}", rare.text());
    assert_eq!(rare.json()["told"], "薛圐圙乡一名约12岁女童 𬭎 😀，请联系");
}

#[tokio::test]
async fn a_letter_never_names_child_or_caller() {
    let app = App::start().await;
    let operator = app.sign_in("operator").await;
    let report = draft(&operator).await;
    for named in ["请联系童小满", "童 小·满", "来电人王大山", "回电１６０００００００７７"]
    {
        let reply = refer(&operator, &report, with(letter(), "told", json!(named))).await;
        assert_eq!(reply.status, 422, "{named}: {}", reply.text());
        assert!(reply.text().contains("不写儿童"), "{}", reply.text());
    }
    let spoken = json!({ "line": "12355", "kind": "joined", "told": "已三方接通，童小满本人在线" });
    let spoken = refer(&operator, &report, spoken).await;
    assert_eq!(
        spoken.status,
        201,
        "what was said in the call is sealed: {}",
        spoken.text()
    );
}

#[tokio::test]
async fn an_answer_before_the_referral_or_in_the_future_is_refused() {
    let app = App::start().await;
    let operator = app.sign_in("operator").await;
    let row = referred(&operator, &draft(&operator).await, letter()).await;
    for (field, body) in [
        (
            "answered_at",
            json!({ "step": "answer", "answer": "好", "answered_at": "2026-11-23T00:30:00Z" }),
        ),
        (
            "answered_at",
            json!({ "step": "answer", "answer": "好", "answered_at": "2026-11-25T00:00:00Z" }),
        ),
        ("answer", json!({ "step": "answer", "answer": "" })),
        ("answer", json!({ "step": "answer", "answer": "长".repeat(1001) })),
        ("receipt", json!({ "step": "answer", "answer": "好", "receipt": "<b>" })),
        ("receipt", json!({ "step": "receipt", "receipt": "" })),
        ("step", json!({ "step": "close" })),
    ] {
        let reply = take(&operator, &row, body).await;
        assert_eq!(reply.status, 422, "{}", reply.text());
        assert_eq!(
            reply.json()["errors"][0]["pointer"],
            format!("/{field}"),
            "{}",
            reply.text()
        );
    }
    let stale = take(
        &operator,
        &row,
        json!({ "step": "receipt", "version": 7, "receipt": "A1" }),
    )
    .await;
    assert_eq!(stale.status, 409, "{}", stale.text());
    assert_eq!(stale.json()["versions"], json!({ "seen": 7, "now": 1 }));
}

#[tokio::test]
async fn a_stale_page_keeps_what_was_typed() {
    let app = App::start().await;
    let operator = app.sign_in("operator").await;
    let row = referred(&operator, &draft(&operator).await, letter()).await;
    let id = row["id"].as_str().unwrap();
    assert_eq!(
        take(&operator, &row, json!({ "step": "receipt", "receipt": "A1" }))
            .await
            .status,
        200
    );
    let fields = [
        ("version", "1"),
        ("answer", "已约本周六面谈"),
        ("answered_at", ""),
        ("receipt", ""),
    ];
    let reply = operator.post(&format!("/referrals/{id}/answer"), &fields).await;
    assert_eq!(reply.status, 409);
    assert!(
        reply.text().contains("已约本周六面谈") && reply.text().contains("第 2 版"),
        "{}",
        reply.text()
    );
    let fields = [
        ("version", "2"),
        ("answer", "已约本周六面谈"),
        ("answered_at", "昨天"),
        ("receipt", ""),
    ];
    let reply = operator.post(&format!("/referrals/{id}/answer"), &fields).await;
    assert_eq!(reply.status, 422);
    assert!(reply.text().contains("已约本周六面谈") && reply.text().contains("answered_at-error"));
    let nowhere = operator.post(&format!("/referrals/{id}/close"), &fields).await;
    assert_eq!(nowhere.status, 404);
}
