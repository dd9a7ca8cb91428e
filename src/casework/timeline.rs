//! The timeline: when a thing happened and when it was entered are two times.

use crate::ctx::Ctx;
use crate::db::insert_all;
use crate::entity::case_event;
use crate::error::Result;
use crate::journal::Act;
use crate::vault::{Slot, Vault};
use chrono::{DateTime, Utc};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::Value;
use uuid::Uuid;

/// What an event says: what, when it happened (the entry's own time is the
/// request's), in words (sealed), and codes: stages, levels, units.
pub type Happening<'a> = (Act, DateTime<Utc>, Option<&'a str>, Value);

/// Adds an event to a case's timeline.
///
/// # Errors
/// When the database refuses.
pub async fn tell(
    tx: &impl ConnectionTrait,
    vault: &Vault,
    ctx: &Ctx,
    case: Uuid,
    happening: Happening<'_>,
) -> Result<()> {
    Ok(insert_all(tx, vec![event(vault, ctx, case, happening)?]).await?)
}

/// An event that is not written yet.
///
/// # Errors
/// When the vault refuses.
pub(super) fn event(
    vault: &Vault,
    ctx: &Ctx,
    case: Uuid,
    (act, at, text, refs): Happening<'_>,
) -> Result<case_event::ActiveModel> {
    let id = ctx.new_id();
    Ok(case_event::ActiveModel {
        id: Set(id),
        case_id: Set(case),
        kind: Set(act.code().to_owned()),
        happened_at: Set(at),
        entered_at: Set(ctx.now),
        actor_id: Set(ctx.account()),
        actor_unit: Set(ctx.actor.unit),
        text: Set(vault.seal_some(Slot::new("case_event", "text", id), text)?),
        refs: Set(refs),
    })
}

/// The events of a case, latest first.
///
/// # Errors
/// When the database refuses.
pub async fn happenings(db: &impl ConnectionTrait, case: Uuid) -> Result<Vec<case_event::Model>> {
    Ok(case_event::Entity::find()
        .filter(case_event::Column::CaseId.eq(case))
        .order_by_desc(case_event::Column::HappenedAt)
        .order_by_desc(case_event::Column::Id)
        .all(db)
        .await?)
}
