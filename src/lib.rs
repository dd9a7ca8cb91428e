//! 童护: one window for every report about a child in danger or in need.
//! The modules stand in dependency order: each uses only what stands before it.

pub mod clock;
pub mod config;
pub mod ctx;
pub mod db;
pub mod entity;
pub mod error;
pub mod journal;
pub mod rules;
pub mod state;
pub mod vault;
