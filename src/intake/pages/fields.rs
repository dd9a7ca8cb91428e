//! The form of the desk as it is posted: every control as typed, right or
//! wrong, so that a page can always be shown again with what was written.

use super::options;
use super::templates::{ChildRow, DeskForm, Place};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Everything the form `#intake` may send; absent controls are empty.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Fields {
    #[serde(skip_serializing)]
    pub version: i32,
    /// When it was last kept; never taken from a form.
    pub kept_at: Option<DateTime<Utc>>,
    /// The button: route, join, answered, referred, screened_out, hold, add_child.
    #[serde(skip_serializing)]
    pub outcome: String,
    /// The 并入 button of a candidate: its case.
    #[serde(skip_serializing)]
    pub join_case: String,
    /// `related:ID` or `different:ID`.
    #[serde(skip_serializing)]
    pub decision: String,
    /// `start` or `joined`.
    #[serde(skip_serializing)]
    pub step: String,
    #[serde(skip_serializing)]
    pub emergency_line: String,
    #[serde(skip_serializing)]
    pub emergency_time: String,
    #[serde(skip_serializing)]
    pub emergency_receipt: String,
    pub channel: String,
    pub demand_type: String,
    pub caller_phone: String,
    pub caller_name: String,
    pub anonymous: bool,
    pub confidential: bool,
    pub safe_phone: String,
    pub safe_time: String,
    pub reporter_type: String,
    pub relation_to_child: String,
    pub q1: String,
    pub q2: String,
    pub q3: String,
    pub q4: String,
    pub q5: String,
    pub q6: String,
    pub q7: String,
    pub q8: String,
    pub q9: String,
    pub q10: String,
    pub child_location: String,
    pub child_location_text: String,
    pub child_address: String,
    pub incident_same: bool,
    pub incident_place: String,
    pub incident_place_text: String,
    pub incident_address: String,
    pub child_name: Vec<String>,
    pub child_sex: Vec<String>,
    pub child_age: Vec<String>,
    pub child_feature: Vec<String>,
    pub child_id_number: Vec<String>,
    pub title: String,
    pub content: String,
    pub case_types: Vec<String>,
    pub mandatory_situations: Vec<String>,
    pub danger_flags: Vec<String>,
    pub cohabiting_suspect: String,
    pub suspect_relation: String,
    pub suspect_name: String,
    pub involved_official: String,
    pub at_school: bool,
    pub reported_to_police: String,
    pub police_receipt_no: String,
    /// `1`–`4`; empty takes the suggestion.
    pub urgency: String,
    pub urgency_reason: String,
    pub outcome_note: String,
    pub join_number: String,
    pub referred_to: String,
    pub inquiry: String,
    pub answer: String,
    /// The knowledge articles put into the answer: `ZS-20261123-0001:2`.
    pub articles: Vec<String>,
}

impl Fields {
    /// The answer to question 1–10, empty while it was not asked.
    pub(super) fn answer_to(&self, number: u8) -> &str {
        match number {
            1 => &self.q1,
            2 => &self.q2,
            3 => &self.q3,
            4 => &self.q4,
            5 => &self.q5,
            6 => &self.q6,
            7 => &self.q7,
            8 => &self.q8,
            9 => &self.q9,
            10 => &self.q10,
            _ => "",
        }
    }

    /// Fills in the answer to question 1–10.
    pub(super) fn set_answer(&mut self, number: u8, answer: &str) {
        let slot = match number {
            1 => &mut self.q1,
            2 => &mut self.q2,
            3 => &mut self.q3,
            4 => &mut self.q4,
            5 => &mut self.q5,
            6 => &mut self.q6,
            7 => &mut self.q7,
            8 => &mut self.q8,
            9 => &mut self.q9,
            10 => &mut self.q10,
            _ => return,
        };
        answer.clone_into(slot);
    }

