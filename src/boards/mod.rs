//! Boards over what others write: what one unit has to do, and how whole places
//! stand. Nothing is changed here.

mod pages;
mod supervision;
mod unit;

pub use supervision::{Asked, By, Figures, Sort, Standing, standing};
pub use unit::{Board, Lane, Todo, board};

use crate::web::Routes;

/// The routes of the feature.
#[must_use]
pub fn routes() -> Routes {
    pages::routes()
}
