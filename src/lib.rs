//! 童护: one window for every report about a child in danger or in need.
//! The modules stand in dependency order: each uses only what stands before it.

// Examples of the interface are long `json!` literals.
#![recursion_limit = "512"]

pub mod clock;
pub mod rules;
pub mod entity;
pub mod config;
pub mod error;
pub mod vault;
pub mod db;
pub mod bell;
pub mod state;
pub mod ctx;
pub mod journal;
pub mod web;
pub mod accounts;
pub mod network;
pub mod sight;
pub mod outbox;
pub mod notices;
pub mod clocks;
pub mod casework;
pub mod children;
pub mod transfers;
pub mod handover;
pub mod measures;
pub mod tasks;
pub mod joint;
pub mod assessments;
pub mod plans;
pub mod visits;
pub mod referrals;
pub mod knowledge;
pub mod directory;
pub mod intake;
pub mod hotline;
pub mod telephone;
pub mod portal;
pub mod casefile;
pub mod orderdesk;
pub mod boards;
pub mod quality;
pub mod trail;
pub mod ops;
pub mod dayboard;
pub mod openapi;
pub mod demo;
pub mod worker;
pub mod simulate;
pub mod app;
pub mod cli;
