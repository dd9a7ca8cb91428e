//! The answers to an act as a form or the API sends them.

use crate::clock;
use crate::error::{Error, FieldError};
use crate::rules::measures::{Deed, Field, FieldKind, Value, Values};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;
use uuid::Uuid;

/// One answer: a text, or several codes.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[schema(as = GivenAnswer)]
#[serde(untagged)]
pub enum Answer {
    /// Words, a date, a time, one code.
    One(String),
    /// Codes.
    Many(Vec<String>),
}

/// What was sent, as it was typed.
#[derive(Debug, Clone, Default)]
pub struct Given(pub Vec<(String, String)>);

impl From<BTreeMap<String, Answer>> for Given {
    fn from(answers: BTreeMap<String, Answer>) -> Self {
        let mut all = Vec::new();
        for (name, answer) in answers {
            match answer {
                Answer::One(text) => all.push((name, text)),
                Answer::Many(codes) => all.extend(codes.into_iter().map(|code| (name.clone(), code))),
            }
        }
        Self(all)
    }
}

impl Given {
    /// The first text of a field, as typed; empty where there is none.
    #[must_use]
    pub fn text(&self, name: &str) -> &str {
        let own = self.0.iter().find(|(known, _)| known == name);
        own.map_or("", |(_, text)| text.as_str())
    }

    /// Every text of a field.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let own = self.0.iter().filter(move |(known, _)| known == name);
        own.map(|(_, text)| text.as_str())
    }

    /// A fault where a name is given that the act does not ask; only the API
    /// tells it, and never repeats the name.
    pub(super) fn strangers(&self, deed: &Deed) -> Option<FieldError> {
        let unknown = self.0.iter().any(|(name, _)| deed.field(name).is_none());
        unknown.then(|| FieldError::new("fields", "含有该办理事项没有的项，核对接口说明"))
    }

    /// The answers, and what cannot be read.
    pub(super) fn read(&self, deed: &Deed) -> (Values, Vec<FieldError>) {
        let (mut values, mut wrong) = (Values::default(), Vec::new());
        for field in deed.fields {
            let given: Vec<&str> = self
                .all(field.name)
                .map(str::trim)
                .filter(|text| !text.is_empty())
                .collect();
            if given.is_empty() {
                continue;
            }
            match read(field, &given) {
                Ok(value) => {
                    values.0.insert(field.name, value);
                }
                Err(message) => wrong.push(FieldError::new(field.name, message)),
            }
        }
        (values, wrong)
    }
}

/// The answers to an act stand one level deeper in the body of a request.
#[must_use]
pub fn in_fields(error: Error) -> Error {
    let Error::Invalid(mut faults) = error else {
        return error;
    };
    for fault in &mut faults {
        let own = matches!(fault.field.as_str(), "id" | "kind" | "deed" | "fields");
        if !own {
            fault.field = format!("fields/{}", fault.field);
        }
    }
    Error::Invalid(faults)
}

fn read(field: &Field, given: &[&str]) -> Result<Value, &'static str> {
    let first = given.first().copied().unwrap_or_default();
    match field.kind {
        FieldKind::Word(_) | FieldKind::Text(_) => Ok(Value::Text(first.to_owned())),
        FieldKind::Past | FieldKind::Day => clock::read_day(first)
            .map(Value::Day)
            .ok_or("日期写成 2026-11-23 的样子"),
        FieldKind::PastMoment | FieldKind::Moment => {
            moment(first).map(Value::At).ok_or("时间写成 2026-11-23 09:12 的样子")
        }
        FieldKind::Choice(_) => Ok(Value::Codes(vec![first.to_owned()])),
        FieldKind::Many(_) => {
            let mut codes: Vec<String> = given.iter().map(|code| (*code).to_owned()).collect();
            codes.dedup();
            Ok(Value::Codes(codes))
        }
        FieldKind::Unit => Uuid::parse_str(first)
            .map(|id| Value::Codes(vec![id.to_string()]))
            .map_err(|_| "从所列单位中选择"),
    }
}

/// As people type it, or as machines do.
fn moment(text: &str) -> Option<DateTime<Utc>> {
    clock::read_minute(text).or_else(|| DateTime::parse_from_rfc3339(text).ok().map(|at| at.to_utc()))
}
