//! Sister lines (联动热线): what was handed to another line, by a live three-way
//! call, a letter or a number given to the caller; its receipt, the clock of its
//! answer, and the answer. A referral never ends a report or a case: whatever
//! smells of harm to a child is opened all the same (首接负责).
//!
//! Three-way calls to 110, 120 and 119 are the emergency key's and stay its
//! rows (`emergency_call`); they are shown beside the referrals, once.

mod api;
mod guard;
mod kind;
mod letter;
mod line_pages;
mod lines;
mod list;
mod pages;
mod record;
mod shown;
mod steps;

pub use api::openapi;
pub use kind::{Kind, State};
pub use lines::{Line, LineWish, Lines, change_line, history, lines};
pub use list::{Listed, Wanted, list};
pub use pages::Panel;
pub(crate) use pages::panel;
pub use record::{Recorded, Referral, record, take_back, told};
pub use shown::{Shown, of_case, of_report, view};
pub use steps::{Answer, Step, step};

use crate::web::Routes;

/// What is owed on a referral, as its clock is named.
const ANSWER_CLOCK: &str = "referral";

/// The pages and JSON endpoints of the feature.
#[must_use]
pub fn routes() -> Routes {
    pages::routes().merge(line_pages::routes()).merge(api::routes())
}
