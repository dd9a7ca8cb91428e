//! JSON bodies: the right content type, no deeper than 64, no key twice, faults
//! as problems.

use super::form::unread;
use super::strict::Strict;
use crate::error::Error;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;

const DEPTH: usize = 64;

/// A JSON body or answer.
#[derive(Debug)]
pub struct Json<T>(pub T);

impl<S, T> FromRequest<S> for Json<T>
where
    S: Send + Sync,
    T: DeserializeOwned,
{
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self, Error> {
        if !is_json(request.headers()) {
            return Err(Error::MediaType);
        }
        let body = bytes(request, state).await?;
        parse(&body).map(Self)
    }
}

/// Whether a body is said to be JSON.
#[must_use]
pub fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let kind = kind.and_then(|value| value.split(';').next());
    kind.is_some_and(|kind| kind.trim() == "application/json")
}

/// The whole of a body.
///
/// # Errors
/// [`Error::TooLarge`]; [`Error::BadRequest`] for one that was cut off.
pub async fn bytes<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Error> {
    Bytes::from_request(request, state)
        .await
        .map_err(|rejection| unread(rejection.status()))
}

/// Reads a JSON body.
///
/// # Errors
/// [`Error::BadRequest`] for what is no JSON or too deep; [`Error::Invalid`]
/// with the pointer where a field does not fit.
pub fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Error> {
    if depth(body) > DEPTH {
        return Err(Error::BadRequest(format!("JSON 嵌套不得超过 {DEPTH} 层")));
    }
    let Strict(value) = serde_json::from_slice(body)
        .map_err(|_| Error::BadRequest("请求体不是有效的 JSON，或同一字段出现两次".to_owned()))?;
    if has_nul(&value) {
        return Err(Error::BadRequest("内容含有不可用的字符 U+0000".to_owned()));
    }
    serde_json::from_value(value).map_err(|error| Error::field("", &describe(&error)))
}

/// The fault without the value that caused it.
fn describe(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let field = text.split('`').nth(1).unwrap_or_default();
    if text.starts_with("missing field") {
        format!("缺少字段 {field}")
    } else if text.starts_with("unknown field") {
        format!("不支持的字段 {field}")
    } else {
        "字段类型不符，核对接口说明".to_owned()
    }
}

fn depth(body: &[u8]) -> usize {
    let (mut deepest, mut now, mut quoted, mut escaped) = (0usize, 0usize, false, false);
    for byte in body {
        match (quoted, *byte) {
            (true, _) if escaped => escaped = false,
            (true, b'\\') => escaped = true,
            (_, b'"') => quoted = !quoted,
            (false, b'{' | b'[') => {
                now += 1;
                deepest = deepest.max(now);
            }
            (false, b'}' | b']') => now = now.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

fn has_nul(value: &serde_json::Value) -> bool {
    match value {
        serde_json::Value::String(text) => text.contains('\0'),
        serde_json::Value::Array(items) => items.iter().any(has_nul),
        serde_json::Value::Object(fields) => fields.iter().any(|(key, value)| key.contains('\0') || has_nul(value)),
        _ => false,
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_inside_strings_are_not_depth() {
        assert_eq!(depth(br#"{"a":"[[[[\"[["}"#), 1);
        assert_eq!(depth(b"[[[]]]"), 3);
    }

    #[test]
    fn a_fault_names_the_field_and_never_its_value() {
        #[derive(Debug, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Body {
            #[expect(dead_code, reason = "only read by serde")]
            age: u8,
        }
        let fault = parse::<Body>("{\"age\":\"李某某\"}".as_bytes()).unwrap_err();
        let Error::Invalid(errors) = fault else {
            panic!("{fault:?}")
        };
        assert!(!errors[0].message.contains("李某某"), "{errors:?}");
    }
}
