use super::bench::Answer;
use super::*;
use axum::http::StatusCode;

async fn fill(bench: &Bench, path: &str, password: &str) -> Answer {
    let mut fields = Vec::new();
    for role in ["sysadmin", "secadmin", "auditor"] {
        fields.push((format!("{role}_username"), role.to_owned()));
        fields.push((format!("{role}_name"), "管三员".to_owned()));
        fields.push((format!("{role}_password"), password.to_owned()));
    }
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (&**name, &**value)).collect();
    bench.browser("127.0.0.1").form(path, &fields).await
}

#[tokio::test]
async fn the_set_up_address_makes_three_administrators_once() {
    let bench = Bench::new().await;
    let path = setup::issue(&bench.app).await.unwrap().unwrap();
    let browser = bench.browser("127.0.0.1");
    assert_eq!(browser.get(&path).await.status, StatusCode::OK);
    let short = fill(&bench, &path, "short").await;
    assert_eq!(short.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(short.body.contains("安全审计员：密码至少 12 个字符"));
    assert!(short.body.contains("value=\"管三员\""), "what was typed is kept");
    assert_eq!(fill(&bench, &path, "three-people-hold-it").await.location(), "/login");
    assert_eq!(
        fill(&bench, &path, "three-people-hold-it").await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(browser.get(&path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(setup::issue(&bench.app).await.unwrap(), None);
    let answer = browser.sign_in("auditor", "three-people-hold-it").await;
    assert_eq!(answer.location(), "/password");
}

#[tokio::test]
async fn the_set_up_address_lasts_an_hour_and_the_newest_counts() {
    let bench = Bench::new().await;
    let first = setup::issue(&bench.app).await.unwrap().unwrap();
    let second = setup::issue(&bench.app).await.unwrap().unwrap();
    let browser = bench.browser("127.0.0.1");
    assert_eq!(browser.get(&first).await.status, StatusCode::NOT_FOUND);
    assert_eq!(browser.get(&second).await.status, StatusCode::OK);
    bench.app.clock.advance(TimeDelta::hours(1));
    assert_eq!(browser.get(&second).await.status, StatusCode::NOT_FOUND);
}
