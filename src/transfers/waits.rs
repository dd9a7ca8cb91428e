//! What waits for somebody's word about a transfer, on the page of its case.

use super::answering::{action, fits};
use super::{is_outside, state};
use crate::ctx::Ctx;
use crate::entity::transfer;
use crate::error::Result;
use crate::rules::division::Division;
use crate::rules::policy::{CaseFacts, TransferFacts, transfer_may};
use crate::rules::transferflow::{TransferState, TransferStep};
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

/// A transfer that waits.
#[derive(Debug, Clone)]
pub struct Waits {
    /// Its id.
    pub id: Uuid,
    /// `YJ-20261123-0001`.
    pub number: String,
    /// Whose word is waited for.
    pub who: &'static str,
    /// For what.
    pub what: &'static str,
    /// By when.
    pub due_at: DateTime<Utc>,
    /// Whether the person who looks may say it.
    pub yours: bool,
}

/// The transfers of a case that wait to be confirmed or ruled on.
///
/// # Errors
/// When the database refuses or a stored code cannot be read.
pub async fn waiting(db: &impl ConnectionTrait, ctx: &Ctx, (case, known): (Uuid, &CaseFacts)) -> Result<Vec<Waits>> {
    let pending = [TransferState::Asked.code(), TransferState::Disputed.code()];
    let rows = transfer::Entity::find()
        .filter(transfer::Column::CaseId.eq(case))
        .filter(transfer::Column::State.is_in(pending));
    let mut waits = Vec::new();
    for row in rows.all(db).await? {
        waits.push(one(ctx, row, known)?);
    }
    Ok(waits)
}

fn one(ctx: &Ctx, row: transfer::Model, known: &CaseFacts) -> Result<Waits> {
    let now = state(&row)?;
    let read = |code: &Option<String>| code.as_deref().map(Division::parse).transpose();
    let facts = TransferFacts {
        from: Division::parse(&row.from_place)?,
        from_unit: row.from_unit,
        receiver: read(&row.to_area)?,
        domicile: read(&row.domicile)?,
        moved: false,
        case: known.clone(),
    };
    let late = now == TransferState::Asked && row.due_at <= ctx.now;
    let (who, what) = match now {
        TransferState::Asked if is_outside(&row) => ("移出方", "登记外地回函"),
        TransferState::Asked if !late => ("移入方", "确认接收移交"),
        _ => ("双方共同的上级", "裁定移交"),
    };
    let answers = [
        TransferStep::Confirm,
        TransferStep::Refuse,
        TransferStep::RuleMove,
        TransferStep::RuleKeep,
    ];
    let yours = answers.into_iter().any(|step| {
        now.after(step).is_ok() && fits(&row, step, ctx.now) && transfer_may(&ctx.actor, action(&row, step), &facts)
    });
    Ok(Waits {
        id: row.id,
        number: row.number,
        who,
        what,
        due_at: row.due_at,
        yours,
    })
}
