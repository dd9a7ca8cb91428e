//! Bad input for every field of a review.

use super::{acts, given_review, post, reviews, whole, with};
use crate::support::App;
use uuid::Uuid;

#[tokio::test]
async fn a_score_that_makes_no_sense_is_refused_at_its_field_and_kept() {
    let app = App::start().await;
    let (_, path) = given_review(&app).await;
    let lead = app.sign_in("lead").await;
    for (name, value) in [
        ("m_Q01", "11"),
        ("m_Q01", "-1"),
        ("m_Q01", "5.5"),
        ("m_Q01", "满分"),
        ("m_Q01", ""),
        ("m_F01", ""),
        ("m_F01", "1"),
        ("n_Q01", &"长".repeat(201)),
        ("comment", &"长".repeat(501)),
    ] {
        let fields = with(with(whole(1, "finish"), "n_Q03", "有一处重复问"), name, value);
        let reply = post(&lead, &path, &fields).await;
        assert_eq!(reply.status, 422, "{name} {value}: {}", reply.text());
        let text = reply.text();
        assert!(text.contains(&format!("id=\"{name}-error\"")), "{name} {value}: {text}");
        assert!(text.contains("有一处重复问"), "what was typed is kept");
    }
    assert_eq!(
        post(&lead, &path, &with(whole(1, "finish"), "step", "erase"))
            .await
            .status,
        422
    );
    assert_eq!(
        post(&lead, &path, &with(whole(1, "finish"), "version", "x"))
            .await
            .status,
        409
    );
    // Full-width figures are figures; a draft may leave anything open.
    assert_eq!(
        post(&lead, &path, &with(whole(1, "save"), "m_Q01", "１０"))
            .await
            .status,
        303
    );
    let open = [
        ("version".to_owned(), "2".to_owned()),
        ("step".to_owned(), "save".to_owned()),
    ];
    assert_eq!(post(&lead, &path, &open).await.status, 303);
    assert_eq!(reviews(&app).await[0].state, "draft");
    assert_eq!(acts(&app, "quality_review_finished").await, 0);
}

#[tokio::test]
async fn an_objection_needs_its_reason_and_comes_from_whoever_is_scored() {
    let app = App::start().await;
    let (_, path) = given_review(&app).await;
    let (lead, operator) = (app.sign_in("lead").await, app.sign_in("operator").await);
    let objection = format!("{path}/objection");
    let early = operator
        .post(&objection, &[("version", "1"), ("objection", "不服")])
        .await;
    assert_eq!(early.status, 404, "nothing was told yet");
    post(&lead, &path, &whole(1, "finish")).await;
    for who in ["lead", "operator2"] {
        let reply = app
            .sign_in(who)
            .await
            .post(&objection, &[("version", "2"), ("objection", "不服")])
            .await;
        assert!([403, 404].contains(&reply.status.as_u16()), "{who}: {}", reply.status);
    }
    let long = "长".repeat(501);
    for reason in [" ", long.as_str()] {
        let reply = operator
            .post(&objection, &[("version", "2"), ("objection", reason)])
            .await;
        assert_eq!(reply.status, 422);
        assert!(reply.text().contains("id=\"objection-error\""));
    }
}

#[tokio::test]
async fn a_ruling_needs_an_objection_and_its_reason() {
    let app = App::start().await;
    let (_, path) = given_review(&app).await;
    let (lead, operator, city) = (
        app.sign_in("lead").await,
        app.sign_in("operator").await,
        app.sign_in("city").await,
    );
    post(&lead, &path, &whole(1, "finish")).await;
    let objection = format!("{path}/objection");
    let ruled = format!("{path}/ruling");
    let nothing = city
        .post(&ruled, &[("version", "2"), ("ruling", "kept"), ("ruling_note", "无")])
        .await;
    assert_eq!(nothing.status, 409, "nothing waits");
    assert_eq!(
        operator
            .post(&objection, &[("version", "2"), ("objection", "不服")])
            .await
            .status,
        303
    );
    for (ruling, note) in [("", "理由"), ("erased", "理由"), ("kept", ""), ("changed", "理由")] {
        let reply = city
            .post(&ruled, &[("version", "3"), ("ruling", ruling), ("ruling_note", note)])
            .await;
        assert_eq!(reply.status, 422, "{ruling} {note}");
    }
    let kept = [("version", "3"), ("ruling", "kept"), ("ruling_note", "十问缺两问")];
    assert_eq!(city.post(&ruled, &kept).await.status, 303);
    let told = operator.get(&path).await.text();
    assert!(told.contains("维持原评分") && told.contains("100 / 100"), "{told}");
    let nobody = format!("/quality/reviews/{}", Uuid::now_v7());
    assert_eq!(lead.get(&nobody).await.status, 404);
    assert!(lead.get("/quality/reviews/nonsense").await.status.is_client_error());
}

#[tokio::test]
async fn a_span_that_cannot_be_read_is_refused_at_its_field() {
    let app = App::start().await;
    let lead = app.sign_in("lead").await;
    for (from, until, field) in [
        ("", "2026-11-23 09:00", "from"),
        ("昨天", "2026-11-23 09:00", "from"),
        ("2026-11-22 09:00", "25:00", "until"),
        ("2026-11-23 09:00", "2026-11-22 09:00", "until"),
        ("2026-11-01 09:00", "2027-11-02 09:00", "until"),
        ("2026-09-01 09:00", "2026-11-22 09:00", "from"),
    ] {
        let reply = lead
            .post("/quality/draw", &[("sample_id", ""), ("from", from), ("until", until)])
            .await;
        assert_eq!(reply.status, 422, "{from} {until}");
        assert!(
            reply.text().contains(&format!("id=\"{field}-error\"")),
            "{from} {until}: {}",
            reply.text()
        );
    }
}
