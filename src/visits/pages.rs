//! The phone's pages: today's list, the visit form, a visit, the queue.

mod record;

use super::api::VISITORS;
use super::photo;
use super::review::{self, Shown, Verdict};
use super::today::{Card, Day, today};
use super::upload::Upload;
use super::view::{self, VisitRow, VisitView};
use crate::casework::fetch_for;
use crate::ctx::Ctx;
use crate::entity::{protection_case, visit};
use crate::error::{Error, Result};
use crate::journal::{self, Act, Entry};
use crate::rules::policy::{Action, Role};
use crate::state::App;
use crate::web::routes::see_other;
use crate::web::{Access, Form, Routes, Shell, render, render_with};
use askama::Template;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderName, header};
use axum::response::{IntoResponse, Response};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use serde::Deserialize;
use serde_json::json;
use std::collections::HashMap;
use uuid::Uuid;

const ON_FOOT: Access = Access::Roles(&[Role::Village, Role::Township]);
const REVIEWERS: Access = Access::Roles(&[Role::Township, Role::County, Role::City]);
/// A form with several photos as phones make them.
const FORM_BYTES: usize = 64 * 1024 * 1024;
/// A photo and the form around it.
const PHOTO_BYTES: usize = photo::BYTES + 64 * 1024;

/// The routes.
#[must_use]
pub fn routes() -> Routes {
    Routes::new()
        .get("/today", ON_FOOT, day)
        .get("/cases/{id}/visits/new", VISITORS, record::blank)
        .upload("/cases/{id}/visits/new", VISITORS, FORM_BYTES, record::submit)
        .get("/visits", REVIEWERS, list)
        .get("/visits/{id}", Access::CASEWORK, show)
        .post("/visits/{id}/accept", REVIEWERS, accept)
        .post("/visits/{id}/query", REVIEWERS, query)
        .post("/visits/{id}/reply", VISITORS, reply)
        .upload("/visits/{id}/photos", VISITORS, PHOTO_BYTES, add_photo)
        .get("/visits/{id}/photos/{photo}", Access::CASEWORK, show_photo)
}

#[derive(Template)]
#[template(path = "visits/today.html")]
struct TodayPage {
    shell: Shell,
    groups: Vec<(&'static str, &'static str, Vec<Card>)>,
    special: usize,
    empty: bool,
}

async fn day(State(app): State<App>, ctx: Ctx) -> Result<Response> {
    let Day {
        over,
        today,
        week,
        later,
        special,
    } = today(&app, app.db.read(), &ctx).await?;
    let count = over.len() + today.len() + week.len() + later.len();
    let entry = Entry::new(Act::CasesListed).detail(json!({ "list": "today", "count": count }));
    journal::viewed(&app.db, &ctx, entry).await?;
    let urgent = u64::try_from(over.len() + today.len()).unwrap_or_default();
    let shell = Shell::new(&app, &ctx, "今日走访", "/today").count("/today", urgent);
    let groups = vec![
        ("已超期", "over", over),
        ("今天到期", "today", today),
        ("七日内", "week", week),
        ("以后", "later", later),
    ];
    render(&TodayPage {
        shell,
        groups,
        special,
        empty: count == 0,
    })
}

