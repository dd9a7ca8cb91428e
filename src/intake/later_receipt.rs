//! 接警单号 that come after the three-way call, or that were wrong: each is a
//! row of its own, the last one counts, and none is written over.

use super::facts::said;
use super::store;
use crate::casework;
use crate::clock;
use crate::ctx::Ctx;
use crate::entity::{account, emergency_call, emergency_receipt, report};
use crate::error::{Error, Result};
use crate::journal::{self, Act, Entry};
use crate::rules::policy::ReportAction;
use crate::state::App;
use crate::vault::Slot;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::json;
use uuid::Uuid;

/// Longest number, in characters.
const LONGEST: usize = 50;

/// A number as it was written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The number.
    pub receipt: String,
    /// When.
    pub at: String,
    /// By whom.
    pub by: String,
}

/// A three-way call with every number that was written down for it, the last
/// one last.
#[derive(Debug)]
pub struct Receipts {
    /// The call.
    pub call: emergency_call::Model,
    /// The report's number.
    pub report: String,
    /// The numbers.
    pub written: Vec<Written>,
}

impl Receipts {
    /// What the next one is written under: how many there are.
    #[must_use]
    pub fn version(&self) -> i32 {
        i32::try_from(self.written.len()).unwrap_or(i32::MAX)
    }
}

fn call_slot(id: Uuid) -> Slot {
    Slot::new("emergency_call", "receipt", id)
}

fn slot(id: Uuid) -> Slot {
    Slot::new("emergency_receipt", "receipt", id)
}

async fn find(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    (report, call): (Uuid, Uuid),
) -> Result<(report::Model, emergency_call::Model)> {
    let report = store::fetch(db, ctx, report, ReportAction::Work).await?;
    let call = emergency_call::Entity::find_by_id(call)
        .filter(emergency_call::Column::ReportId.eq(report.id))
        .filter(emergency_call::Column::Line.ne(super::STARTED))
        .lock_exclusive()
        .one(db)
        .await?;
    Ok((report, call.ok_or(Error::NotFound)?))
}

async fn rows(db: &impl ConnectionTrait, call: Uuid) -> Result<Vec<emergency_receipt::Model>> {
    Ok(emergency_receipt::Entity::find()
        .filter(emergency_receipt::Column::CallId.eq(call))
        .order_by_asc(emergency_receipt::Column::Number)
        .all(db)
        .await?)
}

/// What was written down of a call, for whoever works on its report. Recorded.
///
/// # Errors
/// [`Error::NotFound`], also for a call of another report; those of the policy.
pub async fn receipts(app: &App, ctx: &Ctx, at: (Uuid, Uuid)) -> Result<Receipts> {
    let tx = app.db.begin().await?;
    let (report, call) = find(&tx, ctx, at).await?;
    let rows = rows(&tx, call.id).await?;
    drop(tx);
    let entry = Entry::new(Act::ReportViewed).report(report.id).subject(call.id);
    journal::viewed_span(&app.db, ctx, entry).await?;
    let mut written = Vec::new();
    if rows.is_empty()
        && let Some(receipt) = app.vault.open_some(call_slot(call.id), call.receipt.as_ref())?
    {
        written.push(line(app, receipt, (call.by_account, call.at)).await?);
    }
    for row in rows {
        let receipt = app.vault.open(slot(row.id), &row.receipt)?;
        written.push(line(app, receipt, (row.by_account, row.at)).await?);
    }
    Ok(Receipts {
        call,
        report: report.number,
        written,
    })
}

async fn line(app: &App, receipt: String, (by, at): (Uuid, chrono::DateTime<chrono::Utc>)) -> Result<Written> {
    let found = account::Entity::find_by_id(by).one(app.db.read()).await?;
    let by = match &found {
        Some(account) => crate::accounts::name(app, account)?,
        None => String::new(),
    };
    Ok(Written {
        receipt,
        at: clock::minute(at),
        by,
    })
}

/// Writes down the number of a call, or what it should have been. The same
/// again does nothing.
///
/// # Errors
/// [`Error::Invalid`] for a number that is none; [`Error::Stale`] when another
/// was written down since; those of the policy.
pub async fn write_receipt(app: &App, ctx: &Ctx, at: (Uuid, Uuid), seen: i32, receipt: &str) -> Result<()> {
    let receipt = said(Some(&receipt.to_owned())).map(str::to_owned).unwrap_or_default();
    if receipt.is_empty() || receipt.chars().count() > LONGEST || receipt.chars().any(char::is_control) {
        return Err(Error::field("receipt", "填写接警单号，50 字以内"));
    }
    let tx = app.db.begin().await?;
    let (report, call) = find(&tx, ctx, at).await?;
    let mut rows = rows(&tx, call.id).await?;
    let current = app.vault.open_some(call_slot(call.id), call.receipt.as_ref())?;
    if current.as_deref() == Some(receipt.as_str()) {
        return Ok(());
    }
    if rows.is_empty()
        && let Some(first) = &current
    {
        // What was said with the call is the first of them.
        rows.push(add(&tx, app, ctx, (&call, 1, first), (call.by_account, call.at)).await?);
    }
    let now = i32::try_from(rows.len()).unwrap_or(i32::MAX);
    if seen != now {
        return Err(Error::Stale { seen, now });
    }
    add(&tx, app, ctx, (&call, now + 1, &receipt), (ctx.actor.account, ctx.now)).await?;
    let row = emergency_call::ActiveModel {
        receipt: Set(Some(app.vault.seal(call_slot(call.id), &receipt)?)),
        ..Default::default()
    };
    emergency_call::Entity::update_many()
        .set(row)
        .filter(emergency_call::Column::Id.eq(call.id))
        .exec(&tx)
        .await?;
    let refs = json!({ "line": call.line, "corrected": now > 0 });
    let mut entry = Entry::new(Act::EmergencyReceipted)
        .report(report.id)
        .subject(call.id)
        .detail(refs.clone());
    if let Some(case) = report.case_id {
        entry = entry.case(case);
        casework::tell(
            &tx,
            &app.vault,
            ctx,
            case,
            (Act::EmergencyReceipted, ctx.now, None, refs),
        )
        .await?;
    }
    journal::commit(tx, ctx, entry).await
}

async fn add(
    tx: &impl ConnectionTrait,
    app: &App,
    ctx: &Ctx,
    (call, number, receipt): (&emergency_call::Model, i32, &str),
    (by, at): (Uuid, chrono::DateTime<chrono::Utc>),
) -> Result<emergency_receipt::Model> {
    let id = ctx.new_id();
    let row = emergency_receipt::ActiveModel {
        id: Set(id),
        call_id: Set(call.id),
        number: Set(number),
        receipt: Set(app.vault.seal(slot(id), receipt)?),
        by_account: Set(by),
        at: Set(at),
    };
    Ok(emergency_receipt::Entity::insert(row).exec_with_returning(tx).await?)
}
