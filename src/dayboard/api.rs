//! The board for programs: the same figures, the same roles.

use super::{Board, board};
use crate::ctx::Ctx;
use crate::error::Result;
use crate::state::App;
use crate::web::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::{OpenApi, ToSchema};
use uuid::Uuid;

#[derive(OpenApi)]
#[openapi(
    paths(show),
    components(schemas(
        BoardOut,
        BoardCalls,
        BoardDrafts,
        BoardDraft,
        BoardRed,
        BoardRedCase,
        BoardReturns,
        BoardLine,
        BoardPartner,
        BoardSms
    ))
)]
struct Doc;

/// The feature's part of the OpenAPI document.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    Doc::openapi()
}

/// The hotline today.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BoardOut {
    at: DateTime<Utc>,
    calls: BoardCalls,
    drafts: BoardDrafts,
    /// Today's reports by their state: `routed`, `joined`, `answered`, `referred`, `screening`, `screened_out`,
    /// `dismissed`; without those that did not occur.
    reports: BTreeMap<String, u64>,
    /// Screened out and waiting for the second person.
    screening: u64,
    red: BoardRed,
    callbacks: BoardReturns,
    /// Null for operators.
    line: Option<BoardLine>,
}

/// The telephone.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BoardCalls {
    ringing: u64,
    ringing_since: Option<DateTime<Utc>>,
    talking: u64,
    /// Inbound calls of today that no longer ring.
    inbound: u64,
    answered: u64,
    missed: u64,
    /// Answered within 15 seconds, today, in tenths of a percent; null without calls.
    in_time_permille: Option<u64>,
    /// Connected in the last 24 hours, in tenths of a percent; null without calls.
    connected_permille: Option<u64>,
    /// Missed callers who are to be rung up.
    owed: u64,
    owed_since: Option<DateTime<Utc>>,
    /// When an exchange told something last.
    last_event: Option<DateTime<Utc>>,
}

/// Open drafts: an operator's own, everybody's for shift lead and city.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BoardDrafts {
    count: u64,
    /// Up to 8 that lie longest.
    oldest: Vec<BoardDraft>,
}

/// An open draft.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BoardDraft {
    id: Uuid,
    number: String,
    since: DateTime<Utc>,
    /// The name of who took it.
    whose: String,
}

/// Red cases in progress, as far as the person may see them.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BoardRed {
    count: u64,
    /// Up to 8 that are due first.
    first: Vec<BoardRedCase>,
}

/// A red case.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BoardRedCase {
    id: Uuid,
    number: String,
    due_at: Option<DateTime<Utc>>,
}

/// Callbacks after resolving.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BoardReturns {
    waiting: usize,
    overdue: usize,
    /// Of them those whose number must not be called.
    unsafe_numbers: usize,
}

/// Whether the lines are up.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BoardLine {
    /// Orders of 12345 that arrived today.
    arrived: u64,
    /// Orders with something that a person has to look at.
    flagged: u64,
    /// Of today's orders those that nobody has looked at.
    unopened: u64,
    /// When the last answer was delivered.
    last_out: Option<DateTime<Utc>>,
    partners: Vec<BoardPartner>,
    sms: BoardSms,
    /// The last round of the background part.
    worker_at: Option<DateTime<Utc>>,
    worker_silent: bool,
}

/// A partner of 12345.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BoardPartner {
    name: String,
    enabled: bool,
    last_in: Option<DateTime<Utc>>,
    waiting: u64,
    /// Laid aside after the last try.
    dead: u64,
    /// Since when the oldest of both is there.
    oldest: Option<DateTime<Utc>>,
}

/// Text messages.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BoardSms {
    configured: bool,
    waiting: u64,
    dead: u64,
    last_out: Option<DateTime<Utc>>,
}

