//! A person's own settings: quiet hours, kinds, the digest.

use super::{ring, rows, tell, told};
use crate::given::{self, Spec, account_of};
use crate::support::App;
use serde_json::json;
use tonghu::notices::{Kind, Notice, To};
use tonghu::rules::level::RiskLevel;

#[tokio::test]
async fn quiet_hours_hold_everything_but_what_is_red() {
    let app = App::start().await;
    let township = app.sign_in("township").await;
    let kept = township
        .post(
            "/notices/settings",
            &[
                ("quiet_from", "8：30"),
                ("quiet_to", "10:00"),
                ("kinds", "urged"),
                ("kinds", "opened"),
            ],
        )
        .await;
    assert_eq!(kept.status, 303, "{}", kept.text());
    let yellow = given::case(&app, Spec::at(&app, RiskLevel::Yellow).await).await;
    ring(&app, 0).await;
    let held = rows(&app, "township").await.pop().unwrap();
    assert_eq!((held.kind.as_str(), held.seq), ("opened", None));
    let unread = |reply: crate::support::Reply| reply.json()["unread"].clone();
    assert_eq!(unread(township.get("/api/v1/notices").await), json!(0));
    assert!(
        township.get("/notices").await.text().contains(&yellow.number),
        "it is listed all the same"
    );
    given::case(&app, Spec::red(&app).await).await;
    ring(&app, 0).await;
    assert_eq!(unread(township.get("/api/v1/notices").await), json!(1));
    app.clock.advance(chrono::TimeDelta::hours(1));
    ring(&app, 0).await;
    assert!(rows(&app, "township").await.iter().all(|row| row.seq.is_some()));
}

#[tokio::test]
async fn a_kind_that_is_not_wanted_is_not_told_and_an_urgent_one_always() {
    let app = App::start().await;
    let township = app.sign_in("township").await;
    assert_eq!(
        township.post("/notices/settings", &[("kinds", "opened")]).await.status,
        303
    );
    let me = account_of(&app, "township").await.id;
    for kind in [Kind::Urged, Kind::Escalated] {
        tell(&app, "lead", &Notice::new(kind, To::Account(me))).await;
    }
    assert_eq!(told(&app, "township").await, ["escalated"]);
    let wrong = township
        .post("/notices/settings", &[("quiet_from", "25:00"), ("quiet_to", "")])
        .await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.text().contains("25:00"), "what was typed is kept");
}

#[tokio::test]
async fn a_digest_rings_once_at_the_beginning_of_a_shift() {
    let app = App::start().await;
    let township = app.sign_in("township").await;
    assert_eq!(
        township
            .post("/notices/settings", &[("digest", "true"), ("kinds", "urged")])
            .await
            .status,
        303
    );
    let me = account_of(&app, "township").await.id;
    for _ in 0..2 {
        tell(&app, "lead", &Notice::new(Kind::Urged, To::Account(me))).await;
    }
    ring(&app, 0).await;
    assert!(rows(&app, "township").await.iter().all(|row| row.seq.is_none()));
    app.clock.advance(chrono::TimeDelta::hours(11));
    for _ in 0..2 {
        tonghu::worker::tick(&app.state).await;
    }
    ring(&app, 0).await;
    let kinds = told(&app, "township").await;
    assert_eq!(kinds.iter().filter(|kind| *kind == "digest").count(), 1, "{kinds:?}");
    assert!(rows(&app, "township").await.iter().all(|row| row.seq.is_some()));
}
