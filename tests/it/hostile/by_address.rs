//! What may be written into an address: junk in paths, endless searches,
//! cursors that nobody was given.

use super::world::World;
use crate::support::Reply;
use axum::http::{Method, StatusCode};
use tonghu::rules::policy::Role;

/// Parts of a path that are no id, percent-encoded where they must be.
const PARTS: [&str; 12] = [
    "%C2%B9",
    "¹",
    "-1",
    "0",
    "%00",
    "%FF%FE",
    "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "'%20OR%20'1'='1",
    "%F0%9F%98%80",
    "99999999999999999999999",
    "00000000-0000-0000-0000-000000000000",
    "%",
];

fn person(role: Role) -> &'static str {
    match role {
        Role::Handler => "police",
        Role::Reporter => "hospital",
        other => other.code(),
    }
}

fn clear(what: &str, reply: &Reply) {
    let text = reply.text();
    let start: String = text.chars().take(300).collect();
    assert!(reply.status.as_u16() < 500, "{what}: {} {start}", reply.status);
    let readable = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
    if reply.status.is_client_error() {
        assert!(
            text.chars().any(readable),
            "{what}: {} is not clear: {start}",
            reply.status
        );
    }
}

#[tokio::test]
async fn junk_in_a_path_is_not_found_and_never_a_fault() {
    let world = World::new().await;
    for route in tonghu::app::routes(true).list() {
        if !route.path.contains('{') {
            continue;
        }
        let role = Role::ALL
            .into_iter()
            .find(|role| !matches!(role, Role::Service | Role::System) && route.access.admits(Some(*role)));
        let client = world.who(person(role.unwrap())).await;
        for part in PARTS.map(str::to_owned).into_iter().chain(["a".repeat(3000)]) {
            let path = filled(route.path, &part);
            let what = format!("{} {path}", route.method);
            let Ok(uri) = path.parse::<axum::http::Uri>() else {
                assert!(part == "%" || part == "¹", "{path} is refused before it gets here");
                continue;
            };
            let reply = if route.method == Method::GET {
                client.get(&uri.to_string()).await
            } else if route.path.starts_with("/api/") {
                client.json("POST", &uri.to_string(), serde_json::json!({})).await
            } else {
                client.post(&uri.to_string(), &[("version", "1")]).await
            };
            clear(&what, &reply);
            let panel = route.path == "/intake/{id}/caller";
            assert!(panel || reply.status.as_u16() >= 300, "{what}: {}", reply.status);
        }
    }
}

/// The route with every parameter replaced.
fn filled(route: &str, part: &str) -> String {
    let parts = route
        .split('/')
        .map(|piece| if piece.starts_with('{') { part } else { piece });
    parts.collect::<Vec<_>>().join("/")
}

/// Every address with something behind a question mark.
const QUERIES: [(&str, &str, &[&str]); 20] = [
    (
        "county",
        "/cases",
        &["q", "stage", "risk", "division", "mine", "cursor", "done"],
    ),
    (
        "county",
        "/api/v1/cases",
        &[
            "q",
            "stage",
            "risk",
            "division",
            "mine",
            "due_before",
            "cursor",
            "limit",
        ],
    ),
    ("township", "/tasks", &["state", "cursor"]),
    ("township", "/api/v1/tasks", &["state", "mine", "cursor", "limit"]),
    ("operator", "/reports", &["state", "level", "channel", "cursor"]),
    ("operator", "/intake", &["cursor"]),
    ("operator", "/divisions/search", &["q"]),
    ("secadmin", "/accounts", &["q", "page"]),
    ("secadmin", "/accounts/new", &["q", "unit"]),
    (
        "auditor",
        "/journal",
        &["username", "act", "outcome", "number", "from", "until", "before"],
    ),
    ("county", "/visits", &["state"]),
    ("county", "/api/v1/visits", &["case"]),
    ("county", "/network", &["saved", "open"]),
    ("county", "/network/places/140622000000", &["saved", "open"]),
    ("village", "/today", &["done"]),
    ("hospital", "/portal", &["done"]),
    ("lead", "/hotline/orders", &["q", "state", "look", "cursor"]),
    ("city", "/hotline/answers", &["q"]),
    ("lead", "/hotline/answers/file", &["client", "day", "form"]),
    ("lead", "/calls", &["state", "mine"]),
];

