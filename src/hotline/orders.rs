//! Taking an order: once, whole, and as a report like any other.

use super::attachments;
use super::body::{self, OrderAttachment, WorkOrder};
use super::clean::{self, Reading};
use super::completing::{self, Known};
use super::door::{self, Signed};
use super::flags::{self, FlagKind, Raised};
use super::standing::{self, Standing};
use super::{clients, events};
use crate::ctx::Ctx;
use crate::entity::{hotline_client, hotline_event, hotline_order};
use crate::error::{Error, FieldError, Result};
use crate::intake::partner::{self, Brought};
use crate::journal::{self, Act, Entry};
use crate::notices::{self, Kind, Notice, To};
use crate::rules::policy::Role;
use crate::state::App;
use crate::vault::{Slot, Vault};
use anyhow::Context;
use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

/// What a partner gets for an order, the first time and every further time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct OrderAnswer {
    /// This service's id of the order.
    id: Uuid,
    /// 12345 工单号.
    ext_order_no: String,
    /// 受理号, for the caller.
    number: String,
    /// `received`.
    state: String,
    /// 已受理.
    text: String,
    /// When it arrived.
    arrived_at: DateTime<Utc>,
    /// Where a person looks again, as JSON pointers into what was sent.
    unclear: Vec<String>,
}

/// How an order stands, for the partner that sent it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct OrderStanding {
    /// 12345 工单号.
    ext_order_no: String,
    /// 受理号.
    number: String,
    /// The neutral state.
    state: &'static str,
    /// The same in words.
    text: &'static str,
    /// How many answers have been made out so far.
    seq: i32,
    /// When it arrived.
    arrived_at: DateTime<Utc>,
    /// Whether it was withdrawn since anybody called last.
    cancelled: bool,
    /// What came later, by the time it happened.
    events: Vec<EventStanding>,
}

/// What came later about an order.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct EventStanding {
    /// 12345 事件号.
    event_id: String,
    /// `supplement`, `urge`, `cancel`, `call_again`.
    kind: String,
    /// When it happened.
    at: DateTime<Utc>,
}

/// Whether an order was new.
#[derive(Debug)]
pub(crate) enum Taken {
    /// It was.
    New(OrderAnswer),
    /// It was here before, the same.
    Again(OrderAnswer),
    /// It was here before and was told with more in it now.
    Completed(OrderAnswer),
}

impl Taken {
    fn again(answer: OrderAnswer, known: Known) -> Self {
        match known {
            Known::Fuller => Self::Completed(answer),
            _ => Self::Again(answer),
        }
    }
}

/// Where a sealed column of an order is.
pub(super) fn slot(column: &'static str, id: Uuid) -> Slot {
    Slot::new("hotline_order", column, id)
}

/// Takes an order.
///
/// # Errors
/// [`Error::Invalid`] without a number or with a time that cannot be placed;
/// [`Error::Conflict`] when the number came before with other content.
pub(crate) async fn take(app: &App, signed: &Signed, value: &Value, order: &WorkOrder) -> Result<Taken> {
    let (client, ctx) = (&signed.client, &signed.ctx);
    let number = body::number("ext_order_no", order.ext_order_no.as_ref())?;
    let received_at = body::time("received_at", order.received_at.as_ref())?;
    let hash = body::hash(&app.vault, value);
    let came = (number.as_str(), hash.as_str(), value);
    if let Some((answer, known)) = earlier(app, signed, came).await? {
        return Ok(Taken::again(answer, known));
    }
    let mut order = order.clone();
    order.ext_order_no = Some(number.clone());
    let push_url = clients::push_url(&app.vault, client)?;
    let by = Reading {
        now: ctx.now,
        synthetic: app.config.demo,
        push_url: push_url.as_deref(),
    };
    let (input, raised) = clean::report(&order, received_at, by)?;
    let brought = partner::plan(app, ctx, input).await?;
    let callback = raised.iter().find_map(|one| match one.kind {
        FlagKind::CallbackLocal => Some(true),
        FlagKind::CallbackOther => Some(false),
        _ => None,
    });
    let new = New {
        client,
        number: &number,
        hash: &hash,
        value,
        by_file: signed.by_file,
        received_at: received_at.filter(|at| *at <= ctx.now).unwrap_or(ctx.now),
        attachments: attachments::read(order.attachments.as_ref()).0,
    };
    match Box::pin(write(app, ctx, &new, (brought, raised))).await {
        Ok(answer) => {
            if let Some(is_local) = callback
                && let Err(error) = door::count_callback(app, signed, is_local).await
            {
                // The order is taken: its sender is not told otherwise.
                tracing::warn!(error = %error, "count of a callback address");
            }
            Ok(Taken::New(answer))
        }
        // It may have come twice at once: then the other's answer holds.
        Err(error) => match earlier(app, signed, came).await? {
            Some((answer, known)) => Ok(Taken::again(answer, known)),
            None => Err(events::later(error)),
        },
    }
}

