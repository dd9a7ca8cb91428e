//! The journal: who did, saw or was refused what, and when. [`commit`] is the
//! only place that commits, so that no change goes without its entry.

mod acts;
mod chain;

pub use acts::Act;
pub use chain::{BATCH, Broken, seal, verify};

use crate::ctx::Ctx;
use crate::db::{Db, insert_models};
use crate::entity::{journal_entry, outbox};
use crate::error::{Denial, Error, Result};
use chrono::TimeDelta;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait,
    IntoActiveModel, QueryFilter,
};
use serde_json::{Value, json};
use uuid::Uuid;

/// For so long one entry may stand for what a person does again and again.
pub const SPAN: TimeDelta = TimeDelta::minutes(10);

/// One line of the journal: codes and ids, never a person's data.
#[derive(Debug, Clone)]
pub struct Entry {
    act: Act,
    case: Option<Uuid>,
    report: Option<Uuid>,
    subject: Option<Uuid>,
    detail: Value,
}

impl Entry {
    /// An act.
    #[must_use]
    pub fn new(act: Act) -> Self {
        Self {
            act,
            case: None,
            report: None,
            subject: None,
            detail: json!({}),
        }
    }

    /// On a case.
    #[must_use]
    pub fn case(mut self, id: Uuid) -> Self {
        self.case = Some(id);
        self
    }

    /// On a report.
    #[must_use]
    pub fn report(mut self, id: Uuid) -> Self {
        self.report = Some(id);
        self
    }

    /// On something else.
    #[must_use]
    pub fn subject(mut self, id: Uuid) -> Self {
        self.subject = Some(id);
        self
    }

    /// With codes, levels, field names: nothing that identifies a person.
    #[must_use]
    pub fn detail(mut self, detail: Value) -> Self {
        self.detail = detail;
        self
    }

    /// Says that it stands for what follows it.
    fn spanning(mut self) -> Self {
        self.detail["for_minutes"] = json!(SPAN.num_minutes());
        self
    }
}

/// Writes an entry and commits the change it stands for. Nothing else commits.
///
/// # Errors
/// When the database refuses; then nothing was changed.
pub async fn commit(tx: DatabaseTransaction, ctx: &Ctx, entry: Entry) -> Result<()> {
    commit_all(tx, vec![(ctx, entry)]).await
}

/// The same for a change that several entries stand for, each with who did it
/// and when.
///
/// # Errors
/// When the database refuses; then nothing was changed.
pub async fn commit_all(tx: DatabaseTransaction, entries: Vec<(&Ctx, Entry)>) -> Result<()> {
    let request_id = entries.first().map(|(ctx, _)| ctx.request_id);
    let rows = entries.into_iter().map(|(ctx, entry)| {
        let outcome = outcome(&entry);
        row(ctx, entry, outcome)
    });
    insert_models(&tx, rows.collect()).await?;
    #[expect(clippy::disallowed_methods, reason = "the one commit")]
    let committed = tx.commit().await;
    committed.map_err(|error| uncommitted(&error, request_id))
}

/// Commits a change that goes on from second to second, as typing does: for
/// [`SPAN`] one entry stands for what the same person goes on doing to the same
/// thing. It says so itself, so that every change still has its entry.
///
/// # Errors
/// When the database refuses; then nothing was changed.
pub async fn commit_span(tx: DatabaseTransaction, ctx: &Ctx, entry: Entry) -> Result<()> {
    let entry = entry.spanning();
    if !stands(&tx, ctx, &entry).await? {
        return commit(tx, ctx, entry).await;
    }
    #[expect(clippy::disallowed_methods, reason = "the entry of this change stands already")]
    let committed = tx.commit().await;
    committed.map_err(|error| uncommitted(&error, Some(ctx.request_id)))
}

/// Whether the person's entry for the same stands, no older than [`SPAN`].
async fn stands(db: &impl ConnectionTrait, ctx: &Ctx, entry: &Entry) -> Result<bool> {
    use journal_entry::Column;
    let recent = journal_entry::Entity::find()
        .filter(Column::ActorId.eq(ctx.account()))
        .filter(Column::At.gt(ctx.now - SPAN))
        .filter(Column::At.lte(ctx.now))
        .filter(Column::Act.eq(entry.act.code()))
        .all(db)
        .await?;
    let same = |one: &journal_entry::Model| {
        (one.case_id, one.report_id, one.subject) == (entry.case, entry.report, entry.subject)
            && one.address == ctx.address
            && one.detail == entry.detail
    };
    Ok(recent.iter().any(same))
}

fn uncommitted(error: &DbErr, request_id: Option<Uuid>) -> Error {
    tracing::error!(error = %error, request_id = ?request_id, "commit failed");
    Error::Unavailable
}

/// Writes a further entry in the same transaction.
///
/// # Errors
/// When the database refuses.
pub async fn note(tx: &impl ConnectionTrait, ctx: &Ctx, entry: Entry) -> Result<()> {
    let outcome = outcome(&entry);
    insert_models(tx, vec![row(ctx, entry, outcome)]).await?;
    Ok(())
}

