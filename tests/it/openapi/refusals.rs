//! What is refused is refused as described, on every route.

use super::{Described, served};
use crate::support::{App, Client, Reply};
use axum::body::Body;
use axum::http::Method;
use serde_json::json;
use std::collections::BTreeMap;
use tonghu::rules::policy::Role;
use tonghu::web::Access;
use uuid::Uuid;

struct Door {
    app: App,
    told: Described,
}

impl Door {
    async fn open() -> Self {
        Self {
            app: App::start().await,
            told: Described::read(),
        }
    }

    async fn knock(&self, who: &Client, (method, path): (&str, &str), id: &str, body: Sent<'_>) -> Reply {
        let at = path
            .replace("{id}", id)
            .replace("{code}", id)
            .replace("{ext_order_no}", id)
            .replace("{token}", tonghu::demo::EXCHANGE);
        let verb: Method = method.parse().unwrap();
        let reply = who.send(verb, &at, body.0, Body::from(body.1.to_owned())).await;
        self.told.holds((method, path), &reply);
        reply
    }

    /// One person of each role.
    async fn people(&self) -> BTreeMap<Role, Client> {
        let mut people = BTreeMap::new();
        for (username, role) in [
            ("operator", Role::Operator),
            ("county", Role::County),
            ("township", Role::Township),
            ("hospital", Role::Reporter),
            ("secadmin", Role::SecAdmin),
            ("auditor", Role::Auditor),
        ] {
            people.insert(role, self.app.sign_in(username).await);
        }
        people
    }
}

type Sent<'a> = (Option<&'a str>, &'a str);
const NOTHING: Sent<'_> = (None, "");

/// Whoever may use a route: a partner where calls are signed.
fn let_in(door: &Door, people: &BTreeMap<Role, Client>, (path, access): (&str, Access)) -> Client {
    if path.starts_with("/api/v1/hotline/") {
        return door.app.partner();
    }
    if path.starts_with("/api/v1/cti/") {
        return door.app.stranger();
    }
    admitted(people, access)
}

fn admitted(people: &BTreeMap<Role, Client>, access: Access) -> Client {
    let found = people.iter().find(|(role, _)| access.admits(Some(**role)));
    found.map_or_else(|| panic!("nobody for {access:?}"), |(_, client)| client.clone())
}

#[tokio::test]
async fn whoever_is_not_signed_in_or_not_admitted_is_told_so() {
    let door = Door::open().await;
    let id = Uuid::now_v7().to_string();
    let stranger = door.app.stranger();
    let service = stranger.with("authorization", &format!("Bearer {}", tonghu::demo::TOKEN));
    let wrong = stranger.with("authorization", "Bearer tonghu-wrong-token-0000");
    let mut kept = 0;
    for ((method, path), access) in served() {
        if access == Access::Public {
            continue;
        }
        let route = (method.as_str(), path.as_str());
        let at = format!("{method} {path}");
        let reply = door.knock(&stranger, route, &id, NOTHING).await;
        assert_eq!(reply.status, 401, "{at}");
        assert_eq!(reply.header("www-authenticate"), Some("Bearer"), "{at}");
        assert_eq!(door.knock(&service, route, &id, NOTHING).await.status, 403, "{at}");
        kept += 1;
    }
    assert!(kept >= 12, "{kept}");
    for told in ["/api/v1/cases", "/api/v1/openapi.json", "/readyz", "/metrics"] {
        assert_eq!(
            door.knock(&wrong, ("GET", told), &id, NOTHING).await.status,
            401,
            "{told}"
        );
    }
    let alive = door.knock(&wrong, ("GET", "/healthz"), &id, NOTHING).await;
    assert_eq!(alive.status, 200);
}

#[tokio::test]
async fn what_cannot_be_read_is_told_so() {
    let door = Door::open().await;
    let people = door.people().await;
    let id = Uuid::now_v7().to_string();
    let json = Some("application/json");
    let large = format!("\"{}\"", "x".repeat(1024 * 1024));
    for ((method, path), access) in served().into_iter().filter(|((method, _), _)| method == "POST") {
        let route = (method.as_str(), path.as_str());
        let who = let_in(&door, &people, (&path, access));
        for (body, status) in [
            ((Some("text/plain"), "{}"), 415),
            (NOTHING, 415),
            ((json, "{"), 400),
            ((json, large.as_str()), 413),
        ] {
            assert_eq!(door.knock(&who, route, &id, body).await.status, status, "{path}");
        }
        let shapeless = door.knock(&who, route, &id, (json, "[]")).await;
        assert!(
            [404, 422].contains(&shapeless.status.as_u16()),
            "{path}: {}",
            shapeless.text()
        );
    }
}

