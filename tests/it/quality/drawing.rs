//! The draw: nobody picks, nobody draws twice, nobody judges themselves.

use super::{acts, answered, drawn, lately, reviews};
use crate::given;
use crate::support::App;
use chrono::TimeDelta;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use tonghu::clock;
use tonghu::entity::{quality_frame, quality_review, quality_sample, recusal, report};
use tonghu::quality::{self, Span};
use uuid::Uuid;

async fn frame(app: &App) -> Vec<quality_frame::Model> {
    quality_frame::Entity::find().all(app.state.db.read()).await.unwrap()
}

#[tokio::test]
async fn of_each_agent_as_many_are_drawn_as_the_quota_says_and_the_seed_draws_them_again() {
    let app = App::start().await;
    for (who, count) in [("operator", 5), ("operator2", 1)] {
        let client = app.sign_in(who).await;
        for number in 0..count {
            answered(&client, &format!("第 {number} 问")).await;
        }
    }
    let sample = drawn(&app, "lead").await;
    assert_eq!((sample.size, sample.drawn), (6, 3), "two of five and the only one");
    assert_eq!(sample.seed.len(), 64);
    assert!(quality::holds(app.state.db.read(), &sample).await.unwrap());
    let page = app
        .sign_in("auditor")
        .await
        .get(&format!("/quality/samples/{}", sample.id))
        .await
        .text();
    assert!(page.contains(&sample.seed) && page.contains("结果一致"), "{page}");
    assert!(!page.contains("/quality/reviews/"), "the auditor reads no review");
    // Somebody who exchanges what was drawn for what was not is found out.
    let undrawn = frame(&app).await.into_iter().find(|row| !row.drawn).unwrap();
    quality_frame::Entity::update_many()
        .col_expr(quality_frame::Column::Drawn, Expr::value(true))
        .filter(quality_frame::Column::ReportId.eq(undrawn.report_id))
        .exec(app.state.db.schema())
        .await
        .unwrap();
    assert!(!quality::holds(app.state.db.read(), &sample).await.unwrap());
}

#[tokio::test]
async fn what_was_listed_once_is_never_drawn_from_again() {
    let app = App::start().await;
    let operator = app.sign_in("operator").await;
    for number in 0..5 {
        answered(&operator, &format!("第 {number} 问")).await;
    }
    drawn(&app, "lead").await;
    for who in ["lead", "city"] {
        let ctx = given::ctx_of(&app, who).await;
        assert!(
            quality::draw(&app.state, &ctx, None, lately(&app)).await.is_err(),
            "{who}"
        );
    }
    assert_eq!(reviews(&app).await.len(), 2);
    let later = answered(&operator, "后来的一问").await;
    let sample = drawn(&app, "city").await;
    assert_eq!((sample.size, sample.drawn), (1, 1), "only what came since");
    assert!(reviews(&app).await.iter().any(|row| row.report_id == later));
}

#[tokio::test]
async fn nobody_draws_or_scores_their_own_calls() {
    let app = App::start().await;
    let lead = app.sign_in("lead").await;
    let own = answered(&lead, "班长自己接的").await;
    let ctx = given::ctx_of(&app, "lead").await;
    assert!(quality::draw(&app.state, &ctx, None, lately(&app)).await.is_err());
    assert!(frame(&app).await.is_empty(), "it stays for others to draw");
    drawn(&app, "city").await;
    let row = reviews(&app).await.remove(0);
    assert_eq!(row.report_id, own);
    let path = format!("/quality/reviews/{}", row.id);
    assert_eq!(lead.get(&path).await.status, 404);
    let reply = super::post(&lead, &path, &super::whole(1, "finish")).await;
    assert_eq!(reply.status, 404, "not even that there is something to score");
    let city = app.sign_in("city").await;
    assert_eq!(super::post(&city, &path, &super::whole(1, "finish")).await.status, 303);
    let told = lead.get(&path).await;
    assert_eq!(told.status, 200);
    assert!(lead.get("/quality/mine").await.text().contains(&path));
}