impl From<Board> for BoardOut {
    fn from(board: Board) -> Self {
        let (calls, today, day) = (&board.calls, board.calls.today, board.calls.day);
        let draft = |draft: super::Draft| BoardDraft {
            id: draft.id,
            number: draft.number,
            since: draft.since,
            whose: draft.whose,
        };
        let red = |red: super::Red| BoardRedCase {
            id: red.id,
            number: red.number,
            due_at: red.due,
        };
        Self {
            at: board.at,
            calls: BoardCalls {
                ringing: calls.ringing,
                ringing_since: calls.ringing_since,
                talking: calls.talking,
                inbound: today.inbound,
                answered: today.connected,
                missed: today.inbound.saturating_sub(today.connected),
                in_time_permille: today.permille(today.in_time),
                connected_permille: day.permille(day.connected),
                owed: calls.owed,
                owed_since: calls.owed_since,
                last_event: calls.last,
            },
            drafts: BoardDrafts {
                count: board.drafts,
                oldest: board.oldest.into_iter().map(draft).collect(),
            },
            reports: board
                .reports
                .iter()
                .map(|tally| (tally.state.code().to_owned(), tally.count))
                .collect(),
            screening: board.screening,
            red: BoardRed {
                count: board.red,
                first: board.first.into_iter().map(red).collect(),
            },
            callbacks: BoardReturns {
                waiting: board.returns.waiting,
                overdue: board.returns.over,
                unsafe_numbers: board.returns.unsafe_numbers,
            },
            line: board.line.map(BoardLine::from),
        }
    }
}

impl From<super::Line> for BoardLine {
    fn from(line: super::Line) -> Self {
        let partner = |partner: crate::hotline::Partner| BoardPartner {
            name: partner.name,
            enabled: partner.enabled,
            last_in: partner.last_in,
            waiting: partner.waiting,
            dead: partner.dead,
            oldest: partner.oldest,
        };
        Self {
            arrived: line.orders.arrived,
            flagged: line.orders.flagged,
            unopened: line.orders.unopened,
            last_out: line.orders.last_out,
            partners: line.orders.partners.into_iter().map(partner).collect(),
            sms: BoardSms {
                configured: line.sms,
                waiting: line.sms_waiting,
                dead: line.sms_dead,
                last_out: line.sms_last,
            },
            worker_at: line.worker,
            worker_silent: line.worker_silent,
        }
    }
}

/// The hotline's board for today: waiting and answered calls, open drafts,
/// reports, red cases, callbacks; for shift lead and city also the lines.
#[utoipa::path(
    get,
    path = "/api/v1/hotline/board",
    tag = "hotline",
    responses((
        status = 200, description = "How the hotline stands now", body = BoardOut,
        example = json!({
            "at": "2026-11-23T01:00:00Z",
            "calls": {
                "ringing": 1, "ringing_since": "2026-11-23T00:59:50Z", "talking": 2, "inbound": 40, "answered": 38,
                "missed": 2, "in_time_permille": 850, "connected_permille": 951, "owed": 1,
                "owed_since": "2026-11-23T00:40:00Z", "last_event": "2026-11-23T00:59:50Z"
            },
            "drafts": { "count": 1, "oldest": [{
                "id": "01993f00-0000-7000-8000-000000000002", "number": "XS-20261123-0001",
                "since": "2026-11-23T00:30:00Z", "whose": "话务员甲"
            }] },
            "reports": { "answered": 12, "routed": 5 },
            "screening": 1,
            "red": { "count": 1, "first": [{
                "id": "01993f00-0000-7000-8000-000000000003", "number": "TH-20261123-0001",
                "due_at": "2026-11-23T01:30:00Z"
            }] },
            "callbacks": { "waiting": 3, "overdue": 1, "unsafe_numbers": 2 },
            "line": {
                "arrived": 9, "flagged": 1, "unopened": 0, "last_out": "2026-11-23T00:58:00Z",
                "partners": [{
                    "name": "市12345平台", "enabled": true, "last_in": "2026-11-23T00:57:00Z", "waiting": 0, "dead": 0,
                    "oldest": null
                }],
                "sms": { "configured": true, "waiting": 0, "dead": 0, "last_out": null },
                "worker_at": "2026-11-23T00:59:57Z", "worker_silent": false
            }
        })
    ))
)]
pub(super) async fn show(State(app): State<App>, ctx: Ctx) -> Result<Json<BoardOut>> {
    Ok(Json(board(&app, &ctx).await?.into()))
}
