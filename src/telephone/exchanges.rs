//! 话务平台: exchanges that tell of calls, each by a token in the address. Of a
//! token only its digest is kept; it is shown once and replaced with an overlap
//! in which the old one still holds.

use crate::ctx::Ctx;
use crate::db;
use crate::entity::{call_exchange, call_token};
use crate::error::{Error, Result};
use crate::hotline::clients::OVERLAPS;
use crate::journal::{self, Act, Entry};
use crate::state::App;
use crate::vault::{Slot, Vault};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::json;
use sm3::{Digest, Sm3};
use uuid::Uuid;

/// A token that is shown once.
#[derive(Clone)]
pub struct Token(pub String);

impl std::fmt::Debug for Token {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Token")
    }
}

/// An exchange.
pub type Exchange = call_exchange::Model;

fn slot(id: Uuid) -> Slot {
    Slot::new("call_exchange", "name", id)
}

fn digest(token: &str) -> String {
    hex::encode(Sm3::digest(token.as_bytes()))
}

fn random() -> Result<String> {
    let mut bytes = [0u8; 32];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("randomness: {error}"))?;
    Ok(hex::encode(bytes))
}

/// Admits an exchange; answers its id and its token, which is not shown again.
///
/// # Errors
/// [`Error::Invalid`] for a name that is none.
pub async fn add(app: &App, ctx: &Ctx, name: &str) -> Result<(Uuid, Token)> {
    let token = random()?;
    let id = add_with(app, ctx, name, &token).await?;
    Ok((id, Token(token)))
}

/// The same with a token that is known before: for the demonstration.
///
/// # Errors
/// As [`add`].
pub async fn add_with(app: &App, ctx: &Ctx, name: &str, token: &str) -> Result<Uuid> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 50 || name.chars().any(char::is_control) {
        return Err(Error::field("name", "填写话务平台名称，50 字以内"));
    }
    let id = ctx.new_id();
    let row = call_exchange::ActiveModel {
        id: Set(id),
        name: Set(app.vault.seal(slot(id), name)?),
        created_at: Set(ctx.now),
        disabled_at: Set(None),
        version: Set(1),
    };
    let tx = app.db.begin().await?;
    call_exchange::Entity::insert(row).exec_without_returning(&tx).await?;
    put_token(&tx, ctx, id, token).await?;
    journal::commit(tx, ctx, Entry::new(Act::ExchangeAdded).subject(id)).await?;
    Ok(id)
}

async fn put_token(tx: &impl ConnectionTrait, ctx: &Ctx, exchange: Uuid, token: &str) -> Result<()> {
    let row = call_token::ActiveModel {
        id: Set(ctx.new_id()),
        exchange_id: Set(exchange),
        digest: Set(digest(token)),
        created_at: Set(ctx.now),
        ends_at: Set(None),
    };
    call_token::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}

/// Gives an exchange a new token; the old one goes on holding for so many hours.
///
/// # Errors
/// [`Error::Invalid`] for an overlap that is not offered; [`Error::Stale`].
pub(super) async fn rotate(app: &App, ctx: &Ctx, (id, seen): (Uuid, i32), hours: i64) -> Result<Token> {
    if !OVERLAPS.iter().any(|(offered, _)| *offered == hours) {
        return Err(Error::field("overlap", "选择原令牌保留多久"));
    }
    let token = random()?;
    let ends = ctx.now + TimeDelta::hours(hours);
    let tx = app.db.begin().await?;
    db::update(&tx, (id, seen), call_exchange::ActiveModel::default()).await?;
    let old = call_token::ActiveModel {
        ends_at: Set(Some(ends)),
        ..Default::default()
    };
    // One that ends sooner anyway is not prolonged.
    let longer = Condition::any()
        .add(call_token::Column::EndsAt.is_null())
        .add(call_token::Column::EndsAt.gt(ends));
    call_token::Entity::update_many()
        .set(old)
        .filter(call_token::Column::ExchangeId.eq(id))
        .filter(longer)
        .exec(&tx)
        .await?;
    put_token(&tx, ctx, id, &token).await?;
    let entry = Entry::new(Act::ExchangeRotated)
        .subject(id)
        .detail(json!({ "overlap_hours": hours }));
    journal::commit(tx, ctx, entry).await?;
    Ok(Token(token))
}

/// Shuts an exchange out, or lets it in again.
///
/// # Errors
/// [`Error::Stale`], [`Error::NotFound`].
pub(super) async fn enable(app: &App, ctx: &Ctx, (id, seen): (Uuid, i32), on: bool) -> Result<()> {
    let row = call_exchange::ActiveModel {
        disabled_at: Set(Some(ctx.now).filter(|_| !on)),
        ..Default::default()
    };
    let tx = app.db.begin().await?;
    db::update(&tx, (id, seen), row).await?;
    let act = if on {
        Act::ExchangeEnabled
    } else {
        Act::ExchangeDisabled
    };
    journal::commit(tx, ctx, Entry::new(act).subject(id)).await
}

/// The exchange of a token that holds. It is looked up by its digest, so that
/// the time it takes tells nothing of the token.
pub(super) async fn by_token(db: &impl ConnectionTrait, token: &str, now: DateTime<Utc>) -> Result<Option<Exchange>> {
    let holds = Condition::any()
        .add(call_token::Column::EndsAt.is_null())
        .add(call_token::Column::EndsAt.gt(now));
    let found = call_token::Entity::find()
        .filter(call_token::Column::Digest.eq(digest(token)))
        .filter(holds)
        .one(db)
        .await?;
    let Some(found) = found else { return Ok(None) };
    let exchange = call_exchange::Entity::find_by_id(found.exchange_id).one(db).await?;
    Ok(exchange.filter(|exchange| exchange.disabled_at.is_none()))
}

/// Every exchange, the oldest first.
pub(super) async fn all(db: &impl ConnectionTrait) -> Result<Vec<Exchange>> {
    Ok(call_exchange::Entity::find()
        .order_by_asc(call_exchange::Column::Id)
        .all(db)
        .await?)
}

/// The name of an exchange.
pub(super) fn name(vault: &Vault, exchange: &Exchange) -> Result<String> {
    Ok(vault.open(slot(exchange.id), &exchange.name)?)
}

/// The tokens of an exchange, the newest first.
pub(super) async fn tokens(db: &impl ConnectionTrait, exchange: Uuid) -> Result<Vec<call_token::Model>> {
    Ok(call_token::Entity::find()
        .filter(call_token::Column::ExchangeId.eq(exchange))
        .order_by_desc(call_token::Column::Id)
        .all(db)
        .await?)
}
