//! The integration suite: everything through the router, on SQLite, and on
//! PostgreSQL when `TEST_DATABASE_URL` names a server.

#![expect(unreachable_pub, reason = "everything here is for the suite alone")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

mod accounts;
mod desk;
mod ground;
mod intake;
mod cases_api;
mod given;
mod steps;
mod orders;
mod handling;
mod measures;
mod joint;
mod network;
mod visits;
mod casefile;
mod rules_in_view;
mod main_job;
mod hostile;
mod commands;
mod screens;
mod races;
mod closed_doors;
mod clock_pages;
mod clock_table;
mod clock_begin;
mod clock_changes;
mod clock_worker;
mod deadline_examples;
mod deadline_rules;
mod reach;
mod portal;
mod openapi;
mod audit_chain;
mod trail;
mod children;
mod transfers;
mod handover;
mod service;
mod notices;
mod simulation;
mod boards;
mod hotline;
mod telephone;
mod referrals;
mod knowledge;
mod directory;
mod quality;
mod dayboard;
