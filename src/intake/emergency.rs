//! 110/120 三方: recorded with the first key press; the report is still opened.

use super::facts::said;
use super::store;
use crate::casework;
use crate::clock;
use crate::clocks;
use crate::ctx::Ctx;
use crate::entity::emergency_call;
use crate::error::{Error, FieldError, Result};
use crate::journal::{self, Act, Entry};
use crate::rules::codes;
use crate::rules::policy::ReportAction;
use crate::state::App;
use crate::vault::{Slot, Vault};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::json;
use uuid::Uuid;

/// What is recorded of a three-way call.
#[derive(Debug, Clone, Default)]
pub struct EmergencyCall {
    /// `110`, `120` or another line; none: the protocol was started and
    /// nothing is known yet.
    pub lines: Vec<String>,
    /// When; none: now.
    pub at: Option<DateTime<Utc>>,
    /// 接警单号.
    pub receipt: Option<String>,
}

const MOST_LINES: usize = 5;

/// The clock of the three-way call, owed by the desk.
pub(super) const TRANSFER_CLOCK: &str = "transfer";

/// Line that stands for the start of the protocol.
pub const STARTED: &str = "started";

/// Records a three-way call at once, in whatever state the report is. Answers
/// all that is recorded of the report.
///
/// # Errors
/// [`Error::Hidden`], a wrong line or a time in the future.
pub async fn emergency(app: &App, ctx: &Ctx, report: Uuid, call: &EmergencyCall) -> Result<Vec<emergency_call::Model>> {
    let found = store::fetch(app.db.read(), ctx, report, ReportAction::Work).await?;
    let faults = faults(ctx, call);
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    let at = call.at.unwrap_or(ctx.now);
    let tx = app.db.begin().await?;
    casework::hold(&tx, found.case_id.as_slice()).await?;
    for line in lines(call) {
        let id = ctx.new_id();
        let slot = Slot::new("emergency_call", "receipt", id);
        let row = emergency_call::ActiveModel {
            id: Set(id),
            report_id: Set(report),
            line: Set(line.to_owned()),
            at: Set(at),
            receipt: Set(app.vault.seal_some(slot, said(call.receipt.as_ref()))?),
            by_account: Set(ctx.actor.account),
        };
        emergency_call::Entity::insert(row).exec_without_returning(&tx).await?;
    }
    let refs = json!({ "lines": lines(call) });
    let mut entry = Entry::new(Act::EmergencyCalled).report(report).detail(refs.clone());
    if let Some(case) = found.case_id {
        entry = entry.case(case);
        if !call.lines.is_empty() {
            clocks::meet(&tx, case, &[TRANSFER_CLOCK], at).await?;
        }
        casework::tell(&tx, &app.vault, ctx, case, (Act::EmergencyCalled, at, None, refs)).await?;
    }
    journal::commit(tx, ctx, entry).await?;
    emergency_calls(app, report).await
}

fn lines(call: &EmergencyCall) -> Vec<&str> {
    if call.lines.is_empty() {
        vec![STARTED]
    } else {
        call.lines.iter().map(|line| line.trim()).collect()
    }
}

fn faults(ctx: &Ctx, call: &EmergencyCall) -> Vec<FieldError> {
    let mut faults = Vec::new();
    if call.lines.len() > MOST_LINES {
        let text = format!("一次最多登记 {MOST_LINES} 个号码");
        faults.push(FieldError::new("emergency_line", &text));
    }
    if call
        .lines
        .iter()
        .any(|line| codes::referral_line(line.trim()).is_none())
    {
        faults.push(FieldError::new("emergency_line", "选择 110、120 或列表中的其他号码"));
    }
    if call.at.is_some_and(|at| at > ctx.now + TimeDelta::minutes(1)) {
        let now = clock::minute(ctx.now);
        let text = format!("不能晚于现在 {}", now.get(11..).unwrap_or_default());
        faults.push(FieldError::new("emergency_time", &text));
    }
    let receipt = said(call.receipt.as_ref()).unwrap_or_default();
    if receipt.chars().count() > 50 || receipt.chars().any(char::is_control) {
        faults.push(FieldError::new("emergency_receipt", "接警单号不超过 50 字"));
    }
    faults
}

/// The receipt of a three-way call, opened.
///
/// # Errors
/// When it does not open.
pub fn receipt(vault: &Vault, call: &emergency_call::Model) -> Result<Option<String>> {
    let slot = Slot::new("emergency_call", "receipt", call.id);
    Ok(vault.open_some(slot, call.receipt.as_ref())?)
}

/// What is recorded of a report's three-way calls, earliest first.
///
/// # Errors
/// When the database refuses.
pub async fn emergency_calls(app: &App, report: Uuid) -> Result<Vec<emergency_call::Model>> {
    of_report(app.db.read(), report).await
}

/// The same, within a transaction.
///
/// # Errors
/// When the database refuses.
pub(super) async fn of_report(db: &impl ConnectionTrait, report: Uuid) -> Result<Vec<emergency_call::Model>> {
    Ok(emergency_call::Entity::find()
        .filter(emergency_call::Column::ReportId.eq(report))
        .order_by_asc(emergency_call::Column::At)
        .order_by_asc(emergency_call::Column::Id)
        .all(db)
        .await?)
}
