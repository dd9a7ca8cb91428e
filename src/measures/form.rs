//! The fields of a paper as a form posts them; tasks use them too.

use super::{NewMeasure, faults};
use crate::clock;
use crate::error::FieldError;
use crate::rules::codes;
use crate::rules::measures::procedure;
use crate::web::Choice;
use chrono::NaiveDate;
use serde::Deserialize;
use uuid::Uuid;

/// What was typed, kept as it is.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct PaperForm {
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) paper_no: String,
    pub(crate) issued_by: String,
    pub(crate) issued_on: String,
    pub(crate) in_force_from: String,
    pub(crate) expires_on: String,
    pub(crate) served_on: String,
    pub(crate) ground: String,
    pub(crate) note: String,
}

impl PaperForm {
    /// Whether nothing was filled in but what the page offers by itself.
    pub(crate) fn is_blank(&self) -> bool {
        self.paper_no.trim().is_empty() && self.kind.is_empty()
    }

    /// The paper and everything that is wrong with it.
    pub(crate) fn read(&self, today: NaiveDate) -> (NewMeasure, Vec<FieldError>) {
        let mut wrong = Vec::new();
        let mut day = |field: &str, text: &str| match date(field, text) {
            Ok(day) => day,
            Err(fault) => {
                wrong.push(fault);
                None
            }
        };
        let issued_on = day("issued_on", &self.issued_on);
        let new = NewMeasure {
            id: Uuid::parse_str(&self.id).ok(),
            kind: self.kind.clone(),
            paper_no: self.paper_no.clone(),
            issued_by: self.issued_by.clone(),
            issued_on: issued_on.unwrap_or(today),
            in_force_from: day("in_force_from", &self.in_force_from),
            expires_on: day("expires_on", &self.expires_on),
            served_on: day("served_on", &self.served_on),
            ground: self.ground.clone(),
            note: self.note.clone(),
        };
        if self.issued_on.trim().is_empty() {
            wrong.push(FieldError::new("issued_on", "填写作出日期"));
        }
        wrong.extend(faults(&new, today));
        (new, wrong)
    }
}

/// A date of a form; an empty field is none.
///
/// # Errors
/// The fault of the field when it is no date.
pub(crate) fn date(field: &str, text: &str) -> Result<Option<NaiveDate>, FieldError> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    clock::read_day(text)
        .map(Some)
        .ok_or_else(|| FieldError::new(field, "日期写成 2026-11-23 的样子"))
}

/// The legal grounds of those of the kinds that need one.
pub(crate) fn grounds(kinds: &[Choice], chosen: &str) -> Vec<Choice> {
    kinds
        .iter()
        .filter_map(|kind| procedure(&kind.code)?.grounds())
        .flatten()
        .map(|(code, words)| Choice::new(code, words, chosen))
        .collect()
}

/// The kinds of paper, those of `first` before the others that pass.
pub(crate) fn kinds(first: &[String], others: impl Fn(&codes::ArtifactKind) -> bool, chosen: &str) -> Vec<Choice> {
    let wanted = first.iter().filter_map(|code| codes::artifact_kind(code));
    let rest = codes::artifact_kinds()
        .iter()
        .filter(|kind| !first.contains(&kind.code) && others(kind));
    wanted
        .chain(rest)
        .map(|kind| Choice::new(&kind.code, &kind.name, chosen))
        .collect()
}
