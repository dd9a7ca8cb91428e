//! Fetching: by the worker, each file by one, tried again after growing pauses,
//! laid aside after the last, and repeatable by hand.

use super::{Hosts, Kind, Reason, State, TOPIC, file_slot, lane, send_for, slot};
use crate::ctx::Ctx;
use crate::entity::{hotline_attachment, hotline_attachment_file, hotline_client, outbox};
use crate::error::{Denial, Error, Result};
use crate::hotline::flags::{self, FlagKind};
use crate::hotline::{clients, orders};
use crate::journal::{self, Act, Entry};
use crate::outbox::{self as out, Get, Limits, Missed, Outcome, Unreadable};
use crate::rules::policy;
use crate::state::App;
use crate::visits;
use anyhow::Context;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use serde_json::{Value, json};
use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};
use uuid::Uuid;

/// Refused ones that a change of the list of hosts sends for again.
const REOPENED: u64 = 500;

/// Hosts that did not answer in this round: nothing more is tried there in it.
type Down = Mutex<HashSet<String>>;

/// Fetches what is due, within the usual limits.
///
/// # Errors
/// When the database refuses.
pub async fn fetch(app: &App, ctx: &Ctx) -> Result<u64> {
    fetch_within(app, ctx, &Limits::default()).await
}

/// The same within limits of one's own.
///
/// # Errors
/// As [`fetch`].
pub async fn fetch_within(app: &App, ctx: &Ctx, limits: &Limits) -> Result<u64> {
    let down = Down::default();
    out::deliver(app, ctx, TOPIC, |message| one(app, (limits, &down), message)).await
}

/// What comes of one try.
enum Came {
    File(Kind, Vec<u8>, Option<Vec<u8>>),
    /// It will not come, however often it is tried.
    Never(State, Reason),
    /// It may come later.
    Later(Reason, String),
}

async fn one(app: &App, (limits, down): (&Limits, &Down), message: outbox::Model) -> Result<Outcome> {
    let payload: Value = serde_json::from_str(&message.payload).context("取附件")?;
    let id = payload["attachment"].as_str().and_then(|id| Uuid::parse_str(id).ok());
    let row = hotline_attachment::Entity::find_by_id(id.context("取附件的编号")?)
        .one(app.db.read())
        .await?
        .context("取附件")?;
    if row.state == State::Fetched.code() {
        return Ok(Outcome::Moot("此前已取到"));
    }
    let client = clients::find(app.db.read(), row.client_id).await?;
    let get = match judge(app, &client, &row).await? {
        Ok(get) => get,
        Err(reason) => return end(app, &row, (State::Refused, reason)).await,
    };
    let host = format!("{}:{}", get.host(), get.port());
    if down.lock().unwrap_or_else(PoisonError::into_inner).contains(&host) {
        return Ok(Outcome::Later);
    }
    match bring(app, &client, (&get, limits)).await? {
        Came::File(kind, content, small) => keep(app, &row, (kind, content, small)).await,
        Came::Never(state, reason) => end(app, &row, (state, reason)).await,
        Came::Later(reason, words) => {
            if matches!(reason, Reason::Slow | Reason::Unreachable) {
                down.lock().unwrap_or_else(PoisonError::into_inner).insert(host);
            }
            if out::is_last_try(&message) {
                end(app, &row, (State::Failed, reason)).await?;
            } else {
                note(app, row.id, reason).await?;
            }
            Ok(Outcome::Failed(words))
        }
    }
}

/// Where to fetch from, or why not at all.
async fn judge(
    app: &App,
    client: &hotline_client::Model,
    row: &hotline_attachment::Model,
) -> Result<Result<Get, Reason>> {
    if client.disabled_at.is_some() {
        return Ok(Err(Reason::Shut));
    }
    let secrets = clients::secrets(app.db.read(), &app.vault, (client.id, app.clock.now())).await?;
    let secret = secrets.first().context("接入方没有可用的密钥")?;
    let url = app.vault.open(slot("url", row.id), &row.url)?;
    Ok(match Get::from(&url, &client.code, secret) {
        Err(Unreadable::Tls) => Err(Reason::Tls),
        Err(Unreadable::Address) => Err(Reason::Unreadable),
        Ok(get) if allowed(client).names(get.host(), get.port()) => Ok(get),
        Ok(_) => Err(Reason::Host),
    })
}

fn allowed(client: &hotline_client::Model) -> Hosts {
    Hosts::parse(&client.attachment_hosts).unwrap_or_default()
}

