//! Ways of spoiling a valid request.

use super::world::{Body, Shot, World, pairs};
use crate::support::Reply;
use axum::http::Method;
use serde_json::{Value, json};
use std::sync::LazyLock;

/// Texts that are no honest answer to anything, or that only look like it.
static TEXTS: LazyLock<Vec<(&str, String)>> = LazyLock::new(|| {
    let plain = [
        ("control characters", "\u{7}\u{1b}[31m\u{8}"),
        ("emoji and rare characters", "😀👨‍👩‍👧薛圐圙㛃䶮𬭎"),
        ("search characters", "%_\\'\" OR 1=1; --"),
        ("markup", "<script>alert(1)</script>{{7*7}}"),
        ("NUL", "甲\0乙"),
        ("a negative number", "-1"),
        ("a huge number", "99999999999999999999"),
        ("the largest number", "2147483647"),
        ("an unknown code", "9999"),
        ("an unknown division", "140699000000"),
        ("a far future", "2999-12-31"),
        ("an impossible date", "2026-02-30"),
        ("a date before calendars", "-5000-01-01"),
        ("a date beyond calendars", "+262142-12-31"),
        ("a far future time", "2999-12-31T23:59:00+08:00"),
        ("an impossible time", "2026-11-23T25:61"),
        ("a time before calendars", "-5000-01-01T00:00:00Z"),
        ("a time beyond calendars", "+262142-12-31T00:00:00Z"),
        ("a wrong check digit", "140699201905011239"),
        ("a bad telephone number", "打不通12345"),
        ("nobody's id", "00000000-0000-0000-0000-000000000000"),
        ("nothing", ""),
        ("blanks", " \u{3000}\t\n"),
    ];
    let mut all: Vec<_> = plain.map(|(what, text)| (what, text.to_owned())).into();
    all.push(("100 kB of text", "字".repeat(34_000)));
    all
});

/// Values of another type than a text.
static VALUES: LazyLock<Vec<(&str, Value)>> = LazyLock::new(|| {
    vec![
        ("null", json!(null)),
        ("true", json!(true)),
        ("minus one", json!(-1)),
        ("a huge number", json!(u64::MAX)),
        ("a fraction", json!(1.5)),
        ("a list", json!(["甲", 1])),
        ("an object", json!({ "甲": { "乙": [] } })),
        ("10,000 texts", Value::from(vec!["0101"; 10_000])),
        ("10,000 objects", Value::from(vec![json!({}); 10_000])),
    ]
});

/// How many there are in [`raw`] and [`raw_json`].
const RAW: usize = 10;
const RAW_JSON: usize = 17;

/// One way of spoiling a request; it fits every request of the same shape.
pub enum Recipe {
    /// A text in a field.
    Field(usize, usize),
    Without(usize),
    Repeated(usize),
    /// A text in every field but the version.
    Fields(usize),
    Empty,
    /// Another body under another type.
    Raw(usize),
    /// Another content of the file.
    File(usize),
    /// A text or another value at a place.
    Place(String, usize),
    /// The first item of a list, 10,000 times.
    Many(String),
    /// A text at every place.
    Places(usize),
    RawJson(usize),
}

/// A request that was spoilt.
pub struct Spoilt {
    pub what: String,
    /// Whether a machine sent it, and must be told in JSON.
    pub machine: bool,
    /// The text that stands where it should not, where it is one.
    pub value: Option<String>,
    how: How,
}

