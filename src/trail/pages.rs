//! The auditor's page.

use super::{Filter, PAGE, Row, search};
use crate::clock;
use crate::ctx::Ctx;
use crate::error::{FieldError, Result};
use crate::journal::{self, Act, Entry};
use crate::rules::policy::Role;
use crate::state::App;
use crate::web::{Access, Choice, Routes, Shell, render_with};
use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Days, TimeDelta, Utc};
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

#[derive(Template)]
#[template(path = "trail/list.html")]
struct ListPage {
    shell: Shell,
    asked: Asked,
    /// Whether nothing newer was left on a page before.
    first: bool,
    acts: Vec<Choice>,
    outcomes: Vec<Choice>,
    rows: Vec<Row>,
    next: Option<String>,
}

async fn list(State(app): State<App>, ctx: Ctx, Query(asked): Query<Asked>) -> Result<Response> {
    let (filter, faults) = filter(&asked);
    let rows = if faults.is_empty() {
        search(&app, &filter).await?
    } else {
        Vec::new()
    };
    // Codes only: what was typed in their place is nobody's to keep.
    let act = Act::parse(&asked.act).map(Act::code);
    let outcome = OUTCOMES.iter().find(|(code, _)| *code == asked.outcome);
    let detail = json!({ "act": act, "outcome": outcome.map(|(code, _)| code), "rows": rows.len() });
    journal::viewed(&app.db, &ctx, Entry::new(Act::JournalRead).detail(detail)).await?;
    let full = u64::try_from(rows.len()).is_ok_and(|count| count == PAGE);
    let next = rows.last().filter(|_| full).map(|last| next(&asked, last.id));
    let acts = Act::ALL.iter();
    let acts = acts
        .map(|act| Choice::new(act.code(), act.label(), &asked.act))
        .collect();
    let status = if faults.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let page = ListPage {
        shell: Shell::new(&app, &ctx, "审计", "/journal").errors(faults),
        first: asked.before.is_empty(),
        outcomes: Choice::list(&OUTCOMES, &asked.outcome),
        asked,
        acts,
        rows,
        next,
    };
    render_with(status, &page)
}

/// The filter of what was asked, and which of its times are none.
fn filter(asked: &Asked) -> (Filter, Vec<FieldError>) {
    let mut faults = Vec::new();
    let mut time = |field: &str, text: &str, last: bool| {
        let found = moment(text, last);
        if found.is_none() && !text.trim().is_empty() {
            let told = "写成 2026-11-23 或 2026-11-23 09:12 的样子";
            faults.push(FieldError::new(field, told));
        }
        found
    };
    let filter = Filter {
        from: time("from", &asked.from, false),
        until: time("until", &asked.until, true),
        username: asked.username.trim().to_lowercase().chars().take(100).collect(),
        act: asked.act.clone(),
        outcome: asked.outcome.clone(),
        number: asked.number.trim().to_uppercase().chars().take(100).collect(),
        before: asked.before.parse().ok(),
    };
    (filter, faults)
}

/// A date or a minute as typed; as a last one, the moment after it.
fn moment(text: &str, last: bool) -> Option<DateTime<Utc>> {
    if let Some(at) = clock::read_minute(text) {
        return Some(if last { at + TimeDelta::minutes(1) } else { at });
    }
    let day = clock::read_day(text)?;
    clock::midnight(if last { day.checked_add_days(Days::new(1))? } else { day })
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
