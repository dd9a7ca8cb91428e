//! The accounts screen: the security administrator opens, moves, disables and
//! resets accounts; the system administrator reads. Neither sees a case.

mod forms;

pub(crate) use forms::{ChangeForm, change_posted};

use super::directory::{self, PAGE, Row};
use super::{OneTime, find};
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::journal::{self, Act, Entry};
use crate::rules::policy::Role;
use crate::state::App;
use crate::web::routes::see_other;
use crate::web::{Access, Form, Routes, Shell, render};
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

const READERS: Access = Access::Roles(&[Role::SecAdmin, Role::SysAdmin]);
const KEEPERS: Access = Access::Roles(&[Role::SecAdmin]);

pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/accounts", READERS, list)
        .get("/accounts/new", KEEPERS, forms::blank)
        .post("/accounts/new", KEEPERS, forms::add)
        .get("/accounts/{id}", READERS, show)
        .get("/accounts/{id}/change", KEEPERS, forms::moving)
        .get("/accounts/{id}/confirm/{what}", KEEPERS, confirm)
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

/// What a hand-over did, in the address.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Gone {
    handed: Option<usize>,
    left: usize,
    vacant: usize,
}

impl Gone {
    fn words(&self) -> Option<String> {
        let handed = self.handed?;
        Some(match (self.left, self.vacant) {
            (0, 0) => format!("已办理，移交 {handed} 项"),
            (0, vacant) => format!("已办理，移交 {handed} 项，{vacant} 个岗位转为空缺"),
            (left, vacant) => format!(
                "已办理，移交 {handed} 项，{vacant} 个岗位转为空缺；另有 {left} 项所在机构没有其他在用人员，请尽快任命"
            ),
        })
    }
}

async fn show(State(app): State<App>, ctx: Ctx, Path(id): Path<String>, Query(gone): Query<Gone>) -> Result<Response> {
    let row = row(&app, &id).await?;
    journal::viewed(&app.db, &ctx, Entry::new(Act::AccountsListed).subject(row.id)).await?;
    let may_change = ctx.actor.role == Role::SecAdmin && row.id != ctx.actor.account;
    render(&ShowPage {
        shell: Shell::new(&app, &ctx, "账号", "/accounts").flash(gone.words()),
        row,
        may_change,
    })
}

/// What a confirmation asks.
struct Question {
    path: &'static str,
    title: &'static str,
    text: &'static str,
    button: &'static str,
    danger: bool,
}

fn question(what: &str, service: bool) -> Option<Question> {
    let (path, title, text, danger) = match what {
        "disable" if service => ("disable", "停用账号", "停用后令牌立即作废，接口随即中断。", true),
        "enable" if service => ("enable", "恢复账号", "恢复后须换发令牌才能使用。", false),
        "reset" if service => (
            "reset",
            "换发令牌",
            "原令牌立即作废，接口须换用新令牌；令牌只显示一次。",
            true,
        ),
        "disable" => (
            "disable",
            "停用账号",
            "停用后立即退出，不能再登录；名下未结事项交给代班人、机构负责人或本机构其他在用人员。要指定接手人，返回后办“离任交接”。",
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
    let row = row(&app, &id).await?;
    let question = question(&what, row.is_service()).ok_or(Error::NotFound)?;
    render(&ConfirmPage {
        shell: Shell::new(&app, &ctx, question.title, "/accounts"),
        row,
        question,
    })
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Seen {
    version: i32,
}

async fn enable(State(app): State<App>, ctx: Ctx, Path(id): Path<String>, Form(seen): Form<Seen>) -> Result<Response> {
    let id = row(&app, &id).await?.id;
    super::enable(&app, &ctx, id, seen.version).await?;
    Ok(see_other(&format!("/accounts/{id}")))
}

async fn reset(State(app): State<App>, ctx: Ctx, Path(id): Path<String>, Form(seen): Form<Seen>) -> Result<Response> {
    let id = row(&app, &id).await?.id;
    let secret = super::reset(&app, &ctx, id, seen.version).await?;
    shown(&app, &ctx, id, secret).await
}

#[derive(Template)]
#[template(path = "accounts/password.html")]
struct OneTimePage {
    shell: Shell,
    row: Row,
    title: &'static str,
    secret: String,
}

/// The page that shows a one-time password or a token: once, and never stored.
async fn shown(app: &App, ctx: &Ctx, id: Uuid, OneTime(secret): OneTime) -> Result<Response> {
    let row = row(app, &id.to_string()).await?;
    let title = if row.is_service() {
        "服务令牌"
    } else {
        "一次性密码"
    };
    render(&OneTimePage {
        shell: Shell::new(app, ctx, title, "/accounts"),
        row,
        title,
        secret,
    })
}
