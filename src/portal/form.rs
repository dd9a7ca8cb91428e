//! The registration form as it is typed, and what intake is told of it.

use super::faults::{self, GUARDIANS};
use crate::clock;
use crate::error::{Error, FieldError, Result};
use crate::intake::{Caller, ChildInput, PlaceInput, Registration, ReportInput};
use crate::network::{self, Meant};
use crate::vault::normalise;
use anyhow::Context;
use chrono::{DateTime, Utc};
use sea_orm::ConnectionTrait;
use serde::Deserialize;

/// Why a guardian is not told who is suspected themselves.
pub(super) const SUSPECTED: &str = "监护人涉嫌侵害，告知可能危及儿童";

/// What the form posts; everything is kept as it was typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct RegistrationForm {
    pub(super) mandatory_situations: Vec<String>,
    pub(super) discovered_at: String,
    pub(super) content: String,
    pub(super) late_reason: String,
    pub(super) discovered_place: String,
    pub(super) discovered_how: String,
    pub(super) injury: String,
    pub(super) record_no: String,
    pub(super) evidence_kept: String,
    pub(super) child_name: String,
    pub(super) child_sex: String,
    pub(super) child_age: String,
    pub(super) child_feature: String,
    pub(super) child_id_number: String,
    pub(super) guardian: String,
    pub(super) child_location: String,
    pub(super) child_location_text: String,
    pub(super) child_address: String,
    pub(super) child_safe: String,
    pub(super) suspect_relation: String,
    pub(super) suspect_name: String,
    pub(super) cohabiting_suspect: String,
    pub(super) guardian_told: String,
    pub(super) guardian_reason: String,
    pub(super) reported_to_police: String,
    pub(super) police_at: String,
    pub(super) police_unit: String,
    pub(super) police_receipt_no: String,
    pub(super) superior_at: String,
    pub(super) measures_taken: String,
    pub(super) reporter_type: String,
    pub(super) unit_code: String,
    pub(super) unit_address: String,
    pub(super) head_informed: String,
    pub(super) caller_name: String,
    pub(super) position: String,
    pub(super) caller_phone: String,
    pub(super) safe_phone: String,
    pub(super) submission: String,
}

