//! Who writes articles, what is refused, the versions, and the day of review.

use super::{content, found, publish, published};
use crate::given;
use crate::support::{App, Client, Reply};
use chrono::{Days, TimeDelta};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use tonghu::entity::{article, notice};
use uuid::Uuid;

fn form<'a>(version: &'a str, owner: &'a str, title: &'a str) -> Vec<(&'static str, &'a str)> {
    vec![
        ("version", version),
        ("title", title),
        ("reply", "照着念的话"),
        ("body", "# 小标题\n正文"),
        ("keywords", "别名，又名"),
        ("case_types", "0101，0601"),
        ("demand_types", "inquiry"),
        ("source", "未成年人保护法"),
        ("owner", owner),
        ("valid_from", "2026-11-23"),
        ("valid_until", ""),
        ("review_on", ""),
        ("note", "核对原文"),
    ]
}

fn with<'a>(mut fields: Vec<(&'static str, &'a str)>, name: &str, value: &'a str) -> Vec<(&'static str, &'a str)> {
    for field in &mut fields {
        if field.0 == name {
            field.1 = value;
        }
    }
    fields
}

async fn edit(who: &Client, id: Uuid, fields: &[(&str, &str)]) -> Reply {
    who.post(&format!("/knowledge/{id}/edit"), fields).await
}

#[tokio::test]
async fn every_save_is_a_version_more_and_each_stays_readable() {
    let app = App::start().await;
    let id = published(&app, "第一版的标题", "第一版的话").await;
    let lead = app.sign_in("lead").await;
    let owner = given::account_of(&app, "lead").await.unit_id.unwrap().to_string();
    let saved = edit(&lead, id, &form("2", &owner, "第三版的标题")).await;
    assert_eq!(saved.status, 303, "{}", saved.text());
    let operator = app.sign_in("operator").await;
    let now = operator.get(&format!("/knowledge/{id}")).await.text();
    assert!(now.contains("第三版的标题") && now.contains("核对原文"), "{now}");
    let before = operator.get(&format!("/knowledge/{id}/versions/2")).await.text();
    assert!(
        before.contains("第一版的标题") && before.contains("这是第 2 版"),
        "{before}"
    );
    assert_eq!(operator.get(&format!("/knowledge/{id}/versions/9")).await.status, 404);
    assert_eq!(
        operator.get(&format!("/knowledge/{id}/versions/1")).await.status,
        404,
        "a draft was nobody's"
    );
    assert_eq!(found(&app, "第三版").await, ["第三版的标题"]);
    assert!(found(&app, "第一版").await.is_empty(), "the index follows");
}

#[tokio::test]
async fn of_two_who_write_at_once_one_is_told_and_loses_nothing() {
    let app = App::start().await;
    let id = published(&app, "标题", "话").await;
    let lead = app.sign_in("lead").await;
    let owner = given::account_of(&app, "lead").await.unit_id.unwrap().to_string();
    assert_eq!(edit(&lead, id, &form("2", &owner, "班长写的")).await.status, 303);
    let late = edit(&app.sign_in("city").await, id, &form("2", &owner, "市级写的")).await;
    assert_eq!(late.status, 409);
    assert!(
        late.text().contains("市级写的") && late.text().contains("第 3 版"),
        "{}",
        late.text()
    );
    let deed = lead
        .post(
            &format!("/knowledge/{id}/do/withdraw"),
            &[("version", "2"), ("note", "旧")],
        )
        .await;
    assert_eq!(deed.status, 409);
}

