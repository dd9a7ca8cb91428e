//! A row as the body that the line would have brought. What a cell does not say
//! is left out, so that it contradicts nothing; a word that has no code here
//! goes on as it is and is looked at by a person.

use super::fields::{FIELDS, short};
use super::mapping::Mapping;
use super::reading::too_long;
use crate::network::SheetRow;
use crate::rules::codes;
use chrono::{DateTime, NaiveDateTime};
use serde_json::{Map, Value, json};
use std::collections::HashMap;

/// A row that can be read.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Said {
    /// 12345 工单号, as it stands.
    pub(super) number: String,
    /// The body of an order or of an event.
    pub(super) body: Value,
    /// Whether it is an event.
    pub(super) event: bool,
}

/// What an event can say.
const EVENT: [&str; 10] = [
    "event_id",
    "content",
    "caller",
    "case_types",
    "mandatory_situations",
    "danger_flags",
    "child_location",
    "children",
    "recording_id",
    "attachments",
];

/// Times in files have no zone: they are Beijing's. Only files may do so.
const ZONE: &str = "+08:00";

/// Reads a row.
///
/// # Errors
/// The column and the reason, in Chinese.
pub(super) fn read(row: &SheetRow, mapping: &Mapping, names: &HashMap<String, String>) -> Result<Said, String> {
    let mut flat: Vec<(&str, String)> = Vec::new();
    for field in &FIELDS {
        let text = mapping.head(field.code).map_or("", |head| row.get(&[head]));
        if too_long(text) {
            return Err(format!("{}：超过 8000 字", short(field.code)));
        }
        if !text.is_empty() {
            flat.push((field.code, text.to_owned()));
        }
    }
    let said = |code: &str| {
        flat.iter()
            .find(|(each, _)| *each == code)
            .map(|(_, text)| text.as_str())
    };
    let kind = said("kind").map_or(Ok(None), kind)?;
    let number = said("ext_order_no").ok_or("12345 工单号：未填写")?.to_owned();
    let mut body = Map::new();
    for (code, text) in &flat {
        let value = value(code, text, names).map_err(|why| format!("{}：{why}", short(code)))?;
        put(&mut body, code, value);
    }
    body.remove("kind");
    let own = body.remove("event_content");
    if let Some(kind) = kind {
        as_event(&mut body, kind, own);
    } else {
        body.remove("event_id");
    }
    Ok(Said {
        number,
        body: Value::Object(body),
        event: kind.is_some(),
    })
}

/// What a row says of an event: exports repeat the order's columns beside it,
/// and those say nothing of the event.
fn as_event(body: &mut Map<String, Value>, kind: &str, own: Option<Value>) {
    let at = body.remove("received_at");
    body.retain(|name, _| EVENT.contains(&name.as_str()));
    body.insert("kind".to_owned(), json!(kind));
    body.extend(at.map(|at| ("at".to_owned(), at)));
    body.extend(own.map(|own| ("content".to_owned(), own)));
}

fn put(body: &mut Map<String, Value>, code: &str, value: Value) {
    match code.split_once('.') {
        None => drop(body.insert(code.to_owned(), value)),
        Some(("child", name)) => {
            let children = body.entry("children").or_insert_with(|| json!([{}]));
            children[0][name] = value;
        }
        Some((part, name)) => {
            let part = body.entry(part).or_insert_with(|| json!({}));
            part[name] = value;
        }
    }
}

/// The kind of an event; none for an order.
fn kind(text: &str) -> Result<Option<&'static str>, String> {
    match text {
        "工单" | "新增" | "order" => Ok(None),
        "补充" | "supplement" => Ok(Some("supplement")),
        "催办" | "urge" => Ok(Some("urge")),
        "撤单" | "cancel" => Ok(Some("cancel")),
        "再次来电" | "call_again" => Ok(Some("call_again")),
        _ => Err("记录类型：填写 工单、补充、催办、撤单 或 再次来电".to_owned()),
    }
}

