//! The phone's pages: today's list, the visit form, a visit, the queue.

use super::api::VISITORS;
use super::choices;
use super::form::{self, VisitForm};
use super::photo;
use super::record::record_with;
use super::review::{self, Shown, Verdict};
use super::today::{Card, Day, today};
use super::upload::Upload;
use super::view::{self, Choice, VisitRow, VisitView, offered};
use crate::casework::fetch_for;
use crate::clock;
use crate::clocks;
use crate::ctx::Ctx;
use crate::entity::{protection_case, visit};
use crate::error::{Error, FieldError, Result};
use crate::journal::{self, Act, Entry};
use crate::rules::codes;
use crate::rules::deadlines;
use crate::rules::level::RiskLevel;
use crate::rules::policy::{Action, Role};
use crate::state::App;
use crate::vault::Slot;
use crate::web::routes::see_other;
use crate::web::{Access, Form, Routes, Shell, render, render_with};
use askama::Template;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use sea_orm::EntityTrait;
use serde::Deserialize;
use serde_json::json;
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
        .get("/cases/{id}/visits/new", VISITORS, blank)
        .upload("/cases/{id}/visits/new", VISITORS, FORM_BYTES, submit)
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

/// The answers offered by the form.
struct Offered {
    children: Vec<Choice>,
    kinds: Vec<Choice>,
    methods: Vec<Choice>,
    seen: Vec<Choice>,
    reasons: Vec<Choice>,
    danger: Vec<Choice>,
    injury: Vec<Choice>,
    moods: Vec<Choice>,
    school: Vec<Choice>,
    care: Vec<Choice>,
    hazards: Vec<Choice>,
    contact: Vec<Choice>,
    carer: Vec<Choice>,
    talked_with: Vec<Choice>,
}

#[derive(Template)]
#[template(path = "visits/form.html")]
struct FormPage {
    shell: Shell,
    case: Uuid,
    number: String,
    level: i16,
    level_label: &'static str,
    pair: bool,
    place: String,
    address: Option<String>,
    correcting: Option<String>,
    next_hint: String,
    form: VisitForm,
    offered: Offered,
}

