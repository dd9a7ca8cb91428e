//! Cases: who may load one, how one opens and moves, what its timeline tells.
//! [`fetch_for`] is the only way to a case.

mod access;
mod advance;
mod number;
mod opening;
pub mod search;
pub mod steps;
mod timeline;

pub use access::{Source, facts, fetch_for, hold, load, scope, visible};
pub use advance::{advance, check_version};
pub use number::next as next_number;
pub use opening::{NewChild, NewParty, Opening, add_child, add_party, open};
pub use timeline::{happenings, tell};