async fn bring(app: &App, client: &hotline_client::Model, (get, limits): (&Get, &Limits)) -> Result<Came> {
    let hosts = allowed(client);
    let bytes = match get.fetch(&app.clock, limits, |ip| hosts.admits(ip)).await {
        Ok(bytes) => bytes,
        Err(missed) => return Ok(came_to_nothing(&missed)),
    };
    let Some(kind) = Kind::of(&bytes) else {
        return Ok(Came::Never(State::Refused, Reason::Type));
    };
    if kind != Kind::Image {
        return Ok(Came::File(kind, bytes, None));
    }
    // Written anew, so that neither place nor device remain in it.
    match visits::clean_with_small(bytes).await {
        Ok((clean, small)) => Ok(Came::File(kind, clean.jpeg().to_vec(), Some(small))),
        Err(Error::Invalid(_)) => Ok(Came::Never(State::Refused, Reason::Broken)),
        Err(error) => Err(error),
    }
}

/// Keeps some content as the first attachment of an order, as though it had
/// been fetched: the demonstration calls nobody.
///
/// # Errors
/// [`Error::NotFound`] without one; [`Error::Invalid`] for what is no picture.
pub(in crate::hotline) async fn keep_first(app: &App, order: Uuid, bytes: Vec<u8>) -> Result<()> {
    let first = hotline_attachment::Entity::find()
        .filter(hotline_attachment::Column::OrderId.eq(order))
        .one(app.db.read())
        .await?;
    let row = first.ok_or(Error::NotFound)?;
    let (clean, small) = visits::clean_with_small(bytes).await?;
    keep(app, &row, (Kind::Image, clean.jpeg().to_vec(), Some(small))).await?;
    Ok(())
}

fn came_to_nothing(missed: &Missed) -> Came {
    let later = |reason: Reason| Came::Later(reason, reason.label().to_owned());
    match missed {
        Missed::Address => Came::Never(State::Refused, Reason::Inner),
        Missed::Redirected => Came::Never(State::Refused, Reason::Redirected),
        Missed::TooLarge => Came::Never(State::Refused, Reason::TooLarge),
        Missed::Gone => Came::Never(State::Gone, Reason::Gone),
        Missed::Status(status) => Came::Later(Reason::Status, format!("对方答复 {status}")),
        Missed::Unreachable => later(Reason::Unreachable),
        Missed::Slow => later(Reason::Slow),
    }
}

/// Why it is not here yet, for whoever looks meanwhile.
async fn note(app: &App, id: Uuid, reason: Reason) -> Result<()> {
    use hotline_attachment::Column;
    hotline_attachment::Entity::update_many()
        .col_expr(Column::Reason, Expr::value(Some(reason.code())))
        .filter(Column::Id.eq(id))
        .filter(Column::State.ne(State::Fetched.code()))
        .exec(app.db.upkeep())
        .await?;
    Ok(())
}

/// Whether the attachment was still to be settled, and is now.
async fn settle(tx: &impl ConnectionTrait, id: Uuid, row: hotline_attachment::ActiveModel) -> Result<bool> {
    use hotline_attachment::Column;
    let settled = hotline_attachment::Entity::update_many()
        .set(row)
        .filter(Column::Id.eq(id))
        .filter(Column::State.ne(State::Fetched.code()))
        .exec(tx)
        .await?;
    Ok(settled.rows_affected == 1)
}

async fn keep(
    app: &App,
    row: &hotline_attachment::Model,
    (kind, content, small): (Kind, Vec<u8>, Option<Vec<u8>>),
) -> Result<Outcome> {
    let ctx = Ctx::system(app.clock.now());
    let size = i32::try_from(content.len()).unwrap_or(i32::MAX);
    let seal = |column, bytes: &[u8]| app.vault.seal_bytes(file_slot(column, row.id), bytes);
    let file = hotline_attachment_file::ActiveModel {
        id: Set(row.id),
        content: Set(seal("content", &content)?),
        small: Set(small.map(|small| seal("small", &small)).transpose()?),
    };
    let settled = hotline_attachment::ActiveModel {
        state: Set(State::Fetched.code().to_owned()),
        reason: Set(None),
        kind: Set(Some(kind.code().to_owned())),
        size: Set(Some(size)),
        settled_at: Set(Some(ctx.now)),
        ..Default::default()
    };
    let tx = app.db.begin().await?;
    if !settle(&tx, row.id, settled).await? {
        return Ok(Outcome::Moot("此前已取到"));
    }
    hotline_attachment_file::Entity::insert(file)
        .exec_without_returning(&tx)
        .await?;
    let entry = Entry::new(Act::AttachmentFetched)
        .report(row.report_id)
        .subject(row.id)
        .detail(json!({ "kind": kind.code(), "bytes": size }));
    journal::commit(tx, &ctx, entry).await?;
    Ok(Outcome::Delivered)
}

