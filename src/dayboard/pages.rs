//! `/hotline/board`, and the part of it that the page asks for again.

use super::shown::{self, Due, PartnerRow, Rate, age};
use super::{Board, board};
use crate::clock;
use crate::ctx::Ctx;
use crate::error::Result;
use crate::rules::policy::{answers_calls, leads_calls};
use crate::state::App;
use crate::web::{Shell, render};
use askama::Template;
use axum::extract::State;
use axum::response::Response;

struct DraftRow {
    href: String,
    number: String,
    age: String,
    whose: String,
    /// Lies for longer than a call lasts.
    old: bool,
}

struct RedRow {
    href: String,
    number: String,
    stage: &'static str,
    due: Due,
}

/// What the board shows, whole page or not.
struct View {
    at: String,
    board: Board,
    in_time: Rate,
    connected: Rate,
    ringing: String,
    owed: String,
    drafts: Vec<DraftRow>,
    red: Vec<RedRow>,
    reports: u64,
    partners: Vec<PartnerRow>,
    last_call: String,
    last_out: String,
    sms_last: String,
    worker: String,
    /// Which of the lists behind the figures the person may open.
    calls: bool,
    confirms: bool,
    all: bool,
}

/// A draft that lies so long is one that somebody has left.
const OLD: i64 = 30;

fn view(ctx: &Ctx, board: Board) -> View {
    let now = board.at;
    let since = |at: Option<chrono::DateTime<chrono::Utc>>| at.map(|at| age(at, now)).unwrap_or_default();
    let draft = |draft: &super::Draft| DraftRow {
        href: if draft.own {
            format!("/intake/{}", draft.id)
        } else {
            format!("/reports/{}", draft.id)
        },
        number: draft.number.clone(),
        age: age(draft.since, now),
        whose: draft.whose.clone(),
        old: (now - draft.since).num_minutes() >= OLD,
    };
    let red = |red: &super::Red| RedRow {
        href: format!("/cases/{}", red.id),
        number: red.number.clone(),
        stage: red.stage,
        due: shown::due(red.due, now),
    };
    let line = board.line.as_ref();
    View {
        at: clock::second(now),
        in_time: shown::in_time(&board),
        connected: shown::connected(&board),
        ringing: since(board.calls.ringing_since),
        owed: since(board.calls.owed_since),
        drafts: board.oldest.iter().map(draft).collect(),
        red: board.first.iter().map(red).collect(),
        reports: board.reports.iter().map(|tally| tally.count).sum(),
        partners: line.map(|line| shown::partners(line, now)).unwrap_or_default(),
        last_call: shown::at(board.calls.last),
        last_out: shown::at(line.and_then(|line| line.orders.last_out)),
        sms_last: shown::at(line.and_then(|line| line.sms_last)),
        worker: shown::at(line.and_then(|line| line.worker)),
        calls: answers_calls(ctx.actor.role),
        confirms: leads_calls(ctx.actor.role),
        all: line.is_some(),
        board,
    }
}

#[derive(Template)]
#[template(path = "dayboard/board.html")]
struct BoardPage {
    shell: Shell,
    v: View,
}

#[derive(Template)]
#[template(path = "dayboard/now.html")]
struct NowPart {
    v: View,
}

/// `GET /hotline/board`
pub(super) async fn show(State(app): State<App>, ctx: Ctx) -> Result<Response> {
    let v = view(&ctx, board(&app, &ctx).await?);
    render(&BoardPage {
        shell: Shell::new(&app, &ctx, "今日看板", "/hotline/board"),
        v,
    })
}

/// `GET /hotline/board/now`
pub(super) async fn now(State(app): State<App>, ctx: Ctx) -> Result<Response> {
    let v = view(&ctx, board(&app, &ctx).await?);
    render(&NowPart { v })
}
