//! 一门受理: drafts, advice while the caller talks, and what becomes of a
//! report. Saving is never refused; routing checks; a red report goes out
//! incomplete and its gaps become a note on the case.

mod advice;
mod api;
mod arriving;
mod asking;
mod candidates;
mod check;
mod draft;
mod emergency;
mod later_receipt;
pub mod facts;
mod gathering;
mod guess;
mod history;
mod idempotent;
mod joining;
mod lists;
mod loading;
mod mandated;
mod number;
mod outcome;
pub mod pages;
pub mod partner;
mod plain;
mod planning;
mod registration;
mod reporter;
mod ringing;
mod screening;
mod store;

pub use advice::{Advice, advice};
pub use api::{api_routes, openapi};
pub use asking::{Asking, asking};
pub use candidates::{Candidate, Decision, candidates, decide_candidate};
pub use draft::{Draft, Saved, begin, drafts, save_draft};
pub use emergency::{EmergencyCall, STARTED, emergency, emergency_calls, receipt};
pub use facts::{Caller, ChildInput, PlaceInput, ReportInput};
pub use history::{CallerCall, CallerHistory, caller_history};
pub use joining::{Joined, Target, join};
pub use later_receipt::{Receipts, Written, receipts, write_receipt};
pub use lists::{Listed, Narrowing, Page, Proposal, blind_reports, of_case, proposals, reports, within_reach};
pub use loading::{Loader, PastCall};
pub use mandated::{OwnReport, Receipt, own_report, own_reports, submit};
pub use number::{KnownNumber, known_number};
pub use outcome::{Opened, route};
pub use plain::{answer, answer_by, dismiss, refer, undo};
pub use registration::Registration;
pub use reporter::{REASONS, Reporter, open_reporter};
pub use ringing::{drop_withdrawn, open_ringing, withdraw_ringing};
pub use screening::{confirm_screen_out, propose_screen_out, refuse_screen_out};
pub use store::{Reading, State, check_view, read, read_without_caller};

use uuid::Uuid;

/// A report and the version of it that the person saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// The report.
    pub id: Uuid,
    /// The version on the page.
    pub version: i32,
}

/// How long an answered, referred or joined report may be taken back.
pub const UNDO_MINUTES: i64 = 10;
