//! A router over a database of its own, and browsers that keep a cookie.

use super::super::{NewAccount, insert, password, routes, session};
use crate::clock::Clock;
use crate::config::{Config, Flags};
use crate::ctx::Ctx;
use crate::db::Db;
use crate::rules::division::Division;
use crate::rules::policy::Role;
use crate::state::App;
use crate::vault::{Algorithm, KeyRing, Vault};
use crate::web::layers;
use crate::{entity, journal};
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Method, Request, Response, StatusCode, header};
use axum::middleware::{from_fn, from_fn_with_state};
use chrono::DateTime;
use http_body_util::BodyExt;
use sea_orm::EntityTrait;
use sea_orm_migration::MigratorTrait;
use std::net::SocketAddr;
use std::sync::Mutex;
use tower::ServiceExt;
use uuid::Uuid;

pub(super) const PASSWORD: &str = "rain-on-the-tin-roof";

pub(super) struct Bench {
    pub(super) app: App,
    pub(super) router: Router,
    _dir: tempfile::TempDir,
}

/// What came back.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: header::HeaderMap,
    pub(super) body: String,
}

impl Answer {
    pub(super) fn location(&self) -> &str {
        self.headers
            .get(header::LOCATION)
            .map_or("", |value| value.to_str().unwrap())
    }

    pub(super) fn csrf(&self) -> String {
        let rest = self.body.split("name=\"csrf\" value=\"").nth(1).unwrap();
        rest.split('"').next().unwrap().to_owned()
    }
}

impl Bench {
    pub(super) async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", dir.path().join("accounts.db").display());
        let db = Db::connect(&url).await.unwrap();
        migrations::Migrator::up(db.schema(), None).await.unwrap();
        let vault = Vault::new(KeyRing::generate(Algorithm::Sm4Gcm).unwrap());
        let config = Config::load(&Flags::default()).unwrap();
        let at = DateTime::parse_from_rfc3339("2026-11-23T09:12:00+08:00").unwrap();
        let app = App::new(db, vault, Clock::fixed(at.into()), config);
        let router = routes()
            .into_router()
            .layer(from_fn_with_state(app.clone(), session::identify))
            .layer(session::layer(&app))
            .layer(from_fn_with_state(app.clone(), layers::problems))
            .layer(from_fn(layers::same_site))
            .layer(from_fn_with_state(app.clone(), layers::dress))
            .with_state(app.clone());
        Self { app, router, _dir: dir }
    }

    /// An account whose name and password everybody in these tests knows.
    pub(super) async fn account(&self, username: &str, role: Role, must_change: bool) -> Uuid {
        let ctx = Ctx::system(self.app.clock.now());
        let new = NewAccount {
            username: username.to_owned(),
            name: "薛圐圙".to_owned(),
            role,
            unit_id: None,
            division: Division::parse("140600").unwrap(),
            phone: None,
            id_number: None,
            password: PASSWORD.to_owned(),
            must_change,
        };
        let hash = password::hash(&self.app, PASSWORD).await.unwrap();
        let tx = self.app.db.begin().await.unwrap();
        let id = insert(&self.app, &tx, &ctx, &new, hash).await.unwrap();
        let entry = journal::Entry::new(journal::Act::AccountAdded).subject(id);
        journal::commit(tx, &ctx, entry).await.unwrap();
        id
    }

    pub(super) fn browser(&self, address: &str) -> Browser {
        Browser {
            router: self.router.clone(),
            address: address.to_owned(),
            cookie: Mutex::new(None),
        }
    }

    pub(super) async fn signed_in(&self, username: &str) -> Browser {
        let browser = self.browser("10.1.1.1");
        let answer = browser.sign_in(username, PASSWORD).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
        browser
    }

    /// The stored words of every act in the journal, oldest first.
    pub(super) async fn acts(&self) -> Vec<String> {
        let rows = entity::journal_entry::Entity::find();
        let mut rows = rows.all(self.app.db.read()).await.unwrap();
        rows.sort_by_key(|row| row.id);
        rows.into_iter().map(|row| row.act).collect()
    }
}

/// Somebody at an address with a cookie jar.
pub(super) struct Browser {
    router: Router,
    address: String,
    pub(super) cookie: Mutex<Option<String>>,
}

impl Browser {
    pub(super) async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path), Body::empty()).await
    }

    pub(super) async fn form(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let request = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let body = serde_html_form::to_string(fields).unwrap();
        self.send(request, body.into()).await
    }

    pub(super) async fn json(&self, method: Method, path: &str, body: serde_json::Value) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::CONTENT_TYPE, "application/json");
        self.send(request, body.to_string().into()).await
    }

    pub(super) async fn sign_in(&self, username: &str, password: &str) -> Answer {
        self.form("/login", &[("username", username), ("password", password)])
            .await
    }

    /// The form token of a page.
    pub(super) async fn token(&self) -> String {
        self.get("/password").await.csrf()
    }

    pub(super) async fn send(&self, request: axum::http::request::Builder, body: Body) -> Answer {
        let mut request = request.header(header::HOST, "tonghu.test").body(body).unwrap();
        if let Some(cookie) = self.cookie.lock().unwrap().as_ref() {
            request.headers_mut().insert(header::COOKIE, cookie.parse().unwrap());
        }
        let peer: SocketAddr = format!("{}:4000", self.address).parse().unwrap();
        request.extensions_mut().insert(ConnectInfo(peer));
        let response = self.router.clone().oneshot(request).await.unwrap();
        self.keep_cookie(&response);
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8(bytes.to_vec()).unwrap(),
        }
    }

    fn keep_cookie(&self, response: &Response<Body>) {
        for value in response.headers().get_all(header::SET_COOKIE) {
            let pair = value.to_str().unwrap().split(';').next().unwrap().to_owned();
            let emptied = pair.ends_with('=');
            *self.cookie.lock().unwrap() = Some(pair).filter(|_| !emptied);
        }
    }
}
