//! Searching beside the desk: a fragment with words to be put into the answer.

use super::find::{Asked, Found, Hit, find};
use crate::ctx::Ctx;
use crate::error::Result;
use crate::state::App;
use crate::web::routes::see_other;
use crate::web::{Access, Form, Routes, render};
use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;

pub(super) fn routes() -> Routes {
    Routes::new().post("/knowledge/find", Access::DESK, search)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Typed {
    q: String,
    case_type: String,
    demand_type: String,
}

#[derive(Template)]
#[template(path = "knowledge/found.html")]
struct Fragment {
    q: String,
    found: Found,
}

impl Fragment {
    /// Only the first is put in by the key alone.
    fn is_first(&self, hit: &Hit) -> bool {
        self.found.hits.first().is_some_and(|first| first.row.id == hit.row.id)
    }
}

/// What the desk searches for while the caller waits. Without script the page
/// of the knowledge base answers, in a window of its own.
async fn search(State(app): State<App>, ctx: Ctx, headers: HeaderMap, Form(typed): Form<Typed>) -> Result<Response> {
    if !headers.contains_key("hx-request") {
        let pairs = [("q", typed.q.as_str())];
        let query = serde_html_form::to_string(pairs).unwrap_or_default();
        return Ok(see_other(&format!("/knowledge?{query}")));
    }
    let code = |text: &str| text.trim().chars().take(4).collect::<String>();
    let asked = Asked {
        case_type: code(&typed.case_type),
        demand_type: typed.demand_type,
        q: typed.q,
    };
    render(&Fragment {
        found: find(&app, &ctx, &asked).await?,
        q: asked.q.trim().to_owned(),
    })
}
