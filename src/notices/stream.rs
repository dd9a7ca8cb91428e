//! The live badge: server-sent events for one open page. Every event carries
//! the number of its notice, and a page that comes back with the last number
//! it has seen is told everything after it.

use super::inbox::{self, Item};
use super::numbering;
use crate::accounts;
use crate::bell::{Listener, Rung};
use crate::ctx::Ctx;
use crate::entity::notice;
use crate::error::{Error, Result};
use crate::rules::policy::Actor;
use crate::sight;
use crate::state::App;
use crate::web::layers::wants_events;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::Deserialize;
use serde_json::json;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;
use tokio::time::Instant;

/// Without news a comment goes out this often, so that proxies keep the
/// connection and a page that has gone is noticed.
const BEAT: Duration = Duration::from_secs(20);
/// So long a stream lasts; then the browser comes back, and whether it may is
/// asked anew.
const LIFE: Duration = Duration::from_mins(1);
/// The browser comes back after so many milliseconds.
const RETRY: Duration = Duration::from_secs(1);
/// More news than this at once is told as one number.
const SINGLY: usize = 5;
/// Notices of one look.
const LOOK: u64 = 100;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Since {
    after: Option<String>,
}

/// `GET /notices/stream`.
pub(super) async fn open(
    State(app): State<App>,
    ctx: Ctx,
    headers: HeaderMap,
    Query(since): Query<Since>,
) -> Result<Response> {
    if !wants_events(&headers) {
        return Ok(StatusCode::NOT_ACCEPTABLE.into_response());
    }
    let account = accounts::find(&app.db, ctx.actor.account)
        .await?
        .ok_or(Error::SignedOut)?;
    // No place left: the page keeps the count that it was loaded with.
    let Some(listener) = app.bell.listen(ctx.actor.account) else {
        return Ok(StatusCode::NO_CONTENT.into_response());
    };
    let told = headers.get("last-event-id").and_then(|value| value.to_str().ok());
    let seen = told
        .or(since.after.as_deref())
        .and_then(|text| text.parse::<i64>().ok());
    let page = OpenPage {
        app,
        ctx,
        epoch: account.epoch,
        listener,
        seen,
        ready: VecDeque::new(),
        until: Instant::now() + LIFE,
        first: true,
    };
    let events = stream::unfold(page, |mut page| async move {
        let event = page.next().await?;
        Some((Ok::<_, Infallible>(event), page))
    });
    let mut response = Sse::new(events).into_response();
    // nginx would hold back what is small.
    let unbuffered = header::HeaderValue::from_static("no");
    response.headers_mut().insert("x-accel-buffering", unbuffered);
    Ok(response)
}

struct OpenPage {
    app: App,
    ctx: Ctx,
    epoch: i32,
    listener: Listener,
    /// The number up to which the page has been told; none on a fresh page.
    seen: Option<i64>,
    ready: VecDeque<Event>,
    until: Instant,
    first: bool,
}

impl OpenPage {
    /// The next event; none ends the stream, and the browser comes back.
    async fn next(&mut self) -> Option<Event> {
        if self.first {
            self.first = false;
            self.look().await.ok()?;
        }
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(event);
            }
            tokio::select! {
                rung = self.listener.next() => {
                    let rung = rung?;
                    if rung != Rung::News {
                        self.ready.push_back(call().ok()?);
                    }
                    if rung != Rung::Call {
                        self.look().await.ok()?;
                    }
                }
                () = tokio::time::sleep_until(self.until) => return None,
                () = tokio::time::sleep(BEAT) => return Some(Event::default().comment("")),
            }
        }
    }

    /// Looks for news. The number is taken before the count, so that what comes
    /// between the two is told once more rather than not at all.
    async fn look(&mut self) -> Result<()> {
        let actor = self.actor().await?;
        let db = self.app.db.read();
        let now = self.app.clock.now();
        let Some(seen) = self.seen else {
            let top = numbering::last(db).await?;
            let unread = inbox::unread(db, &actor, now).await?;
            self.seen = Some(top);
            self.ready.push_back(count(top, unread)?);
            return Ok(());
        };
        let rows = notice::Entity::find()
            .filter(notice::Column::AccountId.eq(actor.account))
            .filter(notice::Column::Seq.gt(seen))
            .order_by_asc(notice::Column::Seq)
            .limit(LOOK)
            .all(db)
            .await?;
        let more = u64::try_from(rows.len()).is_ok_and(|found| found == LOOK);
        let top = rows.last().and_then(|row| row.seq).unwrap_or(seen);
        let fresh = inbox::items(db, &actor, rows).await?;
        let unread = inbox::unread(db, &actor, now).await?;
        let fresh: Vec<Item> = fresh.into_iter().filter(|item| !item.seen && !item.settled).collect();
        if fresh.is_empty() || fresh.len() > SINGLY || more {
            let top = if more { numbering::last(db).await?.max(top) } else { top };
            self.seen = Some(top);
            self.ready.push_back(count(top, unread)?);
            return Ok(());
        }
        self.seen = Some(top);
        for item in fresh {
            self.ready.push_back(told(&item, unread)?);
        }
        Ok(())
    }

    /// Who the person is by now; nobody once the account is closed or its
    /// sessions have been ended.
    async fn actor(&self) -> Result<Actor> {
        let account = accounts::find(&self.app.db, self.ctx.actor.account).await?;
        let account = account.filter(|account| account.disabled_at.is_none() && account.epoch == self.epoch);
        let account = account.ok_or(Error::SignedOut)?;
        let actors = sight::actors(self.app.db.read(), &[account], self.app.clock.now()).await?;
        actors.into_iter().next().ok_or(Error::SignedOut)
    }
}

/// How many are unread, after everything up to a number.
fn count(seq: i64, unread: u64) -> Result<Event> {
    event("count", seq, &json!({ "unread": unread }))
}

/// One notice.
fn told(item: &Item, unread: u64) -> Result<Event> {
    let data = json!({
        "unread": unread,
        "id": item.id,
        "title": item.kind.title(),
        "number": item.number,
        "red": item.red,
    });
    event("notice", item.seq.unwrap_or_default(), &data)
}

/// The telephone has news: the page asks what, as who may know it. It bears no
/// number, for it is no notice and a page that comes back asks anyway.
fn call() -> Result<Event> {
    let event = Event::default().event("call");
    event
        .json_data(json!({}))
        .map_err(|error| Error::Internal(error.into()))
}

fn event(name: &str, seq: i64, data: &serde_json::Value) -> Result<Event> {
    let event = Event::default().event(name).id(seq.to_string()).retry(RETRY);
    event.json_data(data).map_err(|error| Error::Internal(error.into()))
}