/// It does not come: that is written down, and a person is to look.
async fn end(app: &App, row: &hotline_attachment::Model, (state, reason): (State, Reason)) -> Result<Outcome> {
    let ctx = Ctx::system(app.clock.now());
    let settled = hotline_attachment::ActiveModel {
        state: Set(state.code().to_owned()),
        reason: Set(Some(reason.code().to_owned())),
        settled_at: Set(Some(ctx.now)),
        ..Default::default()
    };
    let tx = app.db.begin().await?;
    if !settle(&tx, row.id, settled).await? {
        return Ok(Outcome::Moot("此前已取到"));
    }
    if flags::raise_once(&tx, &app.vault, &ctx, (row.order_id, FlagKind::AttachmentMissing)).await? {
        orders::tell_lead(&tx, &ctx, row.report_id, false).await?;
    }
    let entry = Entry::new(Act::AttachmentMissed)
        .report(row.report_id)
        .subject(row.id)
        .detail(json!({ "state": state.code(), "reason": reason.code() }));
    journal::commit(tx, &ctx, entry).await?;
    Ok(Outcome::Moot(reason.label()))
}

/// Sends for an attachment of an order once more. One that waits goes at once;
/// asked for twice, it is fetched once.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Conflict`] for one that
/// is here.
pub(in crate::hotline) async fn again(app: &App, ctx: &Ctx, (order, id): (Uuid, Uuid)) -> Result<()> {
    let found = hotline_attachment::Entity::find_by_id(id)
        .filter(hotline_attachment::Column::OrderId.eq(order))
        .one(app.db.read())
        .await?;
    let row = found.ok_or(Error::NotFound)?;
    if !policy::keeps_hotline_orders(ctx.actor.role) {
        return Err(Error::Forbidden(Denial {
            act: "hotline attachment".to_owned(),
            case: None,
            report: Some(row.report_id),
        }));
    }
    let open = outbox::Entity::find()
        .filter(outbox::Column::Lane.eq(lane(id)))
        .filter(outbox::Column::DeliveredAt.is_null())
        .one(app.db.read())
        .await?;
    if let Some(message) = open {
        out::repeat(app, ctx, message.id).await?;
        return wait_again(app, id).await;
    }
    let tx = app.db.begin().await?;
    if !reopen(&tx, ctx, &row).await? {
        if row.state == State::Fetched.code() {
            return Err(Error::Conflict("该附件已取到，无需再取".to_owned()));
        }
        // Somebody was faster: it waits already.
        return Ok(());
    }
    let entry = Entry::new(Act::AttachmentAsked).report(row.report_id).subject(id);
    journal::commit(tx, ctx, entry).await
}

/// One that was given up waits again: its errand has all its tries before it.
async fn wait_again(app: &App, id: Uuid) -> Result<()> {
    use hotline_attachment::Column;
    hotline_attachment::Entity::update_many()
        .col_expr(Column::State, Expr::value(State::Waiting.code()))
        .filter(Column::Id.eq(id))
        .filter(Column::State.eq(State::Failed.code()))
        .exec(app.db.upkeep())
        .await?;
    Ok(())
}

/// Lets a settled one wait again; false where somebody was faster or it is here.
async fn reopen(tx: &impl ConnectionTrait, ctx: &Ctx, row: &hotline_attachment::Model) -> Result<bool> {
    use hotline_attachment::Column;
    let waiting = hotline_attachment::ActiveModel {
        state: Set(State::Waiting.code().to_owned()),
        settled_at: Set(None),
        asked: Set(row.asked + 1),
        ..Default::default()
    };
    let reopened = hotline_attachment::Entity::update_many()
        .set(waiting)
        .filter(Column::Id.eq(row.id))
        .filter(Column::Asked.eq(row.asked))
        .filter(Column::State.is_in([State::Refused.code(), State::Failed.code(), State::Gone.code()]))
        .exec(tx)
        .await?;
    if reopened.rows_affected == 0 {
        return Ok(false);
    }
    send_for(tx, ctx, (row.id, row.asked + 1)).await?;
    Ok(true)
}

/// After the list of hosts has changed, what was refused for its host is sent
/// for again. The caller commits; answers how many.
///
/// # Errors
/// When the database refuses.
pub(in crate::hotline) async fn retry_refused(tx: &impl ConnectionTrait, ctx: &Ctx, client: Uuid) -> Result<usize> {
    use hotline_attachment::Column;
    let refused = hotline_attachment::Entity::find()
        .filter(Column::ClientId.eq(client))
        .filter(Column::State.eq(State::Refused.code()))
        .filter(Column::Reason.is_in([Reason::Host.code(), Reason::Inner.code()]))
        .limit(REOPENED)
        .all(tx)
        .await?;
    let mut reopened = 0;
    for row in refused {
        reopened += usize::from(reopen(tx, ctx, &row).await?);
    }
    Ok(reopened)
}