    /// The rows of the children as typed, with their numbers on the page
    /// (from 1). Rows without a word are kept here: the page shows them.
    pub(super) fn child_rows(&self) -> Vec<ChildRow> {
        let count = [
            &self.child_name,
            &self.child_sex,
            &self.child_age,
            &self.child_feature,
            &self.child_id_number,
        ]
        .iter()
        .map(|column| column.len())
        .max()
        .unwrap_or_default();
        let cell = |column: &[String], at: usize| column.get(at).cloned().unwrap_or_default();
        (0..count)
            .map(|at| ChildRow {
                name: cell(&self.child_name, at),
                sex: cell(&self.child_sex, at),
                age: cell(&self.child_age, at),
                feature: cell(&self.child_feature, at),
                id_number: cell(&self.child_id_number, at),
            })
            .collect()
    }

    /// The rows for the page: at least one, one more when it was asked for.
    pub(super) fn rows_to_show(&self) -> Vec<ChildRow> {
        let mut rows = self.child_rows();
        if rows.is_empty() || self.outcome == "add_child" {
            rows.push(ChildRow::default());
        }
        rows
    }

    /// The codes of the case types; what is no code yet stays as typed.
    pub(super) fn case_type_codes(&self) -> Vec<String> {
        self.case_types
            .iter()
            .map(|typed| options::case_type_code(typed))
            .filter(|code| !code.is_empty())
            .collect()
    }

    /// The plain fields for the page.
    pub(super) fn to_form(&self) -> DeskForm {
        let kind = |at: usize| self.case_types.get(at).cloned().unwrap_or_default();
        DeskForm {
            caller_phone: self.caller_phone.clone(),
            caller_name: self.caller_name.clone(),
            title: self.title.clone(),
            content: self.content.clone(),
            child_address: self.child_address.clone(),
            incident_address: self.incident_address.clone(),
            safe_time: self.safe_time.clone(),
            police_receipt_no: self.police_receipt_no.clone(),
            suspect_name: self.suspect_name.clone(),
            urgency_reason: self.urgency_reason.clone(),
            outcome_note: self.outcome_note.clone(),
            join_number: self.join_number.clone(),
            inquiry: self.inquiry.clone(),
            answer: self.answer.clone(),
            articles: self.articles.clone(),
            child_location: Place {
                code: self.child_location.clone(),
                text: self.child_location_text.clone(),
            },
            incident_place: Place {
                code: self.incident_place.clone(),
                text: self.incident_place_text.clone(),
            },
            incident_same: self.incident_same,
            anonymous: self.anonymous,
            confidential: self.confidential,
            at_school: self.at_school,
            case_types: [kind(0), kind(1), kind(2)],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Fields {
        serde_html_form::from_str(body).unwrap()
    }

    #[test]
    fn rows_of_children_keep_their_order() {
        let fields = read(
            "child_name=&child_sex=0&child_age=&child_feature=&child_id_number=\
             &child_name=%E7%94%B2&child_sex=2&child_age=7&child_feature=&child_id_number=",
        );
        let rows = fields.child_rows();
        assert_eq!(rows.len(), 2);
        assert_eq!((rows[1].name.as_str(), rows[1].age.as_str()), ("甲", "7"));
    }

    #[test]
    fn case_types_are_read_from_codes_and_from_their_words() {
        let fields = read("case_types=0101&case_types=0601+%E7%9B%91%E6%8A%A4%E7%BC%BA%E5%A4%B1&case_types=");
        assert_eq!(fields.case_type_codes(), ["0101", "0601"]);
    }

    #[test]
    fn what_was_typed_survives_being_kept_as_a_draft() {
        let fields = read("q1=no&child_name=%E7%94%B2&child_location_text=jcz&version=4&outcome=hold");
        let kept = serde_json::to_string(&fields).unwrap();
        let back: Fields = serde_json::from_str(&kept).unwrap();
        assert_eq!((back.q1.as_str(), back.child_location_text.as_str()), ("no", "jcz"));
        assert_eq!((back.version, back.outcome.as_str()), (0, ""));
    }
}
