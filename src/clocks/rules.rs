//! Changing the rules of time: one version more, from now on. Clocks that run
//! keep the version by which they were counted.

use super::book;
use crate::ctx::Ctx;
use crate::db::insert_models;
use crate::entity::{account, deadline_rule, setting};
use crate::error::{Error, FieldError, Result};
use crate::journal::{self, Act, Entry};
use crate::network;
use crate::rules::calendar::WorkingHours;
use crate::rules::policy;
use crate::rules::rule_change::{self, RuleWish};
use crate::state::App;
use crate::vault::Slot;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, SqlErr};
use serde_json::json;
use std::collections::HashMap;
use uuid::Uuid;

fn may(ctx: &Ctx, act: &str) -> Result<()> {
    if policy::keeps_deadline_rules(ctx.actor.role) {
        return Ok(());
    }
    Err(Error::Forbidden(Error::denied(act, None)))
}

/// Changes what a rule says, for the clocks that start from now on; answers
/// the number of its new version.
///
/// # Errors
/// [`Error::NotFound`] for an unknown row, [`Error::Forbidden`],
/// [`Error::Stale`] when somebody was faster, [`Error::Invalid`] with each
/// field that cannot be kept: a limit of the law is never made longer.
pub async fn change_rule(app: &App, ctx: &Ctx, code: &str, seen: i32, wish: &RuleWish) -> Result<i32> {
    may(ctx, "deadline_rule.change")?;
    let tx = app.db.begin().await?;
    let book = book(&tx, ctx.now).await?;
    let rule = book.rule(code).ok_or(Error::NotFound)?;
    if rule.version() != seen {
        let now = rule.version();
        return Err(Error::Stale { seen, now });
    }
    let amount = rule_change::check(rule, wish).map_err(|faults| invalid(&faults))?;
    let said = |text: &str| text.trim().to_owned();
    let id = ctx.new_id();
    let row = deadline_rule::Model {
        id,
        code: code.to_owned(),
        version: seen + 1,
        name: said(&wish.name),
        owner: said(&wish.owner),
        amount,
        unit: wish.unit.clone(),
        on_expiry: said(&wish.on_expiry),
        source: said(&wish.source),
        reason: app.vault.seal(slot(id), wish.reason.trim())?,
        valid_from: ctx.now,
        changed_by: ctx.account(),
    };
    let version = row.version;
    insert_models(&tx, vec![row])
        .await
        .map_err(|error| faster(error, seen))?;
    let detail = json!({ "code": code, "version": version, "amount": amount, "kind": wish.unit });
    let entry = Entry::new(Act::DeadlineRuleChanged).subject(id).detail(detail);
    journal::commit(tx, ctx, entry).await?;
    Ok(version)
}

fn invalid(faults: &[rule_change::Fault]) -> Error {
    let faults = faults.iter().map(|(field, why)| FieldError::new(field, why));
    Error::Invalid(faults.collect())
}

/// Two people wrote the same version at once.
fn faster(error: DbErr, seen: i32) -> Error {
    match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(_)) => Error::Stale { seen, now: seen + 1 },
        _ => error.into(),
    }
}

fn slot(id: Uuid) -> Slot {
    Slot::new("deadline_rule", "reason", id)
}

/// A version of a rule with who made it and why; version 1 is the row of the
/// file.
#[derive(Debug, Clone)]
pub struct Made {
    /// The version.
    pub row: deadline_rule::Model,
    /// The login name of who changed it; the system where nobody did.
    pub who: String,
    /// Why.
    pub reason: String,
}

/// The versions of a rule that were made on screen, latest first.
///
/// # Errors
/// When the database refuses.
pub async fn history(app: &App, code: &str) -> Result<Vec<Made>> {
    let db = app.db.read();
    let rows = deadline_rule::Entity::find()
        .filter(deadline_rule::Column::Code.eq(code))
        .order_by_desc(deadline_rule::Column::Version)
        .all(db)
        .await?;
    let accounts = rows.iter().filter_map(|row| row.changed_by);
    let found = account::Entity::find()
        .filter(account::Column::Id.is_in(accounts))
        .all(db)
        .await?;
    let names: HashMap<Uuid, String> = found.into_iter().map(|row| (row.id, row.username)).collect();
    let who = |row: &deadline_rule::Model| {
        let name = row.changed_by.and_then(|id| names.get(&id).cloned());
        name.unwrap_or_else(|| "系统".to_owned())
    };
    let made = |row: deadline_rule::Model| {
        Ok(Made {
            who: who(&row),
            reason: app.vault.open(slot(row.id), &row.reason)?,
            row,
        })
    };
    rows.into_iter().map(made).collect()
}

/// Sets when people work on a working day (`08:30-12:00，14:30-18:00`), for
/// the clocks that start from now on.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::Invalid`] on `hours`.
pub async fn set_hours(app: &App, ctx: &Ctx, text: &str) -> Result<()> {
    may(ctx, "working_hours.set")?;
    let hours = WorkingHours::parse(text).ok_or_else(|| {
        let why = "写成 08:30-12:00，14:30-18:00 的样子：一至四段，先后不重叠，合计至少一小时";
        Error::field("hours", why)
    })?;
    let tx = app.db.begin().await?;
    let row = setting::ActiveModel {
        name: Set(network::WORKING_HOURS.to_owned()),
        value: Set(hours.to_string()),
        updated_at: Set(ctx.now),
    };
    let replaced = OnConflict::column(setting::Column::Name)
        .update_columns([setting::Column::Value, setting::Column::UpdatedAt])
        .to_owned();
    setting::Entity::insert(row)
        .on_conflict(replaced)
        .exec_without_returning(&tx)
        .await?;
    let entry = Entry::new(Act::WorkingHoursSet).detail(json!({ "hours": hours.to_string() }));
    journal::commit(tx, ctx, entry).await
}
