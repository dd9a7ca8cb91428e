//! What people write is nowhere to be read: not in the database, not in its
//! log of changes, not in a dump, not in the journal, the outbox or the log.

use super::drives::{self, Drive};
use super::world::{Body, IDS, PHONES, STEM, Shot, World};
use crate::support::{App, log};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

/// Routes that nobody writes about a person through, and why.
const NOTHING: [(&str, &str); 7] = [
    ("/demo/clock", "a number of days, in the demonstration alone"),
    ("/knowledge/new", "published text that names nobody"),
    ("/knowledge/{id}/edit", "published text that names nobody"),
    ("/knowledge/{id}/do/{deed}", "why published text is taken down"),
    ("/services/new", "names and numbers of public bodies"),
    ("/services/{id}", "names and numbers of public bodies"),
    ("/services/import", "names and numbers of public bodies"),
];

/// Fields that are public, and so not sealed: names of offices, what is scored.
const PUBLIC: [(&str, &str); 8] = [
    ("/network/units/{id}", "name"),
    ("/quality/sheet", "text_0"),
    ("/referral-lines/{code}", "name"),
    ("/referral-lines/{code}", "purpose"),
    ("/referral-lines/{code}", "dial"),
    ("/referral-lines/{code}", "hours"),
    ("/referral-lines/{code}", "recipient"),
    ("/referral-lines/{code}", "source"),
];

#[tokio::test]
async fn no_name_number_address_or_sentence_can_be_read_anywhere() {
    log::keep();
    let world = World::new().await;
    let all = drives::all();
    every_route_is_driven(&all);
    for drive in &all {
        let shot = drive.shot(&world).await;
        let reply = shot.send(&world).await;
        let status = reply.status.as_u16();
        assert!(status < 400, "{}: {status} {}", drive.name(), reply.text());
    }
    for drive in &all {
        let shot = in_every_field(&drive.shot(&world).await, drive);
        let reply = shot.send(&world).await;
        let status = reply.status.as_u16();
        assert!(status < 500, "{}: {status} {}", drive.name(), reply.text());
    }
    search_for_people(&world).await;
    tonghu::worker::tick(&world.app.state).await;
    let fresh = World::over(App::blank().await);
    let made = drives::set_up(&fresh).await.send(&fresh).await;
    assert_eq!(made.status, 303, "{}", made.text());
    let kept = [stored(&world.app), stored(&fresh.app)].concat();
    let real = |(_, bytes): &(String, Vec<u8>)| find(bytes, "金城镇".as_bytes()).is_some();
    assert!(kept.iter().any(real), "what is searched is the data");
    for (place, bytes) in kept {
        nowhere(&place, &bytes);
    }
    nowhere("the log", &log::kept());
}

fn every_route_is_driven(all: &[Drive]) {
    let driven: BTreeSet<&str> = all.iter().map(|drive| drive.route).chain(["/setup/{token}"]).collect();
    let left: Vec<&str> = tonghu::app::routes(true)
        .list()
        .iter()
        .filter(|route| route.method == axum::http::Method::POST)
        .map(|route| route.path)
        .filter(|path| !driven.contains(path) && NOTHING.iter().all(|(known, _)| known != path))
        .collect();
    assert!(
        left.is_empty(),
        "these take something that is neither driven (hostile/drives) nor named as nobody's data: {left:?}"
    );
}

/// The same request with a recognisable word in every field, whatever the
/// field is for: codes, dates, ids, passwords.
fn in_every_field(shot: &Shot, drive: &Drive) -> Shot {
    let public = |name: &str| PUBLIC.contains(&(drive.route, name));
    let spoil = |fields: &[(String, String)]| -> Vec<(String, String)> {
        let spoilt = fields.iter().map(|(name, value)| match name.as_str() {
            "version" => (name.clone(), value.clone()),
            name if public(name) => (name.to_owned(), value.clone()),
            _ => (name.clone(), format!("{STEM}{PHONES}001")),
        });
        spoilt.collect()
    };
    let body = match &shot.body {
        Body::Form(fields) => Body::Form(spoil(fields)),
        Body::Files(fields, files) => Body::Files(spoil(fields), files.clone()),
        Body::Json(body) => Body::Json(spoilt(body)),
    };
    Shot { body, ..shot.clone() }
}

fn spoilt(value: &Value) -> Value {
    match value {
        Value::String(_) => Value::String(format!("{STEM}{PHONES}001")),
        Value::Array(items) => items.iter().map(spoilt).collect(),
        Value::Object(fields) => {
            let kept = |name: &str| matches!(name, "step" | "version");
            let spoil = |(name, value): (&String, &Value)| {
                let value = if kept(name) { value.clone() } else { spoilt(value) };
                (name.clone(), value)
            };
            Value::Object(fields.iter().map(spoil).collect())
        }
        other => other.clone(),
    }
}

