//! Posts without anybody: the county is told, and after seven days the city.

use super::{disabled, filled, signed};
use crate::given;
use crate::support::App;
use chrono::TimeDelta;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use tonghu::entity::{notice, post};
use tonghu::worker;

async fn noticed(app: &App, who: &str, kind: &str) -> u64 {
    notice::Entity::find()
        .filter(notice::Column::AccountId.eq(given::account_of(app, who).await.id))
        .filter(notice::Column::Kind.eq(kind))
        .count(app.state.db.read())
        .await
        .unwrap()
}

#[tokio::test]
async fn a_successor_is_told_and_the_county_learns_of_the_vacant_post_once() {
    let app = App::start().await;
    let before = noticed(&app, "county", "post_vacant").await;
    signed(&app).await;
    given::colleague(&app, "township", "township.b").await;
    disabled(&app, "township").await;
    assert_eq!(noticed(&app, "township.b", "handed_over").await, 1);
    for _ in 0..2 {
        worker::tick(&app.state).await;
    }
    assert_eq!(noticed(&app, "county", "post_vacant").await, before + 1);
}

/// The time goes on, and the worker comes by.
async fn later(app: &App, by: TimeDelta) {
    app.clock.advance(by);
    for _ in 0..2 {
        worker::tick(&app.state).await;
    }
}

async fn still_vacant(app: &App) -> (u64, u64) {
    let kind = "post_still_vacant";
    (noticed(app, "city", kind).await, noticed(app, "county", kind).await)
}

#[tokio::test]
async fn after_seven_days_the_city_is_told_once_more_and_the_county_no_more() {
    let app = App::start().await;
    later(&app, TimeDelta::days(8)).await;
    assert_eq!(still_vacant(&app).await, (0, 0), "a network is founded with vacancies");
    let seat = given::post_of(&app, "township").await;
    disabled(&app, "township").await;
    later(&app, TimeDelta::days(7)).await;
    assert_eq!(still_vacant(&app).await, (0, 0), "the seventh day is not over");
    let told = noticed(&app, "county", "post_vacant").await;
    later(&app, TimeDelta::minutes(1)).await;
    assert_eq!(still_vacant(&app).await, (1, 0));
    later(&app, TimeDelta::days(30)).await;
    assert_eq!(still_vacant(&app).await, (1, 0), "once");
    assert_eq!(noticed(&app, "county", "post_vacant").await, told);
    let now = post::Entity::find_by_id(seat.id)
        .one(app.state.db.read())
        .await
        .unwrap();
    assert!(now.unwrap().alerted_above_at.is_some());
}

#[tokio::test]
async fn a_post_that_was_filled_in_time_is_told_to_nobody_above() {
    let app = App::start().await;
    let seat = given::post_of(&app, "township").await;
    given::colleague(&app, "township", "township.b").await;
    disabled(&app, "township").await;
    later(&app, TimeDelta::days(6)).await;
    let vacant = post::Entity::find_by_id(seat.id)
        .one(app.state.db.read())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(vacant.holder_id, None);
    filled(&app, "county", &vacant, &[("holder", "township.b")]).await;
    later(&app, TimeDelta::days(2)).await;
    assert_eq!(still_vacant(&app).await, (0, 0));
    // Its next vacancy is counted anew.
    disabled(&app, "township.b").await;
    later(&app, TimeDelta::days(6)).await;
    assert_eq!(still_vacant(&app).await, (0, 0));
    later(&app, TimeDelta::days(2)).await;
    assert_eq!(still_vacant(&app).await, (1, 0));
}
