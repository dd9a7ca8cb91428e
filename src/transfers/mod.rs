//! Transfers between places (移交): between counties and townships of the city
//! the receiver confirms, outside it a letter is answered. Until then the
//! sender answers for the case: nothing of it moves by being asked for.

mod answering;
mod api;
mod asking;
mod clock;
mod form;
mod list;
mod moving;
mod pages;
mod view;
mod waits;

pub use answering::{Move, Reply, step};
pub use api::openapi;
pub use asking::{Ask, To, ask};
pub use list::{Asked, Page, list};
pub use view::{Handed, TransferRow, TransferView, letter, of_case, view};
pub use waits::{Waits, waiting};

use crate::casework::{self, Source};
use crate::ctx::Ctx;
use crate::entity::{protection_case, transfer};
use crate::error::{Error, Result};
use crate::rules::division::Division;
use crate::rules::policy::{TransferAction, TransferFacts, transfer_may};
use crate::rules::transferflow::TransferState;
use crate::web::Routes;
use anyhow::Context;
use sea_orm::{ConnectionTrait, EntityTrait};
use uuid::Uuid;

/// Why a red case stays where it is, with the source.
pub const RED_STAYS: &str =
    "红色个案不得移交：先处置，待稳定、等级下调后再移交（本地可配置；参照刑事诉讼法第110条先处置后移送）";

/// The pages and JSON endpoints of the feature.
#[must_use]
pub fn routes() -> Routes {
    pages::routes().merge(api::routes())
}

/// Loads a transfer for one purpose, together with its case, held when within
/// a transaction. What the actor may not see does not exist for them.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Hidden`], [`Error::Forbidden`].
pub async fn fetch<S: Source>(
    db: &S,
    ctx: &Ctx,
    id: Uuid,
    wanted: impl Fn(&transfer::Model) -> TransferAction,
) -> Result<(transfer::Model, protection_case::Model)> {
    let mut found = row(db, id).await?;
    let case = casework::load(db, found.case_id).await?;
    if S::HOLDS {
        // Somebody may have answered while this one waited for the case.
        found = row(db, id).await?;
    }
    let facts = facts(db, &found, &case).await?;
    let action = wanted(&found);
    let may = |action| transfer_may(&ctx.actor, action, &facts);
    let denial = || Error::denied(&format!("Transfer{action:?}"), Some(case.id));
    match (may(TransferAction::Summary), may(action)) {
        (false, _) => Err(Error::Hidden(denial())),
        (true, false) => Err(Error::Forbidden(denial())),
        (true, true) => Ok((found, case)),
    }
}

async fn row(db: &impl ConnectionTrait, id: Uuid) -> Result<transfer::Model> {
    transfer::Entity::find_by_id(id).one(db).await?.ok_or(Error::NotFound)
}

/// What the policy must know of a transfer.
async fn facts(
    db: &impl ConnectionTrait,
    row: &transfer::Model,
    case: &protection_case::Model,
) -> Result<TransferFacts> {
    let read = |code: &Option<String>| code.as_deref().map(Division::parse).transpose();
    Ok(TransferFacts {
        from: Division::parse(&row.from_place)?,
        from_unit: row.from_unit,
        receiver: read(&row.to_area)?,
        domicile: read(&row.domicile)?,
        moved: row.to_unit.is_some() && state(row)? == TransferState::Confirmed,
        case: casework::facts(db, case).await?,
    })
}

/// The state of a transfer.
fn state(row: &transfer::Model) -> Result<TransferState> {
    Ok(TransferState::parse(&row.state).context("transfer state in the database")?)
}

/// Whether the other side is outside the city: it answers by letter.
fn is_outside(row: &transfer::Model) -> bool {
    row.to_unit.is_none()
}