/// Values that a search, a page number or a cursor may be given.
const VALUES: [&str; 22] = [
    "%25",
    "_",
    "%27%20OR%201%3D1%3B--",
    "%00",
    "%FF",
    "%F0%9F%98%80%F0%A0%AE%B7",
    "-1",
    "0",
    "99999999999999999999",
    "18446744073709551615",
    "%E2%80%8B",
    "0.9223372036854775807.00000000000000000000000000000000",
    "0.-9223372036854775808.00000000000000000000000000000000",
    "0.-8000000000000000000.00000000000000000000000000000000",
    "0.8210000000000000000.00000000000000000000000000000000",
    "9..00000000000000000000000000000000",
    "%2B262142-12-31",
    "-5000-01-01",
    "2999-12-31T23:59:00Z",
    "%2B262142-12-31T00:00:00Z",
    "-262143-01-01T00:00:00Z",
    "00000000-0000-0000-0000-000000000000",
];

#[tokio::test]
async fn whatever_is_searched_for_finds_something_or_nothing() {
    let world = World::new().await;
    for (who, path, names) in QUERIES {
        let client = world.who(who).await;
        let long = "%E5%AD%97".repeat(1700);
        for name in names {
            for value in VALUES.into_iter().chain([long.as_str()]) {
                let reply = client.get(&format!("{path}?{name}={value}")).await;
                clear(&format!("{path}?{name}={}", &value[..value.len().min(60)]), &reply);
            }
            let twice = client.get(&format!("{path}?{name}=a&{name}=b")).await;
            clear(&format!("{path}: {name} twice"), &twice);
        }
        let unknown = client.get(&format!("{path}?nobody=1&%FF=%FF&=&&")).await;
        clear(path, &unknown);
    }
}

#[tokio::test]
async fn an_address_of_60_kilobytes_is_told_to_be_too_long() {
    let world = World::new().await;
    for (who, path, names) in QUERIES {
        let client = world.who(who).await;
        let reply = client.get(&format!("{path}?{}={}", names[0], "a".repeat(60_000))).await;
        assert_eq!(reply.status, StatusCode::URI_TOO_LONG, "{path}");
        clear(path, &reply);
    }
    let heavy = world.who("county").await.with("x-note", &"a".repeat(20_000));
    let reply = heavy.get("/cases").await;
    assert_eq!(reply.status, StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
    let reply = heavy.get("/api/v1/cases").await;
    assert_eq!(reply.header("content-type"), Some("application/problem+json"));
}

#[tokio::test]
async fn the_demonstrations_clock_takes_days_and_nothing_else() {
    let world = World::new().await;
    let client = world.who("").await;
    let before = world.app.clock.now();
    for days in [
        "",
        "0",
        "-1",
        "401",
        "1e3",
        "1.5",
        "99999999999999999999",
        "甲",
        "%",
        "9223372036854775807",
    ] {
        let reply = client.post_bare("/demo/clock", &[("days", days)]).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{days}");
        clear(days, &reply);
    }
    let nothing = client.post_bare("/demo/clock", &[]).await;
    assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(world.app.clock.now(), before);
}

#[tokio::test]
async fn methods_that_an_address_does_not_have_are_refused() {
    let world = World::new().await;
    let client = world.who("county").await;
    for method in [Method::PUT, Method::PATCH, Method::DELETE, Method::TRACE] {
        let reply = client.send(method.clone(), "/cases", None, "".into()).await;
        assert_eq!(reply.status, StatusCode::METHOD_NOT_ALLOWED, "{method}");
        clear("/cases", &reply);
    }
}
