//! The HTTP kit: routes with their access, forms, pages, problems, limits.
//! It knows no feature.

pub mod assets;
pub mod choice;
pub mod form;
pub mod json;
pub mod layers;
pub mod page;
pub mod problem;
pub mod routes;
pub mod server;

pub use choice::Choice;
pub use form::{Form, csrf_holds};
pub use json::Json;
pub use page::{NavItem, Shell, ShellUser, render, render_with};
pub use routes::{Access, Routes};
