//! What happened, counted and hashed: the same seed gives the same trace. It
//! names people and cases by user names and numbers, never by ids, which are
//! made at random.

use crate::error::Error;
use crate::rules::policy::Role;
use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// The running trace with its counts.
#[derive(Debug, Default)]
pub(super) struct Trace {
    hash: Sha256,
    /// Acts that were done, by their names.
    pub(super) acts: BTreeMap<&'static str, u64>,
    /// Acts that were refused, by act and reason.
    pub(super) refusals: BTreeMap<(&'static str, &'static str), u64>,
    /// Acts by the role that did them.
    pub(super) by_role: BTreeMap<Role, u64>,
    /// Double submits of which one was enough.
    pub(super) absorbed: u64,
    /// Double submits that were taken twice.
    pub(super) doubled: Vec<String>,
    /// Writes that an old version did not stop.
    pub(super) unnoticed: Vec<String>,
    /// Clocks that two whole rounds running have left where they stood.
    pub(super) forgotten: Vec<String>,
    /// Faults on our side.
    pub(super) broken: Vec<String>,
    /// Measures that were begun, by kind.
    pub(super) begun: BTreeMap<&'static str, u64>,
    /// Acts that were taken upon them, by kind and act.
    pub(super) deeds: BTreeMap<(&'static str, &'static str), u64>,
    /// Injected faults by kind.
    pub(super) faults: BTreeMap<&'static str, u64>,
}

impl Trace {
    /// Adds a line to the trace.
    pub(super) fn line(&mut self, at: DateTime<Utc>, words: &[&str]) {
        self.hash.update(at.timestamp_micros().to_be_bytes());
        for word in words {
            self.hash.update(word.as_bytes());
            self.hash.update([0]);
        }
    }

    /// A fault was injected.
    pub(super) fn fault(&mut self, at: DateTime<Utc>, kind: &'static str) {
        *self.faults.entry(kind).or_default() += 1;
        self.line(at, &["fault", kind]);
    }

    /// The digest of everything so far.
    pub(super) fn digest(&self) -> String {
        hex::encode(self.hash.clone().finalize())
    }
}

/// Why something was refused, in one word.
pub(super) fn reason(error: &Error) -> &'static str {
    match error {
        Error::Stale { .. } => "stale",
        Error::Conflict(_) => "conflict",
        Error::IllegalStep(_)
        | Error::IllegalTaskStep(_)
        | Error::IllegalOrderStep(_)
        | Error::IllegalTransferStep(_) => "stage",
        Error::Invalid(_) => "invalid",
        Error::Forbidden(_) => "forbidden",
        Error::NotFound | Error::Hidden(_) => "not_found",
        Error::Unavailable => "unavailable",
        Error::Internal(_) => "internal",
        _ => "other",
    }
}
