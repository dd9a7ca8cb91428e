//! Cases: who may load one, how one opens and moves, what its timeline tells.
//! [`fetch_for`] is the only way to a case.

mod access;
mod advance;
mod making;
mod number;
mod opening;
pub mod order;
pub mod search;
pub mod steps;
mod timeline;
pub mod walk;

pub use access::{Source, blind_to, facts, fetch_for, hold, load, scope, visible};
pub use advance::{advance, check_version};
pub use making::NewCase;
pub use number::{next as next_number, next_of as next_numbers};
pub use opening::{NewChild, NewParty, Opening, add_child, add_party, kept_out, open};
pub use timeline::{Happening, happenings, tell};
