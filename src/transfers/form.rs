//! The form of a transfer as it is posted, and its choices.

use super::{Ask, To};
use crate::clock;
use crate::error::Result;
use crate::network::{self, Meant};
use crate::rules::transferflow::TransferReason;
use crate::web::Choice;
use sea_orm::ConnectionTrait;
use serde::Deserialize;
use uuid::Uuid;

/// What was typed, kept as it is.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct AskForm {
    pub(super) id: String,
    pub(super) version: i32,
    /// `inside` or `outside`.
    pub(super) way: String,
    pub(super) to: String,
    pub(super) to_text: String,
    pub(super) outside: String,
    pub(super) reason: String,
    pub(super) met_on: String,
    pub(super) meeting: String,
    pub(super) child_informed: String,
    pub(super) guardian_informed: String,
    pub(super) informed_note: String,
}

impl AskForm {
    /// What is asked for. A place that nobody can make out goes to the
    /// operation as it was typed, which says so beside the other faults.
    pub(super) async fn read(&self, db: &impl ConnectionTrait) -> Result<Ask> {
        let to = if self.way == "outside" {
            To::Outside(self.outside.clone())
        } else {
            match network::meant(db, &self.to, &self.to_text).await? {
                Meant::Place(place, _) => To::Place(place.code().to_owned()),
                Meant::Nothing | Meant::Unclear => To::Place(self.to_text.clone()),
            }
        };
        Ok(Ask {
            id: Uuid::parse_str(&self.id).ok(),
            to,
            reason: self.reason.clone(),
            met_on: clock::read_day(&self.met_on),
            meeting: self.meeting.clone(),
            child_informed: self.child_informed.clone(),
            guardian_informed: self.guardian_informed.clone(),
            informed_note: self.informed_note.clone(),
        })
    }

    pub(super) fn ways(&self) -> Vec<Choice> {
        let chosen = if self.way.is_empty() { "inside" } else { &self.way };
        Choice::list(
            &[("inside", "本市其他县或乡镇"), ("outside", "外地（发移交函）")],
            chosen,
        )
    }

    pub(super) fn reasons(&self) -> Vec<Choice> {
        TransferReason::ALL
            .into_iter()
            .map(|reason| Choice::new(reason.code(), reason.label(), &self.reason))
            .collect()
    }

    pub(super) fn child_choices(&self) -> Vec<Choice> {
        Choice::list(&[("yes", "已告知"), ("no", "未告知")], &self.child_informed)
    }

    pub(super) fn guardian_choices(&self) -> Vec<Choice> {
        let options = [("yes", "已告知"), ("no", "未告知"), ("none", "没有非加害监护人")];
        Choice::list(&options, &self.guardian_informed)
    }
}
