//! The steps that people take on a case. Each one opens its own transaction,
//! loads the case for its purpose, moves it by the version that the person
//! saw, tells the timeline and ends in the journal.

mod closing;
mod deciding;
mod dispatch;
mod family;
mod merging;
mod moving;
mod planning;
mod records;
mod recusing;
mod reporter;
mod returns;
mod risk;
mod routine;
mod signing;
mod words;

pub use closing::{CloseAsk, ask_close, closing_checks, closing_facts};
pub use deciding::{approve_close, refuse_close, reopen};
pub use dispatch::{Redispatch, To, redispatch};
pub use family::{ChildChange, PartyInput, record_child, record_party};
pub use merging::{Merge, merge, undo_merge};
pub use moving::{TRANSFER_CLOCKS, move_to, pending_transfer};
pub use planning::{demand_of, take_part};
pub use records::{add_note, begin_support, plan_follow_up, spot_check};
pub use recusing::{Recuse, Whom, declare_recusal};
pub use reporter::{ReporterIdentity, open_reporter};
pub use returns::{Arbitration, ReturnAsk, arbitrate, ask_return, open_dispute, refuse_return};
pub use risk::{
    RiskChange, confirm_lowering, propose_lowering, propose_lowering_in, raise_in, raise_risk, refuse_lowering,
};
pub use routine::{begin_routine_care, clear_routine_care, end_routine_care};
pub use signing::{assign, sign};
pub use words::{has_control, words, words_if_any};

use super::{search, tell};
use crate::ctx::Ctx;
use crate::entity::protection_case;
use crate::error::{Error, Result};
use crate::journal::{self, Act, Entry};
use crate::state::App;
use sea_orm::{DatabaseTransaction, EntityTrait};
use serde_json::Value;
use uuid::Uuid;

/// Ends a step: the timeline's line (words sealed, codes beside), the words
/// made findable, the journal's entry with the same codes, the commit. Answers
/// the case as it is then.
pub(in crate::casework) async fn finish(
    tx: DatabaseTransaction,
    app: &App,
    ctx: &Ctx,
    case: Uuid,
    (act, text, refs): (Act, Option<&str>, Value),
) -> Result<protection_case::Model> {
    tell(&tx, &app.vault, ctx, case, (act, ctx.now, text, refs.clone())).await?;
    if let Some(text) = text {
        search::index(&tx, &app.vault, case, text).await?;
    }
    let after = protection_case::Entity::find_by_id(case)
        .one(&tx)
        .await?
        .ok_or(Error::NotFound)?;
    journal::commit(tx, ctx, Entry::new(act).case(case).detail(refs)).await?;
    Ok(after)
}
