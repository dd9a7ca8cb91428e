//! Forms: read once, checked for the session's token, repeated fields allowed.

use super::kept::Kept;
use crate::ctx::Ctx;
use crate::error::Error;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{StatusCode, header};
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// A form whose token was checked before its fields are given.
#[derive(Debug)]
pub struct Form<T>(pub T);

#[derive(Deserialize)]
struct Token {
    csrf: Option<String>,
}

impl<S, T> FromRequest<S> for Form<T>
where
    S: Send + Sync,
    T: DeserializeOwned,
{
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self, Error> {
        let ctx = request.extensions().get::<Ctx>().cloned();
        let is_form = request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|value| value.starts_with("application/x-www-form-urlencoded"));
        if !is_form {
            return Err(Error::WrongKind("表单格式不符，刷新页面后重试".to_owned()));
        }
        let header_token = token_header(&request);
        let kept = request.extensions().get::<Kept>().cloned();
        let body = Bytes::from_request(request, state)
            .await
            .map_err(|rejection| unread(rejection.status()))?;
        refuse_nul(&body)?;
        if let Some(kept) = kept {
            kept.keep(body.clone());
        }
        if let Some(ctx) = ctx {
            let token: Token = read(&body)?;
            if !csrf_holds(&ctx, token.csrf.or(header_token).as_deref()) {
                return Err(Error::NotFromHere("页面已过期，刷新后重新提交"));
            }
        }
        Ok(Self(read(&body)?))
    }
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Error> {
    serde_html_form::from_bytes(body).map_err(|_| Error::BadRequest("表单内容无法读取，刷新页面后重试".to_owned()))
}

/// U+0000 is accepted by SQLite and refused by PostgreSQL: refused by both here.
fn refuse_nul(body: &[u8]) -> Result<(), Error> {
    let encoded = body.windows(3).any(|three| three == b"%00");
    if encoded || body.contains(&0) {
        return Err(Error::BadRequest("内容含有不可用的字符，删除后重试".to_owned()));
    }
    Ok(())
}

fn token_header(request: &Request) -> Option<String> {
    request
        .headers()
        .get("x-csrf-token")
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned)
}

/// Whether the token is the session's, compared in constant time.
#[must_use]
pub fn csrf_holds(ctx: &Ctx, token: Option<&str>) -> bool {
    use subtle::ConstantTimeEq;
    token.is_some_and(|token| !ctx.csrf.is_empty() && token.as_bytes().ct_eq(ctx.csrf.as_bytes()).into())
}

/// Why a body could not be read: too much of it, or cut off.
pub(super) fn unread(status: StatusCode) -> Error {
    if status == StatusCode::PAYLOAD_TOO_LARGE {
        Error::TooLarge
    } else {
        Error::BadRequest("提交中断，重试".to_owned())
    }
}
