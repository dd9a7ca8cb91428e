//! The accounts screen: the security administrator opens, moves, disables and
//! resets accounts; the system administrator reads. Neither sees a case.

use super::directory::{self, PAGE, Row};
use super::picker::Picker;
use super::{Change, NewAccount, OneTime, find, password};
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::journal::{self, Act, Entry};
use crate::rules::policy::Role;
use crate::state::App;
use crate::web::routes::see_other;
use crate::web::{Access, Choice, Form, Routes, Shell, render, render_with};
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

const READERS: Access = Access::Roles(&[Role::SecAdmin, Role::SysAdmin]);
const KEEPERS: Access = Access::Roles(&[Role::SecAdmin]);

pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/accounts", READERS, list)
        .get("/accounts/new", KEEPERS, blank)
        .post("/accounts/new", KEEPERS, add)
        .get("/accounts/{id}", READERS, show)
        .get("/accounts/{id}/change", KEEPERS, moving)
        .post("/accounts/{id}/change", KEEPERS, change)
        .get("/accounts/{id}/confirm/{what}", KEEPERS, confirm)
        .post("/accounts/{id}/disable", KEEPERS, disable)
        .post("/accounts/{id}/enable", KEEPERS, enable)
        .post("/accounts/{id}/reset", KEEPERS, reset)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Listed {
    q: String,
    page: u64,
}

#[derive(Template)]
#[template(path = "accounts/list.html")]
struct ListPage {
    shell: Shell,
    q: String,
    rows: Vec<Row>,
    count: u64,
    may_change: bool,
    prev: Option<String>,
    next: Option<String>,
}

async fn list(State(app): State<App>, ctx: Ctx, Query(asked): Query<Listed>) -> Result<Response> {
    let number = asked.page.clamp(1, 100_000);
    let (rows, count) = directory::page(&app, &asked.q, number).await?;
    let detail = json!({ "page": number, "rows": rows.len() });
    journal::viewed(&app.db, &ctx, Entry::new(Act::AccountsListed).detail(detail)).await?;
    let to = |page: u64| {
        let query = serde_html_form::to_string([("q", asked.q.clone()), ("page", page.to_string())]);
        query.ok().map(|query| format!("/accounts?{query}"))
    };
    let prev = if number > 1 { to(number - 1) } else { None };
    let next = if number * PAGE < count { to(number + 1) } else { None };
    render(&ListPage {
        shell: Shell::new(&app, &ctx, "账号", "/accounts"),
        q: asked.q,
        rows,
        count,
        may_change: ctx.actor.role == Role::SecAdmin,
        prev,
        next,
    })
}

fn roles(chosen: &str) -> Vec<Choice> {
    let given = Role::ALL
        .into_iter()
        .filter(|role| !matches!(role, Role::Service | Role::System));
    given
        .map(|role| Choice::new(role.code(), role.label(), chosen))
        .collect()
}

/// The button that looks for units instead of saving.
const FIND: &str = "find";

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct NewForm {
    username: String,
    name: String,
    phone: String,
    id_number: String,
    role: String,
    unit: String,
    unit_q: String,
    step: String,
}

#[derive(Template)]
#[template(path = "accounts/new.html")]
struct NewPage {
    shell: Shell,
    picker: Picker,
    form: NewForm,
    roles: Vec<Choice>,
}

fn new_page(app: &App, ctx: &Ctx, picker: Picker, form: NewForm) -> NewPage {
    NewPage {
        shell: Shell::new(app, ctx, "新增账号", "/accounts"),
        picker,
        roles: roles(&form.role),
        form,
    }
}

async fn blank(State(app): State<App>, ctx: Ctx) -> Result<Response> {
    let picker = Picker::of(&app, "", "").await?;
    render(&new_page(&app, &ctx, picker, NewForm::default()))
}

fn role_of(code: &str) -> Result<Role> {
    Role::parse(code)
        .filter(|role| !matches!(role, Role::Service | Role::System))
        .ok_or_else(|| Error::field("role", "选择角色"))
}

