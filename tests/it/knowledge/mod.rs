//! Knowledge at hand: found in Chinese on either database, kept in versions,
//! put into an answer that says on which version it rests.

mod answers;
mod asking;
mod keeping;

use crate::given;
use crate::support::App;
use serde_json::Value;
use std::fmt::Write;
use tonghu::knowledge::{self, Content, Deed};
use uuid::Uuid;

pub fn content(title: &str, reply: &str) -> Content {
    Content {
        title: title.to_owned(),
        reply: reply.to_owned(),
        body: format!("# 说明\n{reply}\n- 带身份证明"),
        source: "测试".to_owned(),
        demand_types: vec!["inquiry".to_owned()],
        note: "首版".to_owned(),
        ..Content::default()
    }
}

/// A published article of the shift lead.
pub async fn published(app: &App, title: &str, reply: &str) -> Uuid {
    publish(app, &content(title, reply)).await
}

pub async fn publish(app: &App, content: &Content) -> Uuid {
    let lead = given::ctx_of(app, "lead").await;
    let row = knowledge::create(&app.state, &lead, content).await.unwrap();
    let publish = (Deed::Publish, "");
    knowledge::deed(&app.state, &lead, row.id, row.version, publish)
        .await
        .unwrap();
    row.id
}

fn escaped(text: &str) -> String {
    text.bytes().fold(String::new(), |mut coded, byte| {
        write!(coded, "%{byte:02X}").unwrap();
        coded
    })
}

async fn found(app: &App, q: &str) -> Vec<String> {
    let operator = app.sign_in("operator").await;
    let reply = operator.get(&format!("/api/v1/knowledge?q={}", escaped(q))).await;
    assert_eq!(reply.status, 200, "{q}: {}", reply.text());
    let items = reply.json()["items"].as_array().unwrap().clone();
    items
        .iter()
        .map(|item| item["title"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn a_word_of_one_two_or_more_characters_or_of_mixed_writing_is_found() {
    let app = App::start().await;
    published(
        &app,
        "怎样申请人身安全保护令",
        "向基层人民法院申请，遭受家庭暴力的可以申请。",
    )
    .await;
    published(&app, "DNA鉴定到哪里做", "拨打12355问鉴定机构，薛圐圙乡的到县城。").await;
    published(&app, "留守儿童委托照护", "书面告知学校和村委会。").await;
    for (q, first) in [
        ("令", "怎样申请人身安全保护令"),
        ("暴力", "怎样申请人身安全保护令"),
        ("家庭暴力", "怎样申请人身安全保护令"),
        ("家庭的暴力", "怎样申请人身安全保护令"),
        ("dna", "DNA鉴定到哪里做"),
        ("ＤＮＡ鉴定", "DNA鉴定到哪里做"),
        ("1235", "DNA鉴定到哪里做"),
        ("圐圙", "DNA鉴定到哪里做"),
        ("圙", "DNA鉴定到哪里做"),
        ("委托 照护", "留守儿童委托照护"),
    ] {
        assert_eq!(found(&app, q).await.first().map(String::as_str), Some(first), "{q}");
    }
    for q in ["没有这回事啊", "zzz", "𬭎"] {
        assert!(found(&app, q).await.is_empty(), "{q}");
    }
}

#[tokio::test]
async fn the_title_weighs_more_than_the_text_and_the_whole_word_more_than_its_parts() {
    let app = App::start().await;
    published(&app, "入学转学怎么办", "提到法律援助的只有这一处。").await;
    published(&app, "法律援助怎样申请", "到法律援助中心。").await;
    published(&app, "援助的法律", "法律和援助分开说。").await;
    let found = found(&app, "法律援助").await;
    assert_eq!(found[0], "法律援助怎样申请");
    assert_eq!(found[1], "入学转学怎么办");
    assert_eq!(found[2], "援助的法律");
}

#[tokio::test]
async fn what_was_searched_for_is_marked_and_markup_is_text() {
    let app = App::start().await;
    published(
        &app,
        "<b>保护令</b>怎样申请",
        "向法院申请<script>alert(1)</script>保护令。",
    )
    .await;
    let operator = app.sign_in("operator").await;
    let page = operator
        .get(&format!("/knowledge?q={}", escaped("保护令")))
        .await
        .text();
    assert!(page.contains("<mark>保护令</mark>"), "{page}");
    assert!(!page.contains("<b>保护令") && !page.contains("<script>alert"), "{page}");
    let panel = operator
        .with("hx-request", "true")
        .post(
            "/knowledge/find",
            &[("q", "保护令"), ("case_type", ""), ("demand_type", "inquiry")],
        )
        .await;
    assert_eq!(panel.status, 200, "{}", panel.text());
    assert!(panel.text().contains("data-insert") && !panel.text().contains("<!DOCTYPE"));
    let bare = operator.post("/knowledge/find", &[("q", "保护令")]).await;
    assert_eq!(bare.status, 303, "without script a page of its own");
}

#[tokio::test]
async fn nothing_to_search_for_is_told_so() {
    let app = App::start().await;
    let operator = app.sign_in("operator").await;
    for q in ["", "   ", "，。", "😀", "%25_"] {
        let reply = operator.get(&format!("/api/v1/knowledge?q={}", escaped(q))).await;
        let expected = if q == "%25_" { 200 } else { 422 };
        assert_eq!(reply.status, expected, "{q}: {}", reply.text());
    }
    let long = operator
        .get(&format!("/api/v1/knowledge?q={}", escaped(&"家".repeat(300))))
        .await;
    assert_eq!(long.status, 200, "{}", long.text());
    let missing = operator.get(&format!("/api/v1/knowledge/{}", Uuid::now_v7())).await;
    assert_eq!(missing.status, 404);
}

/// The first item, for those who want to look closer.
fn first(reply: &Value) -> Value {
    reply["items"][0].clone()
}

#[tokio::test]
async fn only_what_is_published_and_holds_today_is_found() {
    let app = App::start().await;
    let lead = given::ctx_of(&app, "lead").await;
    let draft = knowledge::create(&app.state, &lead, &content("甲乙丙草稿", "不该查到。"))
        .await
        .unwrap();
    let today = tonghu::clock::day(app.clock.now());
    let mut over = content("甲乙丙过期", "昨天失效。");
    over.valid_from = today.pred_opt();
    over.valid_until = today.pred_opt();
    publish(&app, &over).await;
    let mut later = content("甲乙丙未到", "明天生效。");
    later.valid_from = today.succ_opt();
    publish(&app, &later).await;
    let mut last = content("甲乙丙今天", "今天是最后一天。");
    last.valid_until = Some(today);
    publish(&app, &last).await;
    assert_eq!(found(&app, "甲乙丙").await, ["甲乙丙今天"]);
    let operator = app.sign_in("operator").await;
    assert_eq!(operator.get(&format!("/knowledge/{}", draft.id)).await.status, 404);
    assert_eq!(operator.get("/knowledge?list=draft").await.status, 403);
    let item = first(
        &operator
            .get(&format!("/api/v1/knowledge?q={}", escaped("今天")))
            .await
            .json(),
    );
    assert_eq!(item["marks"][0], "今天", "{item}");
}
