//! 质检: drawn at random, scored by a sheet, read by whoever took the call,
//! objected to once.

mod drawing;
mod policy;
mod refused;
mod sheets;

use crate::given;
use crate::support::{App, Client, Reply};
use chrono::TimeDelta;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use serde_json::json;
use tonghu::entity::{journal_entry, quality_review, quality_sample};
use tonghu::quality::{self, Span};
use uuid::Uuid;

/// A report that was answered on the spot by somebody of the desk.
pub async fn answered(who: &Client, content: &str) -> Uuid {
    let body = json!({
        "outcome": "hold", "demand_type": "inquiry", "content": content,
        "caller": { "name": "王大山", "phone": "16000000077", "safe_phone": false },
    });
    let held = who.json("POST", "/api/v1/reports", body).await;
    assert_eq!(held.status, 201, "{}", held.text());
    let report = held.json();
    let steps = format!("/api/v1/reports/{}/steps", report["id"].as_str().unwrap());
    let answer = json!({ "step": "answer", "version": report["version"], "note": "已告知" });
    let done = who.json("POST", &steps, answer).await;
    assert_eq!(done.status, 200, "{}", done.text());
    report["id"].as_str().unwrap().parse().unwrap()
}

/// The last hour and the next minute: all that a test has just made.
pub fn lately(app: &App) -> Span {
    let now = app.clock.now();
    Span {
        from: now - TimeDelta::hours(1),
        until: now + TimeDelta::minutes(1),
    }
}

/// A sample of what was taken lately, drawn by somebody.
pub async fn drawn(app: &App, by: &str) -> quality_sample::Model {
    let ctx = given::ctx_of(app, by).await;
    quality::draw(&app.state, &ctx, None, lately(app)).await.unwrap()
}

pub async fn reviews(app: &App) -> Vec<quality_review::Model> {
    let found = quality_review::Entity::find().order_by_asc(quality_review::Column::Id);
    found.all(app.state.db.read()).await.unwrap()
}

async fn acts(app: &App, act: &str) -> u64 {
    let found = journal_entry::Entity::find().filter(journal_entry::Column::Act.eq(act));
    found.count(app.state.db.read()).await.unwrap()
}

/// Every field of a whole score: all points, no veto.
pub fn whole(version: i32, step: &str) -> Vec<(String, String)> {
    let mut fields = vec![
        ("version".to_owned(), version.to_string()),
        ("step".to_owned(), step.to_owned()),
        ("comment".to_owned(), "先问了安全，记录清楚".to_owned()),
    ];
    for item in tonghu::rules::codes::quality_items() {
        let mark = if item.fatal {
            "no".to_owned()
        } else {
            item.max.to_string()
        };
        fields.push((format!("m_{}", item.code), mark));
    }
    fields
}

fn with(mut fields: Vec<(String, String)>, name: &str, value: &str) -> Vec<(String, String)> {
    fields.retain(|(known, _)| known != name);
    fields.push((name.to_owned(), value.to_owned()));
    fields
}

async fn post(who: &Client, path: &str, fields: &[(String, String)]) -> Reply {
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (&**name, &**value)).collect();
    who.post(path, &fields).await
}

/// A review of the operator's call, not begun.
async fn given_review(app: &App) -> (quality_review::Model, String) {
    let operator = app.sign_in("operator").await;
    answered(&operator, "问入学手续").await;
    drawn(app, "lead").await;
    let row = reviews(app).await.remove(0);
    let path = format!("/quality/reviews/{}", row.id);
    (row, path)
}

#[tokio::test]
async fn a_call_is_scored_and_told_to_whoever_took_it_and_to_nobody_else() {
    let app = App::start().await;
    let (_, path) = given_review(&app).await;
    let (lead, operator) = (app.sign_in("lead").await, app.sign_in("operator").await);
    assert_eq!(operator.get(&path).await.status, 404, "not told before it is finished");
    assert!(operator.get("/quality/mine").await.text().contains("还没有评定"));
    let page = lead.get(&path).await.text();
    assert!(page.contains("问入学手续") && page.contains("Q01"), "{page}");
    for caller in ["王大山", "16000000077"] {
        assert!(!page.contains(caller), "who called is not shown: {caller}");
    }
    let draft = post(&lead, &path, &with(whole(1, "save"), "m_Q02", "")).await;
    assert_eq!(draft.status, 303, "{}", draft.text());
    assert_eq!(operator.get(&path).await.status, 404, "nor while it is a draft");
    let done = post(&lead, &path, &with(whole(2, "finish"), "m_Q02", "5")).await;
    assert_eq!(done.status, 303, "{}", done.text());
    let told = operator.get(&path).await.text();
    assert!(
        told.contains("90 / 100") && told.contains("先问了安全，记录清楚"),
        "{told}"
    );
    assert!(!told.contains("王大山") && !told.contains("name=\"m_Q01\""));
    let other = app.sign_in("operator2").await;
    assert_eq!(
        other.get(&path).await.status,
        404,
        "a colleague's review is nobody else's"
    );
    let inbox = operator.get("/notices").await.text();
    assert!(
        inbox.contains("一次通话已质检评定") && inbox.matches("<tr><th scope=\"row\"").count() == 1,
        "{inbox}"
    );
    let again = post(&lead, &path, &whole(3, "finish")).await;
    assert_eq!(again.status, 409, "final after the finish");
    for (act, times) in [
        ("quality_sample_drawn", 1),
        ("quality_review_saved", 1),
        ("quality_review_finished", 1),
    ] {
        assert_eq!(acts(&app, act).await, times, "{act}");
    }
    assert!(acts(&app, "quality_review_viewed").await > 0 && acts(&app, "report_viewed").await > 0);
    assert_eq!(acts(&app, "reporter_opened").await, 0, "nobody opened who called");
}

