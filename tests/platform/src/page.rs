//! The one page: buttons above, what was pushed and what was heard below.

use crate::Platform;
use crate::book::{Heard, KEPT, Manner, Pushed};
use crate::samples::Later;
use askama::Template;
use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use serde::Deserialize;

#[derive(Template)]
#[template(path = "page.html")]
struct Page {
    service: String,
    client: String,
    /// Whether it does not refresh itself.
    still: bool,
    later: [Later; 4],
    has_order: bool,
    manners: [Manner; 4],
    manner: Manner,
    slow: u64,
    pushed: Vec<Pushed>,
    heard: Vec<Heard>,
    kept: usize,
}

#[derive(Deserialize)]
pub(crate) struct Asked {
    still: Option<String>,
}

pub(crate) async fn page(State(platform): State<Platform>, Query(asked): Query<Asked>) -> Response {
    let page = written(&platform, asked.still.is_some());
    match page.render() {
        Ok(html) => Html(html).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, format!("页面：{error}")).into_response(),
    }
}

fn written(platform: &Platform, still: bool) -> Page {
    let book = platform.book();
    Page {
        service: format!("http://{}", platform.0.service),
        client: platform.0.client.clone(),
        still,
        later: Later::ALL,
        has_order: book.latest.is_some(),
        manners: Manner::ALL,
        manner: book.manner,
        slow: platform.0.slow.as_secs(),
        pushed: book.pushed(),
        heard: book.heard(),
        kept: KEPT,
    }
}

pub(crate) async fn style() -> Response {
    let kind = [(header::CONTENT_TYPE, "text/css; charset=utf-8")];
    (kind, include_str!("style.css")).into_response()
}