#[tokio::test]
async fn what_cannot_be_kept_is_told_at_its_field() {
    let app = App::start().await;
    let lead = app.sign_in("lead").await;
    let owner = given::account_of(&app, "lead").await.unit_id.unwrap().to_string();
    let long = "长".repeat(81);
    let longer = "长".repeat(8001);
    let nobody = Uuid::now_v7().to_string();
    for (field, value) in [
        ("title", ""),
        ("title", long.as_str()),
        ("reply", ""),
        ("body", longer.as_str()),
        ("body", "含\u{7}铃"),
        ("source", " "),
        ("case_types", "9999"),
        ("demand_types", "猜的"),
        ("owner", ""),
        ("owner", nobody.as_str()),
        ("valid_from", "昨天"),
        ("valid_until", "2026-11-22"),
        ("review_on", "2026-01-01"),
    ] {
        let reply = lead
            .post("/knowledge/new", &with(form("0", &owner, "标题"), field, value))
            .await;
        assert_eq!(reply.status, 422, "{field} {value}");
        assert!(
            reply.text().contains(&format!("href=\"#{field}\"")),
            "{field}: {}",
            reply.text()
        );
        assert!(
            reply.text().contains("照着念的话") || field == "reply",
            "what was typed is kept"
        );
    }
    let rare = lead
        .post("/knowledge/new", &form("0", &owner, "薛圐圙乡 😀 𬭎 怎么走"))
        .await;
    assert_eq!(rare.status, 303, "{}", rare.text());
}

#[tokio::test]
async fn shift_lead_and_city_write_and_nobody_else() {
    let app = App::start().await;
    let id = published(&app, "标题", "话").await;
    let owner = given::account_of(&app, "lead").await.unit_id.unwrap().to_string();
    for who in [
        "operator", "county", "township", "police", "sysadmin", "secadmin", "auditor", "school",
    ] {
        let person = app.sign_in(who).await;
        assert_eq!(person.get("/knowledge/new").await.status, 403, "{who}");
        assert_eq!(
            person.post("/knowledge/new", &form("0", &owner, "标题")).await.status,
            403,
            "{who}"
        );
        assert_eq!(edit(&person, id, &form("2", &owner, "标题")).await.status, 403, "{who}");
    }
    let city = app.sign_in("city").await;
    let bare = city
        .post(
            &format!("/knowledge/{id}/do/withdraw"),
            &[("version", "2"), ("note", "")],
        )
        .await;
    assert_eq!(bare.status, 422, "taking down needs a reason");
    let done = city
        .post(
            &format!("/knowledge/{id}/do/withdraw"),
            &[("version", "2"), ("note", "条文已改")],
        )
        .await;
    assert_eq!(done.status, 303, "{}", done.text());
    assert!(found(&app, "标题").await.is_empty());
    let again = city
        .post(
            &format!("/knowledge/{id}/do/withdraw"),
            &[("version", "3"), ("note", "再来")],
        )
        .await;
    assert_eq!(again.status, 409);
    assert_eq!(
        city.post(&format!("/knowledge/{id}/do/burn"), &[("version", "3")])
            .await
            .status,
        404
    );
    assert_eq!(
        city.post(&format!("/knowledge/{id}/do/publish"), &[("version", "3")])
            .await
            .status,
        303
    );
}

#[tokio::test]
async fn on_the_day_of_review_the_owner_is_told_once() {
    let app = App::start().await;
    let mut due = content("该复核的", "话");
    due.review_on = tonghu::clock::day(app.clock.now()).checked_add_days(Days::new(2));
    let id = publish(&app, &due).await;
    let told = async || {
        notice::Entity::find()
            .filter(notice::Column::AccountId.eq(given::account_of(&app, "lead").await.id))
            .filter(notice::Column::Kind.eq("article_review"))
            .count(app.state.db.read())
            .await
            .unwrap()
    };
    tonghu::worker::tick(&app.state).await;
    assert_eq!(told().await, 0);
    app.clock.advance(TimeDelta::days(2));
    for _ in 0..2 {
        tonghu::worker::tick(&app.state).await;
        assert_eq!(told().await, 1);
    }
    let lead = app.sign_in("lead").await;
    assert!(lead.get("/knowledge?list=review").await.text().contains("该复核的"));
    assert!(
        lead.get(&format!("/knowledge/{id}"))
            .await
            .text()
            .contains("已到复核日期")
    );
    let row = article::Entity::find_by_id(id)
        .one(app.state.db.read())
        .await
        .unwrap()
        .unwrap();
    assert!(row.reminded_at.is_some());
}
