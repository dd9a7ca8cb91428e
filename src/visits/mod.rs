//! Visits: the phone form of village and township, photos without traces,
//! and the supervisor's review. Append-only; a correction is a new record.

mod api;
pub mod choices;
mod effects;
mod form;
mod input;
mod pages;
mod photo;
mod record;
mod review;
mod today;
mod upload;
mod view;

pub use api::{api_routes, openapi};
pub use effects::{NOT_SEEN_CLOCK, VISIT_CLOCK};
pub use input::VisitInput;
pub use pages::routes;
pub use photo::{Clean, add as add_photo, clean, clean_with_small, open as open_photo};
pub use record::{Recorded, record, record_with, skew_minutes};
pub use review::{Shown, Verdict, decide, fetch, queue, reply};
pub use today::{Card, Day, today};
pub use view::{Choice, Line, VisitRow, VisitView, of_case};
