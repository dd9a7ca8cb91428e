//! The hotline's own board for today: who waits, who was answered, what lies
//! open, which red cases are due, and whether the lines are up. Shift lead and
//! city see all of it; an operator sees the desk and their own.
//!
//! Each figure is one statement on an index; the page asks for them again by
//! itself without keeping the session alive.

mod api;
mod figures;
mod pages;
mod shown;

pub use api::openapi;
pub use figures::{Board, Draft, Line, Red, Returns, Tally, board};

use crate::rules::policy::Role;
use crate::web::{Access, Routes};

/// Who works at the hotline, and the city, which answers for it.
const HOTLINE: Access = Access::Roles(&[Role::Operator, Role::Lead, Role::City]);

/// The routes of the feature.
#[must_use]
pub fn routes() -> Routes {
    Routes::new()
        .get("/hotline/board", HOTLINE, pages::show)
        .get("/hotline/board/now", HOTLINE, pages::now)
        .get("/api/v1/hotline/board", HOTLINE, api::show)
}