fn offer(form: &VisitForm, children: &[(Uuid, String)]) -> Offered {
    let terms = |rows: &[codes::Term], chosen: &str| -> Vec<Choice> {
        let choice = |row: &codes::Term| Choice::new(&row.code, &row.name, row.code == chosen);
        rows.iter().map(choice).collect()
    };
    let many = |codes: &[String]| codes.iter().map(String::as_str).collect::<Vec<_>>().join(" ");
    let (hazards, talked) = (many(&form.hazards), many(&form.talked_with));
    let yes_no = |chosen: &str, yes: &str, no: &str| {
        vec![
            Choice::new("yes", yes, chosen == "yes"),
            Choice::new("no", no, chosen == "no"),
        ]
    };
    Offered {
        children: children
            .iter()
            .map(|(id, words)| Choice::new(&id.to_string(), words, form.child_id == id.to_string()))
            .collect(),
        kinds: terms(codes::visit_kinds(), &form.kind),
        methods: offered(choices::METHODS, &[&form.method]),
        seen: yes_no(&form.seen, "见到了", "没见到"),
        reasons: terms(codes::not_seen_reasons(), &form.not_seen_reason),
        danger: yes_no(&form.danger, "有", "没有"),
        injury: offered(choices::INJURY, &[&form.injury]),
        moods: offered(choices::MOODS, &[&form.mood]),
        school: offered(choices::SCHOOL, &[&form.school]),
        care: offered(choices::CARE, &[&form.care]),
        hazards: offered(choices::HAZARDS, &hazards.split(' ').collect::<Vec<_>>()),
        contact: offered(choices::GUARDIAN_CONTACT, &[&form.guardian_contact]),
        carer: offered(choices::CARER, &[&form.carer]),
        talked_with: offered(choices::TALKED_WITH, &talked.split(' ').collect::<Vec<_>>()),
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Blank {
    supersedes: Option<Uuid>,
}

async fn blank(State(app): State<App>, ctx: Ctx, Path(id): Path<Uuid>, Query(asked): Query<Blank>) -> Result<Response> {
    let case = fetch_for(app.db.read(), &ctx, id, Action::RecordVisit).await?;
    journal::viewed(&app.db, &ctx, Entry::new(Act::CaseViewed).case(id)).await?;
    let form = match asked.supersedes {
        Some(visit) => corrected(&app, &ctx, visit).await?,
        None => fresh(&app, &ctx, &case).await?,
    };
    form_page(&app, &ctx, &case, form, Vec::new()).await
}

/// A new form: the commonest answers of circumstance, none about the child.
async fn fresh(app: &App, ctx: &Ctx, case: &protection_case::Model) -> Result<VisitForm> {
    let children = view::children(app, app.db.read(), case.id).await?;
    let clocks = clocks::of_case(app.db.read(), case.id).await?;
    let planned = clocks
        .iter()
        .find(|clock| clock.met_at.is_none() && matches!(clock.milestone.as_str(), "visit" | "contact"))
        .map_or_else(String::new, |clock| clock::day(clock.due_at).to_string());
    Ok(VisitForm {
        id: ctx.new_id().to_string(),
        child_id: match children.as_slice() {
            [(only, _)] => only.to_string(),
            _ => String::new(),
        },
        kind: "routine".to_owned(),
        method: "home".to_owned(),
        planned_on: planned,
        started_at: form::local(ctx.now),
        ..VisitForm::default()
    })
}

/// A form that corrects an earlier visit: its circumstances, a new id.
async fn corrected(app: &App, ctx: &Ctx, id: Uuid) -> Result<VisitForm> {
    let visit = review::fetch(app.db.read(), ctx, id, Action::RecordVisit).await?;
    let body = app.vault.open(Slot::new("visit", "body", id), &visit.body)?;
    let told: super::VisitInput = serde_json::from_str(&body).map_err(anyhow::Error::new)?;
    Ok(VisitForm::of(&told, ctx.new_id(), id))
}

async fn form_page(
    app: &App,
    ctx: &Ctx,
    case: &protection_case::Model,
    form: VisitForm,
    errors: Vec<FieldError>,
) -> Result<Response> {
    let children = view::children(app, app.db.read(), case.id).await?;
    let slot = Slot::new("protection_case", "address", case.id);
    let level = RiskLevel::from_number(case.level).unwrap_or(RiskLevel::Red);
    let interval = deadlines::visit_interval(level);
    let correcting = Uuid::parse_str(&form.supersedes).ok();
    let correcting = match correcting {
        Some(id) => visit::Entity::find_by_id(id).one(app.db.read()).await?,
        None => None,
    };
    let status = if errors.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let page = FormPage {
        shell: Shell::new(app, ctx, "走访登记", "/today").errors(errors),
        case: case.id,
        number: case.number.clone(),
        level: level.number(),
        level_label: level.label(),
        pair: level <= RiskLevel::Yellow,
        place: view::place(&case.division),
        address: app.vault.open_some(slot, case.address.as_ref())?,
        correcting: correcting.map(|visit| visit.number),
        next_hint: format!("不填按等级间隔（{interval}）"),
        offered: offer(&form, &children),
        form,
    };
    render_with(status, &page)
}

async fn submit(State(app): State<App>, ctx: Ctx, Path(id): Path<Uuid>, request: Request) -> Result<Response> {
    // Who may not record is told so before anything is read.
    let case = fetch_for(app.db.read(), &ctx, id, Action::RecordVisit).await?;
    let Upload { form, photos } = Upload::<VisitForm>::read(&app, &ctx, request).await?;
    match send(&app, &ctx, (id, &form), photos).await {
        Ok(visit) => Ok(see_other(&format!("/visits/{visit}?saved=1"))),
        Err(Error::Invalid(errors)) => form_page(&app, &ctx, &case, form, errors).await,
        Err(other) => Err(other),
    }
}

async fn send(app: &App, ctx: &Ctx, (case, form): (Uuid, &VisitForm), photos: Vec<Vec<u8>>) -> Result<Uuid> {
    let mut clean = Vec::new();
    let mut faults = Vec::new();
    for bytes in photos {
        match photo::clean(bytes).await {
            Ok(photo) => clean.push(photo),
            Err(Error::Invalid(errors)) => faults = errors,
            Err(other) => return Err(other),
        }
    }
    let input = form.read(case, ctx.now).map_err(|mut errors| {
        errors.append(&mut faults);
        Error::Invalid(errors)
    })?;
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    Ok(record_with(app, ctx, input, clean).await?.visit.id)
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
}

async fn show(State(app): State<App>, ctx: Ctx, Path(id): Path<Uuid>, Query(asked): Query<Saved>) -> Result<Response> {
    let mut page = show_page(&app, &ctx, id).await?;
    page.saved = asked.saved.is_some();
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
        may_reply: own && visit.review_state == "queried",
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
async fn answered(app: &App, ctx: &Ctx, id: Uuid, words: Words, done: Result<visit::Model>) -> Result<Response> {
    match done {
        Ok(_) => Ok(see_other(&format!("/visits/{id}"))),
        Err(Error::Invalid(errors)) => {
            let mut page = show_page(app, ctx, id).await?;
            page.shell = page.shell.errors(errors);
            (page.note, page.question, page.reply) = (words.note, words.question, words.reply);
            render_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(other) => Err(other),
    }
}

async fn accept(State(app): State<App>, ctx: Ctx, Path(id): Path<Uuid>, Form(words): Form<Words>) -> Result<Response> {
    let verdict = Verdict::Accept(words.note.clone());
    let done = review::decide(&app, &ctx, id, words.version, &verdict).await;
    answered(&app, &ctx, id, words, done).await
}

async fn query(State(app): State<App>, ctx: Ctx, Path(id): Path<Uuid>, Form(words): Form<Words>) -> Result<Response> {
    let verdict = Verdict::Query(words.question.clone());
    let done = review::decide(&app, &ctx, id, words.version, &verdict).await;
    answered(&app, &ctx, id, words, done).await
}

async fn reply(State(app): State<App>, ctx: Ctx, Path(id): Path<Uuid>, Form(words): Form<Words>) -> Result<Response> {
    let done = review::reply(&app, &ctx, id, words.version, &words.reply).await;
    answered(&app, &ctx, id, words, done).await
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
    answered(&app, &ctx, id, Words::default(), done).await
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
    rows: Vec<VisitRow>,
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
    render(&ListPage { shell, shown, rows })
}
