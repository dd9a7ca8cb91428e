//! 童护: one window for every report about a child in danger or in need.
//! The modules stand in dependency order: each uses only what stands before it.

pub mod clock;
pub mod rules;
