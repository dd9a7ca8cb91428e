//! The pages of the knowledge base: searching and reading for everybody who
//! handles cases, writing for shift lead and city.

use super::State as Standing;
use super::find::{Asked, Found, find};
use super::keep::{Content, Deed, create, deed, save};
use super::shown::{Listed, Sheet, Which, list, sheet, version};
use crate::clock;
use crate::ctx::Ctx;
use crate::entity::{article, unit};
use crate::error::{Error, FieldError, Result};
use crate::rules::codes;
use crate::rules::division::Division;
use crate::rules::policy::{self, Role};
use crate::state::App;
use crate::web::routes::see_other;
use crate::web::{Access, Choice, Form, Routes, Shell, render, render_with};
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use chrono::NaiveDate;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder};
use serde::Deserialize;
use uuid::Uuid;

/// Whoever writes.
const KEEPERS: Access = Access::Roles(&[Role::Lead, Role::City]);
const HOME: &str = "/knowledge";
const CITY: &str = "140600";

pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/knowledge", Access::CASEWORK, index)
        .get("/knowledge/questions", Access::CASEWORK, super::questions::show)
        .get("/knowledge/new", KEEPERS, new)
        .post("/knowledge/new", KEEPERS, add)
        .get("/knowledge/{id}", Access::CASEWORK, show)
        .get("/knowledge/{id}/versions/{version}", Access::CASEWORK, past)
        .get("/knowledge/{id}/edit", KEEPERS, edit)
        .post("/knowledge/{id}/edit", KEEPERS, change)
        .post("/knowledge/{id}/do/{deed}", KEEPERS, act)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wanted {
    q: String,
    list: String,
}

struct Tab {
    href: String,
    label: &'static str,
    current: bool,
}

#[derive(Template)]
#[template(path = "knowledge/list.html")]
struct ListPage {
    shell: Shell,
    q: String,
    found: Found,
    tabs: Vec<Tab>,
    rows: Vec<Listed>,
    keeps: bool,
}

async fn index(State(app): State<App>, ctx: Ctx, Query(wanted): Query<Wanted>) -> Result<Response> {
    let keeps = policy::keeps_knowledge(ctx.actor.role);
    let asked = Asked {
        q: wanted.q.clone(),
        ..Asked::default()
    };
    let found = find(&app, &ctx, &asked).await?;
    let which = Which::parse(&wanted.list);
    let rows = if found.asked {
        Vec::new()
    } else {
        list(&app, &ctx, which).await?
    };
    let tab = |word: &str, label| Tab {
        href: format!("{HOME}?list={word}"),
        label,
        current: !found.asked && Which::parse(word) == which,
    };
    let mut tabs = Vec::new();
    if keeps {
        tabs.extend(Standing::ALL.into_iter().map(|state| tab(state.code(), state.label())));
        tabs.push(tab("review", "到复核日期"));
    }
    render(&ListPage {
        shell: Shell::new(&app, &ctx, "知识库", HOME),
        q: wanted.q.trim().chars().take(100).collect(),
        tabs,
        rows,
        keeps,
        found,
    })
}

#[derive(Template)]
#[template(path = "knowledge/show.html")]
struct ShowPage {
    shell: Shell,
    a: Sheet,
    keeps: bool,
    note: String,
}

impl ShowPage {
    fn is_current(&self) -> bool {
        self.a.shown.version == self.a.row.version
    }

    fn is_published(&self) -> bool {
        self.a.state == Standing::Published
    }

