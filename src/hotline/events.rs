//! What comes later about an order: supplements, words to hurry, withdrawals,
//! further calls. Each has a number of its own, happens once, and may come
//! before its order or after what happened later: nothing it does depends on
//! when it comes.

mod applying;

pub use applying::sweep;
pub(super) use applying::{apply, is_cancelled};

use super::body::{self, OrderEvent};
use super::completing::{self, Known};
use super::door::Signed;
use super::orders;
use crate::ctx::Ctx;
use crate::entity::hotline_event;
use crate::error::{Error, Result};
use crate::journal::{self, Act, Entry};
use crate::state::App;
use crate::vault::Slot;
use anyhow::Context;
use chrono::{DateTime, Utc};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

/// What came later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// 补充
    Supplement,
    /// 催办
    Urge,
    /// 撤单
    Cancel,
    /// 再次来电
    CallAgain,
}

impl Kind {
    const ALL: [Self; 4] = [Self::Supplement, Self::Urge, Self::Cancel, Self::CallAgain];

    fn code(self) -> &'static str {
        match self {
            Self::Supplement => "supplement",
            Self::Urge => "urge",
            Self::Cancel => "cancel",
            Self::CallAgain => "call_again",
        }
    }

    fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// The words of a stored kind.
pub(super) fn kind_label(code: &str) -> &'static str {
    match Kind::parse(code) {
        Some(Kind::Supplement) => "补充",
        Some(Kind::Urge) => "催办",
        Some(Kind::Cancel) => "撤单",
        Some(Kind::CallAgain) => "再次来电",
        None => "",
    }
}

/// The words of what became of an event.
pub(super) fn outcome_label(code: Option<&str>) -> &'static str {
    match code {
        Some("case") => "已记入个案",
        Some("draft") => "已记入待登记线索",
        Some("joined") => "已作为新线索并入个案",
        Some("report") => "已作为新线索受理",
        Some("urged") => "已催办",
        Some("held") => "线索待登记，已提醒班长",
        Some("ended") => "办理已结束，待人工核对",
        _ => "等待工单到达",
    }
}

/// What a partner gets for an event, every time the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct EventAnswer {
    /// 12345 工单号.
    ext_order_no: String,
    /// 12345 事件号.
    event_id: String,
    /// `supplement`, `urge`, `cancel`, `call_again`.
    kind: String,
    /// When it arrived.
    arrived_at: DateTime<Utc>,
}

impl From<hotline_event::Model> for EventAnswer {
    fn from(event: hotline_event::Model) -> Self {
        Self {
            ext_order_no: event.ext_order_no,
            event_id: event.ext_event_id,
            kind: event.kind,
            arrived_at: event.arrived_at,
        }
    }
}

/// Whether an event was new.
#[derive(Debug)]
pub(crate) enum Taken {
    /// It was.
    New(EventAnswer),
    /// It was here before, the same.
    Again(EventAnswer),
    /// It was here before and was told with more in it now.
    Completed(EventAnswer),
}

impl Taken {
    fn again(answer: EventAnswer, known: Known) -> Self {
        match known {
            Known::Fuller => Self::Completed(answer),
            _ => Self::Again(answer),
        }
    }
}

/// Where the sealed body of an event is.
pub(super) fn slot(id: Uuid) -> Slot {
    Slot::new("hotline_event", "body", id)
}

/// Takes an event; one whose order has not come yet waits for it.
///
/// # Errors
/// [`Error::Invalid`] for a number, a kind or a time that cannot be read;
/// [`Error::Conflict`] when the event's number came before with other content.
pub(crate) async fn take(
    app: &App,
    signed: &Signed,
    ext_order_no: &str,
    (value, event): (&Value, &OrderEvent),
) -> Result<Taken> {
    let ctx = &signed.ctx;
    let number = body::number("ext_order_no", Some(&ext_order_no.to_owned()))?;
    let event_id = body::number("event_id", event.event_id.as_ref())?;
    let kind = event.kind.as_deref().map(str::trim).and_then(Kind::parse);
    let kind = kind.ok_or_else(|| Error::field("kind", "填写 supplement、urge、cancel 或 call_again"))?;
    let at = body::time("at", event.at.as_ref())?;
    let hash = body::hash(&app.vault, &json!([number, value]));
    let came = (event_id.as_str(), hash.as_str(), value);
    if let Some((answer, known)) = earlier(app, signed, (&number, came)).await? {
        return Ok(Taken::again(answer, known));
    }
    let row = row(app, signed, (&number, &event_id, kind, at), (&hash, value))?;
    match Box::pin(write(app, ctx, row)).await {
        Ok(answer) => Ok(Taken::New(answer)),
        // It may have come twice at once: then the other's answer holds.
        Err(error) => match earlier(app, signed, (&number, came)).await? {
            Some((answer, known)) => Ok(Taken::again(answer, known)),
            None => Err(later(error)),
        },
    }
}