fn value(code: &str, text: &str, names: &HashMap<String, String>) -> Result<Value, String> {
    Ok(match code {
        "received_at" => json!(time(text)?),
        "case_types" | "mandatory_situations" | "danger_flags" => {
            // A name may hold the marks that stand between names.
            match coded(code, text) {
                whole if whole != text => json!([whole]),
                _ => json!(parts(text).map(|part| coded(code, part)).collect::<Vec<_>>()),
            }
        }
        "attachments" => json!(text.split_whitespace().collect::<Vec<_>>()),
        "channel" | "demand_type" | "reporter_type" | "relation_to_child" => json!(coded(code, text)),
        "cohabiting_suspect" => json!(match text {
            "是" => "yes",
            "否" => "no",
            "不详" | "不清楚" => "unknown",
            other => other,
        }),
        "caller.anonymous" | "caller.safe_phone" | "confidential" | "reported_to_police" => json!(yes(text)?),
        "urgency" => json!(match text {
            "红" | "红色" => "red",
            "黄" | "黄色" => "yellow",
            "蓝" | "蓝色" => "blue",
            "绿" | "绿色" => "green",
            other => other,
        }),
        "incident_place.division" | "child_location.division" => {
            json!(names.get(text).map_or(text, String::as_str))
        }
        "child.sex" => json!(match text {
            "男" => "1",
            "女" => "2",
            other => other,
        }),
        _ => json!(text),
    })
}

fn parts(text: &str) -> impl Iterator<Item = &str> {
    let parts = text.split(|c: char| c.is_whitespace() || "、，,;；".contains(c));
    parts.filter(|part| !part.is_empty())
}

/// The code of a name in its list; what is no name there goes on as it is.
fn coded<'a>(field: &str, text: &'a str) -> &'a str {
    let code = match field {
        "case_types" => named(codes::case_types(), text, |row| (&row.name, &row.code)),
        "mandatory_situations" => named(codes::mandatory_situations(), text, |row| (&row.name, &row.code)),
        "danger_flags" => named(codes::danger_flags(), text, |row| (&row.name, &row.code)),
        "channel" => named(codes::channels(), text, |row| (&row.name, &row.code)),
        "demand_type" => named(codes::demand_types(), text, |row| (&row.name, &row.code)),
        "reporter_type" => named(codes::reporter_types(), text, |row| (&row.name, &row.code)),
        "relation_to_child" => named(codes::relations(), text, |row| (&row.name, &row.code)),
        _ => None,
    };
    code.unwrap_or(text)
}

fn named<T>(
    rows: &'static [T],
    text: &str,
    of: impl Fn(&'static T) -> (&'static String, &'static String),
) -> Option<&'static str> {
    let short = |name: &'static str| name.split('（').next().unwrap_or(name);
    let mut found = rows.iter().filter(|row| of(row).0 == text || short(of(row).0) == text);
    let row = found.next().filter(|_| found.next().is_none())?;
    Some(of(row).1.as_str())
}

fn yes(text: &str) -> Result<bool, String> {
    match text {
        "是" | "1" | "true" => Ok(true),
        "否" | "0" | "false" => Ok(false),
        _ => Err("填写 是 或 否".to_owned()),
    }
}

fn time(text: &str) -> Result<String, String> {
    if DateTime::parse_from_rfc3339(text).is_ok() {
        return Ok(text.to_owned());
    }
    let forms = [
        "%Y-%m-%d %H:%M:%S",
        "%Y-%m-%d %H:%M",
        "%Y/%m/%d %H:%M:%S",
        "%Y/%m/%d %H:%M",
        "%Y-%m-%dT%H:%M:%S",
    ];
    let read = |form: &&str| NaiveDateTime::parse_from_str(text, form).ok();
    match forms.iter().find_map(read) {
        Some(at) => Ok(format!("{}{ZONE}", at.format("%Y-%m-%dT%H:%M:%S"))),
        None => Err("时间形如 2026-11-23 09:12，须有时分，按北京时间".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_in_a_file_is_beijings_and_a_bare_day_is_refused() {
        assert_eq!(time("2026/11/23 9:12").unwrap(), "2026-11-23T09:12:00+08:00");
        assert_eq!(time("2026-11-23T01:12:00Z").unwrap(), "2026-11-23T01:12:00Z");
        for bad in ["2026-11-23", "昨天", "2026-13-01 09:12", "46349.38"] {
            assert!(time(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_kind_that_is_not_known_is_refused_and_an_order_needs_none() {
        assert_eq!(kind("工单"), Ok(None));
        assert_eq!(kind("催办"), Ok(Some("urge")));
        assert!(kind("回访").is_err());
    }
}
