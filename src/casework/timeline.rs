//! The timeline: when a thing happened and when it was entered are two times.

use crate::ctx::Ctx;
use crate::entity::case_event;
use crate::error::Result;
use crate::journal::Act;
use crate::vault::{Slot, Vault};
use chrono::{DateTime, Utc};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::Value;
use uuid::Uuid;

/// Adds an event to a case's timeline: what, when it happened (the entry's own
/// time is the request's), in words (sealed), and codes: stages, levels, units.
///
/// # Errors
/// When the database refuses.
pub async fn tell(
    tx: &impl ConnectionTrait,
    vault: &Vault,
    ctx: &Ctx,
    case: Uuid,
    (act, at, text, refs): (Act, DateTime<Utc>, Option<&str>, Value),
) -> Result<()> {
    let id = ctx.new_id();
    let row = case_event::ActiveModel {
        id: Set(id),
        case_id: Set(case),
        kind: Set(act.code().to_owned()),
        happened_at: Set(at),
        entered_at: Set(ctx.now),
        actor_id: Set(ctx.account()),
        actor_unit: Set(ctx.actor.unit),
        text: Set(vault.seal_some(Slot::new("case_event", "text", id), text)?),
        refs: Set(refs),
    };
    row.insert(tx).await?;
    Ok(())
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
