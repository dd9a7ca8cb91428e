//! The auditor's page.

use super::{Filter, PAGE, Row, search};
use crate::clock;
use crate::ctx::Ctx;
use crate::error::Result;
use crate::journal::{self, Act, Entry};
use crate::rules::policy::Role;
use crate::state::App;
use crate::web::{Access, Routes, Shell, render};
use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

/// The routes of the feature.
#[must_use]
pub fn routes() -> Routes {
    Routes::new().get("/journal", Access::Roles(&[Role::Auditor]), list)
}

const OUTCOMES: [(&str, &str); 3] = [("done", "完成"), ("viewed", "查看"), ("denied", "拒绝")];

#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
struct Asked {
    username: String,
    act: String,
    outcome: String,
    number: String,
    from: String,
    until: String,
    before: String,
}

struct Choice {
    code: &'static str,
    label: &'static str,
    on: bool,
}

#[derive(Template)]
#[template(path = "trail/list.html")]
struct ListPage {
    shell: Shell,
    asked: Asked,
    acts: Vec<Choice>,
    outcomes: Vec<Choice>,
    rows: Vec<Row>,
    next: Option<String>,
}

async fn list(State(app): State<App>, ctx: Ctx, Query(asked): Query<Asked>) -> Result<Response> {
    let rows = search(&app, &filter(&asked)).await?;
    // Codes only: what was typed in their place is nobody's to keep.
    let act = Act::parse(&asked.act).map(Act::code);
    let outcome = OUTCOMES.iter().find(|(code, _)| *code == asked.outcome);
    let detail = json!({ "act": act, "outcome": outcome.map(|(code, _)| code), "rows": rows.len() });
    journal::viewed(&app.db, &ctx, Entry::new(Act::JournalRead).detail(detail)).await?;
    let full = u64::try_from(rows.len()).is_ok_and(|count| count == PAGE);
    let next = rows.last().filter(|_| full).map(|last| next(&asked, last.id));
    let acts = Act::ALL
        .iter()
        .map(|act| choice(act.code(), act.label(), &asked.act))
        .collect();
    let outcomes = OUTCOMES
        .into_iter()
        .map(|(code, label)| choice(code, label, &asked.outcome))
        .collect();
    render(&ListPage {
        shell: Shell::new(&app, &ctx, "审计", "/journal"),
        asked,
        acts,
        outcomes,
        rows,
        next,
    })
}

fn choice(code: &'static str, label: &'static str, chosen: &str) -> Choice {
    Choice {
        code,
        label,
        on: code == chosen,
    }
}

fn filter(asked: &Asked) -> Filter {
    Filter {
        username: asked.username.trim().chars().take(100).collect(),
        act: asked.act.clone(),
        outcome: asked.outcome.clone(),
        number: asked.number.trim().chars().take(100).collect(),
        from: clock::read_day(&asked.from),
        until: clock::read_day(&asked.until),
        before: asked.before.parse().ok(),
    }
}

fn next(asked: &Asked, last: Uuid) -> String {
    let fields = [
        ("username", asked.username.as_str()),
        ("act", &asked.act),
        ("outcome", &asked.outcome),
        ("number", &asked.number),
        ("from", &asked.from),
        ("until", &asked.until),
        ("before", &last.to_string()),
    ]
    .map(|(key, value)| (key.to_owned(), value.to_owned()));
    // Plain pairs of strings always encode.
    format!("/journal?{}", serde_html_form::to_string(fields).unwrap_or_default())
}
