//! 质检: a random sample of what was taken at the desk is looked at by the shift
//! lead or the city and scored by a sheet. The seed of each draw is kept, so that
//! an auditor can draw it again, and a report stands in the frame of one draw
//! only, so that nobody draws until the sample pleases. Nobody judges their own
//! call; whoever took it reads the score and may object once.
//!
//! Whatever is asked for here, the report itself is seen by the same rules as
//! everywhere ([`crate::sight::report`]).

mod objecting;
mod pages;
mod review;
mod sample;
mod sheet;
mod shown;

pub use objecting::{Ruling, object, rule};
pub use review::{Scored, save};
pub use sample::{Span, draw, holds};
pub use sheet::{ItemWish, Sheet, SheetWish, change_sheet, sheet, sheet_of};
pub use shown::{Card, Counts, Listed, counts, listed, open, own, view};

use crate::web::Routes;

/// The pages of the feature.
#[must_use]
pub fn routes() -> Routes {
    pages::routes()
}
