//! Service accounts: programs that show a token with every request instead of
//! signing in. The token is shown once; only its hash is kept.

use super::visitor::Visitor;
use super::{account_ctx, session, throttle};
use crate::ctx::Ctx;
use crate::entity::account;
use crate::error::{Error, Result};
use crate::journal::{self, Act, Entry};
use crate::rules::policy::Role;
use crate::state::App;
use axum::http::{HeaderMap, header};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;
use sm3::{Digest, Sm3};

/// The one answer to a wrong, a withdrawn and a malformed token.
const WRONG: &str = "令牌无效或已停用，由安全保密管理员重新发放";
/// A token is no shorter than this, whoever made it up.
const SHORTEST: usize = 16;
const LONGEST: usize = 200;

/// A new token: 256 random bits, told apart at a glance.
pub(super) fn token() -> Result<String> {
    Ok(format!("tonghu-{}", session::token()?))
}

/// What is kept of a token. It holds more randomness than anybody can guess,
/// so that a plain hash is enough.
pub(super) fn hash(token: &str) -> String {
    hex::encode(Sm3::digest(token.as_bytes()))
}

/// What is wrong with a token that a person chose.
pub(super) fn fault(token: &str) -> Option<&'static str> {
    let fits = (SHORTEST..=LONGEST).contains(&token.len()) && token.bytes().all(|byte| byte.is_ascii_graphic());
    (!fits).then_some("令牌为 16 至 200 位可见字符")
}

/// The service account of a request that carries a token; nothing where it
/// carries none.
///
/// # Errors
/// [`Error::Unauthenticated`] for a token that does not hold;
/// [`Error::TooMany`] after too many of them.
pub(super) async fn recognise(app: &App, visitor: &Visitor, headers: &HeaderMap) -> Result<Option<Ctx>> {
    let Some(token) = bearer(headers) else {
        return Ok(None);
    };
    let account = account::Entity::find()
        .filter(account::Column::TokenHash.eq(hash(token)))
        .filter(account::Column::Role.eq(Role::Service.code()))
        .filter(account::Column::DisabledAt.is_null())
        .one(app.db.read())
        .await?;
    match account {
        Some(account) => Ok(Some(account_ctx(app, &account, visitor).await?)),
        None => Err(refused(app, visitor).await?),
    }
}

/// The token of the header; other schemes are somebody else's.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?;
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Counts and records a wrong token: beyond the first few of an address it is
/// only counted, so that nobody fills the journal.
async fn refused(app: &App, visitor: &Visitor) -> Result<Error> {
    let attempt = throttle::enter(app, visitor, "bearer").await?;
    attempt.failed(app).await?;
    let entry = Entry::new(Act::SignInFailed).detail(json!({ "known": false, "token": true }));
    let tx = app.db.begin().await?;
    journal::commit(tx, &visitor.ctx(), entry).await?;
    Ok(Error::Unauthenticated(WRONG.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn only_a_bearer_header_is_a_token() {
        let told = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::AUTHORIZATION, HeaderValue::from_static(value));
            bearer(&headers).map(str::to_owned)
        };
        assert_eq!(told("Bearer abc").as_deref(), Some("abc"));
        assert_eq!(told("bearer  abc ").as_deref(), Some("abc"));
        assert_eq!(told("Basic abc"), None);
        assert_eq!(told("Bearer"), None);
        assert_eq!(bearer(&HeaderMap::new()), None);
    }

    #[test]
    fn every_token_is_another_and_fits() {
        let (one, other) = (token().unwrap(), token().unwrap());
        assert_ne!(one, other);
        assert_eq!(fault(&one), None);
        assert_ne!(hash(&one), hash(&other));
        assert!(fault("short").is_some() && fault("with a blank inside").is_some());
    }
}
