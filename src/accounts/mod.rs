//! Accounts: one person, one role. Signing in and out, passwords, and what the
//! security administrator may do to an account.

mod admin;
pub mod api;
mod directory;
mod manage;
mod pages;
pub mod password;
mod picker;
mod seats;
mod service;
pub mod session;
pub mod setup;
pub mod store;
pub mod throttle;
mod visitor;

pub(crate) use admin::{ChangeForm, change_posted};
pub use manage::{
    Change, NewAccount, OneTime, add, change_in, disable_in, enable, faults, first_secret, insert, reset,
};
pub use seats::also;
pub use visitor::Visitor;

use crate::ctx::Ctx;
use crate::db::{self, Db};
use crate::entity::{account, unit};
use crate::error::{Error, FieldError, Result};
use crate::journal::{self, Act, Entry};
use crate::rules::division::Division;
use crate::rules::policy::{Actor, Role};
use crate::state::App;
use crate::vault::Slot;
use crate::web::Routes;
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use serde_json::json;
use tower_sessions::Session;
use uuid::Uuid;

/// The one answer to a wrong name, a wrong password and a disabled account.
const WRONG: &str = "用户名或密码不正确";

/// Every route of the feature.
#[must_use]
pub fn routes() -> Routes {
    pages::routes()
        .merge(api::routes())
        .merge(setup::routes())
        .merge(admin::routes())
}

/// Who has just signed in.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The context of the rest of the request; its form token is empty until
    /// the session begins.
    pub ctx: Ctx,
    /// The generation of sessions that this one belongs to.
    pub epoch: i32,
}

/// Checks a name and a password and begins a session under a new id.
///
/// # Errors
/// [`Error::Unauthenticated`] with the same words whatever was wrong;
/// [`Error::TooMany`] after too many failures.
pub async fn sign_in(app: &App, visitor: &Visitor, username: &str, password: &str) -> Result<SignedIn> {
    let username = manage::username(username);
    let attempt = throttle::enter(app, visitor, &username).await?;
    let account = find_by_username(&app.db, &username).await?;
    let hash = account.as_ref().map(|account| account.password_hash.as_str());
    // A service account has no password: it is refused like an unknown name.
    let hash = hash.filter(|hash| !hash.is_empty());
    let fits = password::verify(app, hash, password).await?;
    let Some(account) = account.as_ref().filter(|account| fits && may_sign_in(account)) else {
        attempt.failed(app).await?;
        record_failure(app, visitor, account.as_ref()).await?;
        return Err(Error::Unauthenticated(WRONG.to_owned()));
    };
    attempt.passed(app).await?;
    let ctx = account_ctx(app, account, visitor).await?;
    let tx = app.db.begin().await?;
    journal::commit(tx, &ctx, Entry::new(Act::SignedIn).subject(account.id)).await?;
    Ok(SignedIn {
        ctx,
        epoch: account.epoch,
    })
}

fn may_sign_in(account: &account::Model) -> bool {
    account.disabled_at.is_none() && !matches!(account.role.as_str(), "service" | "system")
}

/// What was typed as a name may be a password typed into the wrong field: it
/// is not kept, only the account where there is one.
async fn record_failure(app: &App, visitor: &Visitor, account: Option<&account::Model>) -> Result<()> {
    let mut entry = Entry::new(Act::SignInFailed).detail(json!({ "known": account.is_some() }));
    if let Some(account) = account {
        entry = entry.subject(account.id);
    }
    let tx = app.db.begin().await?;
    journal::commit(tx, &visitor.ctx(), entry).await
}

/// Ends the session.
///
/// # Errors
/// When the database refuses.
pub async fn sign_out(app: &App, ctx: &Ctx, session: &Session) -> Result<()> {
    session::end(session).await?;
    let tx = app.db.begin().await?;
    journal::commit(tx, ctx, Entry::new(Act::SignedOut).subject(ctx.actor.account)).await
}

/// What a person types to change their own password.
#[derive(Debug, Clone, Copy)]
pub struct PasswordChange<'a> {
    /// The password so far.
    pub current: &'a str,
    /// The new one.
    pub new: &'a str,
    /// The new one once more.
    pub again: &'a str,
}

