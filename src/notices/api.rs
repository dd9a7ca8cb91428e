//! Notices for programs that a person runs: the list, and marking as read.

use super::inbox::{self, Asked, Item};
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::state::App;
use crate::web::{Access, Json, Routes};
use axum::extract::{Query, State};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};
use uuid::Uuid;

/// Ids of one call.
const AT_ONCE: usize = 100;

pub(super) fn routes() -> Routes {
    let access = Access::PEOPLE;
    Routes::new()
        .get("/api/v1/notices", access, index)
        .post("/api/v1/notices/read", access, read)
}

#[derive(OpenApi)]
#[openapi(paths(index, read), components(schemas(NoticeOut, NoticePage, ReadBody, Unread)))]
struct Doc;

/// The feature's part of the OpenAPI document.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    Doc::openapi()
}

/// One notice of this account. It names no person.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct NoticeOut {
    id: Uuid,
    /// Code of the kind.
    #[schema(example = "task_given")]
    kind: &'static str,
    /// The kind in words.
    title: &'static str,
    /// Number of the task, the case or the report; empty for none.
    number: String,
    /// The case, unless it is about a joint task or a measure.
    case_id: Option<Uuid>,
    /// The joint task.
    task_id: Option<Uuid>,
    /// The measure.
    measure_id: Option<Uuid>,
    /// Whether it is red.
    red: bool,
    /// Whether it was read.
    seen: bool,
    /// Whether what it is about has been done by somebody: then it does not
    /// count as unread.
    settled: bool,
    /// When it came.
    created_at: DateTime<Utc>,
}

impl From<Item> for NoticeOut {
    fn from(item: Item) -> Self {
        Self {
            id: item.id,
            kind: item.kind.code(),
            title: item.kind.title(),
            number: item.number,
            case_id: item.case,
            task_id: item.task,
            measure_id: item.measure,
            red: item.red,
            seen: item.seen,
            settled: item.settled,
            created_at: item.at,
        }
    }
}

/// One page of notices, latest first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct NoticePage {
    /// The notices.
    items: Vec<NoticeOut>,
    /// How many are unread, 100 at most.
    unread: u64,
    /// Give it as `before` for the next page; null on the last.
    next: Option<Uuid>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wanted {
    unread: bool,
    before: Option<Uuid>,
    limit: Option<u64>,
}

/// The notices of this account.
#[utoipa::path(
    get,
    path = "/api/v1/notices",
    tag = "notices",
    params(
        ("unread" = Option<bool>, Query, description = "only those unread"),
        ("before" = Option<Uuid>, Query, description = "where the last page ended"),
        ("limit" = Option<u64>, Query, description = "1 to 100, 20 by default"),
    ),
    responses((
        status = 200, description = "One page, latest first", body = NoticePage,
        example = json!({
            "items": [{
                "id": "01993f00-0000-7000-8000-000000000011", "kind": "task_given", "title": "新协办任务待签收",
                "number": "RW-20261123-0001", "case_id": null, "task_id": "01993f00-0000-7000-8000-000000000007",
                "measure_id": null, "red": true, "seen": false, "settled": false, "created_at": "2026-11-23T01:12:00Z"
            }],
            "unread": 1,
            "next": null
        })
    ))
)]
async fn index(State(app): State<App>, ctx: Ctx, Query(wanted): Query<Wanted>) -> Result<Json<NoticePage>> {
    let db = app.db.read();
    let asked = Asked {
        seen: wanted.unread.then_some(false),
        red: false,
        before: wanted.before,
        limit: wanted.limit.unwrap_or(20),
    };
    let page = inbox::list(db, &ctx, asked).await?;
    Ok(Json(NoticePage {
        items: page.items.into_iter().map(NoticeOut::from).collect(),
        unread: inbox::unread(db, &ctx.actor, ctx.now).await?,
        next: page.next,
    }))
}

/// Which notices were read.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReadBody {
    /// Their ids, 100 at most; all that stand when it is left out.
    ids: Option<Vec<Uuid>>,
}

/// What is left unread.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Unread {
    /// How many, 100 at most.
    unread: u64,
}

/// Marks notices of this account as read. Doing it twice is the same as once;
/// ids of others' notices change nothing.
#[utoipa::path(
    post,
    path = "/api/v1/notices/read",
    tag = "notices",
    request_body(content = ReadBody, example = json!({ "ids": ["01993f00-0000-7000-8000-000000000011"] })),
    responses((status = 200, description = "Marked", body = Unread, example = json!({ "unread": 0 })))
)]
async fn read(State(app): State<App>, ctx: Ctx, Json(body): Json<ReadBody>) -> Result<Json<Unread>> {
    if body.ids.as_ref().is_some_and(|ids| ids.len() > AT_ONCE) {
        return Err(Error::field("ids", "一次最多标记100条"));
    }
    inbox::mark(&app, &ctx, body.ids.as_deref()).await?;
    // Written by another connection than this reads from: what is marked is
    // committed by now.
    let unread = inbox::unread(app.db.read(), &ctx.actor, ctx.now).await?;
    Ok(Json(Unread { unread }))
}