/// Whoever searches writes names into addresses.
async fn search_for_people(world: &World) {
    let word: String = STEM
        .bytes()
        .fold(String::new(), |text, byte| format!("{text}%{byte:02X}"));
    for (who, path) in [
        ("county", "/cases?q="),
        ("county", "/cases?stage="),
        ("operator", "/reports?channel="),
        ("operator", "/divisions/search?q="),
        ("secadmin", "/accounts?q="),
        ("secadmin", "/accounts/new?q="),
        ("auditor", "/journal?username="),
        ("auditor", "/journal?act="),
        ("auditor", "/journal?outcome="),
        ("auditor", "/journal?number="),
        ("township", "/tasks?state="),
        ("township", "/visits?state="),
        ("county", "/api/v1/cases?q="),
        ("police", "/api/v1/tasks?state="),
        ("operator", "/api/v1/reports/"),
        ("lead", "/hotline/orders?q="),
        ("lead", "/hotline/orders?state="),
        ("partner", "/api/v1/hotline/work-orders/"),
        ("partner", "/api/v1/cti/"),
        ("operator", "/calls?state="),
        ("lead", "/quality?span="),
        ("lead", "/quality/sheet?version="),
        ("lead", "/quality/samples/"),
        ("county", "/cases/"),
        ("county", "/"),
    ] {
        let reply = world.who(who).await.get(&format!("{path}{word}{PHONES}001")).await;
        assert!(reply.status.as_u16() < 500, "{path}: {}", reply.text());
    }
}

/// Everything that a thief of the database gets.
fn stored(app: &App) -> Vec<(String, Vec<u8>)> {
    let Some(file) = app.database_file() else {
        return vec![("the dump".to_owned(), dump(&app.home().url))];
    };
    let parts = ["", "-wal", "-shm"].map(|suffix| format!("{}{suffix}", file.display()));
    let found = parts.into_iter().filter(|path| Path::new(path).exists());
    found
        .map(|path| (path.clone(), std::fs::read(&path).unwrap()))
        .collect()
}

/// What `pg_dump` writes: bytes as hexadecimal figures.
fn dump(url: &str) -> Vec<u8> {
    let output = Command::new(pg_dump()).args(["--dbname", url]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

fn pg_dump() -> std::path::PathBuf {
    let newest = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap().path().join("bin/pg_dump"))
        .filter(|path| path.exists())
        .max();
    newest.unwrap_or_else(|| "pg_dump".into())
}

/// Fails where one of the words stands in any writing that a program may use.
fn nowhere(place: &str, bytes: &[u8]) {
    for word in [STEM, PHONES, IDS] {
        for (writing, needle) in writings(word) {
            let found = find(bytes, &needle);
            let around = found.map(|at| {
                let part = &bytes[at.saturating_sub(200)..(at + 200).min(bytes.len())];
                String::from_utf8_lossy(part).into_owned()
            });
            assert!(around.is_none(), "{word} as {writing} in {place}: {}", around.unwrap());
        }
    }
}

fn find(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    let first = needle[0];
    let mut from = 0;
    while let Some(at) = bytes[from..].iter().position(|byte| *byte == first) {
        let at = from + at;
        if bytes[at..].starts_with(needle) {
            return Some(at);
        }
        from = at + 1;
    }
    None
}

fn writings(word: &str) -> Vec<(&'static str, Vec<u8>)> {
    let wide: Vec<u16> = word.encode_utf16().collect();
    let text = |each: &dyn Fn(u8) -> String| word.bytes().map(each).collect::<String>().into_bytes();
    let escaped = |upper: bool| {
        let escape = |unit: &u16| {
            if upper {
                format!("\\u{unit:04X}")
            } else {
                format!("\\u{unit:04x}")
            }
        };
        wide.iter().map(escape).collect::<String>().into_bytes()
    };
    let mut all = vec![
        ("UTF-8", word.as_bytes().to_vec()),
        ("UTF-16LE", wide.iter().flat_map(|unit| unit.to_le_bytes()).collect()),
        ("UTF-16BE", wide.iter().flat_map(|unit| unit.to_be_bytes()).collect()),
        ("hexadecimal", text(&|byte| format!("{byte:02x}"))),
        ("capital hexadecimal", text(&|byte| format!("{byte:02X}"))),
        ("escapes", escaped(false)),
        ("capital escapes", escaped(true)),
        ("percent signs", text(&|byte| format!("%{byte:02X}"))),
    ];
    // Base64 depends on where the word begins; its ends mix with the neighbours.
    for shift in 0..3 {
        let bytes = [&vec![0; shift][..], word.as_bytes()].concat();
        let whole = STANDARD_NO_PAD.encode(&bytes);
        let inner = &whole[(shift * 8).div_ceil(6)..bytes.len() * 8 / 6];
        all.push(("base64", inner.as_bytes().to_vec()));
    }
    all
}

#[test]
fn the_search_finds_a_word_in_every_writing() {
    let hidden = [
        format!("x{STEM}x").into_bytes(),
        STEM.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        STEM.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        hex::encode(format!("外婆{STEM}")).into_bytes(),
        STANDARD_NO_PAD.encode(format!("ab{STEM}c")).into_bytes(),
        STANDARD_NO_PAD.encode(format!("a{STEM}bc")).into_bytes(),
        STANDARD_NO_PAD.encode(format!("{STEM}c")).into_bytes(),
        serde_html_form::to_string([("name", STEM)]).unwrap().into_bytes(),
        br"\u9f98\u9750".to_vec(),
    ];
    for bytes in hidden {
        let seen = std::panic::catch_unwind(|| nowhere("here", &bytes));
        assert!(seen.is_err(), "{}", String::from_utf8_lossy(&bytes));
    }
    nowhere("here", "外婆不在家，16000006001".as_bytes());
}