#[tokio::test]
async fn what_is_not_there_is_told_so() {
    let door = Door::open().await;
    let people = door.people().await;
    let id = Uuid::now_v7().to_string();
    for ((method, path), access) in served().into_iter().filter(|((_, path), _)| path.contains('{')) {
        let route = (method.as_str(), path.as_str());
        if path.starts_with("/api/v1/hotline/") || path.starts_with("/api/v1/cti/") {
            // Numbers of another system: any may be asked for, and events wait for theirs; a token lets in.
            continue;
        }
        let who = admitted(&people, access);
        let step = (Some("application/json"), r#"{"step":"sign","version":1}"#);
        let body = if method == "POST" { step } else { NOTHING };
        let missing = door.knock(&who, route, &id, body).await;
        let own_steps = ["reports", "transfers", "referrals", "deadline-rules"]
            .iter()
            .any(|part| path.contains(part));
        let unknown_step = own_steps && missing.status == 422;
        assert!(missing.status == 404 || unknown_step, "{path}: {}", missing.text());
        let nonsense = door.knock(&who, route, "nonsense", body).await.status.as_u16();
        // A code is a word like any other, and this one is not known.
        let expected = if path.contains("{code}") {
            missing.status.as_u16()
        } else {
            400
        };
        assert_eq!(nonsense, expected, "{path}");
    }
    let partner = door.app.partner();
    let order = ("GET", "/api/v1/hotline/work-orders/{ext_order_no}");
    assert_eq!(door.knock(&partner, order, &id, NOTHING).await.status, 404);
    assert_eq!(door.knock(&door.app.stranger(), order, &id, NOTHING).await.status, 401);
    let county = &people[&Role::County];
    for (at, status) in [
        ("/api/v1/cases?stage=nowhere", 422),
        ("/api/v1/cases?cursor=x", 422),
        ("/api/v1/cases?limit=101", 422),
        ("/api/v1/cases?stage=closed&stage=closed", 400),
        ("/api/v1/tasks?mine=perhaps", 400),
        ("/api/v1/tasks?cursor=x", 422),
        ("/api/v1/visits", 422),
        ("/api/v1/visits?case=01993f00-0000-7000-8000-000000000000", 404),
    ] {
        let path = at.split('?').next().unwrap();
        let reply = county.get(at).await;
        door.told.holds(("GET", path), &reply);
        assert_eq!(reply.status, status, "{at}: {}", reply.text());
    }
}

#[tokio::test]
async fn a_used_key_a_stale_version_and_too_many_tries_are_told_as_described() {
    let door = Door::open().await;
    let operator = door.app.sign_in("operator").await;
    let keyed = operator.with("idempotency-key", &Uuid::now_v7().to_string());
    let path = ("POST", "/api/v1/reports");
    let example = door.told.examples(path.0, path.1)[""].clone();
    let first = keyed.json(path.0, path.1, example.clone()).await;
    door.told.holds(path, &first);
    let again = keyed.json(path.0, path.1, example.clone()).await;
    assert_eq!((again.status.as_u16(), again.json()), (201, first.json()));
    let mut other = example;
    other["content"] = json!("另一件事");
    let clash = keyed.json(path.0, path.1, other).await;
    door.told.holds(path, &clash);
    assert_eq!(clash.status, 409);
    let township = door.app.sign_in("township").await;
    let steps = format!("/api/v1/cases/{}/steps", first.json()["case"]["id"].as_str().unwrap());
    let stale = township
        .json("POST", &steps, json!({ "step": "sign", "version": 9 }))
        .await;
    door.told.holds(("POST", "/api/v1/cases/{id}/steps"), &stale);
    assert_eq!(stale.json()["versions"], json!({ "seen": 9, "now": 1 }));
    let session = ("POST", "/api/v1/session");
    let body = json!({ "username": "lead", "password": "wrong-password-1" });
    let mut last = 0;
    for _ in 0..6 {
        let reply = door.app.stranger().json(session.0, session.1, body.clone()).await;
        door.told.holds(session, &reply);
        last = reply.status.as_u16();
    }
    assert_eq!(last, 429);
}