async fn add(State(app): State<App>, ctx: Ctx, Form(form): Form<NewForm>) -> Result<Response> {
    let picker = Picker::of(&app, &form.unit_q, &form.unit).await?;
    if form.step == FIND {
        return render(&new_page(&app, &ctx, picker, form));
    }
    match add_typed(&app, &ctx, &picker, &form).await {
        Ok((id, password)) => shown(&app, &ctx, id, password).await,
        Err(Error::Invalid(errors)) => {
            let mut page = new_page(&app, &ctx, picker, form);
            page.shell = page.shell.errors(errors);
            render_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(other) => Err(other),
    }
}

async fn add_typed(app: &App, ctx: &Ctx, picker: &Picker, form: &NewForm) -> Result<(Uuid, OneTime)> {
    let password = password::one_time()?;
    let new = NewAccount {
        username: form.username.clone(),
        name: form.name.clone(),
        role: role_of(&form.role)?,
        unit_id: picker.unit(),
        division: picker.division()?,
        phone: Some(form.phone.clone()),
        id_number: Some(form.id_number.clone()),
        password: password.clone(),
        must_change: true,
    };
    Ok((super::add(app, ctx, &new).await?, OneTime(password)))
}

#[derive(Template)]
#[template(path = "accounts/show.html")]
struct ShowPage {
    shell: Shell,
    row: Row,
    may_change: bool,
}

async fn row(app: &App, id: &str) -> Result<Row> {
    let id = Uuid::parse_str(id).map_err(|_| Error::NotFound)?;
    let account = find(&app.db, id).await?.ok_or(Error::NotFound)?;
    directory::one(app, account).await?.ok_or(Error::NotFound)
}

async fn show(State(app): State<App>, ctx: Ctx, Path(id): Path<String>) -> Result<Response> {
    let row = row(&app, &id).await?;
    journal::viewed(&app.db, &ctx, Entry::new(Act::AccountsListed).subject(row.id)).await?;
    let may_change = ctx.actor.role == Role::SecAdmin && row.id != ctx.actor.account;
    render(&ShowPage {
        shell: Shell::new(&app, &ctx, "账号", "/accounts"),
        row,
        may_change,
    })
}

#[derive(Template)]
#[template(path = "accounts/change.html")]
struct ChangePage {
    shell: Shell,
    row: Row,
    picker: Picker,
    roles: Vec<Choice>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ChangeForm {
    role: String,
    unit: String,
    unit_q: String,
    step: String,
    version: i32,
}

async fn moving(State(app): State<App>, ctx: Ctx, Path(id): Path<String>) -> Result<Response> {
    let row = row(&app, &id).await?;
    let unit = row.unit_id.map(|id| id.to_string()).unwrap_or_default();
    let picker = Picker::of(&app, "", &unit).await?;
    render(&change_page(&app, &ctx, row, picker))
}

fn change_page(app: &App, ctx: &Ctx, row: Row, picker: Picker) -> ChangePage {
    ChangePage {
        shell: Shell::new(app, ctx, "变更账号", "/accounts"),
        roles: roles(&row.role_code),
        picker,
        row,
    }
}

async fn change(
    State(app): State<App>,
    ctx: Ctx,
    Path(id): Path<String>,
    Form(form): Form<ChangeForm>,
) -> Result<Response> {
    let mut row = row(&app, &id).await?;
    let picker = Picker::of(&app, &form.unit_q, &form.unit).await?;
    if form.step == FIND {
        row.role_code.clone_from(&form.role);
        return render(&change_page(&app, &ctx, row, picker));
    }
    match change_typed(&app, &ctx, (row.id, &picker), &form).await {
        Ok(()) => Ok(see_other(&format!("/accounts/{}", row.id))),
        Err(Error::Invalid(errors)) => {
            row.role_code.clone_from(&form.role);
            let mut page = change_page(&app, &ctx, row, picker);
            page.shell = page.shell.errors(errors);
            render_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(other) => Err(other),
    }
}

async fn change_typed(app: &App, ctx: &Ctx, (id, picker): (Uuid, &Picker), form: &ChangeForm) -> Result<()> {
    let to = Change {
        role: role_of(&form.role)?,
        unit_id: picker.unit(),
        division: picker.division()?,
    };
    super::change(app, ctx, (id, form.version), &to).await
}

/// What a confirmation asks.
struct Question {
    path: &'static str,
    title: &'static str,
    text: &'static str,
    button: &'static str,
    danger: bool,
}

fn question(what: &str) -> Option<Question> {
    let (path, title, text, danger) = match what {
        "disable" => (
            "disable",
            "停用账号",
            "停用后立即退出，不能再登录；在办事项不会自动转交。",
            true,
        ),
        "enable" => ("enable", "恢复账号", "恢复后可用原密码登录。", false),
        "reset" => (
            "reset",
            "重置密码",
            "原密码立即失效并退出登录；一次性密码只显示一次。",
            true,
        ),
        _ => return None,
    };
    Some(Question {
        path,
        title,
        text,
        button: title,
        danger,
    })
}

#[derive(Template)]
#[template(path = "accounts/confirm.html")]
struct ConfirmPage {
    shell: Shell,
    row: Row,
    question: Question,
}

async fn confirm(State(app): State<App>, ctx: Ctx, Path((id, what)): Path<(String, String)>) -> Result<Response> {
    let question = question(&what).ok_or(Error::NotFound)?;
    render(&ConfirmPage {
        shell: Shell::new(&app, &ctx, question.title, "/accounts"),
        row: row(&app, &id).await?,
        question,
    })
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Seen {
    version: i32,
}

async fn disable(State(app): State<App>, ctx: Ctx, Path(id): Path<String>, Form(seen): Form<Seen>) -> Result<Response> {
    let id = row(&app, &id).await?.id;
    super::disable(&app, &ctx, id, seen.version).await?;
    Ok(see_other(&format!("/accounts/{id}")))
}

async fn enable(State(app): State<App>, ctx: Ctx, Path(id): Path<String>, Form(seen): Form<Seen>) -> Result<Response> {
    let id = row(&app, &id).await?.id;
    super::enable(&app, &ctx, id, seen.version).await?;
    Ok(see_other(&format!("/accounts/{id}")))
}

async fn reset(State(app): State<App>, ctx: Ctx, Path(id): Path<String>, Form(seen): Form<Seen>) -> Result<Response> {
    let id = row(&app, &id).await?.id;
    let password = super::reset(&app, &ctx, id, seen.version).await?;
    shown(&app, &ctx, id, password).await
}

#[derive(Template)]
#[template(path = "accounts/password.html")]
struct OneTimePage {
    shell: Shell,
    row: Row,
    password: String,
}

/// The page that shows a one-time password: once, and never stored.
async fn shown(app: &App, ctx: &Ctx, id: Uuid, OneTime(password): OneTime) -> Result<Response> {
    render(&OneTimePage {
        shell: Shell::new(app, ctx, "一次性密码", "/accounts"),
        row: row(app, &id.to_string()).await?,
        password,
    })
}
