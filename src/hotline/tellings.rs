//! Two tellings of one order or of one event: by file while the line was down,
//! and by the line. A file says only a part of what the line says, and says it
//! more coarsely: minutes instead of seconds, a county instead of a village.
//! What either leaves out contradicts nothing; what the second adds is told on.

use super::body::word;
use crate::rules::level::RiskLevel;
use chrono::DateTime;
use serde_json::{Map, Value};

/// Words that every platform puts in its own way: what the line sent stands,
/// and that a file puts it otherwise is no contradiction.
const OWN_WORDS: [&str; 7] = [
    "channel",
    "demand_type",
    "title",
    "reporter_type",
    "relation_to_child",
    "cohabiting_suspect",
    "kind",
];

/// What a second telling is beside the first.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Compared {
    /// What the second says and the first does not, or says otherwise: a body
    /// of its own, with nothing else in it.
    pub(super) added: Map<String, Value>,
    /// Where the second says otherwise, as JSON pointers.
    pub(super) differs: Vec<String>,
}

/// Compares a second telling with the first.
pub(super) fn compare(first: &Value, second: &Value) -> Compared {
    let mut compared = Compared::default();
    let added = compared.added("", "", first, second);
    if let Some(Value::Object(added)) = added {
        compared.added = added;
    }
    compared
}

impl Compared {
    /// What a part of the second adds to the same part of the first.
    fn added(&mut self, pointer: &str, name: &str, first: &Value, second: &Value) -> Option<Value> {
        match second {
            Value::Null => None,
            Value::Object(fields) => {
                let part = |(name, second): (&String, &Value)| {
                    let pointer = format!("{pointer}/{name}");
                    let added = self.added(&pointer, name, &first[name.as_str()], second)?;
                    Some((name.clone(), added))
                };
                let added: Map<String, Value> = fields.iter().filter_map(part).collect();
                (!added.is_empty()).then_some(Value::Object(added))
            }
            Value::Array(items) => {
                let known = first.as_array().map_or(&[][..], Vec::as_slice);
                let new = |item: &&Value| !known.iter().any(|known| holds(name, known, item));
                let new: Vec<Value> = items.iter().filter(new).cloned().collect();
                (!new.is_empty()).then_some(Value::Array(new))
            }
            word => self.added_word(pointer, name, (first, word)),
        }
    }

    fn added_word(&mut self, pointer: &str, name: &str, (first, second): (&Value, &Value)) -> Option<Value> {
        match beside(name, first, second) {
            Beside::Same => None,
            Beside::More => Some(second.clone()),
            Beside::Other => {
                self.differs.push(pointer.to_owned());
                Some(second.clone())
            }
        }
    }
}

/// How a word of the second stands beside that of the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Beside {
    Same,
    More,
    Other,
}

fn beside(name: &str, first: &Value, second: &Value) -> Beside {
    let (had, has) = (text(first), text(second));
    if has.is_empty() || had == has {
        return Beside::Same;
    }
    if had.is_empty() {
        return Beside::More;
    }
    match name {
        "received_at" | "at" if moment(&had, &has) => Beside::Same,
        "division" => division(&had, &has),
        "urgency" if raises(first, second) => Beside::More,
        "urgency" => Beside::Same,
        own if OWN_WORDS.contains(&own) => Beside::Same,
        _ => Beside::Other,
    }
}

/// Whether an item of a list says no more than one that is known.
fn holds(name: &str, known: &Value, item: &Value) -> bool {
    match (name, item) {
        ("attachments", _) => address(known) == address(item),
        (_, Value::Object(_)) => {
            let compared = compare(known, item);
            compared.added.is_empty()
        }
        _ => text(known) == text(item),
    }
}

/// The address of an attachment, which may be said alone.
fn address(item: &Value) -> String {
    text(item.get("url").unwrap_or(item))
}

/// Trailing zeros of a code say no more than that it is not said more finely.
fn division(had: &str, has: &str) -> Beside {
    let (had, has) = (short(had), short(has));
    if had.starts_with(has) {
        Beside::Same
    } else if has.starts_with(had) {
        Beside::More
    } else {
        Beside::Other
    }
}

/// A code without the tiers that it does not say.
fn short(code: &str) -> &str {
    let said = code.trim_end_matches('0').len();
    let tier = [6, 9, 12].into_iter().find(|tier| *tier >= said).unwrap_or(said);
    code.get(..tier).unwrap_or(code)
}

fn raises(first: &Value, second: &Value) -> bool {
    let level = |value: &Value| {
        let word = word(Some(value.clone()))?;
        let number = word.trim().parse().ok().and_then(RiskLevel::from_number);
        number.or_else(|| RiskLevel::parse(word.trim()))
    };
    match (level(first), level(second)) {
        (Some(first), Some(second)) => second.above(first),
        (first, second) => first.is_none() && second.is_some(),
    }
}

/// Blanks and line ends are the spreadsheet's own.
fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.split_whitespace().collect::<Vec<_>>().join(" "),
        other => other.to_string(),
    }
}

