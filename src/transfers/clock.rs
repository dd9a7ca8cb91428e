//! The clocks of a transfer: counted by the rules `TRF…` in force.

use crate::clocks::{self, Begin, Subject};
use crate::ctx::Ctx;
use crate::error::Result;
use chrono::{DateTime, Utc};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

/// A case, as what a clock runs for.
pub(super) fn subject(case: Uuid) -> Subject {
    Subject {
        case: Some(case),
        ..Subject::default()
    }
}

/// Starts a clock by a rule, from now on; answers when it is due.
pub(super) async fn owe(
    tx: &impl ConnectionTrait,
    ctx: &Ctx,
    subject: Subject,
    (code, milestone, owner): (&str, &str, Uuid),
) -> Result<DateTime<Utc>> {
    let begin = Begin {
        subject,
        code,
        milestone,
        from: ctx.now,
        owner,
    };
    Ok(clocks::begin(tx, ctx, begin).await?.due_at)
}
