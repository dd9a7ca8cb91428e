//! The case file: the work list, the case page, its printed form, and one form
//! for every step. Operations live in `casework`; here they are shown and asked for.

mod actions;
mod api;
mod clock_page;
mod clockwork;
mod due;
mod facts;
mod fields;
mod forms;
mod identity;
mod list;
mod list_page;
mod my_clocks;
mod names;
mod next;
mod order;
mod order_forms;
mod order_lines;
mod page;
mod parts;
mod people;
mod perform;
mod print;
mod rulings;
mod story;
mod typed;
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
        .get("/cases/{id}/do/{step}", Access::CASEWORK, forms::ask)
        .post("/cases/{id}/do/{step}", Access::CASEWORK, forms::act)
        .post("/cases/{id}/identity", Access::CASEWORK, identity::children)
        .post("/cases/{id}/reporter", Access::CASEWORK, identity::reporters)
        .get("/cases/{id}/print", Access::CASEWORK, print::sheet)
        .get("/cases/{id}/clocks", Access::CASEWORK, clock_page::show)
        .get("/clocks", Access::CASEWORK, my_clocks::show)
}