/// The same second, or the same minute where one of both knows no seconds.
fn moment(one: &str, other: &str) -> bool {
    let read = |text: &str| DateTime::parse_from_rfc3339(text).map(|at| at.timestamp()).ok();
    let (Some(one), Some(other)) = (read(one), read(other)) else {
        return false;
    };
    let coarse = one % 60 == 0 || other % 60 == 0;
    one == other || coarse && one.div_euclid(60) == other.div_euclid(60)
}

/// Everything that either telling says; where they differ, what the line says
/// stands, whichever came first.
pub(super) fn merge(by_file: &Value, by_line: &Value) -> Value {
    match (by_file, by_line) {
        (Value::Object(file), Value::Object(line)) => {
            let mut all = file.clone();
            for (name, said) in line {
                let merged = merge(all.get(name).unwrap_or(&Value::Null), said);
                all.insert(name.clone(), merged);
            }
            Value::Object(all)
        }
        (Value::Array(file), Value::Array(line)) => {
            let new = |item: &&Value| !line.iter().any(|known| holds_part(known, item));
            let more = file.iter().filter(new).cloned();
            Value::Array(line.iter().cloned().chain(more).collect())
        }
        (said, line) if text(line).is_empty() => said.clone(),
        (_, line) => line.clone(),
    }
}

/// Whether an item of a file is one of the line's, told in part.
fn holds_part(line: &Value, file: &Value) -> bool {
    if file.is_object() {
        compare(line, file).added.is_empty()
    } else {
        address(line) == address(file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn full() -> Value {
        json!({
            "received_at": "2026-11-23T09:12:37+08:00", "content": "邻居家\n孩子被打", "case_types": ["0101", "0301"],
            "child_location": { "division": "140622100001", "address": "东街" }, "urgency": "yellow",
            "children": [{ "name": "童小满", "sex": "2", "age": 7 }], "title": "被打", "caller": { "phone": null },
            "attachments": [{ "url": "http://10.1.2.3/1", "name": "一" }],
        })
    }

    #[test]
    fn a_part_that_is_told_more_coarsely_adds_nothing_and_contradicts_nothing() {
        for part in [
            json!({ "received_at": "2026-11-23T01:12:00Z" }),
            json!({ "content": " 邻居家 孩子被打 ", "title": null, "caller": { "name": null } }),
            json!({ "case_types": ["0301"], "child_location": { "division": "140622" }, "title": "别的标题" }),
            json!({ "child_location": { "division": "140622100000" }, "children": [{ "age": "7" }] }),
            json!({ "urgency": "绿", "channel": "", "attachments": ["http://10.1.2.3/1"] }),
        ] {
            assert_eq!(compare(&full(), &part), Compared::default(), "{part}");
        }
    }

    #[test]
    fn what_is_said_otherwise_is_named_and_kept() {
        for (part, pointer) in [
            (json!({ "received_at": "2026-11-23T09:13:00+08:00" }), "/received_at"),
            (json!({ "received_at": "2026-11-23T09:12:36+08:00" }), "/received_at"),
            (json!({ "content": "邻居家孩子没被打" }), "/content"),
            (
                json!({ "child_location": { "division": "140623" } }),
                "/child_location/division",
            ),
        ] {
            let compared = compare(&full(), &part);
            assert_eq!(compared.differs, [pointer]);
            assert_eq!(json!(compared.added), part);
        }
    }

    #[test]
    fn what_the_second_adds_is_told_and_nothing_twice() {
        let part = json!({ "content": "邻居家 孩子被打", "case_types": ["0101"], "children": [{ "name": "童小满" }] });
        let compared = compare(&part, &full());
        assert!(compared.differs.is_empty());
        assert_eq!(compared.added["case_types"], json!(["0301"]));
        assert_eq!(
            compared.added["children"],
            json!([{ "name": "童小满", "sex": "2", "age": 7 }])
        );
        assert!(!compared.added.contains_key("content") && !compared.added.contains_key("caller"));
        let finer = compare(&json!({ "child_location": { "division": "140622" } }), &full());
        assert_eq!(finer.added["child_location"]["division"], "140622100001");
        let raised = compare(&json!({ "urgency": "yellow" }), &json!({ "urgency": 1 }));
        assert_eq!(raised.added["urgency"], 1);
        assert_eq!(compare(&full(), &full()), Compared::default());
    }

    #[test]
    fn together_they_say_everything_and_the_line_stands() {
        let file = json!({ "content": "邻居家 孩子被打", "children": [{ "name": "童小满" }, { "name": "童大满" }],
            "caller": { "phone": "16000000001" }, "case_types": ["0101"], "recording_id": "R-1" });
        let all = merge(&file, &full());
        assert_eq!(all["content"], "邻居家\n孩子被打");
        assert_eq!(all["caller"]["phone"], "16000000001");
        assert_eq!(all["recording_id"], "R-1");
        assert_eq!(all["case_types"], json!(["0101", "0301"]));
        assert_eq!(all["children"].as_array().unwrap().len(), 2);
        assert_eq!(compare(&all, &file).added, Map::new());
        assert_eq!(compare(&all, &full()).added, Map::new());
    }
}
