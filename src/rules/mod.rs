//! The law of the service, readable in one sitting: pure functions over plain
//! data. Nothing here awaits, reads a file at run time, or knows SQL or HTTP.

pub mod division;
pub mod level;
pub mod policy;
pub mod workflow;
