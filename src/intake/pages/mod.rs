//! The screens of the intake desk: the list, the desk with its panels, the
//! receipt, and the reports for reading.

mod convert;
mod desk;
mod fields;
mod later_receipt;
mod list;
mod options;
mod panels;
mod plan;
mod receipt;
mod reports;
mod templates;
mod view;

use crate::error::{Error, Result};
use crate::rules::policy::Role;
use crate::web::{Access, Routes};
use uuid::Uuid;

/// Only the shift lead is the second person and opens the reporter's identity.
const SECOND: Access = Access::Roles(&[Role::Lead]);

/// The routes of the desk.
#[must_use]
pub fn routes() -> Routes {
    Routes::new()
        .get("/intake", Access::DESK, list::list)
        .post("/intake/new", Access::DESK, list::begin)
        .get("/intake/{id}", Access::DESK, desk::open)
        .post("/intake/{id}", Access::DESK, desk::act)
        .post("/intake/{id}/draft", Access::DESK, panels::draft)
        .post("/intake/{id}/advice", Access::DESK, panels::advice)
        .post("/intake/{id}/caller", Access::DESK, panels::caller)
        .post("/intake/{id}/emergency", Access::DESK, panels::emergency)
        .post("/intake/{id}/candidate", Access::DESK, panels::candidate)
        .post("/intake/{id}/consult", Access::DESK, desk::consult)
        .post("/intake/{id}/undo", Access::DESK, desk::undo)
        .post("/intake/{id}/review", SECOND, list::review)
        .get("/reports", Access::DESK, reports::list)
        .get("/reports/{id}", Access::DESK, reports::one)
        .get("/reports/{id}/emergency/{call}", Access::DESK, later_receipt::show)
        .post("/reports/{id}/emergency/{call}", Access::DESK, later_receipt::save)
        .post("/reports/{id}/reporter", SECOND, reports::open_reporter)
}

/// The id in an address; what is none is no record.
fn id_of(text: &str) -> Result<Uuid> {
    Uuid::parse_str(text).map_err(|_| Error::NotFound)
}
