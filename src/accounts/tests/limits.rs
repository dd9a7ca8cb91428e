use super::bench::{Answer, PASSWORD};
use super::*;
use crate::handover::{Wanted, disable as leave};
use crate::rules::division::Division;
use axum::http::{StatusCode, header};

#[tokio::test]
async fn a_quarter_of_an_hour_without_a_request_ends_the_session() {
    let bench = Bench::new().await;
    bench.account("operator", Role::Operator, false).await;
    let browser = bench.signed_in("operator").await;
    bench.app.clock.advance(TimeDelta::minutes(14));
    assert_eq!(browser.get("/").await.location(), "/intake");
    bench.app.clock.advance(TimeDelta::minutes(14));
    assert_eq!(browser.get("/").await.location(), "/intake", "a request keeps it alive");
    bench.app.clock.advance(TimeDelta::minutes(15));
    assert_eq!(browser.get("/").await.location(), "/login");
}

#[tokio::test]
async fn twelve_hours_end_a_session_that_never_rests() {
    let bench = Bench::new().await;
    bench.account("operator", Role::Operator, false).await;
    let browser = bench.signed_in("operator").await;
    for _ in 0..71 {
        bench.app.clock.advance(TimeDelta::minutes(10));
        assert_eq!(browser.get("/").await.location(), "/intake");
    }
    bench.app.clock.advance(TimeDelta::minutes(10));
    assert_eq!(browser.get("/").await.location(), "/login");
}

#[tokio::test]
async fn ended_sessions_and_old_counters_are_tidied_away() {
    let bench = Bench::new().await;
    bench.account("operator", Role::Operator, false).await;
    let browser = bench.signed_in("operator").await;
    assert_eq!(tidy(&bench.app, bench.app.clock.now()).await.unwrap(), 0);
    let later = bench.app.clock.now() + TimeDelta::days(31);
    assert_eq!(
        tidy(&bench.app, later).await.unwrap(),
        2,
        "the session and the known address"
    );
    assert_eq!(browser.get("/").await.location(), "/login");
}

#[tokio::test]
async fn another_role_counts_with_the_next_request() {
    let bench = Bench::new().await;
    let id = bench.account("operator", Role::Operator, false).await;
    let browser = bench.signed_in("operator").await;
    let mut row = account::ActiveModel {
        role: sea_orm::ActiveValue::Set("lead".to_owned()),
        ..Default::default()
    };
    row.id = sea_orm::ActiveValue::Unchanged(id);
    sea_orm::ActiveModelTrait::update(row, bench.app.db.upkeep())
        .await
        .unwrap();
    assert_eq!(browser.get("/").await.location(), "/cases");
}

#[tokio::test]
async fn a_disabled_account_cannot_go_on_nor_come_back() {
    let bench = Bench::new().await;
    let id = bench.account("operator", Role::Operator, false).await;
    let browser = bench.signed_in("operator").await;
    let ctx = Ctx::system(bench.app.clock.now());
    leave(&bench.app, &ctx, (id, 1), &Wanted::default()).await.unwrap();
    assert_eq!(browser.get("/").await.location(), "/login");
    let answer = browser.sign_in("operator", PASSWORD).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(matches!(
        leave(&bench.app, &ctx, (id, 1), &Wanted::default()).await,
        Err(Error::Stale { seen: 1, now: 2 })
    ));
}

#[tokio::test]
async fn a_reset_password_is_shown_once_and_must_be_changed() {
    let bench = Bench::new().await;
    let id = bench.account("operator", Role::Operator, false).await;
    let browser = bench.signed_in("operator").await;
    let ctx = Ctx::system(bench.app.clock.now());
    let OneTime(password) = reset(&bench.app, &ctx, id, 1).await.unwrap();
    assert_eq!(browser.get("/").await.location(), "/login");
    assert_eq!(browser.sign_in("operator", &password).await.location(), "/password");
}

