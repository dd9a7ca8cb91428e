//! 12345 对接. Work orders come in signed, each becomes a report by the way that
//! every report takes, and what comes later about an order is an event of it.
//! What an order means for the child is never told back: the answers that go
//! out are neutral words, signed, in their order, until they have arrived. While
//! the line is down, files take its place.
//!
//! Source: 12345 对接方式 (工单推送, 回写签收、退单、延期、反馈、办结, 失败重放,
//! 每日对账); the rules of what is taken are this system's own.

mod api;
pub mod attachments;
mod body;
mod clean;
pub mod clients;
mod completing;
mod demonstrated;
mod door;
mod events;
mod files;
mod flags;
mod health;
mod network;
mod orders;
pub mod out;
mod pages;
mod places;
mod standing;
mod tellings;

pub use api::openapi;
pub use body::{OrderAttachment, OrderCaller, OrderChild, OrderEvent, OrderPlace, WorkOrder};
pub use demonstrated::demonstrate;
pub use door::{Signed, count_token_refusal, tidy};
pub use events::sweep;
pub use flags::FlagKind;
pub use health::{Health, Partner, delivered, health};
pub use standing::Standing;

use crate::web::Routes;

/// The routes of the feature.
#[must_use]
pub fn routes() -> Routes {
    api::routes().merge(pages::routes())
}
