//! The score sheet: versions, and which one a review goes by.

use super::{answered, drawn, given_review, post, reviews, whole, with};
use crate::support::{App, Client};
use tonghu::quality;

fn fields(version: &str) -> Vec<(String, String)> {
    [
        ("version", version),
        ("code_0", "q01"),
        ("text_0", "先问安全"),
        ("max_0", "６０"),
        ("code_1", "Q02"),
        ("text_1", "地点到村"),
        ("max_1", "40"),
        ("code_3", "F01"),
        ("text_3", "泄露身份"),
        ("fatal_3", "true"),
        ("least", "1"),
        ("percent", "10"),
        ("reason", "按本地规程"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}

async fn change(who: &Client, fields: &[(String, String)]) -> u16 {
    post(who, "/quality/sheet", fields).await.status.as_u16()
}

#[tokio::test]
async fn a_new_version_holds_for_reviews_begun_after_it_and_each_stays_readable() {
    let app = App::start().await;
    let (_, begun) = given_review(&app).await;
    let (lead, city) = (app.sign_in("lead").await, app.sign_in("city").await);
    assert_eq!(post(&lead, &begun, &whole(1, "save")).await.status, 303);
    assert_eq!(change(&city, &fields("1")).await, 303);
    let page = lead.get(&begun).await.text();
    assert!(page.contains("第 1 版") && page.contains("Q08"), "{page}");
    assert_eq!(post(&lead, &begun, &whole(2, "finish")).await.status, 303);
    answered(&app.sign_in("operator").await, "后来的一问").await;
    let sample = drawn(&app, "lead").await;
    assert_eq!(
        (sample.least, sample.percent),
        (1, 10),
        "the quota of the sheet in force"
    );
    let fresh = reviews(&app).await.pop().unwrap();
    let path = format!("/quality/reviews/{}", fresh.id);
    let page = lead.get(&path).await.text();
    assert!(
        page.contains("先问安全") && page.contains("0 至 60 分") && !page.contains("Q08"),
        "{page}"
    );
    let score = [
        ("version", "1"),
        ("step", "finish"),
        ("m_Q01", "55"),
        ("m_Q02", "40"),
        ("m_F01", "no"),
    ];
    assert_eq!(lead.post(&path, &score).await.status, 303);
    let told = app.sign_in("operator").await.get(&path).await.text();
    assert!(told.contains("95 / 100"), "{told}");
    let past = app
        .sign_in("operator")
        .await
        .get("/quality/sheet?version=1")
        .await
        .text();
    assert!(
        past.contains("Q08") && past.contains("这是第 1 版") && past.contains("按本地规程"),
        "{past}"
    );
    assert_eq!(lead.get("/quality/sheet?version=9").await.status, 404);
    assert_eq!(lead.get("/quality/sheet?version=x").await.status, 404);
}

#[tokio::test]
async fn of_two_who_change_the_sheet_one_is_told_and_keeps_what_was_typed() {
    let app = App::start().await;
    let (lead, city) = (app.sign_in("lead").await, app.sign_in("city").await);
    let typed = fields("1");
    let (one, two) = tokio::join!(change(&lead, &typed), change(&city, &typed));
    let mut statuses = [one, two];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 409]);
    let late = post(&lead, "/quality/sheet", &with(fields("1"), "text_1", "写到户")).await;
    assert_eq!(late.status, 409);
    assert!(late.text().contains("写到户") && late.text().contains("name=\"version\" value=\"2\""));
    assert_eq!(quality::sheet(app.state.db.read()).await.unwrap().version, 2);
}

#[tokio::test]
async fn a_sheet_that_makes_no_sense_is_refused_at_its_field() {
    let app = App::start().await;
    let lead = app.sign_in("lead").await;
    for (name, value) in [
        ("code_0", ""),
        ("code_0", "质检一"),
        ("code_0", "Q02"),
        ("code_0", "TOOLONG01"),
        ("text_0", ""),
        ("text_0", &"长".repeat(81)),
        ("max_0", "0"),
        ("max_0", "101"),
        ("max_0", "十"),
        ("max_0", "-1"),
        ("least", "51"),
        ("least", ""),
        ("percent", "101"),
        ("percent", "5.5"),
        ("reason", " "),
    ] {
        let reply = post(&lead, "/quality/sheet", &with(fields("1"), name, value)).await;
        assert_eq!(reply.status, 422, "{name} {value}: {}", reply.text());
        let field = if (name, value) == ("code_0", "Q02") {
            "code_1"
        } else {
            name
        };
        assert!(
            reply.text().contains(&format!("id=\"{field}-error\"")),
            "{name} {value}"
        );
    }
    let none = with(with(fields("1"), "least", "0"), "percent", "0");
    assert_eq!(change(&lead, &none).await, 422);
    let blank: Vec<_> = fields("1")
        .into_iter()
        .filter(|(name, _)| !name.contains('_'))
        .collect();
    assert_eq!(change(&lead, &blank).await, 422, "no item at all");
    assert_eq!(change(&app.sign_in("operator").await, &fields("1")).await, 403);
    assert_eq!(quality::sheet(app.state.db.read()).await.unwrap().version, 1);
}
