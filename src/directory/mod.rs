//! Services near the child (身边的服务机构): shelter, hospital, 儿童之家, legal
//! aid, school, with their hours. Names and numbers of public bodies, so not
//! sealed; where an address is not to be known (庇护), it is left empty and the
//! note says how to be met.

mod api;
mod import;
mod keep;
mod near;
mod pages;

pub use api::openapi;
pub use import::import;
pub use keep::{Entry, add, change};
pub use near::{Near, near, nearest};

use crate::web::Routes;

/// The pages and JSON endpoints of the feature.
#[must_use]
pub fn routes() -> Routes {
    pages::routes().merge(api::routes())
}
