//! A person at a browser, or a program at the API: cookies, tokens, replies.

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use serde_json::Value;
use std::net::SocketAddr;
use tonghu::clock::Clock;
use tonghu::outbox::sign::{self, Signable};
use tower::ServiceExt;
use uuid::Uuid;

/// A cookie jar with a router behind it.
#[derive(Clone)]
pub struct Client {
    router: Router,
    cookie: Option<String>,
    csrf: String,
    headers: Vec<(String, String)>,
    peer: Option<SocketAddr>,
    signer: Option<Signer>,
}

/// Who signs, with what, by which clock.
#[derive(Clone)]
struct Signer {
    code: String,
    secret: String,
    clock: Clock,
}

/// What came back.
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
}

impl Reply {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|_| panic!("no JSON: {} {}", self.status, self.text()))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    pub fn location(&self) -> &str {
        self.header("location").unwrap_or_default()
    }
}

impl Client {
    pub fn new(router: Router) -> Self {
        Self {
            router,
            cookie: None,
            csrf: String::new(),
            headers: Vec::new(),
            peer: None,
            signer: None,
        }
    }

    /// A partner that signs every request.
    pub fn signing(&self, clock: &Clock, (code, secret): (&str, &str)) -> Self {
        let mut other = self.clone();
        other.signer = Some(Signer {
            code: code.to_owned(),
            secret: secret.to_owned(),
            clock: clock.clone(),
        });
        other
    }

    /// The same person at an address.
    pub fn at(&self, address: &str) -> Self {
        let mut other = self.clone();
        other.peer = Some(SocketAddr::new(address.parse().unwrap(), 40_000));
        other
    }

    /// The same person with a further header on every request.
    pub fn with(&self, name: &str, value: &str) -> Self {
        let mut other = self.clone();
        other.headers.push((name.to_owned(), value.to_owned()));
        other
    }

    /// The same person whose forms carry another token.
    pub fn with_token(&self, token: &str) -> Self {
        let mut other = self.clone();
        token.clone_into(&mut other.csrf);
        other
    }

    /// Signs in over the API and keeps cookie and token.
    pub async fn sign_in(&mut self, username: &str, password: &str) {
        let body = serde_json::json!({ "username": username, "password": password });
        let reply = self.json("POST", "/api/v1/session", body).await;
        assert_eq!(reply.status, StatusCode::OK, "{username}: {}", reply.text());
        self.keep(&reply);
        reply.json()["csrf"]
            .as_str()
            .unwrap_or_default()
            .clone_into(&mut self.csrf);
    }

    /// Takes the session cookie of a reply.
    pub fn keep(&mut self, reply: &Reply) {
        if let Some(cookie) = reply.header("set-cookie") {
            self.cookie = cookie.split(';').next().map(str::to_owned);
        }
    }

    /// The form token of the session.
    pub fn csrf(&self) -> &str {
        &self.csrf
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.send(Method::GET, path, None, Body::empty()).await
    }

    /// Posts a form with the session's token; a repeated name is a repeated field.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Reply {
        let mut fields = fields.to_vec();
        fields.push(("csrf", &self.csrf));
        self.post_bare(path, &fields).await
    }

    /// Posts a form as it is, without a token.
    pub async fn post_bare(&self, path: &str, fields: &[(&str, &str)]) -> Reply {
        let body = serde_html_form::to_string(fields).unwrap();
        self.send(
            Method::POST,
            path,
            Some("application/x-www-form-urlencoded"),
            body.into(),
        )
        .await
    }

    pub async fn json(&self, method: &str, path: &str, body: Value) -> Reply {
        let method: Method = method.parse().unwrap();
        self.send(method, path, Some("application/json"), body.to_string().into())
            .await
    }

    /// Posts a multipart form: fields, then files as (name, file name, type, bytes).
    pub async fn multipart(&self, path: &str, fields: &[(&str, &str)], files: &[(&str, &str, &str, &[u8])]) -> Reply {
        let mut body = Vec::new();
        let token = [("csrf", self.csrf.as_str())];
        for (name, value) in token.iter().chain(fields) {
            body.extend(
                format!("--frontier\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes(),
            );
        }
        for (name, file, kind, bytes) in files {
            let head = format!(
                "--frontier\r\ncontent-disposition: form-data; name=\"{name}\"; filename=\"{file}\"\r\ncontent-type: {kind}\r\n\r\n"
            );
            body.extend(head.bytes());
            body.extend(*bytes);
            body.extend(b"\r\n");
        }
        body.extend(b"--frontier--\r\n");
        self.send(
            Method::POST,
            path,
            Some("multipart/form-data; boundary=frontier"),
            body.into(),
        )
        .await
    }

    /// The response itself, for a body that does not end.
    pub async fn open(&self, path: &str) -> axum::response::Response {
        let request = self.request(Method::GET, path, None);
        self.router
            .clone()
            .oneshot(request.body(Body::empty()).unwrap())
            .await
            .unwrap()
    }

    pub async fn send(&self, method: Method, path: &str, kind: Option<&str>, body: Body) -> Reply {
        let mut request = self.request(method.clone(), path, kind);
        let mut body = body;
        if let Some(signer) = &self.signer {
            let bytes = body.collect().await.unwrap().to_bytes();
            for (name, value) in signer.headers(method.as_str(), path, &bytes) {
                request = request.header(name, value);
            }
            body = bytes.into();
        }
        let mut request = request.body(body).unwrap();
        if let Some(peer) = self.peer {
            request.extensions_mut().insert(ConnectInfo(peer));
        }
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        Reply {
            status: parts.status,
            headers: parts.headers,
            bytes: body.collect().await.unwrap().to_bytes().to_vec(),
        }
    }

    /// Everything of a request but its body.
    fn request(&self, method: Method, path: &str, kind: Option<&str>) -> axum::http::request::Builder {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "tonghu.test");
        if let Some(cookie) = &self.cookie {
            request = request.header(header::COOKIE, cookie);
        }
        if let Some(kind) = kind {
            request = request.header(header::CONTENT_TYPE, kind);
        }
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        request
    }
}

impl Signer {
    fn headers(&self, method: &str, target: &str, body: &[u8]) -> [(&'static str, String); 4] {
        let timestamp = self.clock.now().timestamp().to_string();
        let nonce = Uuid::new_v4().simple().to_string();
        let signed = Signable {
            method,
            target,
            timestamp: &timestamp,
            nonce: &nonce,
            body,
        };
        let signature = sign::sign(&self.secret, &signed).unwrap();
        [
            (sign::CLIENT, self.code.clone()),
            (sign::TIMESTAMP, timestamp),
            (sign::NONCE, nonce),
            (sign::SIGNATURE, signature),
        ]
    }
}
