//! The HTTP kit: routes with their access, forms, pages, problems, limits.
//! It knows no feature.

pub mod assets;
pub mod choice;
pub mod deadline;
pub mod form;
pub mod json;
mod kept;
pub mod layers;
pub mod page;
mod patience;
pub mod problem;
pub mod routes;
pub mod server;
mod strict;

pub use choice::Choice;
pub use form::{Form, csrf_holds};
pub use json::Json;
pub(crate) use kept::Kept;
pub use page::{NavItem, Shell, ShellUser, render, render_with};
pub use routes::{Access, Routes};
