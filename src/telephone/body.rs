//! What an exchange sends: one event of a call, as JSON or as a form. Fields
//! that this service does not know are let go.

use super::number::Number;
use crate::error::{Error, FieldError, Result};
use crate::rules::calls::EventKind;
use crate::web::json;
use axum::http::{HeaderMap, header};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// One event of a call.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct CallEvent {
    /// `newCall` 振铃, `answer` 接听, `transfer` 转接到另一分机, `hangup` 挂断.
    pub event: String,
    /// `in` 呼入 (the default) or `out` 呼出.
    pub direction: Option<String>,
    /// Who calls; empty or `anonymous` where the number is withheld.
    pub from: Option<String>,
    /// Who is called.
    pub to: Option<String>,
    /// The exchange's number of the call, the same in each of its events; at most 200 characters.
    pub call_id: String,
    /// The telephone where it rings, is answered or was hung up: an extension, or the sign-in name of an operator.
    /// Several ring for a hunt group: a list, or several events.
    #[schema(value_type = Option<String>)]
    pub user: Option<Vec<String>>,
    /// Why it was hung up: `normalClearing`, `busy`, `cancel`, `noAnswer` …
    pub cause: Option<String>,
}

/// An event that could be read.
#[derive(Debug)]
pub(super) struct Event {
    pub(super) kind: EventKind,
    pub(super) outbound: bool,
    /// The other side.
    pub(super) other: Number,
    pub(super) call_id: String,
    pub(super) users: Vec<String>,
    pub(super) cause: Option<String>,
}

/// Longest number of a call and longest name of a telephone.
const CALL_ID: usize = 200;
const USER: usize = 100;
/// Most telephones of one event.
const USERS: usize = 50;
/// Longest number that is looked at.
const NUMBER: usize = 200;

/// Reads an event by the type that its body is said to have.
///
/// # Errors
/// [`Error::WrongKind`], [`Error::BadRequest`], [`Error::Invalid`].
pub(super) fn read(headers: &HeaderMap, body: &[u8]) -> Result<Event> {
    if json::is_json(headers) {
        return of(&json::parse::<Map<String, Value>>(body)?);
    }
    if is_form(headers) {
        return of(&form(body)?);
    }
    let text = "请求头 Content-Type 应为 application/json 或 application/x-www-form-urlencoded";
    Err(Error::WrongKind(text.to_owned()))
}

fn is_form(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let kind = kind.and_then(|value| value.split(';').next());
    kind.is_some_and(|kind| kind.trim() == "application/x-www-form-urlencoded")
}

/// A form as the object that it would be in JSON; `user[]` and a repeated
/// `user` are lists.
fn form(body: &[u8]) -> Result<Map<String, Value>> {
    let unread = || Error::BadRequest("表单内容无法读取".to_owned());
    let pairs: Vec<(String, String)> = serde_html_form::from_bytes(body).map_err(|_| unread())?;
    let mut fields = Map::new();
    for (name, value) in pairs {
        if value.contains('\0') {
            return Err(unread());
        }
        let name = name.strip_suffix("[]").unwrap_or(&name).to_owned();
        match fields.get_mut(&name) {
            Some(Value::Array(list)) => list.push(Value::from(value)),
            Some(first) => *first = Value::from(vec![first.take(), Value::from(value)]),
            None => {
                fields.insert(name, Value::from(value));
            }
        }
    }
    Ok(fields)
}

fn of(fields: &Map<String, Value>) -> Result<Event> {
    let mut faults = Vec::new();
    let word = |name: &str| text(fields.get(name)).unwrap_or_default();
    let kind = EventKind::parse(&word("event"));
    if kind.is_none() {
        faults.push(FieldError::new("event", "event 为 newCall、answer、transfer 或 hangup"));
    }
    let outbound = match word("direction").to_ascii_lowercase().as_str() {
        "" | "in" | "inbound" => false,
        "out" | "outbound" => true,
        _ => {
            faults.push(FieldError::new("direction", "direction 为 in 或 out"));
            false
        }
    };
    let call_id = word("callId");
    if call_id.is_empty() || call_id.chars().count() > CALL_ID {
        faults.push(FieldError::new(
            "callId",
            "填写通话号 callId，200 字以内，同一通话的各事件相同",
        ));
    }
    let users = list(fields.get("user"));
    if users.len() > USERS || users.iter().any(|user| user.chars().count() > USER) {
        faults.push(FieldError::new(
            "user",
            "user 为分机或工号，100 字以内，一次不超过 50 个",
        ));
    }
    let other: String = word(if outbound { "to" } else { "from" })
        .chars()
        .take(NUMBER)
        .collect();
    match kind {
        Some(kind) if faults.is_empty() => Ok(Event {
            kind,
            outbound,
            other: Number::read(&other),
            call_id,
            users,
            cause: cause(&word("cause")),
        }),
        _ => Err(Error::Invalid(faults)),
    }
}

/// A text or a number as a text; blank counts as none.
fn text(value: Option<&Value>) -> Option<String> {
    let text = match value? {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        // A form may say it twice: the first counts.
        Value::Array(items) => text(items.first())?,
        _ => return None,
    };
    Some(text).filter(|text| !text.is_empty())
}

fn list(value: Option<&Value>) -> Vec<String> {
    let found: Vec<String> = match value {
        Some(Value::Array(items)) => items.iter().filter_map(|item| text(Some(item))).collect(),
        other => text(other).into_iter().collect(),
    };
    let mut users: Vec<String> = Vec::new();
    for user in found {
        if !users.contains(&user) {
            users.push(user);
        }
    }
    users
}

/// A cause is kept as far as it is a word: an exchange may write anything there.
fn cause(text: &str) -> Option<String> {
    let fits = (1..=40).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    match (text.is_empty(), fits) {
        (true, _) => None,
        (false, true) => Some(text.to_owned()),
        (false, false) => Some("other".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_form(body: &str) -> Result<Event> {
        of(&form(body.as_bytes())?)
    }

    #[test]
    fn a_form_says_the_same_as_json() {
        let event = read_form(
            "event=newCall&direction=in&from=%2B8616000000001&to=12345&callId=77&user%5B%5D=8001&user%5B%5D=8002",
        );
        let event = event.unwrap();
        assert_eq!(event.kind, EventKind::NewCall);
        assert_eq!(event.other, Number::Known("16000000001".to_owned()));
        assert_eq!(
            (event.call_id.as_str(), event.users.as_slice()),
            ("77", &["8001".to_owned(), "8002".to_owned()][..])
        );
        let body = br#"{"event":"answer","callId":77,"from":16000000001,"user":"8001","unknown":[]}"#;
        let event = of(&json::parse(body).unwrap()).unwrap();
        assert_eq!((event.call_id.as_str(), event.users.len()), ("77", 1));
        assert_eq!(event.other, Number::Known("16000000001".to_owned()));
    }

    #[test]
    fn what_cannot_be_read_is_named_field_by_field() {
        let Err(Error::Invalid(faults)) = read_form("event=ring&direction=up") else {
            panic!("taken");
        };
        let fields: Vec<_> = faults.iter().map(|fault| fault.field.as_str()).collect();
        assert_eq!(fields, ["event", "direction", "callId"]);
    }

    #[test]
    fn the_other_side_of_an_outbound_call_is_who_is_called_and_a_cause_is_a_word() {
        let event =
            read_form("event=hangup&direction=out&from=8001&to=16000000002&callId=1&cause=16000000002").unwrap();
        assert_eq!(event.other, Number::Known("16000000002".to_owned()));
        assert_eq!(event.cause.as_deref(), Some("other"));
    }
}