#[tokio::test]
async fn whoever_is_kept_out_of_a_case_neither_draws_nor_scores_its_report() {
    let app = App::start().await;
    let operator = app.sign_in("operator").await;
    let id = answered(&operator, "涉及班长亲属").await;
    let case = given::case(&app, given::Spec::red(&app).await).await;
    report::Entity::update_many()
        .col_expr(report::Column::CaseId, Expr::value(Some(case.id)))
        .filter(report::Column::Id.eq(id))
        .exec(app.state.db.schema())
        .await
        .unwrap();
    drawn(&app, "city").await;
    let path = format!("/quality/reviews/{}", reviews(&app).await[0].id);
    let lead = app.sign_in("lead").await;
    assert_eq!(lead.get(&path).await.status, 200);
    recuse(&app, case.id, "lead").await;
    assert_eq!(lead.get(&path).await.status, 404);
    assert!(!lead.get("/quality").await.text().contains(&path));
    let scored = super::post(&lead, &path, &super::whole(1, "save")).await;
    assert_eq!(scored.status, 404);
}

async fn recuse(app: &App, case: Uuid, who: &str) {
    use sea_orm::ActiveValue::Set;
    let row = recusal::ActiveModel {
        id: Set(Uuid::now_v7()),
        case_id: Set(case),
        account_id: Set(Some(given::account_of(app, who).await.id)),
        unit_id: Set(None),
        rule: Set("RT12".to_owned()),
        note: Set(None),
        declared_by: Set(None),
        at: Set(app.clock.now()),
    };
    recusal::Entity::insert(row)
        .exec_without_returning(app.state.db.schema())
        .await
        .unwrap();
}

#[tokio::test]
async fn the_form_draws_once_however_often_it_is_sent() {
    let app = App::start().await;
    let operator = app.sign_in("operator").await;
    answered(&operator, "一问").await;
    let lead = app.sign_in("lead").await;
    let span = lately(&app);
    let (id, from, until) = (
        Uuid::now_v7().to_string(),
        clock::minute(span.from),
        clock::minute(span.until),
    );
    let fields = [("sample_id", id.as_str()), ("from", &from), ("until", &until)];
    for _ in 0..2 {
        let reply = lead.post("/quality/draw", &fields).await;
        assert_eq!(reply.status, 303, "{}", reply.text());
        assert_eq!(reply.location(), format!("/quality/samples/{id}"));
    }
    let samples = quality_sample::Entity::find().count(app.state.db.read()).await.unwrap();
    assert_eq!((samples, acts(&app, "quality_sample_drawn").await), (1, 1));
    let stolen = app.sign_in("city").await.post("/quality/draw", &fields).await;
    assert_eq!(stolen.status, 422, "the number is another's");
}

#[tokio::test]
async fn two_who_draw_at_once_share_no_report() {
    let app = App::start().await;
    let operator = app.sign_in("operator").await;
    for number in 0..4 {
        answered(&operator, &format!("第 {number} 问")).await;
    }
    let (lead, city) = (given::ctx_of(&app, "lead").await, given::ctx_of(&app, "city").await);
    let span = lately(&app);
    let (one, two) = tokio::join!(
        quality::draw(&app.state, &lead, None, span),
        quality::draw(&app.state, &city, None, span)
    );
    assert_eq!(
        usize::from(one.is_ok()) + usize::from(two.is_ok()),
        1,
        "{one:?} {two:?}"
    );
    assert_eq!(frame(&app).await.len(), 4);
    assert_eq!(
        quality_review::Entity::find().count(app.state.db.read()).await.unwrap(),
        2
    );
}

#[tokio::test]
async fn drafts_are_not_drawn_and_a_span_must_make_sense() {
    let app = App::start().await;
    let operator = app.sign_in("operator").await;
    let held = operator
        .json("POST", "/api/v1/reports", serde_json::json!({ "outcome": "hold" }))
        .await;
    assert_eq!(held.status, 201, "{}", held.text());
    let ctx = given::ctx_of(&app, "lead").await;
    let now = app.clock.now();
    for (from, until) in [
        (now - TimeDelta::hours(1), now + TimeDelta::minutes(1)),
        (now, now),
        (now, now - TimeDelta::hours(1)),
        (now - TimeDelta::days(32), now),
        (now, now + TimeDelta::hours(1)),
    ] {
        let refused = quality::draw(&app.state, &ctx, None, Span { from, until }).await;
        assert!(
            matches!(refused, Err(tonghu::error::Error::Invalid(_))),
            "{from} {until}"
        );
    }
    assert!(frame(&app).await.is_empty());
}