enum How {
    Sent(Body),
    Raw(Option<&'static str>, Vec<u8>),
}

impl Spoilt {
    pub async fn send(&self, world: &World, shot: &Shot) -> Reply {
        match &self.how {
            How::Sent(body) => {
                let shot = Shot {
                    body: body.clone(),
                    ..shot.clone()
                };
                shot.send(world).await
            }
            How::Raw(kind, bytes) => {
                let client = world.who(shot.who).await;
                let client = client.with("x-csrf-token", client.csrf());
                client.send(Method::POST, &shot.path, *kind, bytes.clone().into()).await
            }
        }
    }
}

/// The fields take turns: each by itself gets one of so many shares of what is
/// bad; all of it goes through every address where it stands in every field.
const SHARES: usize = 12;

fn share(at: usize, count: usize) -> impl Iterator<Item = usize> {
    (at % SHARES..count).step_by(SHARES)
}

/// The ways of spoiling a request. `deep`: every field by itself, not only all
/// at once. `raw`: also bodies that cannot be read.
pub fn recipes(shot: &Shot, deep: bool, raw: bool) -> Vec<Recipe> {
    let (body, files) = match &shot.body {
        Body::Json(body) => return of_json(body, deep, raw),
        Body::Form(fields) => (fields, 0),
        Body::Files(fields, _) => (fields, FILES.len()),
    };
    let mut all = Vec::new();
    for at in (0..body.len()).filter(|at| deep && first_of_its_kind(body, *at)) {
        all.extend(share(at, TEXTS.len()).map(|text| Recipe::Field(at, text)));
        all.push(Recipe::Without(at));
        if at % SHARES == 0 {
            all.push(Recipe::Repeated(at));
        }
    }
    all.extend((0..TEXTS.len()).map(Recipe::Fields));
    all.push(Recipe::Empty);
    all.extend((0..RAW).filter(|_| raw).map(Recipe::Raw));
    all.extend((0..files).map(Recipe::File));
    all
}

fn of_json(body: &Value, deep: bool, raw: bool) -> Vec<Recipe> {
    let mut all = Vec::new();
    for (at, place) in places(body, "").into_iter().filter(|_| deep).enumerate() {
        let values = TEXTS.len() + VALUES.len();
        all.extend(share(at, values).map(|value| Recipe::Place(place.clone(), value)));
        if body.pointer(&place).is_some_and(Value::is_array) {
            all.push(Recipe::Many(place));
        }
    }
    all.extend((0..TEXTS.len()).map(Recipe::Places));
    all.extend((0..RAW_JSON).filter(|_| raw).map(Recipe::RawJson));
    all
}

/// Fields that are many of one kind: the first one stands for all.
fn first_of_its_kind(fields: &[(String, String)], at: usize) -> bool {
    let kind = |name: &str| {
        name.split_once("marks/")
            .map_or(name.to_owned(), |_| "marks".to_owned())
    };
    let own = kind(&fields[at].0);
    !fields[..at].iter().any(|(name, _)| kind(name) == own)
}

impl Recipe {
    /// Spoils a request of the shape that the recipe was made for.
    pub fn spoil(&self, shot: &Shot) -> Spoilt {
        let (what, value, how) = match &shot.body {
            Body::Json(body) => self.json(body),
            Body::Form(fields) => self.form(fields, &Body::Form),
            Body::Files(fields, files) => match self {
                Self::File(at) => {
                    let (what, content) = FILES[*at];
                    let file = |(field, ..): &(String, String, Vec<u8>)| {
                        (field.clone(), "../../甲.jpg".to_owned(), content.to_vec())
                    };
                    let files = files.iter().map(file).collect();
                    (what.to_owned(), None, How::Sent(Body::Files(fields.clone(), files)))
                }
                _ => self.form(fields, &|fields| Body::Files(fields, files.clone())),
            },
        };
        Spoilt {
            what,
            machine: matches!(shot.body, Body::Json(_)),
            value,
            how,
        }
    }

    fn form(&self, fields: &Fields, body: &dyn Fn(Fields) -> Body) -> (String, Option<String>, How) {
        let mut spoilt = fields.clone();
        let (what, value) = match self {
            Self::Field(at, text) => {
                let (what, text) = &TEXTS[*text];
                spoilt[*at].1.clone_from(text);
                (format!("{what} in {}", spoilt[*at].0), Some(text.clone()))
            }
            Self::Without(at) => (format!("without {}", spoilt.remove(*at).0), None),
            Self::Repeated(at) => {
                let again = spoilt[*at].clone();
                let what = format!("{} 5,000 times", again.0);
                spoilt.extend(vec![again; 5_000]);
                (what, None)
            }
            Self::Fields(text) => {
                let (what, text) = &TEXTS[*text];
                let others = spoilt.iter_mut().filter(|(name, _)| name != "version");
                others.for_each(|(_, value)| value.clone_from(text));
                (format!("{what} everywhere"), Some(text.clone()))
            }
            Self::Raw(at) => {
                let (kind, bytes) = raw(pairs(fields)).swap_remove(*at);
                let what = format!("{kind:?} {:?}", String::from_utf8_lossy(&bytes[..bytes.len().min(20)]));
                return (what, None, How::Raw(kind, bytes));
            }
            _ => {
                spoilt.clear();
                ("an empty form".to_owned(), None)
            }
        };
        (what, value, How::Sent(body(spoilt)))
    }