struct New<'a> {
    client: &'a hotline_client::Model,
    number: &'a str,
    hash: &'a str,
    value: &'a Value,
    by_file: bool,
    received_at: DateTime<Utc>,
    attachments: Vec<OrderAttachment>,
}

/// Compares an order with the one that is here, and what it told; nothing is
/// written.
///
/// # Errors
/// When the database or the vault refuses.
pub(super) async fn known(
    app: &App,
    signed: &Signed,
    (number, hash, value): (&str, &str, &Value),
) -> Result<(Known, Option<(hotline_order::Model, Value)>)> {
    let Some(order) = by_number(app.db.read(), number).await? else {
        return Ok((Known::No, None));
    };
    let kept = app.vault.open(slot("body", order.id), &order.body)?;
    let kept: Value = serde_json::from_str(&kept).context("kept order")?;
    let known = if order.client_id != signed.client.id {
        Known::Other
    } else if order.body_hash == hash {
        Known::Same
    } else {
        completing::judge(signed, order.by_file, (&kept, value))
    };
    Ok((known, Some((order, kept))))
}

/// The answer that this order got before.
async fn earlier(app: &App, signed: &Signed, came: (&str, &str, &Value)) -> Result<Option<(OrderAnswer, Known)>> {
    let (known, found) = known(app, signed, came).await?;
    let Some((order, kept)) = found else {
        return Ok(None);
    };
    if known == Known::Other {
        if order.client_id == signed.client.id {
            conflict(app, &signed.ctx, &order).await?;
        }
        let text = "该工单号已登记过其他内容；补充、催办、撤单、再次来电请作为该工单的事件发送";
        return Err(Error::Conflict(text.to_owned()));
    }
    if known == Known::Fuller {
        Box::pin(completing::order(app, signed, &order, (came.1, &kept, came.2))).await?;
    }
    let text = app.vault.open(slot("answer", order.id), &order.answer)?;
    Ok(Some((serde_json::from_str(&text).context("kept answer")?, known)))
}

/// A person learns that a number came again with other content.
async fn conflict(app: &App, ctx: &Ctx, order: &hotline_order::Model) -> Result<()> {
    let tx = app.db.begin().await?;
    if !flags::raise_once(&tx, &app.vault, ctx, (order.id, FlagKind::Conflict)).await? {
        return Ok(());
    }
    tell_lead(&tx, ctx, order.report_id, false).await?;
    let entry = Entry::new(Act::HotlineConflict)
        .report(order.report_id)
        .subject(order.id);
    journal::commit(tx, ctx, entry).await
}

/// Tells the shift lead that an order needs a look.
pub(super) async fn tell_lead(tx: &impl ConnectionTrait, ctx: &Ctx, report: Uuid, red: bool) -> Result<()> {
    let mut notice = Notice::new(Kind::PartnerFlagged, To::Role(Role::Lead)).report(report);
    notice.red = red;
    notices::tell(tx, ctx, &notice).await
}

/// An order by its number.
pub(super) async fn by_number(db: &impl ConnectionTrait, number: &str) -> Result<Option<hotline_order::Model>> {
    Ok(hotline_order::Entity::find()
        .filter(hotline_order::Column::ExtOrderNo.eq(number))
        .one(db)
        .await?)
}

async fn write(
    app: &App,
    ctx: &Ctx,
    new: &New<'_>,
    (brought, mut raised): (Brought, Vec<Raised>),
) -> Result<OrderAnswer> {
    raised.extend(held(&brought));
    let tx = app.db.begin().await?;
    let taken = partner::take(&tx, app, ctx, brought).await?;
    if taken.life_danger {
        raised.push(Raised::whole(FlagKind::LifeDanger));
    }
    let id = ctx.new_id();
    let answer = OrderAnswer {
        id,
        ext_order_no: new.number.to_owned(),
        number: taken.report.number.clone(),
        state: Standing::Received.code().to_owned(),
        text: Standing::Received.text().to_owned(),
        arrived_at: ctx.now,
        unclear: raised
            .iter()
            .map(|one| one.pointer.clone())
            .filter(|at| !at.is_empty())
            .collect(),
    };
    let order = insert(&tx, &app.vault, new, (id, taken.report.id, &answer), ctx).await?;
    flags::raise(&tx, &app.vault, ctx, (id, None), &raised).await?;
    let belongs = attachments::Belongs {
        order: id,
        event: None,
        client: new.client.id,
        report: taken.report.id,
    };
    let files = attachments::keep(&tx, &app.vault, ctx, belongs, new.attachments.clone()).await?;
    if !raised.is_empty() {
        tell_lead(&tx, ctx, taken.report.id, taken.life_danger).await?;
    }
    let mut entries = taken.entries;
    let detail = json!({ "flags": raised.len(), "routed": taken.case.is_some(), "attachments": files });
    let entry = Entry::new(Act::HotlineOrderTaken)
        .report(taken.report.id)
        .subject(id)
        .detail(detail);
    entries.push(entry);
    entries.extend(waiting_events(&tx, app, ctx, &order).await?);
    journal::commit_all(tx, entries.into_iter().map(|entry| (ctx, entry)).collect()).await?;
    Ok(answer)
}