    fn may_withdraw(&self) -> bool {
        self.is_published()
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Arrival {
    done: String,
}

async fn show(
    State(app): State<App>,
    ctx: Ctx,
    Path(id): Path<Uuid>,
    Query(arrival): Query<Arrival>,
) -> Result<Response> {
    let done = match arrival.done.as_str() {
        "save" => Some("已保存为新的一版"),
        "publish" => Some("已发布，专席可以检索"),
        "withdraw" => Some("已撤下，不再被检索到"),
        _ => None,
    };
    let shell = Shell::new(&app, &ctx, "知识条目", HOME).flash(done.map(str::to_owned));
    let a = sheet(&app, &ctx, id).await?;
    render(&page(&ctx, shell, a, String::new()))
}

async fn past(State(app): State<App>, ctx: Ctx, Path((id, number)): Path<(Uuid, i32)>) -> Result<Response> {
    let a = version(&app, &ctx, id, number).await?;
    render(&page(&ctx, Shell::new(&app, &ctx, "知识条目", HOME), a, String::new()))
}

fn page(ctx: &Ctx, shell: Shell, a: Sheet, note: String) -> ShowPage {
    ShowPage {
        shell,
        keeps: policy::keeps_knowledge(ctx.actor.role),
        a,
        note,
    }
}

/// What is typed into the form of an article.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct ArticleForm {
    version: i32,
    title: String,
    reply: String,
    body: String,
    keywords: String,
    case_types: String,
    demand_types: Vec<String>,
    source: String,
    owner: String,
    valid_from: String,
    valid_until: String,
    review_on: String,
    note: String,
}

impl ArticleForm {
    fn of(row: &article::Model) -> Self {
        let day = |day: Option<NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
        Self {
            version: row.version,
            title: row.title.clone(),
            reply: row.reply.clone(),
            body: row.body.clone(),
            keywords: row.keywords.0.join("，"),
            case_types: row.case_types.0.join("，"),
            demand_types: row.demand_types.0.clone(),
            source: row.source.clone(),
            owner: row.owner_unit.to_string(),
            valid_from: row.valid_from.to_string(),
            valid_until: day(row.valid_until),
            review_on: day(row.review_on),
            note: String::new(),
        }
    }

