//! A consultation answered from an article: its number and version stand with
//! the report, and nothing that was typed is lost.

use super::published;
use crate::support::{App, Client, Reply};
use sea_orm::{EntityTrait, PaginatorTrait};
use tonghu::entity::{article, report, report_article};
use uuid::Uuid;

async fn begun(app: &App) -> (Client, String, Uuid) {
    let operator = app.sign_in("operator").await;
    let path = operator.post("/intake/new", &[]).await.location().to_owned();
    let id = path.trim_start_matches("/intake/").parse().unwrap();
    (operator, path, id)
}

async fn consult(app: &App, who: &Client, (path, id): (&str, Uuid), articles: &[&str]) -> Reply {
    let row = report::Entity::find_by_id(id)
        .one(app.state.db.read())
        .await
        .unwrap()
        .unwrap();
    let version = row.version.to_string();
    let mut fields = vec![
        ("version", version.as_str()),
        ("inquiry", "怎样申请保护令"),
        ("answer", "向基层人民法院申请。"),
        ("outcome", "answered"),
    ];
    fields.extend(articles.iter().map(|cite| ("articles", *cite)));
    who.post(&format!("{path}/consult"), &fields).await
}

async fn cite(app: &App, id: Uuid) -> String {
    let row = article::Entity::find_by_id(id)
        .one(app.state.db.read())
        .await
        .unwrap()
        .unwrap();
    format!("{}:{}", row.number, row.version)
}

#[tokio::test]
async fn the_answer_says_on_which_article_and_version_it_rests() {
    let app = App::start().await;
    let id = published(&app, "怎样申请人身安全保护令", "向基层人民法院申请。").await;
    let cite = cite(&app, id).await;
    let (operator, path, report) = begun(&app).await;
    let done = consult(&app, &operator, (&path, report), &[&cite, &cite]).await;
    assert_eq!(done.status, 303, "{}", done.text());
    let receipt = operator.get(&path).await.text();
    assert!(
        receipt.contains("答复依据") && receipt.contains("怎样申请人身安全保护令"),
        "{receipt}"
    );
    let page = operator.get(&format!("/reports/{report}")).await.text();
    assert!(
        page.contains("第 2 版") && page.contains(&format!("/knowledge/{id}/versions/2")),
        "{page}"
    );
    // What was answered is understood later, too, when the article says something else.
    assert_eq!(operator.get(&format!("/knowledge/{id}/versions/2")).await.status, 200);
    let undone = operator.post(&format!("{path}/undo"), &[("version", "2")]).await;
    assert_eq!(undone.status, 303, "{}", undone.text());
    let left = report_article::Entity::find().count(app.state.db.read()).await.unwrap();
    assert_eq!(left, 0, "what was undone rests on nothing");
}

#[tokio::test]
async fn an_article_that_is_none_is_refused_and_the_answer_is_kept() {
    let app = App::start().await;
    let id = published(&app, "怎样申请人身安全保护令", "向基层人民法院申请。").await;
    let number = cite(&app, id).await.replace(":2", "");
    let (operator, path, report) = begun(&app).await;
    let draft = format!("{number}:1");
    let later = format!("{number}:9");
    for wrong in [
        "ZS-0:1",
        "不是编号",
        "😀",
        draft.as_str(),
        later.as_str(),
        &format!("{number}:x"),
    ] {
        let reply = consult(&app, &operator, (&path, report), &[wrong]).await;
        assert_eq!(reply.status, 422, "{wrong}");
        let text = reply.text();
        assert!(
            text.contains("从检索结果中重新插入") && text.contains("向基层人民法院申请。"),
            "{wrong}: {text}"
        );
    }
    let plain = consult(&app, &operator, (&path, report), &[]).await;
    assert_eq!(plain.status, 303, "an answer needs no article");
}

#[tokio::test]
async fn a_consultation_that_smells_of_harm_is_not_answered_away_by_an_article() {
    let app = App::start().await;
    let id = published(&app, "孩子能不能一个人在家", "未满八周岁不能。").await;
    let cite = cite(&app, id).await;
    let (operator, path, _) = begun(&app).await;
    let fields = [
        ("version", "1"),
        ("inquiry", "孩子被打了怎么办"),
        ("answer", "未满八周岁不能。"),
        ("case_types", "0101"),
        ("articles", cite.as_str()),
        ("outcome", "answered"),
    ];
    let reply = operator.post(&format!("{path}/consult"), &fields).await;
    assert_eq!(reply.status, 422);
    assert!(
        reply.text().contains("须转办立案") && reply.text().contains(&cite),
        "{}",
        reply.text()
    );
}
