//! `GET /measures`: 措施台账.

use crate::clock;
use crate::ctx::Ctx;
use crate::error::Result;
use crate::measures::list::{self, MOST};
use crate::measures::view;
use crate::rules::measures::PROCEDURES;
use crate::state::App;
use crate::web::{Choice, Shell, render};
use askama::Template;
use axum::extract::{Query, State as Has};
use axum::response::Response;
use serde::Deserialize;
use uuid::Uuid;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    kind: String,
}

/// One measure.
struct Line {
    case: Uuid,
    number: String,
    id: Uuid,
    name: String,
    paper_no: String,
    state: &'static str,
    state_kind: &'static str,
    validity: String,
    /// The next clock: what is owed, and by when.
    next: String,
    due: String,
    over: bool,
}

#[derive(Template)]
#[template(path = "measures/list.html")]
struct ListPage {
    shell: Shell,
    kinds: Vec<Choice>,
    lines: Vec<Line>,
    cut: bool,
}

impl ListPage {
    fn chosen(&self) -> bool {
        self.kinds.iter().any(|kind| kind.on)
    }
}

pub(super) async fn show(Has(app): Has<App>, ctx: Ctx, Query(asked): Query<Asked>) -> Result<Response> {
    let found = list::list(&app, &ctx, &asked.kind).await?;
    render(&ListPage {
        shell: Shell::new(&app, &ctx, "措施", "/measures"),
        kinds: kinds(&asked.kind),
        cut: found.len() as u64 == MOST,
        lines: found.into_iter().map(|line| shown(&ctx, line)).collect(),
    })
}

fn kinds(chosen: &str) -> Vec<Choice> {
    PROCEDURES
        .iter()
        .map(|procedure| Choice::new(procedure.kind, procedure.name, chosen))
        .collect()
}

fn shown(ctx: &Ctx, line: list::Line) -> Line {
    Line {
        case: line.case,
        number: line.number,
        id: line.row.id,
        state: line.row.state.label(),
        state_kind: view::state_kind(&line.row),
        name: line.row.kind_name,
        paper_no: line.row.paper_no,
        validity: line.row.validity,
        next: line.next.map(|(what, _)| what.to_owned()).unwrap_or_default(),
        due: line.next.map(|(_, due)| clock::minute(due)).unwrap_or_default(),
        over: line.next.is_some_and(|(_, due)| due <= ctx.now),
    }
}
