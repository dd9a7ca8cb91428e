//! Answers: what happens to an order is read off the journal, in the order in
//! which it was committed, put into neutral words and sent, each order's in
//! their order, until 12345 has them. Once a day both sides compare.

mod deliver;
mod follow;
pub(super) mod reconcile;

pub use deliver::deliver;
pub use follow::{behind, follow};
pub use reconcile::compare;

use uuid::Uuid;

/// The outbox's topic.
pub const TOPIC: &str = "hotline";

/// The lane of an order's answers.
#[must_use]
pub(super) fn lane(order: Uuid) -> String {
    format!("hotline:{order}")
}

/// The lane of a partner's daily lists.
fn daily_lane(client: Uuid) -> String {
    format!("hotline-daily:{client}")
}
