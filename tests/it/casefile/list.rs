//! The work list: order, filters, paging, and who is in it.

use super::{Given, open};
use crate::support::App;
use axum::http::StatusCode;
use chrono::TimeDelta;
use tonghu::rules::level::{RiskLevel, Sensitivity};

#[tokio::test]
async fn the_list_is_in_order_of_due_times_with_red_first() {
    let app = App::start().await;
    let due = |hours, level| Given {
        due: TimeDelta::hours(hours),
        level,
        ..Given::default()
    };
    let later = open(&app, due(400, RiskLevel::Red)).await;
    let soon = open(&app, due(30, RiskLevel::Yellow)).await;
    let calm = open(&app, due(2, RiskLevel::Blue)).await;
    let red = open(&app, due(5, RiskLevel::Red)).await;
    let over = open(&app, due(-50, RiskLevel::Green)).await;
    let page = app.sign_in("township").await.get("/cases").await;
    assert_eq!(page.status, StatusCode::OK);
    let text = page.text();
    let order: Vec<usize> = [&over, &red, &calm, &soon, &later]
        .map(|case| text.find(&case.number).unwrap())
        .to_vec();
    assert!(order.is_sorted(), "{order:?}");
    for words in [
        "已超期",
        "今天到期",
        "三日内",
        "以后",
        "超期 2 天",
        "今天 14:00",
        "明天 15:00",
        "秦** 约9岁 女",
    ] {
        assert!(text.contains(words), "{words}");
    }
}

#[tokio::test]
async fn a_filter_narrows_and_can_be_taken_away() {
    let app = App::start().await;
    let red = open(
        &app,
        Given {
            level: RiskLevel::Red,
            ..Given::default()
        },
    )
    .await;
    let blue = open(
        &app,
        Given {
            level: RiskLevel::Blue,
            ..Given::default()
        },
    )
    .await;
    let township = app.sign_in("township").await;
    let text = township.get("/cases?risk=red&q=%E5%93%AD%E5%A3%B0").await.text();
    assert!(text.contains(&red.number) && !text.contains(&blue.number));
    assert!(text.contains("等级：红·一级") && text.contains("查找：哭声"));
    assert!(text.contains("href=\"/cases?q="));
    let none = township.get("/cases?stage=closing").await.text();
    assert!(none.contains("没有符合条件的个案"));
}

/// The boards lead here: what a figure counted is what the list shows.
#[tokio::test]
async fn the_overdue_alone_and_the_cases_of_one_lead_can_be_asked_for() {
    let app = App::start().await;
    let due = |hours| Given {
        due: TimeDelta::hours(hours),
        ..Given::default()
    };
    let over = open(&app, due(-5)).await;
    let later = open(&app, due(5)).await;
    let abroad = Given {
        lead: "township2",
        place_of: "township2",
        ..due(-5)
    };
    let elsewhere = open(&app, abroad).await;
    let city = app.sign_in("city").await;
    let shown = async |query: &str| {
        let text = city.get(&format!("/cases?{query}")).await.text();
        [&over, &elsewhere, &later].map(|case| text.contains(&case.number))
    };
    assert_eq!(shown("").await, [true, true, true]);
    assert_eq!(shown("due=over").await, [true, true, false]);
    assert_eq!(shown("due=nonsense").await, [true, true, true]);
    let lead = format!("lead={}", over.lead_unit);
    assert_ne!(over.lead_unit, elsewhere.lead_unit);
    assert_eq!(shown(&lead).await, [true, false, true]);
    assert_eq!(shown(&format!("{lead}&due=over")).await, [true, false, false]);
    assert_eq!(shown(&format!("{lead}&q={}", later.number)).await, [false, false, true]);
    let text = city.get(&format!("/cases?{lead}&due=over")).await.text();
    assert!(text.contains("主办：") && text.contains("到期：已超期"));
    assert!(
        text.contains(&format!("href=\"/cases?{lead}\"")),
        "one of them can be taken away"
    );
    let abroad = app
        .sign_in("township2")
        .await
        .get(&format!("/cases?{lead}"))
        .await
        .text();
    assert!(
        abroad.contains("没有符合条件的个案"),
        "it opens nothing that one may not see"
    );
}

#[tokio::test]
async fn a_long_list_goes_on_page_by_page_without_gaps() {
    let app = App::start().await;
    let mut all = Vec::new();
    for at in 0..53 {
        let given = Given {
            due: TimeDelta::minutes(at % 3),
            level: if at % 2 == 0 { RiskLevel::Red } else { RiskLevel::Green },
            ..Given::default()
        };
        all.push(open(&app, given).await.number);
    }
    let county = app.sign_in("county").await;
    let first = county.get("/cases").await.text();
    let from = first.find("cursor=").unwrap();
    let cursor: String = first[from..].chars().take_while(|c| *c != '"').collect();
    let second = county.get(&format!("/cases?{cursor}")).await.text();
    for number in &all {
        assert_eq!(
            u8::from(first.contains(number)) + u8::from(second.contains(number)),
            1,
            "{number}"
        );
    }
}

#[tokio::test]
async fn a_list_never_tells_the_cause_of_a_specially_protected_case() {
    let app = App::start().await;
    let case = open(
        &app,
        Given {
            label: Sensitivity::L4,
            kind: "0101",
            ..Given::default()
        },
    )
    .await;
    let text = app.sign_in("county").await.get("/cases").await.text();
    assert!(text.contains(&case.number) && text.contains("特别关爱"));
    assert!(!text.contains("0101 "));
    let village = app.sign_in("village").await;
    assert!(!village.get("/cases").await.text().contains(&case.number));
    let page = village.get(&format!("/cases/{}", case.id)).await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_village_sees_its_own_cases_only_and_the_reduced_page() {
    let app = App::start().await;
    let own = open(&app, Given::default()).await;
    let other = open(
        &app,
        Given {
            lead: "township2",
            assists: &["village2"],
            place_of: "village2",
            ..Given::default()
        },
    )
    .await;
    let village = app.sign_in("village").await;
    let list = village.get("/cases").await.text();
    assert!(list.contains(&own.number) && !list.contains(&other.number));
    assert_eq!(
        village.get(&format!("/cases/{}", other.id)).await.status,
        StatusCode::NOT_FOUND
    );
    let page = village.get(&format!("/cases/{}", own.id)).await.text();
    assert!(page.contains("内容由主办单位掌握") && !page.contains("邻居听见哭声"));
    assert!(!page.contains("现所在地乡镇主办"));
}