fn row(
    app: &App,
    signed: &Signed,
    (number, event_id, kind, at): (&str, &str, Kind, Option<DateTime<Utc>>),
    (hash, value): (&str, &Value),
) -> Result<hotline_event::ActiveModel> {
    let ctx = &signed.ctx;
    let id = ctx.new_id();
    Ok(hotline_event::ActiveModel {
        id: Set(id),
        client_id: Set(signed.client.id),
        ext_order_no: Set(number.to_owned()),
        ext_event_id: Set(event_id.to_owned()),
        kind: Set(kind.code().to_owned()),
        at: Set(at.filter(|at| *at <= ctx.now).unwrap_or(ctx.now)),
        arrived_at: Set(ctx.now),
        body_hash: Set(hash.to_owned()),
        body: Set(app.vault.seal(slot(id), &value.to_string())?),
        applied_at: Set(None),
        outcome: Set(None),
        report_id: Set(None),
        by_file: Set(signed.by_file),
    })
}

async fn find(db: &impl ConnectionTrait, client: Uuid, event_id: &str) -> Result<Option<hotline_event::Model>> {
    Ok(hotline_event::Entity::find()
        .filter(hotline_event::Column::ClientId.eq(client))
        .filter(hotline_event::Column::ExtEventId.eq(event_id))
        .one(db)
        .await?)
}

/// Whoever stood in another's way is to come again; the number is not taken.
pub(super) fn later(error: Error) -> Error {
    match error {
        Error::Stale { .. } | Error::Conflict(_) => Error::Unavailable,
        other => other,
    }
}

/// Compares an event with the one that is here, and what it told; nothing is
/// written.
///
/// # Errors
/// When the database or the vault refuses.
pub(super) async fn known(
    app: &App,
    signed: &Signed,
    (number, (event_id, hash, value)): (&str, (&str, &str, &Value)),
) -> Result<(Known, Option<(hotline_event::Model, Value)>)> {
    let Some(event) = find(app.db.read(), signed.client.id, event_id).await? else {
        return Ok((Known::No, None));
    };
    let kept = app.vault.open(slot(event.id), &event.body)?;
    let kept: Value = serde_json::from_str(&kept).context("kept event")?;
    let known = if event.body_hash == hash {
        Known::Same
    } else if event.ext_order_no != number || Some(event.kind.as_str()) != value["kind"].as_str().map(str::trim) {
        Known::Other
    } else {
        completing::judge(signed, event.by_file, (&kept, value))
    };
    Ok((known, Some((event, kept))))
}

/// The answer that this event got before.
async fn earlier(
    app: &App,
    signed: &Signed,
    (number, came): (&str, (&str, &str, &Value)),
) -> Result<Option<(EventAnswer, Known)>> {
    let (known, found) = known(app, signed, (number, came)).await?;
    let Some((event, kept)) = found else {
        return Ok(None);
    };
    if known == Known::Other {
        return Err(Error::Conflict("该事件号已登记过其他内容，换用新的事件号".to_owned()));
    }
    if known == Known::Fuller {
        Box::pin(completing::event(app, signed, &event, (came.1, &kept, came.2))).await?;
    }
    Ok(Some((event.into(), known)))
}

async fn write(app: &App, ctx: &Ctx, row: hotline_event::ActiveModel) -> Result<EventAnswer> {
    let tx = app.db.begin().await?;
    let event = hotline_event::Entity::insert(row).exec_with_returning(&tx).await?;
    let order = orders::by_number(&tx, &event.ext_order_no).await?;
    let order = order.filter(|order| order.client_id == event.client_id);
    let mut entries = match &order {
        Some(order) => apply(&tx, app, ctx, (order, &event)).await?,
        None => Vec::new(),
    };
    let mut entry = Entry::new(Act::HotlineEventTaken)
        .subject(event.id)
        .detail(json!({ "kind": event.kind, "waits": order.is_none() }));
    if let Some(order) = &order {
        entry = entry.report(order.report_id);
    }
    entries.push(entry);
    journal::commit_all(tx, entries.into_iter().map(|entry| (ctx, entry)).collect()).await?;
    Ok(event.into())
}