#[tokio::test]
async fn a_score_is_objected_to_once_and_ruled_on_by_another_than_the_scorer() {
    let app = App::start().await;
    let (_, path) = given_review(&app).await;
    let (lead, operator, city) = (
        app.sign_in("lead").await,
        app.sign_in("operator").await,
        app.sign_in("city").await,
    );
    post(&lead, &path, &whole(1, "save")).await;
    post(&lead, &path, &with(whole(2, "finish"), "m_Q02", "5")).await;
    let object = [
        ("version".to_owned(), "3".to_owned()),
        ("objection".to_owned(), "十问都问了".to_owned()),
    ];
    let objection = format!("{path}/objection");
    assert_eq!(post(&operator, &objection, &object).await.status, 303);
    let twice = with(object.to_vec(), "version", "4");
    assert_eq!(post(&operator, &objection, &twice).await.status, 409, "once only");
    let ruling = with(
        with(whole(4, "finish"), "ruling", "changed"),
        "ruling_note",
        "录音中都问了",
    );
    let ruled = format!("{path}/ruling");
    assert_eq!(
        post(&lead, &ruled, &ruling).await.status,
        403,
        "the scorer does not rule"
    );
    assert_eq!(post(&operator, &ruled, &ruling).await.status, 403);
    assert_eq!(post(&city, &ruled, &ruling).await.status, 303);
    assert!(city.get("/notices").await.text().contains("质检申诉待裁定"));
    assert!(operator.get("/notices").await.text().contains("质检申诉已裁定"));
    let told = operator.get(&path).await.text();
    assert!(
        told.contains("100 / 100") && told.contains("原为") && told.contains("录音中都问了"),
        "{told}"
    );
    assert_eq!(
        post(&operator, &objection, &with(object.to_vec(), "version", "5"))
            .await
            .status,
        409
    );
    assert_eq!(acts(&app, "quality_objected").await, 1);
    assert_eq!(acts(&app, "quality_ruled").await, 1);
}

#[tokio::test]
async fn two_clicks_are_one_score_and_a_stale_page_keeps_what_was_typed() {
    let app = App::start().await;
    let (row, path) = given_review(&app).await;
    let lead = app.sign_in("lead").await;
    let fields = with(whole(1, "finish"), "n_Q01", "问得很稳");
    let (one, two) = tokio::join!(post(&lead, &path, &fields), post(&lead, &path, &fields));
    let mut statuses = [one.status.as_u16(), two.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 409]);
    assert_eq!(acts(&app, "quality_review_finished").await, 1);
    let other = App::start().await;
    let (_, path) = given_review(&other).await;
    let (lead, city) = (other.sign_in("lead").await, other.sign_in("city").await);
    assert_eq!(post(&city, &path, &whole(1, "save")).await.status, 303);
    let late = post(&lead, &path, &fields).await;
    assert_eq!(late.status, 409);
    let text = late.text();
    assert!(text.contains("问得很稳") && text.contains("第 2 版"), "{text}");
    assert_eq!(row.version, 1);
}

#[tokio::test]
async fn counts_are_for_lead_and_city_and_rank_nobody() {
    let app = App::start().await;
    let (_, path) = given_review(&app).await;
    let lead = app.sign_in("lead").await;
    let vetoed = with(whole(1, "finish"), "m_F02", "yes");
    assert_eq!(
        post(&lead, &path, &with(vetoed.clone(), "comment", " ")).await.status,
        422
    );
    assert_eq!(post(&lead, &path, &vetoed).await.status, 303);
    let told = app.sign_in("operator").await.get(&path).await.text();
    assert!(told.contains("0 / 100") && told.contains("一票否决"), "{told}");
    for who in ["lead", "city"] {
        let page = app.sign_in(who).await.get("/quality").await.text();
        assert!(page.contains("0.0%") && page.contains("不向话务员展示排名"), "{page}");
    }
    let mine = app.sign_in("operator").await.get("/quality/mine").await.text();
    assert!(!mine.contains("得分率"), "{mine}");
    for who in [
        "operator", "county", "township", "police", "hospital", "sysadmin", "secadmin",
    ] {
        assert_eq!(app.sign_in(who).await.get("/quality").await.status, 403, "{who}");
    }
    let auditor = app.sign_in("auditor").await.get("/quality").await;
    assert_eq!(auditor.status, 200);
    assert!(!auditor.text().contains("得分率") && auditor.text().contains("CY-"));
}
