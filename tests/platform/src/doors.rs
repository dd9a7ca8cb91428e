//! The stand-in's addresses, and who may use them: this machine, and for the
//! buttons its own page alone, so that no web page elsewhere can push them.

use crate::book::Manner;
use crate::pushes::{self, What};
use crate::{BACK, Platform, answers, page};
use axum::Router;
use axum::extract::{DefaultBodyLimit, Form, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use std::net::{IpAddr, SocketAddr};

const BODY: usize = 1024 * 1024;

pub(crate) fn router(platform: &Platform) -> Router {
    let buttons = Router::new().route("/do", post(press)).layer(from_fn(own_page));
    Router::new()
        .route("/", get(page::page))
        .route("/style.css", get(page::style))
        .route(BACK, post(answers::take))
        .merge(buttons)
        .layer(DefaultBodyLimit::max(BODY))
        .layer(from_fn(this_machine))
        .layer(from_fn(dress))
        .with_state(platform.clone())
}

/// A button of the page.
#[derive(Deserialize)]
struct Pressed {
    #[serde(rename = "do")]
    what: String,
    /// Whether the page stands still, and is to go on doing so.
    #[serde(default)]
    still: String,
}

async fn press(State(platform): State<Platform>, Form(pressed): Form<Pressed>) -> Response {
    let manner = Manner::ALL.into_iter().find(|manner| manner.code() == pressed.what);
    if let Some(manner) = manner {
        platform.book().manner = manner;
    } else if let Some(what) = What::parse(&pressed.what) {
        pushes::push(&platform, what).await;
    } else {
        return (StatusCode::BAD_REQUEST, "没有这个按钮").into_response();
    }
    let back = if pressed.still.is_empty() { "/" } else { "/?still=1" };
    Redirect::to(back).into_response()
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// Whether a host is this machine, by name or by number. A name that somebody
/// lets point here is none of them.
fn is_local(host: &str) -> bool {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let number = host.parse::<SocketAddr>().map(|address| address.ip());
    let number = number.or_else(|_| host.parse::<IpAddr>());
    name == "localhost" || number.is_ok_and(|ip| ip.is_loopback())
}

async fn this_machine(request: Request, next: Next) -> Response {
    if text(request.headers(), header::HOST).is_some_and(is_local) {
        return next.run(request).await;
    }
    (StatusCode::FORBIDDEN, "只供本机使用").into_response()
}

/// Browsers say where a form comes from; who does not say it is refused too.
async fn own_page(request: Request, next: Next) -> Response {
    let headers = request.headers();
    let host = text(headers, header::HOST).unwrap_or_default();
    let origin = text(headers, header::ORIGIN).and_then(|origin| origin.strip_prefix("http://"));
    if origin == Some(host) {
        return next.run(request).await;
    }
    (StatusCode::FORBIDDEN, "请求来自其他网页，已拒绝").into_response()
}

const POLICY: &str =
    "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

async fn dress(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // Without it a browser would not say where a form comes from.
        (header::REFERRER_POLICY, "same-origin"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_is_known_by_its_own_names_alone() {
        for host in ["127.0.0.1:8080", "127.0.0.1", "localhost:9", "localhost", "[::1]:8080"] {
            assert!(is_local(host), "{host}");
        }
        for host in [
            "",
            "example.cn",
            "127.0.0.1.example.cn",
            "localhost.example.cn:80",
            "10.1.2.3:80",
            "0.0.0.0:80",
            "2130706433",
        ] {
            assert!(!is_local(host), "{host}");
        }
    }
}
