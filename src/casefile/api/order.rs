//! The steps of the order: who holds it, until when, with what result.

use super::steps::CaseStep;
use super::take::not_here;
use crate::casework::steps::{self, Arbitration};
use crate::ctx::Ctx;
use crate::entity::protection_case;
use crate::error::Result;
use crate::state::App;
use uuid::Uuid;

/// Hands the step to its operation.
pub(super) async fn take(app: &App, ctx: &Ctx, id: Uuid, seen: i32, step: CaseStep) -> Result<protection_case::Model> {
    match step {
        CaseStep::Dispute { reason } => steps::open_dispute(app, ctx, id, seen, &reason).await,
        CaseStep::Arbitrate { unit, reason } => {
            steps::arbitrate(app, ctx, id, seen, &Arbitration { unit, reason }).await
        }
        _ => Err(not_here()),
    }
}
