//! The gate at every address that changes something: who the access list does
//! not admit, strangers, and forms without the token of the session.

use super::knocks::{self, Body};
use super::world::built;
use super::{everything, news};
use crate::support::{App, Client, Reply};
use axum::body::Body as Bytes;
use axum::http::Method;
use serde_json::json;
use tonghu::rules::policy::Role;
use tonghu::web::Access;
use tonghu::web::routes::Route;
use uuid::Uuid;

const PEOPLE: [(&str, Role); 11] = [
    ("operator", Role::Operator),
    ("lead", Role::Lead),
    ("city", Role::City),
    ("county", Role::County),
    ("township", Role::Township),
    ("village", Role::Village),
    ("police", Role::Handler),
    ("hospital", Role::Reporter),
    ("sysadmin", Role::SysAdmin),
    ("secadmin", Role::SecAdmin),
    ("auditor", Role::Auditor),
];

/// Every route that changes something, those that end the session last.
fn changing() -> Vec<Route> {
    let mut routes: Vec<Route> = tonghu::app::routes(true)
        .list()
        .iter()
        .filter(|route| route.method != Method::GET)
        .cloned()
        .collect();
    assert!(routes.len() > 50, "{}", routes.len());
    routes.sort_by_key(|route| ends_the_session(route.path));
    routes
}

fn ends_the_session(path: &str) -> bool {
    path == "/logout" || path == "/api/v1/session"
}

/// A path with an id that belongs to nothing in place of its parameters.
fn to_nothing(path: &str) -> String {
    let nothing = Uuid::from_u128(7).to_string();
    let part = |part: &str| {
        if part.starts_with('{') {
            nothing.clone()
        } else {
            part.to_owned()
        }
    };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

async fn knock(who: &Client, route: &Route) -> Reply {
    let path = to_nothing(route.path);
    if route.method == Method::DELETE {
        return who.send(Method::DELETE, &path, None, Bytes::empty()).await;
    }
    if path.starts_with("/api/") {
        return who.json("POST", &path, json!({ "step": "sign", "version": 1 })).await;
    }
    who.post(&path, &[("version", "1"), ("reason", "核实")]).await
}

#[tokio::test]
async fn whoever_is_not_on_the_list_is_refused_at_every_address_that_changes_something() {
    let app = App::start().await;
    for (username, role) in PEOPLE {
        let mut who = app.sign_in(username).await;
        for route in changing().into_iter().filter(|route| route.access != Access::Public) {
            if ends_the_session(route.path) {
                who = app.sign_in(username).await;
            }
            let reply = knock(&who, &route).await;
            let at = format!("{username} {} {}: {}", route.method, route.path, reply.status);
            assert!(reply.status.as_u16() < 500, "{at}");
            if route.access.admits(Some(role)) {
                assert_ne!(reply.status, 401, "{at}");
            } else {
                assert_eq!(reply.status, 403, "{at}");
            }
        }
    }
}

/// What is open to everybody refuses what means nothing in its own way.
#[tokio::test]
async fn nonsense_at_the_open_addresses_is_refused_without_a_fault() {
    let app = App::start().await;
    let before = everything(&app).await;
    for route in changing().iter().filter(|route| route.access == Access::Public) {
        let reply = knock(&app.stranger(), route).await;
        let at = format!("{} {}: {}", route.method, route.path, reply.status);
        assert!((400..500).contains(&reply.status.as_u16()), "{at}");
    }
    assert_eq!(news(&before, &everything(&app).await), [""; 0]);
}

#[tokio::test]
async fn a_stranger_changes_nothing_at_any_address() {
    let app = App::start().await;
    let before = everything(&app).await;
    for route in changing().iter().filter(|route| route.access != Access::Public) {
        let reply = knock(&app.stranger(), route).await;
        let expected = if route.path.starts_with("/api/") { 401 } else { 303 };
        assert_eq!(reply.status, expected, "{} {}", route.method, route.path);
        assert!(expected == 401 || reply.location() == "/login", "{}", route.path);
    }
    assert_eq!(news(&before, &everything(&app).await), [""; 0]);
}

/// A form without the token, or with that of another session, is refused at
/// every address of a case, for the very person who may do it with the token;
/// what a program sends must be JSON, which no form of another site can be.
#[tokio::test]
async fn a_form_without_its_token_changes_nothing() {
    let world = built().await;
    let app = &world.job.app;
    let (county, township) = (app.sign_in("county").await, app.sign_in("township").await);
    let before = everything(app).await;
    let routes = tonghu::app::routes(true);
    let mut tried = 0;
    for knock in knocks::all(&world, &routes).into_iter().filter(knocks::Knock::is_post) {
        if !knock.access.admits(Some(Role::County)) {
            continue;
        }
        for token in ["", township.csrf()] {
            let bare = county.with_token(token);
            let reply = match &knock.body {
                Body::Json(_) => bare.post(&knock.path, &[("step", "sign"), ("version", "1")]).await,
                _ => knock.at(&bare).await,
            };
            let expected = if knock.path.starts_with("/api/") { 415 } else { 403 };
            assert_eq!(reply.status, expected, "{}: {}", knock.path, reply.text());
        }
        tried += 1;
    }
    assert!(tried > 60, "{tried}");
    assert_eq!(news(&before, &everything(app).await), [""; 0]);
}

/// The same for the forms that belong to no case.
#[tokio::test]
async fn no_form_of_the_service_is_taken_without_its_token() {
    let app = App::start().await;
    for (username, role) in PEOPLE {
        let who = app.sign_in(username).await;
        let before = everything(&app).await;
        for route in changing() {
            let page = !route.path.starts_with("/api/") && route.access != Access::Public;
            if !page || !route.access.admits(Some(role)) {
                continue;
            }
            let (path, bare) = (to_nothing(route.path), who.with_token(""));
            let reply = if path.ends_with("/import") {
                bare.multipart(&path, &[("kind", "units")], &[]).await
            } else {
                bare.post(&path, &[("version", "1"), ("reason", "核实")]).await
            };
            // An address with an id first asks whether there is such a thing.
            let expected: &[u16] = if route.path.contains('{') { &[403, 404] } else { &[403] };
            assert!(
                expected.contains(&reply.status.as_u16()),
                "{username} {}: {}",
                route.path,
                reply.status
            );
        }
        assert_eq!(news(&before, &everything(&app).await), [""; 0], "{username}");
        assert_ne!(who.get("/").await.location(), "/login", "{username} is still signed in");
    }
}
