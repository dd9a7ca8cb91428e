//! Moving a case: the version that the person saw, the stage that the workflow
//! allows, one conditional update that decides between two at once.

use super::order;
use crate::db;
use crate::entity::protection_case;
use crate::error::{Error, Result};
use crate::rules::workflow::{Stage, Step};
use anyhow::Context;
use sea_orm::{ActiveValue::Set, ConnectionTrait};

/// Refuses a person who acts on what is no longer so.
///
/// # Errors
/// [`Error::Stale`].
pub fn check_version(seen: i32, now: i32) -> Result<()> {
    if seen == now {
        Ok(())
    } else {
        Err(Error::Stale { seen, now })
    }
}

/// Moves a case by a step, together with the further changes that belong to
/// it. Answers the case as it is then.
///
/// # Errors
/// [`Error::Stale`] when the version is not the one seen, [`Error::IllegalStep`]
/// when the stage does not allow the step.
pub async fn advance(
    tx: &impl ConnectionTrait,
    case: &protection_case::Model,
    seen: i32,
    step: &Step,
    change: impl FnOnce(&mut protection_case::ActiveModel) + Send,
) -> Result<protection_case::Model> {
    check_version(seen, case.version)?;
    let stage = Stage::parse(&case.stage).context("stage in the database")?;
    let next = stage.after(step)?;
    // What is archived is only read; a case is archived only once it is closed.
    if !stage.is_open() && !matches!(step, Step::Reopen | Step::UndoMerge { .. }) {
        order::refuse_archived(tx, case.id).await?;
    }
    let mut row = protection_case::ActiveModel {
        stage: Set(next.code().to_owned()),
        ..Default::default()
    };
    change(&mut row);
    db::update(tx, (case.id, seen), row).await
}
