//! Papers and measures (文书与措施): number, authority, dates, validity; and for
//! the kinds with a life of their own, what may be done with them, the clocks
//! that this starts and the visits it orders. The rules are in
//! [`crate::rules::measures`].

mod access;
mod api;
mod check;
mod events;
mod form;
mod given;
mod lapse;
mod life;
mod list;
mod owing;
mod pages;
mod papers;
mod rows;
mod view;
mod watch;

pub use access::{fetch, open_stage};
pub use api::openapi;
pub use check::{NewMeasure, faults};
pub(crate) use form::{PaperForm, date, grounds, kinds};
pub use given::{Answer, Given, in_fields};
pub use lapse::lapse;
pub use life::{NewLife, Taken, begin, step};
pub use papers::{add, end, one, paper_no, record};
pub use rows::{MeasureRow, kind_name, name, of_case, of_task};
pub use watch::visited;

use crate::web::Routes;

/// The routes of the feature.
#[must_use]
pub fn routes() -> Routes {
    pages::routes().merge(api::routes())
}
