//! The desk of those who rule on orders and of those whom an order waits for:
//! disputes, returns, wishes for time, results, sheets of supervision,
//! callbacks. What is done about one is done on its case; here it is found, and
//! the sheets are printed.

mod callbacks;
mod desk;
mod sheets;

pub use callbacks::{Owed, Waiting, waiting};

use crate::web::{Access, Routes};

/// The routes of the feature.
#[must_use]
pub fn routes() -> Routes {
    Routes::new()
        .get("/orders", Access::CASEWORK, desk::show)
        .get("/orders/callbacks", Access::CASEWORK, callbacks::show)
        .get("/cases/{id}/sheet", Access::CASEWORK, sheets::show)
}
