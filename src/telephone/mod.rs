//! 电话: what the exchange tells of calls. A call that rings opens a draft at
//! the desk where it rings; whoever was missed is owed a call, as far as it is
//! safe; the log counts how the calls were answered. Events may come twice,
//! late or in another order: the rules ([`crate::rules::calls`]) look only at
//! what was told, never at when.

mod api;
mod body;
mod elsewhere;
mod exchanges;
mod extensions;
mod figures;
mod keeping;
mod log;
mod now;
mod number;
mod pages;
mod returns;
mod softphone;
mod taking;

pub use api::openapi;
pub use body::CallEvent;
pub use elsewhere::run;
pub use exchanges::{Exchange, Token, add as add_exchange, add_with as add_exchange_with};
pub use extensions::set as set_extension;
pub use figures::{Figures, figures};
pub use keeping::tidy;

use crate::web::Routes;

/// The routes of the feature.
#[must_use]
pub fn routes() -> Routes {
    api::routes().merge(pages::routes())
}