#[derive(Template)]
#[template(path = "visits/show.html")]
struct ShowPage {
    shell: Shell,
    visit: VisitView,
    saved: bool,
    case_number: String,
    may_review: bool,
    may_reply: bool,
    may_record: bool,
    note: String,
    question: String,
    reply: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Saved {
    saved: Option<String>,
    done: Option<String>,
}

impl Saved {
    /// What was just done with the visit.
    fn words(&self) -> Option<String> {
        let words = match self.done.as_deref()? {
            "accept" => "已审核通过",
            "query" => "已退问，等待走访人答复",
            "reply" => "答复已提交，等待审核",
            "photo" => "照片已上传",
            _ => return None,
        };
        Some(words.to_owned())
    }
}

async fn show(State(app): State<App>, ctx: Ctx, Path(id): Path<Uuid>, Query(asked): Query<Saved>) -> Result<Response> {
    let mut page = show_page(&app, &ctx, id).await?;
    page.saved = asked.saved.is_some();
    page.shell.flash = asked.words();
    let entry = Entry::new(Act::VisitViewed).case(page.visit.row.case_id).subject(id);
    journal::viewed(&app.db, &ctx, entry).await?;
    render(&page)
}

async fn show_page(app: &App, ctx: &Ctx, id: Uuid) -> Result<ShowPage> {
    let db = app.db.read();
    let visit = visit::Entity::find_by_id(id).one(db).await?.ok_or(Error::NotFound)?;
    let case = fetch_for(db, ctx, visit.case_id, Action::ReadWork).await?;
    let may = async |action| fetch_for(db, ctx, case.id, action).await.is_ok();
    let own = visit.author == ctx.actor.account;
    let waits = visit.review_state != "accepted";
    let current = if ctx.actor.role == Role::Village {
        "/today"
    } else {
        "/visits"
    };
    Ok(ShowPage {
        shell: Shell::new(app, ctx, "走访记录", current),
        saved: false,
        case_number: case.number.clone(),
        may_review: waits && !own && may(Action::ReviewVisit).await,
        may_reply: (own || review::left_to(db, ctx, &visit).await?) && visit.review_state == "queried",
        may_record: may(Action::RecordVisit).await,
        visit: view::open(app, db, visit).await?,
        note: String::new(),
        question: String::new(),
        reply: String::new(),
    })
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Words {
    version: i32,
    note: String,
    question: String,
    reply: String,
}

/// Faults of a short form show on the visit's own page, the words kept.
async fn answered(
    app: &App,
    ctx: &Ctx,
    id: Uuid,
    (what, words): (&str, Words),
    done: Result<visit::Model>,
) -> Result<Response> {
    let (errors, stale) = match done {
        Ok(_) => return Ok(see_other(&format!("/visits/{id}?done={what}"))),
        Err(Error::Invalid(errors)) => (errors, None),
        Err(Error::Stale { seen, now }) => (Vec::new(), Some((seen, now))),
        Err(other) => return Err(other),
    };
    let mut page = show_page(app, ctx, id).await?;
    page.shell = page.shell.errors(errors).stale(stale);
    (page.note, page.question, page.reply) = (words.note, words.question, words.reply);
    render_with(page.shell.status(), &page)
}

async fn accept(State(app): State<App>, ctx: Ctx, Path(id): Path<Uuid>, Form(words): Form<Words>) -> Result<Response> {
    let verdict = Verdict::Accept(words.note.clone());
    let done = review::decide(&app, &ctx, id, words.version, &verdict).await;
    answered(&app, &ctx, id, ("accept", words), done).await
}

async fn query(State(app): State<App>, ctx: Ctx, Path(id): Path<Uuid>, Form(words): Form<Words>) -> Result<Response> {
    let verdict = Verdict::Query(words.question.clone());
    let done = review::decide(&app, &ctx, id, words.version, &verdict).await;
    answered(&app, &ctx, id, ("query", words), done).await
}

async fn reply(State(app): State<App>, ctx: Ctx, Path(id): Path<Uuid>, Form(words): Form<Words>) -> Result<Response> {
    let done = review::reply(&app, &ctx, id, words.version, &words.reply).await;
    answered(&app, &ctx, id, ("reply", words), done).await
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Nothing {}

async fn add_photo(State(app): State<App>, ctx: Ctx, Path(id): Path<Uuid>, request: Request) -> Result<Response> {
    let visit = review::fetch(app.db.read(), &ctx, id, Action::RecordVisit).await?;
    let upload = Upload::<Nothing>::read(&app, &ctx, request).await?;
    let mut done = if upload.photos.is_empty() {
        Err(Error::field("photo", "选择照片"))
    } else {
        Ok(visit)
    };
    for bytes in upload.photos {
        if let Err(error) = photo::add(&app, &ctx, id, bytes).await {
            done = Err(error);
        }
    }
    answered(&app, &ctx, id, ("photo", Words::default()), done).await
}

async fn show_photo(State(app): State<App>, ctx: Ctx, Path((visit, photo)): Path<(Uuid, Uuid)>) -> Result<Response> {
    let bytes = photo::open(&app, &ctx, visit, photo).await?;
    let headers = [
        (header::CONTENT_TYPE, "image/jpeg".to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{photo}.jpg\""),
        ),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (
            HeaderName::from_static("content-security-policy"),
            "default-src 'none'; sandbox".to_owned(),
        ),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, bytes).into_response())
}

#[derive(Template)]
#[template(path = "visits/list.html")]
struct ListPage {
    shell: Shell,
    shown: String,
    /// Each visit with the number of its case.
    rows: Vec<(VisitRow, String)>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Filter {
    state: String,
}

async fn list(State(app): State<App>, ctx: Ctx, Query(filter): Query<Filter>) -> Result<Response> {
    let shown = Shown::parse(&filter.state);
    let db = app.db.read();
    let visits = review::queue(db, &ctx, shown).await?;
    let rows = view::rows(&app, db, visits).await?;
    let entry = Entry::new(Act::VisitViewed).detail(json!({ "list": "review", "count": rows.len() }));
    journal::viewed(&app.db, &ctx, entry).await?;
    let mut shell = Shell::new(&app, &ctx, "走访审核", "/visits");
    if shown == Shown::Waiting {
        shell = shell.count("/visits", u64::try_from(rows.len()).unwrap_or_default());
    }
    let shown = match shown {
        Shown::Waiting => "waiting",
        Shown::Queried => "queried",
        Shown::Accepted => "accepted",
    }
    .to_owned();
    let rows = with_cases(db, rows).await?;
    render(&ListPage { shell, shown, rows })
}

/// Visits with the numbers of their cases.
async fn with_cases(db: &impl ConnectionTrait, rows: Vec<VisitRow>) -> Result<Vec<(VisitRow, String)>> {
    let cases = protection_case::Entity::find()
        .filter(protection_case::Column::Id.is_in(rows.iter().map(|row| row.case_id)))
        .all(db)
        .await?;
    let numbers: HashMap<Uuid, String> = cases.into_iter().map(|case| (case.id, case.number)).collect();
    let with = |row: VisitRow| {
        let number = numbers.get(&row.case_id).cloned().unwrap_or_default();
        (row, number)
    };
    Ok(rows.into_iter().map(with).collect())
}
