//! 并案 and its undoing. The merged case is frozen and linked, nothing is
//! moved, so that undoing it is exact: stage and clocks come back.

use super::moving::pending_transfer;
use super::{finish, words};
use crate::casework::{Source, advance, check_version, fetch_for, hold, tell};
use crate::clocks;
use crate::ctx::Ctx;
use crate::entity::{case_event, protection_case};
use crate::error::{Error, Result};
use crate::journal::{self, Act, Entry};
use crate::rules::policy::Action;
use crate::rules::workflow::{Stage, Step};
use crate::state::App;
use anyhow::Context;
use chrono::{DateTime, Utc};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};
use uuid::Uuid;

/// Into which case, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merge {
    /// The case that goes on.
    pub into: Uuid,
    /// Why they are one matter.
    pub reason: String,
}

/// Merges a case into another that the actor may reshape as well. The merged
/// one stands still (its clocks too); tasks already given stay where they are.
///
/// # Errors
/// Those of [`fetch_for`] and [`advance()`]; [`Error::Invalid`] on `into` when
/// the other case is the same, not found, not open, or less urgent.
pub async fn merge(app: &App, ctx: &Ctx, id: Uuid, seen: i32, merge: &Merge) -> Result<protection_case::Model> {
    let reason = words("reason", "并案理由", &merge.reason, 500)?;
    let tx = app.db.begin().await?;
    hold(&tx, &known(&tx, &[id, merge.into]).await?).await?;
    let case = fetch_for(&tx, ctx, id, Action::Reshape).await?;
    check_version(seen, case.version)?;
    let into = match survivor(&tx, ctx, &case, merge.into).await {
        Ok(into) => into,
        Err(Error::Hidden(denial)) => {
            tx.rollback().await?;
            journal::denied(&app.db, ctx, &denial).await?;
            return Err(unknown());
        }
        Err(other) => return Err(other),
    };
    if pending_transfer(&tx, id).await?.is_some() {
        let text = "移交还在等对方答复或裁定，撤回移交后再并案";
        return Err(Error::Conflict(text.to_owned()));
    }
    advance(&tx, &case, seen, &Step::Merge, |row| {
        row.merged_into = Set(Some(into.id));
        row.stage_before = Set(Some(case.stage.clone()));
    })
    .await?;
    clocks::cancel_all(&tx, id, ctx.now).await?;
    let refs = json!({ "from": id, "into": into.id, "numbers": [case.number, into.number] });
    on_the_other(&tx, app, ctx, &into, (Act::CaseMerged, &reason, &refs)).await?;
    finish(tx, app, ctx, id, (Act::CaseMerged, Some(&reason), refs)).await
}

/// Those of the ids that are cases.
async fn known(db: &impl ConnectionTrait, ids: &[Uuid]) -> Result<Vec<Uuid>> {
    let found = protection_case::Entity::find()
        .filter(protection_case::Column::Id.is_in(ids.iter().copied()))
        .all(db)
        .await?;
    Ok(found.into_iter().map(|case| case.id).collect())
}

/// A case that the actor may not see is told like one that does not exist.
fn unknown() -> Error {
    Error::field("into", "没有找到要并入的个案，核对编号")
}

async fn survivor(
    tx: &impl Source,
    ctx: &Ctx,
    case: &protection_case::Model,
    into: Uuid,
) -> Result<protection_case::Model> {
    let wrong = |message: &str| Error::field("into", message);
    if into == case.id {
        return Err(wrong("不能并入自身，填写另一个案"));
    }
    let other = match fetch_for(tx, ctx, into, Action::Reshape).await {
        Ok(other) => other,
        Err(Error::NotFound) => return Err(unknown()),
        Err(other) => return Err(other),
    };
    if !Stage::parse(&other.stage).is_some_and(Stage::is_open) {
        return Err(wrong("要并入的个案已结案或已并案，选择在办个案"));
    }
    if other.level > case.level {
        return Err(wrong("要并入的个案等级较低，先上调其等级再并案"));
    }
    if other.sensitivity < case.sensitivity {
        return Err(wrong("要并入的个案密级较低，不能并入"));
    }
    Ok(other)
}

/// Tells the other case's timeline and journal, and moves its version on.
async fn on_the_other(
    tx: &impl ConnectionTrait,
    app: &App,
    ctx: &Ctx,
    other: &protection_case::Model,
    (act, reason, refs): (Act, &str, &Value),
) -> Result<()> {
    if Stage::parse(&other.stage).is_some_and(Stage::is_open) {
        advance(tx, other, other.version, &Step::Record, |_| {}).await?;
    }
    let told = (act, ctx.now, Some(reason), refs.clone());
    tell(tx, &app.vault, ctx, other.id, told).await?;
    journal::note(tx, ctx, Entry::new(act).case(other.id).detail(refs.clone())).await
}

/// Undoes a merge: the case stands where it stood, its clocks run again with
/// the times they had.
///
/// # Errors
/// Those of [`fetch_for`] and [`advance()`]; [`Error::Invalid`] without a reason.
pub async fn undo_merge(app: &App, ctx: &Ctx, id: Uuid, seen: i32, reason: &str) -> Result<protection_case::Model> {
    let reason = words("reason", "撤销并案的理由", reason, 500)?;
    let tx = app.db.begin().await?;
    let merged = protection_case::Entity::find_by_id(id).one(&tx).await?;
    let both: Vec<Uuid> = merged
        .iter()
        .flat_map(|case| [Some(id), case.merged_into])
        .flatten()
        .collect();
    hold(&tx, &both).await?;
    let case = fetch_for(&tx, ctx, id, Action::Reshape).await?;
    check_version(seen, case.version)?;
    let back_to = match &case.stage_before {
        Some(code) => Stage::parse(code).context("stage before the merge")?,
        // Never merged: the workflow refuses it in its own words.
        None => Stage::Investigating,
    };
    advance(&tx, &case, seen, &Step::UndoMerge { back_to }, |row| {
        row.merged_into = Set(None);
        row.stage_before = Set(None);
    })
    .await?;
    if let Some(at) = merged_at(&tx, id).await? {
        clocks::resume(&tx, id, at).await?;
    }
    let refs = json!({ "from": id, "into": case.merged_into });
    let other = match case.merged_into {
        Some(into) => protection_case::Entity::find_by_id(into).one(&tx).await?,
        None => None,
    };
    if let Some(other) = other {
        on_the_other(&tx, app, ctx, &other, (Act::MergeUndone, &reason, &refs)).await?;
    }
    finish(tx, app, ctx, id, (Act::MergeUndone, Some(&reason), refs)).await
}

/// When the case was merged last.
async fn merged_at(tx: &impl ConnectionTrait, case: Uuid) -> Result<Option<DateTime<Utc>>> {
    let event = case_event::Entity::find()
        .filter(case_event::Column::CaseId.eq(case))
        .filter(case_event::Column::Kind.eq(Act::CaseMerged.code()))
        .order_by_desc(case_event::Column::EnteredAt)
        .one(tx)
        .await?;
    Ok(event.map(|event| event.entered_at))
}