    /// What was typed, and the days that cannot be read.
    fn read(&self) -> (Content, Vec<FieldError>) {
        let mut faults = Vec::new();
        let mut day = |field: &str, text: &str| {
            if text.trim().is_empty() {
                return None;
            }
            let read = clock::read_day(text);
            if read.is_none() {
                faults.push(FieldError::new(field, "日期写成 2026-11-23 的样子"));
            }
            read
        };
        let valid_from = day("valid_from", &self.valid_from);
        let valid_until = day("valid_until", &self.valid_until);
        let review_on = day("review_on", &self.review_on);
        let content = Content {
            title: self.title.clone(),
            reply: self.reply.clone(),
            body: self.body.clone(),
            keywords: split(&self.keywords),
            case_types: split(&self.case_types),
            demand_types: self.demand_types.clone(),
            source: self.source.clone(),
            // What is no unit is told at its field, not replaced by one's own.
            owner: Some(Uuid::parse_str(self.owner.trim()).unwrap_or_default()),
            valid_from,
            valid_until,
            review_on,
            note: self.note.clone(),
        };
        (content, faults)
    }
}

/// Words apart by commas of any kind, 、 or blanks.
fn split(text: &str) -> Vec<String> {
    let words = text.split(|c: char| c.is_whitespace() || matches!(c, ',' | '，' | '、' | ';' | '；'));
    words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

#[derive(Template)]
#[template(path = "knowledge/edit.html")]
struct EditPage {
    shell: Shell,
    number: Option<String>,
    action: String,
    back: String,
    form: ArticleForm,
    owners: Vec<Choice>,
    demands: Vec<Choice>,
}

async fn edit_page(
    app: &App,
    ctx: &Ctx,
    (id, number): (Option<Uuid>, Option<String>),
    form: ArticleForm,
) -> Result<EditPage> {
    let city = Division::parse(CITY)?;
    let mut wanted = Condition::any().add(unit::Column::Division.eq(city.code()));
    wanted = wanted.add_option(Uuid::parse_str(&form.owner).ok().map(|id| unit::Column::Id.eq(id)));
    let units = unit::Entity::find()
        .filter(unit::Column::Active.eq(true))
        .filter(wanted)
        .order_by_asc(unit::Column::Kind)
        .order_by_asc(unit::Column::Name)
        .all(app.db.read())
        .await?;
    let demands = codes::demand_types().iter().map(|row| Choice {
        on: form.demand_types.contains(&row.code),
        ..Choice::new(&row.code, &row.name, "")
    });
    let home = id.map_or_else(|| HOME.to_owned(), |id| format!("{HOME}/{id}"));
    let title = if id.is_some() {
        "修改知识条目"
    } else {
        "新增知识条目"
    };
    Ok(EditPage {
        shell: Shell::new(app, ctx, title, HOME),
        number,
        action: id.map_or_else(|| format!("{HOME}/new"), |id| format!("{HOME}/{id}/edit")),
        back: home,
        owners: units
            .iter()
            .map(|unit| Choice::new(&unit.id.to_string(), &unit.name, &form.owner))
            .collect(),
        demands: demands.collect(),
        form,
    })
}

async fn new(State(app): State<App>, ctx: Ctx) -> Result<Response> {
    let form = ArticleForm {
        owner: ctx.actor.unit.map(|unit| unit.to_string()).unwrap_or_default(),
        valid_from: clock::day(ctx.now).to_string(),
        demand_types: vec!["inquiry".to_owned()],
        ..ArticleForm::default()
    };
    render(&edit_page(&app, &ctx, (None, None), form).await?)
}

async fn add(State(app): State<App>, ctx: Ctx, Form(form): Form<ArticleForm>) -> Result<Response> {
    let (content, faults) = form.read();
    let made = if faults.is_empty() {
        create(&app, &ctx, &content).await
    } else {
        Err(Error::Invalid(faults))
    };
    match made {
        Ok(row) => Ok(see_other(&format!("{HOME}/{}?done=save", row.id))),
        Err(Error::Invalid(faults)) => {
            let mut page = edit_page(&app, &ctx, (None, None), form).await?;
            page.shell = page.shell.errors(faults);
            render_with(page.shell.status(), &page)
        }
        Err(other) => Err(other),
    }
}

async fn edit(State(app): State<App>, ctx: Ctx, Path(id): Path<Uuid>) -> Result<Response> {
    let a = sheet(&app, &ctx, id).await?;
    let form = ArticleForm::of(&a.row);
    render(&edit_page(&app, &ctx, (Some(id), Some(a.row.number)), form).await?)
}

async fn change(
    State(app): State<App>,
    ctx: Ctx,
    Path(id): Path<Uuid>,
    Form(mut form): Form<ArticleForm>,
) -> Result<Response> {
    let (content, faults) = form.read();
    let made = if faults.is_empty() {
        save(&app, &ctx, id, form.version, &content).await
    } else {
        Err(Error::Invalid(faults))
    };
    let (faults, stale) = match made {
        Ok(_) => return Ok(see_other(&format!("{HOME}/{id}?done=save"))),
        Err(Error::Invalid(faults)) => (faults, None),
        Err(Error::Stale { seen, now }) => (Vec::new(), Some((seen, now))),
        Err(other) => return Err(other),
    };
    if let Some((_, now)) = stale {
        // What was typed comes back over the version that stands now.
        form.version = now;
    }
    let number = sheet(&app, &ctx, id).await?.row.number;
    let mut page = edit_page(&app, &ctx, (Some(id), Some(number)), form).await?;
    page.shell = page.shell.errors(faults).stale(stale);
    render_with(page.shell.status(), &page)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct DeedForm {
    version: i32,
    note: String,
}

async fn act(
    State(app): State<App>,
    ctx: Ctx,
    Path((id, word)): Path<(Uuid, String)>,
    Form(form): Form<DeedForm>,
) -> Result<Response> {
    let wanted = Deed::parse(&word).ok_or(Error::NotFound)?;
    let done = deed(&app, &ctx, id, form.version, (wanted, &form.note)).await;
    let (status, errors, stale) = match done {
        Ok(_) => return Ok(see_other(&format!("{HOME}/{id}?done={word}"))),
        Err(Error::Invalid(errors)) => (StatusCode::UNPROCESSABLE_ENTITY, errors, None),
        Err(Error::Conflict(text)) => (StatusCode::CONFLICT, vec![FieldError::new("", &text)], None),
        Err(Error::Stale { seen, now }) => (StatusCode::CONFLICT, Vec::new(), Some((seen, now))),
        Err(other) => return Err(other),
    };
    let shell = Shell::new(&app, &ctx, "知识条目", HOME).errors(errors).stale(stale);
    let a = sheet(&app, &ctx, id).await?;
    render_with(status, &page(&ctx, shell, a, form.note))
}