async fn fail(bench: &Bench, address: &str, username: &str, times: usize) -> Answer {
    let browser = bench.browser(address);
    for _ in 0..times {
        let answer = browser.sign_in(username, "wrong-password-1").await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    browser.sign_in(username, PASSWORD).await
}

/// A page without the id of its request.
fn told(answer: &Answer) -> String {
    answer.body.split("请求号").next().unwrap().to_owned()
}

#[tokio::test]
async fn five_failures_delay_the_sixth_attempt_whether_or_not_the_account_exists() {
    let bench = Bench::new().await;
    bench.account("operator", Role::Operator, false).await;
    let known = fail(&bench, "10.1.1.1", "operator", 5).await;
    let unknown = fail(&bench, "10.2.2.2", "nobody-there", 5).await;
    for answer in [&known, &unknown] {
        assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(answer.headers[header::RETRY_AFTER], "1");
        assert!(answer.body.contains("1 秒后再试"));
    }
    assert_eq!(told(&known), told(&unknown));
    bench.app.clock.advance(TimeDelta::seconds(1));
    let next = bench.browser("10.1.1.1").sign_in("operator", "wrong-password-1").await;
    assert_eq!(next.status, StatusCode::UNPROCESSABLE_ENTITY);
    let longer = bench.browser("10.1.1.1").sign_in("operator", PASSWORD).await;
    assert_eq!(longer.headers[header::RETRY_AFTER], "2");
    bench.app.clock.advance(TimeDelta::seconds(2));
    let right = bench.browser("10.1.1.1").sign_in("operator", PASSWORD).await;
    assert_eq!(right.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn an_attacker_elsewhere_does_not_keep_the_operator_out() {
    let bench = Bench::new().await;
    bench.account("operator", Role::Operator, false).await;
    let refused = fail(&bench, "10.9.9.9", "operator", 5).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    let operator = bench.browser("10.1.1.1").sign_in("operator", PASSWORD).await;
    assert_eq!(operator.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn an_attacker_behind_the_same_address_does_not_either() {
    let bench = Bench::new().await;
    bench.account("operator", Role::Operator, false).await;
    bench.account("newcomer", Role::Operator, false).await;
    bench.signed_in("operator").await;
    let attacker = bench.browser("10.1.1.1");
    for at in 0..5 {
        attacker.sign_in(&format!("guess-{at}"), "wrong-password-1").await;
    }
    let stranger = attacker.sign_in("newcomer", PASSWORD).await;
    assert_eq!(stranger.status, StatusCode::TOO_MANY_REQUESTS);
    let operator = bench.browser("10.1.1.1").sign_in("operator", PASSWORD).await;
    assert_eq!(operator.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn guesses_made_at_the_same_time_do_not_slip_through_together() {
    let bench = Bench::new().await;
    bench.account("operator", Role::Operator, false).await;
    let browser = bench.browser("10.1.1.1");
    let guesses = (0..12).map(|_| browser.sign_in("operator", "wrong-password-1"));
    let answers = futures_util::future::join_all(guesses).await;
    let heard = answers
        .iter()
        .filter(|answer| answer.status == StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(heard.count(), 5);
}

#[tokio::test]
async fn an_account_that_does_not_fit_is_refused_field_by_field() {
    let bench = Bench::new().await;
    let ctx = Ctx::system(bench.app.clock.now());
    let new = NewAccount {
        username: "王".to_owned(),
        name: " ".to_owned(),
        role: Role::Handler,
        unit_id: None,
        division: Division::parse("140600").unwrap(),
        phone: None,
        id_number: None,
        password: "short".to_owned(),
        must_change: true,
    };
    let Err(Error::Invalid(faults)) = add(&bench.app, &ctx, &new).await else {
        panic!("accepted");
    };
    let fields: Vec<&str> = faults.iter().map(|fault| fault.field.as_str()).collect();
    assert_eq!(fields, ["username", "name", "unit", "password"]);
}
