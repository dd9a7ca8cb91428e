//! The boards on screen: `/board` and `/supervision`.

use super::supervision::{self, Asked, By, Sort, Standing, standing};
use super::unit::{Board, Lane, SHOWN, Todo, board};
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
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use serde_json::json;

pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/board", Access::CASEWORK, unit)
        .get("/supervision", WATCHING, watch)
}

/// Those who watch over others' handling: the county its subtree, the city and
/// the shift lead everything.
const WATCHING: Access = Access::Roles(&[Role::Lead, Role::City, Role::County]);

struct Column {
    code: &'static str,
    label: &'static str,
    empty: &'static str,
    over: bool,
    count: usize,
    rows: Vec<Row>,
    more: usize,
}

struct Row {
    todo: Todo,
    due: String,
    due_state: &'static str,
}

#[derive(Template)]
#[template(path = "boards/unit.html")]
struct BoardPage {
    shell: Shell,
    unit: String,
    columns: Vec<Column>,
}

async fn unit(State(app): State<App>, ctx: Ctx) -> Result<Response> {
    let board = board(app.db.read(), &ctx).await?;
    let columns: Vec<Column> = Lane::ALL
        .into_iter()
        .map(|lane| column(&board, lane, ctx.now))
        .collect();
    let rows: usize = columns.iter().map(|column| column.rows.len()).sum();
    journal::viewed(
        &app.db,
        &ctx,
        Entry::new(Act::CasesListed).detail(json!({ "rows": rows })),
    )
    .await?;
    render(&BoardPage {
        shell: Shell::new(&app, &ctx, "工作看板", "/board"),
        unit: ctx.unit_name,
        columns,
    })
}

fn column(board: &Board, lane: Lane, now: DateTime<Utc>) -> Column {
    let all = board.lane(lane);
    let row = |todo: &Todo| Row {
        due: todo.due_text(),
        due_state: due_state(todo.due, now),
        todo: todo.clone(),
    };
    Column {
        code: lane.code(),
        label: lane.label(),
        empty: lane.empty(),
        over: lane == Lane::Over,
        count: all.len(),
        rows: all.iter().take(SHOWN).map(row).collect(),
        more: all.len().saturating_sub(SHOWN),
    }
}

fn due_state(due: Option<DateTime<Utc>>, now: DateTime<Utc>) -> &'static str {
    match due {
        Some(due) if due <= now => "over",
        Some(due) if clock::day(due) == clock::day(now) => "today",
        Some(due) if due <= now + TimeDelta::days(3) => "soon",
        _ => "later",
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wanted {
    by: String,
    sort: String,
}

struct Tab {
    href: String,
    label: &'static str,
    current: bool,
}

#[derive(Template)]
#[template(path = "boards/supervision.html")]
struct SupervisionPage {
    shell: Shell,
    place: &'static str,
    finding: String,
    tabs: Vec<Tab>,
    heads: Vec<Tab>,
    rows: Vec<Standing>,
    total: supervision::Figures,
}

async fn watch(State(app): State<App>, ctx: Ctx, Query(wanted): Query<Wanted>) -> Result<Response> {
    let usual = if ctx.actor.role == Role::County {
        By::Township
    } else {
        By::County
    };
    let asked = Asked {
        by: By::parse(&wanted.by).unwrap_or(usual),
        sort: Sort::parse(&wanted.sort).unwrap_or_default(),
    };
    let rows = standing(app.db.read(), &ctx, asked).await?;
    journal::viewed(
        &app.db,
        &ctx,
        Entry::new(Act::CasesListed).detail(json!({ "rows": rows.len() })),
    )
    .await?;
    let address = |by: By, sort: Sort| format!("/supervision?by={}&sort={}", by.code(), sort.code());
    render(&SupervisionPage {
        shell: Shell::new(&app, &ctx, "督导看板", "/supervision"),
        place: match asked.by {
            By::Unit => "主办单位",
            By::County | By::Township => "地区",
        },
        finding: supervision::finding(&rows),
        tabs: By::ALL
            .map(|by| Tab {
                href: address(by, asked.sort),
                label: by.label(),
                current: by == asked.by,
            })
            .into(),
        heads: Sort::ALL
            .map(|sort| Tab {
                href: address(asked.by, sort),
                label: sort.label(),
                current: sort == asked.sort,
            })
            .into(),
        total: supervision::total(&rows),
        rows,
    })
}