    fn json(&self, body: &Value) -> (String, Option<String>, How) {
        let mut spoilt = body.clone();
        let (what, value) = match self {
            Self::Place(place, at) => {
                let (what, value) = match TEXTS.get(*at) {
                    Some((what, text)) => (what, json!(text)),
                    None => (&VALUES[at - TEXTS.len()].0, VALUES[at - TEXTS.len()].1.clone()),
                };
                let text = value.as_str().map(str::to_owned);
                *spoilt.pointer_mut(place).unwrap() = value;
                (format!("{what} in {place}"), text)
            }
            Self::Many(place) => {
                let list = spoilt.pointer_mut(place).unwrap();
                *list = Value::from(vec![list[0].clone(); 10_000]);
                (format!("10,000 of the same in {place}"), None)
            }
            Self::Places(text) => {
                let (what, text) = &TEXTS[*text];
                spoilt = everywhere(body, text);
                (format!("{what} everywhere"), Some(text.clone()))
            }
            Self::RawJson(at) => {
                let (kind, bytes) = raw_json(body).swap_remove(*at);
                let what = format!("{kind:?} {:?}", String::from_utf8_lossy(&bytes[..bytes.len().min(30)]));
                return (what, None, How::Raw(kind, bytes));
            }
            _ => ("nothing changed".to_owned(), None),
        };
        (what, value, How::Sent(Body::Json(spoilt)))
    }
}

type Fields = Vec<(String, String)>;

const FILES: [(&str, &[u8]); 5] = [
    ("an empty file", b""),
    ("a script", b"<script>alert(1)</script>"),
    ("half a picture", b"\xff\xd8\xff\xe0\0\x10JFIF"),
    ("an archive", b"PK\x03\x04\x14\0\0\0\x08\0"),
    ("another encoding", b"\xb4\xfa\xc2\xeb,\xc3\xfb\n\xff\0\n"),
];

/// Bodies that are no form.
fn raw(fields: Vec<(&str, &str)>) -> Vec<(Option<&'static str>, Vec<u8>)> {
    let form = Some("application/x-www-form-urlencoded");
    let honest = serde_html_form::to_string(fields).unwrap().into_bytes();
    vec![
        (Some("text/plain"), honest.clone()),
        (Some("application/json"), b"{}".to_vec()),
        (Some("multipart/form-data"), honest.clone()),
        (Some("multipart/form-data; boundary=x"), b"--x\r\n\r\nbroken".to_vec()),
        (None, honest),
        (form, b"%".to_vec()),
        (form, b"version=%FF%FE&reason=%C3%28".to_vec()),
        (form, b"\xff\xfe=\xff".to_vec()),
        (form, b"&&&=&==&a".to_vec()),
        (form, vec![b'a'; 1_100_000]),
    ]
}

/// The pointers of every value below the top: of marks one stands for all.
fn places(value: &Value, at: &str) -> Vec<String> {
    let below: Vec<(String, &Value)> = match value {
        Value::Array(items) => items.iter().take(1).map(|item| (format!("{at}/0"), item)).collect(),
        Value::Object(fields) => {
            let many = at.ends_with("/marks");
            let fields = fields.iter().take(if many { 1 } else { usize::MAX });
            fields.map(|(key, item)| (format!("{at}/{key}"), item)).collect()
        }
        _ => Vec::new(),
    };
    let deeper = below.iter().flat_map(|(at, item)| places(item, at));
    let deeper: Vec<String> = deeper.collect();
    below.into_iter().map(|(at, _)| at).chain(deeper).collect()
}

fn everywhere(value: &Value, text: &str) -> Value {
    match value {
        Value::String(_) => json!(text),
        Value::Array(items) => items.iter().map(|item| everywhere(item, text)).collect(),
        Value::Object(fields) => {
            let spoil = |(key, item): (&String, &Value)| {
                let item = if key == "step" {
                    item.clone()
                } else {
                    everywhere(item, text)
                };
                (key.clone(), item)
            };
            Value::Object(fields.iter().map(spoil).collect())
        }
        other => other.clone(),
    }
}

/// Bodies that are no JSON, or no decent one.
fn raw_json(body: &Value) -> Vec<(Option<&'static str>, Vec<u8>)> {
    let json = Some("application/json");
    let honest = body.to_string();
    let twice = honest.replacen('{', "{\"version\":0,\"version\":1,", 1);
    vec![
        (Some("text/plain"), honest.clone().into_bytes()),
        (Some("application/x-www-form-urlencoded"), honest.clone().into_bytes()),
        (None, honest.clone().into_bytes()),
        (json, Vec::new()),
        (json, b"null".to_vec()),
        (json, b"[]".to_vec()),
        (json, b"\"\xe7\x94\xb2\"".to_vec()),
        (json, b"{\"a\":".to_vec()),
        (json, b"{\"version\":1e999}".to_vec()),
        (json, b"{\"note\":\"\xff\xfe\"}".to_vec()),
        (json, b"{\"note\":\"\\ud800\"}".to_vec()),
        (json, b"{\"note\":\"\\u0000\"}".to_vec()),
        (json, twice.into_bytes()),
        (json, "[".repeat(65).into_bytes()),
        (json, [vec![b'['; 100_000], vec![b']'; 100_000]].concat()),
        (json, format!("{{\"note\":\"{}\"}}", "a".repeat(1_100_000)).into_bytes()),
        (json, honest.replacen('{', "{\"nobody_knows_this\":1,", 1).into_bytes()),
    ]
}