fn outcome(entry: &Entry) -> &'static str {
    if entry.act.is_view() { "viewed" } else { "done" }
}

/// Puts a message for a partner into the outbox, in the same transaction.
///
/// # Errors
/// When the database refuses.
pub async fn announce(tx: &impl ConnectionTrait, ctx: &Ctx, topic: &str, payload: &Value) -> Result<()> {
    announce_in(tx, ctx, (topic, None), payload).await?;
    Ok(())
}

/// The same for a message that must not overtake those before it: `lane` names
/// the lane and the place in it. Answers the message's id.
///
/// # Errors
/// When the database refuses.
pub async fn announce_in(
    tx: &impl ConnectionTrait,
    ctx: &Ctx,
    (topic, lane): (&str, Option<(String, i32)>),
    payload: &Value,
) -> Result<Uuid> {
    let id = ctx.new_id();
    let (lane, lane_seq) = lane.unzip();
    let row = outbox::ActiveModel {
        id: Set(id),
        topic: Set(topic.to_owned()),
        payload: Set(payload.to_string()),
        created_at: Set(ctx.now),
        available_at: Set(ctx.now),
        attempts: Set(0),
        claimed_until: Set(None),
        delivered_at: Set(None),
        failure: Set(None),
        dead_at: Set(None),
        lane: Set(lane),
        lane_seq: Set(lane_seq),
    };
    row.insert(tx).await?;
    Ok(id)
}

/// Records that a person's data was looked at. Where the database takes
/// nothing at the moment (a full disk, a failover), the entry goes to the log
/// and waits in memory: whoever cares for a child must be able to read.
///
/// # Errors
/// When it cannot be recorded at all: then it must not be shown either.
pub async fn viewed(db: &Db, ctx: &Ctx, entry: Entry) -> Result<()> {
    let outcome = outcome(&entry);
    let row = row(ctx, entry, outcome);
    match write(db, vec![row.clone()]).await {
        Err(Error::Unavailable) => postpone(db, row),
        written => written,
    }
}

fn postpone(db: &Db, row: journal_entry::Model) -> Result<()> {
    tracing::warn!(
        entry = %row.id,
        act = row.act,
        actor = ?row.actor_id,
        case = ?row.case_id,
        report = ?row.report_id,
        subject = ?row.subject,
        request_id = %row.request_id,
        "view not yet in the journal"
    );
    if db.postpone(row) {
        Ok(())
    } else {
        Err(Error::Unavailable)
    }
}

/// Writes what had to wait; answers how many entries that were.
///
/// # Errors
/// When the database still takes nothing: then they go on waiting.
pub async fn catch_up(db: &Db) -> Result<usize> {
    let rows = db.postponed();
    if rows.is_empty() {
        return Ok(0);
    }
    let count = rows.len();
    let Err(error) = write(db, rows.clone()).await else {
        tracing::info!(count, "postponed views are in the journal");
        return Ok(count);
    };
    for row in rows {
        // There was room for them before.
        let _ = db.postpone(row);
    }
    Err(error)
}

/// Entries of which no change depends.
async fn write(db: &Db, rows: Vec<journal_entry::Model>) -> Result<()> {
    let tx = db.begin().await?;
    for row in rows {
        // One that was written although its commit seemed to fail is the same entry.
        let row = row.into_active_model().reset_all();
        journal_entry::Entity::insert(row)
            .on_conflict_do_nothing()
            .exec_without_returning(&tx)
            .await?;
    }
    #[expect(clippy::disallowed_methods, reason = "entries without a change")]
    let committed = tx.commit().await;
    committed.map_err(|error| {
        tracing::error!(error = %error, "commit of entries failed");
        Error::Unavailable
    })
}

/// Records that a person's data was looked at, once for [`SPAN`] while the same
/// person is shown the same again and again.
///
/// # Errors
/// When it cannot be recorded: then it must not be shown either.
pub async fn viewed_span(db: &Db, ctx: &Ctx, entry: Entry) -> Result<()> {
    let entry = entry.spanning();
    if stands(db.read(), ctx, &entry).await? {
        return Ok(());
    }
    viewed(db, ctx, entry).await
}

/// Records a refused attempt.
///
/// # Errors
/// When the database refuses.
pub async fn denied(db: &Db, ctx: &Ctx, denial: &Denial) -> Result<()> {
    let entry = Entry {
        act: Act::Denied,
        case: denial.case,
        report: denial.report,
        subject: None,
        detail: json!({ "tried": denial.act }),
    };
    write(db, vec![row(ctx, entry, "denied")]).await
}

fn row(ctx: &Ctx, entry: Entry, outcome: &str) -> journal_entry::Model {
    journal_entry::Model {
        id: ctx.new_id(),
        at: ctx.now,
        actor_id: ctx.account(),
        actor_role: ctx.actor.role.code().to_owned(),
        actor_unit: ctx.actor.unit,
        act: entry.act.code().to_owned(),
        outcome: outcome.to_owned(),
        case_id: entry.case,
        report_id: entry.report,
        subject: entry.subject,
        detail: entry.detail,
        address: ctx.address.clone(),
        request_id: ctx.request_id,
        seq: None,
        hash: None,
    }
}