/// A text that says something.
pub(super) fn some(text: &str) -> Option<String> {
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// `2026-11-23 09:12` for a time in whatever way it was typed; as typed when
/// it is none.
fn tidy(text: &str) -> String {
    clock::read_minute(text).map_or_else(|| text.trim().to_owned(), clock::minute)
}

impl RegistrationForm {
    /// The report that the form makes, ready to be sent.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every fault at once, in the order of the form;
    /// when the database refuses.
    pub(super) async fn read(
        &mut self,
        db: &impl ConnectionTrait,
        now: DateTime<Utc>,
        synthetic: bool,
    ) -> Result<ReportInput> {
        let mut found = Vec::new();
        match network::meant(db, &self.child_location, &self.child_location_text).await? {
            Meant::Place(place, path) => {
                place.code().clone_into(&mut self.child_location);
                self.child_location_text = path;
            }
            Meant::Nothing => self.child_location.clear(),
            Meant::Unclear => {
                self.child_location.clear();
                found.push(FieldError::new("child_location", network::UNCLEAR));
            }
        }
        self.spare_the_child();
        let input = self.input()?;
        found.extend(faults::of_form(self, now));
        found.extend(faults::of_input(&input, now, synthetic));
        let found = faults::in_order(found);
        if found.is_empty() {
            Ok(input)
        } else {
            Err(Error::Invalid(found))
        }
    }

    /// Where the suspect is a guardian, nobody tells the guardian unless the
    /// form says otherwise.
    fn spare_the_child(&mut self) {
        let guardian = GUARDIANS.contains(&self.suspect_relation.as_str());
        if !guardian {
            return;
        }
        if self.guardian_told.is_empty() {
            "no".clone_into(&mut self.guardian_told);
        }
        if self.guardian_told == "no" && self.guardian_reason.trim().is_empty() {
            SUSPECTED.clone_into(&mut self.guardian_reason);
        }
    }

    /// The age in years; a trailing 岁 and full-width digits are taken.
    pub(super) fn age(&self) -> Option<i16> {
        let digits = normalise(&self.child_age);
        digits.trim_end_matches('岁').parse().ok()
    }

    /// 统一社会信用代码 in capitals, without blanks.
    pub(super) fn credit_code(&self) -> String {
        normalise(&self.unit_code).to_uppercase()
    }

    fn input(&self) -> Result<ReportInput> {
        let told = [&self.police_at, &self.police_unit, &self.police_receipt_no];
        let police = match self.reported_to_police.as_str() {
            "no" => Some(false),
            "yes" => Some(true),
            _ => told.iter().any(|text| some(text).is_some()).then_some(true),
        };
        let extra = self.extra().to_value().context("registration form")?;
        Ok(ReportInput {
            channel: "mandated".to_owned(),
            demand_type: "tipoff".to_owned(),
            mandatory_situations: self.mandatory_situations.clone(),
            content: some(&self.content),
            caller: self.caller(),
            reporter_type: some(&self.reporter_type),
            child_location: Some(PlaceInput {
                division: some(&self.child_location),
                address: some(&self.child_address),
            }),
            children: vec![self.child()],
            cohabiting_suspect: some(&self.cohabiting_suspect),
            suspect_relation: some(&self.suspect_relation),
            suspect_name: some(&self.suspect_name),
            reported_to_police: police,
            police_receipt_no: some(&self.police_receipt_no),
            discovered_at: clock::read_minute(&self.discovered_at),
            answers: some(&self.child_safe)
                .map(|safe| ("safe_now".to_owned(), safe))
                .into_iter()
                .collect(),
            form_extra: Some(extra),
            ..ReportInput::default()
        })
    }

    fn caller(&self) -> Caller {
        Caller {
            name: some(&self.caller_name),
            position: some(&self.position),
            phone: some(&self.caller_phone),
            safe_phone: match self.safe_phone.as_str() {
                "yes" => Some(true),
                "no" => Some(false),
                _ => None,
            },
            ..Caller::default()
        }
    }

    fn child(&self) -> ChildInput {
        let child = ChildInput {
            name: some(&self.child_name),
            sex: some(&self.child_sex),
            age: self.age(),
            id_number: some(&self.child_id_number),
            feature: some(&self.child_feature),
        };
        child.guessed()
    }

    /// The rest of the registration form, sealed with the report.
    fn extra(&self) -> Registration {
        let text = |text: &str| text.trim().to_owned();
        Registration {
            unit_code: self.credit_code(),
            unit_address: text(&self.unit_address),
            head_informed: text(&self.head_informed),
            discovered_place: text(&self.discovered_place),
            discovered_how: text(&self.discovered_how),
            guardian: text(&self.guardian),
            injury: text(&self.injury),
            record_no: text(&self.record_no),
            evidence_kept: text(&self.evidence_kept),
            measures_taken: text(&self.measures_taken),
            police_at: tidy(&self.police_at),
            police_unit: text(&self.police_unit),
            superior_at: tidy(&self.superior_at),
            guardian_told: text(&self.guardian_told),
            guardian_reason: text(&self.guardian_reason),
            late_reason: text(&self.late_reason),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suspected_guardian_is_not_told_unless_the_form_says_so() {
        let mut form = RegistrationForm {
            suspect_relation: "step_parent".to_owned(),
            ..RegistrationForm::default()
        };
        form.spare_the_child();
        assert_eq!((form.guardian_told.as_str(), &*form.guardian_reason), ("no", SUSPECTED));
        let mut told = RegistrationForm {
            suspect_relation: "father".to_owned(),
            guardian_told: "yes".to_owned(),
            ..RegistrationForm::default()
        };
        told.spare_the_child();
        assert_eq!((told.guardian_told.as_str(), &*told.guardian_reason), ("yes", ""));
        let mut neighbour = RegistrationForm {
            suspect_relation: "neighbour".to_owned(),
            ..RegistrationForm::default()
        };
        neighbour.spare_the_child();
        assert_eq!(neighbour.guardian_told, "");
    }

    #[test]
    fn not_asked_is_not_the_same_as_not_reported_to_the_police() {
        let mut form = RegistrationForm::default();
        assert_eq!(form.input().unwrap().reported_to_police, None);
        form.reported_to_police = "unknown".to_owned();
        assert_eq!(form.input().unwrap().reported_to_police, None);
        form.police_receipt_no = "A1".to_owned();
        assert_eq!(form.input().unwrap().reported_to_police, Some(true));
        form.reported_to_police = "no".to_owned();
        assert_eq!(form.input().unwrap().reported_to_police, Some(false));
    }
}
