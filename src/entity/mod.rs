//! One file per table: columns only, no queries, never serialised as such.

pub mod account;
pub mod article;
pub mod article_gram;
pub mod article_version;
pub mod assessment;
pub mod call_exchange;
pub mod call_leg;
pub mod call_return;
pub mod call_token;
pub mod callback;
pub mod case_child;
pub mod case_event;
pub mod case_unit;
pub mod child;
pub mod conference;
pub mod conference_member;
pub mod counter;
pub mod deadline;
pub mod deadline_rule;
pub mod division;
pub mod emergency_call;
pub mod emergency_receipt;
pub mod evaluation;
pub mod extension;
pub mod feedback;
pub mod hotline_attachment;
pub mod hotline_attachment_file;
pub mod hotline_client;
pub mod hotline_event;
pub mod hotline_file_mapping;
pub mod hotline_flag;
pub mod hotline_nonce;
pub mod hotline_order;
pub mod hotline_reconciliation;
pub mod hotline_refusal;
pub mod hotline_secret;
pub mod idempotency;
pub mod journal_entry;
pub mod measure;
pub mod notice;
pub mod notice_choice;
pub mod order_extension;
pub mod order_pause;
pub mod order_return;
pub mod measure_event;
pub mod outbox;
pub mod party;
pub mod phone_call;
pub mod plan_goal;
pub mod post;
pub mod protection_case;
pub mod quality_frame;
pub mod quality_review;
pub mod quality_sample;
pub mod quality_sheet;
pub mod recusal;
pub mod referral;
pub mod referral_line;
pub mod report;
pub mod report_article;
pub mod report_child;
pub mod reporter_identity;
pub mod search_token;
pub mod service;
pub mod session;
pub mod setting;
pub mod supervision;
pub mod task;
pub mod task_dispute;
pub mod throttle;
pub mod transfer;
pub mod unit;
pub mod urging;
pub mod visit;
pub mod visit_photo;
pub mod work_order;

use sea_orm::FromJsonQueryResult;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A sealed field: `version | algorithm | key id | nonce | ciphertext`.
/// Only the vault can read it; its `Debug` shows the length alone.
#[derive(Clone, PartialEq, Eq, DeriveValueType)]
pub struct Sealed(pub Vec<u8>);

impl fmt::Debug for Sealed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Sealed({} bytes)", self.0.len())
    }
}

/// A list of codes in their order, stored as JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct CodeList(pub Vec<String>);
