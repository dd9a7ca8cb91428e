//! The door: signing in, out, and changing one's password.

use super::{PasswordChange, Visitor, session};
use crate::ctx::Ctx;
use crate::error::{Error, FieldError, Result};
use crate::state::App;
use crate::web::page::home;
use crate::web::routes::see_other;
use crate::web::{Access, Form, Routes, Shell, render, render_with};
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use tower_sessions::Session;

pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/", Access::Public, start)
        .get("/login", Access::Public, login)
        .post("/login", Access::Public, sign_in)
        .post("/logout", Access::Session, sign_out)
        .get("/password", Access::Session, password)
        .post("/password", Access::Session, change_password)
}

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage {
    shell: Shell,
    username: String,
}

#[derive(Template)]
#[template(path = "password.html")]
struct PasswordPage {
    shell: Shell,
    forced: bool,
}

#[derive(Deserialize)]
struct LoginForm {
    #[serde(default)]
    username: String,
    #[serde(default)]
    password: String,
}

#[derive(Deserialize)]
struct PasswordForm {
    #[serde(default)]
    current: String,
    #[serde(default)]
    new: String,
    #[serde(default)]
    again: String,
}

/// The front door: home, or the sign-in page.
async fn start(ctx: Option<axum::Extension<Ctx>>) -> Response {
    see_other(ctx.map_or("/login", |ctx| home(ctx.actor.role)))
}

async fn login(State(app): State<App>, ctx: Option<axum::Extension<Ctx>>) -> Result<Response> {
    if let Some(ctx) = ctx {
        return Ok(see_other(home(ctx.actor.role)));
    }
    render(&login_page(&app, String::new()))
}

fn login_page(app: &App, username: String) -> LoginPage {
    LoginPage {
        shell: Shell::public(app, "登录"),
        username,
    }
}

async fn sign_in(
    State(app): State<App>,
    visitor: Visitor,
    session: Session,
    Form(form): Form<LoginForm>,
) -> Result<Response> {
    let signed_in = match super::sign_in(&app, &visitor, &form.username, &form.password).await {
        Ok(signed_in) => signed_in,
        Err(Error::Unauthenticated(message)) => {
            let mut page = login_page(&app, form.username.chars().take(64).collect());
            page.shell = page.shell.errors(vec![FieldError::new("password", &message)]);
            return render_with(StatusCode::UNPROCESSABLE_ENTITY, &page);
        }
        Err(other) => return Err(other),
    };
    session::begin(&session, &signed_in.ctx, signed_in.epoch).await?;
    Ok(see_other(if signed_in.ctx.must_change {
        "/password"
    } else {
        home(signed_in.ctx.actor.role)
    }))
}

#[derive(Deserialize)]
struct Nothing {}

async fn sign_out(State(app): State<App>, ctx: Ctx, session: Session, _: Form<Nothing>) -> Result<Response> {
    super::sign_out(&app, &ctx, &session).await?;
    Ok(see_other("/login"))
}

async fn password(State(app): State<App>, ctx: Ctx) -> Result<Response> {
    render(&password_page(&app, &ctx))
}

fn password_page(app: &App, ctx: &Ctx) -> PasswordPage {
    PasswordPage {
        shell: Shell::new(app, ctx, "修改密码", ""),
        forced: ctx.must_change,
    }
}

async fn change_password(
    State(app): State<App>,
    ctx: Ctx,
    session: Session,
    Form(form): Form<PasswordForm>,
) -> Result<Response> {
    let typed = PasswordChange {
        current: &form.current,
        new: &form.new,
        again: &form.again,
    };
    match super::change_password(&app, &ctx, typed).await {
        Ok(epoch) => {
            session::begin(&session, &ctx, epoch).await?;
            Ok(see_other(home(ctx.actor.role)))
        }
        Err(Error::Invalid(errors)) => {
            let mut page = password_page(&app, &ctx);
            page.shell = page.shell.errors(errors);
            render_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(other) => Err(other),
    }
}
