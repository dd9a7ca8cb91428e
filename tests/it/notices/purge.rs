//! What was read long ago is taken away; what is unread or not settled never.

use super::{ring, rows, tell};
use crate::given::{self, Spec, account_of};
use crate::support::App;
use chrono::TimeDelta;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use tonghu::entity::{journal_entry, notice, protection_case};
use tonghu::notices::{Kind, Notice, To};
use tonghu::rules::level::RiskLevel;
use tonghu::worker;

/// Something about no case, which nobody has to settle.
async fn told(app: &App) {
    let me = account_of(app, "township").await.id;
    tell(app, "lead", &Notice::new(Kind::PostVacant, To::Account(me))).await;
}

/// Everything of the person is read now.
async fn read(app: &App) {
    ring(app, 0).await;
    let me = account_of(app, "township").await.id;
    notice::Entity::update_many()
        .col_expr(notice::Column::SeenAt, Expr::value(Some(app.clock.now())))
        .filter(notice::Column::AccountId.eq(me))
        .filter(notice::Column::SeenAt.is_null())
        .exec(app.state.db.schema())
        .await
        .unwrap();
}

/// The days go by without anybody at work, then the worker comes.
async fn later(app: &App, days: i64) {
    app.clock.advance(TimeDelta::days(days));
    ring(app, 0).await;
    worker::tick(&app.state).await;
}

async fn kinds(app: &App) -> Vec<String> {
    let rows = rows(app, "township").await;
    let own = rows
        .into_iter()
        .filter(|row| matches!(row.kind.as_str(), "post_vacant" | "opened"));
    own.map(|row| row.kind).collect()
}

async fn journaled(app: &App) -> u64 {
    let rows = journal_entry::Entity::find().filter(journal_entry::Column::Act.eq("notices_purged"));
    rows.count(app.state.db.read()).await.unwrap()
}

#[tokio::test]
async fn what_was_read_is_kept_for_its_days_and_what_is_unread_for_ever() {
    let app = App::start().await;
    told(&app).await;
    read(&app).await;
    told(&app).await;
    later(&app, 179).await;
    assert_eq!(kinds(&app).await, ["post_vacant", "post_vacant"]);
    assert_eq!(journaled(&app).await, 0);
    later(&app, 2).await;
    assert_eq!(kinds(&app).await, ["post_vacant"], "the one that was read is gone");
    assert!(rows(&app, "township").await.iter().all(|row| row.seen_at.is_none()));
    assert_eq!(journaled(&app).await, 1);
    later(&app, 4000).await;
    assert_eq!(kinds(&app).await, ["post_vacant"]);
}

#[tokio::test]
async fn what_is_about_an_open_case_stays_until_it_is_settled() {
    let app = App::start().await;
    let case = given::case(&app, Spec::at(&app, RiskLevel::Green).await).await;
    read(&app).await;
    told(&app).await;
    later(&app, 400).await;
    assert_eq!(kinds(&app).await, ["opened", "post_vacant"]);
    let closed = protection_case::ActiveModel {
        stage: sea_orm::ActiveValue::Set("closed".to_owned()),
        ..Default::default()
    };
    given::set(&app, case.id, closed).await;
    later(&app, 1).await;
    assert_eq!(kinds(&app).await, ["post_vacant"]);
}

#[tokio::test]
async fn how_long_is_configured_and_the_numbers_go_on_from_the_highest() {
    let app = App::with(crate::support::Home::fresh().await, |config| {
        config.notice_days.value = 30;
    })
    .await;
    told(&app).await;
    told(&app).await;
    read(&app).await;
    let top = rows(&app, "township")
        .await
        .iter()
        .filter_map(|row| row.seq)
        .max()
        .unwrap();
    later(&app, 31).await;
    let left = rows(&app, "township").await;
    assert!(left.iter().filter_map(|row| row.seq).max().unwrap() >= top, "{left:?}");
    told(&app).await;
    ring(&app, 0).await;
    let newest = rows(&app, "township")
        .await
        .iter()
        .filter_map(|row| row.seq)
        .max()
        .unwrap();
    assert!(newest > top);
    let page = app.sign_in("township").await.get("/notices").await.text();
    assert!(page.contains("保留 30 天"), "{page}");
}