/// What keeps an order from being routed, and a level that does not hold.
fn held(brought: &Brought) -> Vec<Raised> {
    let fault = |fault: &FieldError| Raised {
        kind: FlagKind::Held,
        pointer: format!("/{}", fault.field),
        given: None,
    };
    let lowered = brought.lowered.then(|| Raised {
        kind: FlagKind::Lowered,
        pointer: "/urgency".to_owned(),
        given: None,
    });
    brought.faults().iter().map(fault).chain(lowered).collect()
}

async fn insert(
    tx: &DatabaseTransaction,
    vault: &Vault,
    new: &New<'_>,
    (id, report, answer): (Uuid, Uuid, &OrderAnswer),
    ctx: &Ctx,
) -> Result<hotline_order::Model> {
    let kept = serde_json::to_string(answer).context("answer")?;
    let row = hotline_order::ActiveModel {
        id: Set(id),
        client_id: Set(new.client.id),
        ext_order_no: Set(new.number.to_owned()),
        body_hash: Set(new.hash.to_owned()),
        body: Set(vault.seal(slot("body", id), &new.value.to_string())?),
        answer: Set(vault.seal(slot("answer", id), &kept)?),
        report_id: Set(report),
        received_at: Set(new.received_at),
        arrived_at: Set(ctx.now),
        cancelled_at: Set(None),
        called_again_at: Set(None),
        told_state: Set(None),
        told_seq: Set(0),
        by_file: Set(new.by_file),
    };
    Ok(hotline_order::Entity::insert(row).exec_with_returning(tx).await?)
}

/// What overtook its order is taken in with it, by the time it happened.
async fn waiting_events(
    tx: &DatabaseTransaction,
    app: &App,
    ctx: &Ctx,
    order: &hotline_order::Model,
) -> Result<Vec<Entry>> {
    let waiting = hotline_event::Entity::find()
        .filter(hotline_event::Column::ClientId.eq(order.client_id))
        .filter(hotline_event::Column::ExtOrderNo.eq(&order.ext_order_no))
        .filter(hotline_event::Column::AppliedAt.is_null())
        .order_by_asc(hotline_event::Column::At)
        .order_by_asc(hotline_event::Column::Id)
        .all(tx)
        .await?;
    let mut entries = Vec::new();
    for event in waiting {
        entries.extend(events::apply(tx, app, ctx, (order, &event)).await?);
    }
    Ok(entries)
}

/// How an order stands, for the partner that sent it or for a service account.
///
/// # Errors
/// [`Error::NotFound`] for what this partner has not sent.
pub(crate) async fn standing(app: &App, client: Option<Uuid>, number: &str) -> Result<OrderStanding> {
    let db = app.db.read();
    let number = body::number("ext_order_no", Some(&number.to_owned())).map_err(|_| Error::NotFound)?;
    let order = by_number(db, &number).await?;
    let order = order.filter(|order| client.is_none_or(|client| order.client_id == client));
    let order = order.ok_or(Error::NotFound)?;
    let answer = app.vault.open(slot("answer", order.id), &order.answer)?;
    let answer: OrderAnswer = serde_json::from_str(&answer).context("kept answer")?;
    let events = hotline_event::Entity::find()
        .filter(hotline_event::Column::ClientId.eq(order.client_id))
        .filter(hotline_event::Column::ExtOrderNo.eq(&order.ext_order_no))
        .order_by_asc(hotline_event::Column::At)
        .order_by_asc(hotline_event::Column::ExtEventId)
        .all(db)
        .await?;
    let standing = standing::now(db, order.report_id).await?;
    Ok(OrderStanding {
        number: answer.number,
        state: standing.code(),
        text: standing.text(),
        seq: order.told_seq,
        arrived_at: order.arrived_at,
        cancelled: events::is_cancelled(&order),
        events: events
            .into_iter()
            .map(|event| EventStanding {
                event_id: event.ext_event_id,
                kind: event.kind,
                at: event.at,
            })
            .collect(),
        ext_order_no: order.ext_order_no,
    })
}
