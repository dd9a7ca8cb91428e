//! The case file: the work list, the case page, its printed form, and one form
//! for every step. Operations live in `casework`; here they are shown and asked for.

mod actions;
mod api;
mod clockwork;
mod due;
mod facts;
mod list;
mod list_page;
mod names;
mod page;
mod parts;
mod people;
mod story;
mod work;

pub use api::openapi;
pub use list::waiting;

use crate::web::{Access, Routes};

/// The routes of the feature.
#[must_use]
pub fn routes() -> Routes {
    api::api_routes()
        .get("/cases", Access::CASEWORK, list_page::show)
        .get("/cases/{id}", Access::CASEWORK, page::show)
}