/// Changes one's own password; every other session of the account ends.
/// Answers the new generation of sessions.
///
/// # Errors
/// [`Error::Invalid`] for a wrong or unfit password; [`Error::TooMany`].
pub async fn change_password(app: &App, ctx: &Ctx, typed: PasswordChange<'_>) -> Result<i32> {
    let account = find(&app.db, ctx.actor.account).await?.ok_or(Error::SignedOut)?;
    let faults = change_faults(&account, typed);
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    let visitor = Visitor {
        now: ctx.now,
        request_id: ctx.request_id,
        address: ctx.address.clone(),
    };
    let attempt = throttle::enter(app, &visitor, &account.id.to_string()).await?;
    if !password::verify(app, Some(&account.password_hash), typed.current).await? {
        return Err(Error::field("current", "当前密码不正确"));
    }
    attempt.passed(app).await?;
    let hash = password::hash(app, typed.new).await?;
    let epoch = account.epoch + 1;
    let row = account::ActiveModel {
        password_hash: sea_orm::ActiveValue::Set(hash),
        must_change: sea_orm::ActiveValue::Set(false),
        epoch: sea_orm::ActiveValue::Set(epoch),
        ..Default::default()
    };
    let tx = app.db.begin().await?;
    db::update(&tx, (account.id, account.version), row).await?;
    journal::commit(tx, ctx, Entry::new(Act::PasswordChanged).subject(account.id)).await?;
    Ok(epoch)
}

fn change_faults(account: &account::Model, typed: PasswordChange<'_>) -> Vec<FieldError> {
    let mut faults = Vec::new();
    if typed.current.is_empty() {
        faults.push(FieldError::new("current", "请输入当前密码"));
    }
    if let Some(message) = password::fault(typed.new, &account.username) {
        faults.push(FieldError::new("new", message));
    } else if typed.new == typed.current {
        faults.push(FieldError::new("new", "新密码须与当前密码不同"));
    } else if typed.new != typed.again {
        faults.push(FieldError::new("again", "两次输入的新密码不一致"));
    }
    faults
}

/// An account by its id.
///
/// # Errors
/// When the database refuses.
pub async fn find(db: &Db, id: Uuid) -> Result<Option<account::Model>> {
    Ok(account::Entity::find_by_id(id).one(db.read()).await?)
}

/// An account by its sign-in name, in lower case.
///
/// # Errors
/// When the database refuses.
pub async fn find_by_username(db: &Db, username: &str) -> Result<Option<account::Model>> {
    named(db.read(), username).await
}

async fn named(db: &impl ConnectionTrait, username: &str) -> Result<Option<account::Model>> {
    Ok(account::Entity::find()
        .filter(account::Column::Username.eq(username))
        .one(db)
        .await?)
}

/// A person's name as the screens show it.
///
/// # Errors
/// When the key is missing or the field was tampered with.
pub fn name(app: &App, account: &account::Model) -> Result<String> {
    Ok(app
        .vault
        .open(Slot::new("account", "name", account.id), &account.name)?)
}

/// The context of a request made by an account, without the form token.
///
/// # Errors
/// When the account's row does not make sense or the database refuses.
pub async fn account_ctx(app: &App, account: &account::Model, visitor: &Visitor) -> Result<Ctx> {
    let unit = match account.unit_id {
        Some(id) => unit::Entity::find_by_id(id).one(app.db.read()).await?,
        None => None,
    };
    let mut seats = also(app.db.read(), std::slice::from_ref(account), visitor.now).await?;
    let also = seats.remove(&account.id).unwrap_or_default();
    let role = Role::parse(&account.role).ok_or_else(|| anyhow::anyhow!("account {} has no role", account.id))?;
    let (unit_kind, unit_name) = unit.map(|unit| (unit.kind, unit.name)).unwrap_or_default();
    Ok(Ctx {
        actor: Actor {
            account: account.id,
            role,
            unit: account.unit_id,
            unit_kind,
            division: Division::parse(&account.division)?,
            also,
        },
        name: name(app, account)?,
        unit_name,
        now: visitor.now,
        request_id: visitor.request_id,
        address: visitor.address.clone(),
        csrf: String::new(),
        must_change: account.must_change,
    })
}

/// Drops sessions that have ended and sign-in counters that no longer matter;
/// the worker calls it now and then.
///
/// # Errors
/// When the database refuses.
pub async fn tidy(app: &App, now: DateTime<Utc>) -> Result<u64> {
    let sessions = store::delete_expired(&app.db, now).await?;
    let counters = throttle::forget(&app.db, now).await?;
    Ok(sessions + counters)
}

#[cfg(test)]
mod tests;
