//! The registration form as it is typed, and what intake is told of it.

use crate::clock;
use crate::error::FieldError;
use crate::intake::{Caller, ChildInput, PlaceInput, ReportInput};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use serde_json::json;

/// A report later than this after the discovery says why (本系统默认).
const PROMPT: TimeDelta = TimeDelta::hours(2);

/// What the form posts; everything is kept as it was typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct RegistrationForm {
    pub(super) reporter_type: String,
    pub(super) caller_name: String,
    pub(super) position: String,
    pub(super) caller_phone: String,
    pub(super) head_informed: String,
    pub(super) discovered_at: String,
    pub(super) discovered_how: String,
    pub(super) mandatory_situations: Vec<String>,
    pub(super) child_name: String,
    pub(super) child_feature: String,
    pub(super) child_sex: String,
    pub(super) child_age: String,
    pub(super) child_id_number: String,
    pub(super) guardian: String,
    pub(super) content: String,
    pub(super) injury: String,
    pub(super) child_location: String,
    pub(super) child_location_text: String,
    pub(super) child_address: String,
    pub(super) child_safe: String,
    pub(super) suspect_relation: String,
    pub(super) suspect_name: String,
    pub(super) cohabiting_suspect: String,
    pub(super) measures_taken: String,
    pub(super) reported_to_police: String,
    pub(super) police_at: String,
    pub(super) police_unit: String,
    pub(super) police_receipt_no: String,
    pub(super) superior_at: String,
    pub(super) guardian_told: String,
    pub(super) guardian_reason: String,
    pub(super) late_reason: String,
    pub(super) submission: String,
}

fn some(text: &str) -> Option<String> {
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

impl RegistrationForm {
    /// What must be there before the report may go: what happened, where, to
    /// whom; nothing else holds it up.
    pub(super) fn faults(&self, now: DateTime<Utc>) -> Vec<FieldError> {
        let mut faults = Vec::new();
        let mut say = |field: &str, message: &str| faults.push(FieldError::new(field, message));
        if self.mandatory_situations.is_empty() {
            say(
                "mandatory_situations",
                "选择至少一种强制报告情形，拿不准时选「其他严重侵害」",
            );
        }
        match clock::read_minute(&self.discovered_at) {
            None => say("discovered_at", "填写发现时间，如 2026-11-23 09:12"),
            Some(at) if at > now => say("discovered_at", "发现时间不能晚于现在"),
            Some(at) if now - at > PROMPT && self.late_reason.trim().is_empty() => {
                say("late_reason", "发现后超过 2 小时才报告，说明延迟原因");
            }
            Some(_) => {}
        }
        if self.child_name.trim().is_empty() && self.child_feature.trim().is_empty() {
            say("child_name", "填写儿童姓名或特征，如「约7岁女童」");
        }
        if some(&self.child_age).is_some() && self.age().is_none() {
            say("child_age", "儿童年龄填 0 至 17 的整数，不确定时填估计年龄");
        }
        if self.content.trim().is_empty() {
            say("content", "写下看到和听到的事实，不作定性");
        }
        if self.child_location.trim().is_empty() && self.child_location_text.trim().is_empty() {
            say("child_location", "填写儿童现在所在的县、乡镇或村");
        }
        if self.guardian_told == "no" && self.guardian_reason.trim().is_empty() {
            say("guardian_reason", "说明不通知监护人的原因，如监护人涉嫌侵害");
        }
        faults
    }

    fn age(&self) -> Option<i16> {
        self.child_age.trim().parse().ok().filter(|age| (0..=17).contains(age))
    }

    /// The same in intake's words; `place` is what the typed place means.
    pub(super) fn input(&self, place: Option<String>) -> ReportInput {
        let place = place.or_else(|| some(&self.child_location));
        ReportInput {
            channel: "mandated".to_owned(),
            demand_type: "tipoff".to_owned(),
            mandatory_situations: self.mandatory_situations.clone(),
            content: some(&self.content),
            caller: Caller {
                name: some(&self.caller_name),
                phone: some(&self.caller_phone),
                ..Caller::default()
            },
            reporter_type: some(&self.reporter_type),
            child_location: Some(PlaceInput {
                division: place,
                address: some(&self.child_address),
            }),
            children: vec![ChildInput {
                name: some(&self.child_name),
                sex: some(&self.child_sex),
                age: self.age(),
                id_number: some(&self.child_id_number),
                feature: some(&self.child_feature),
            }],
            cohabiting_suspect: some(&self.cohabiting_suspect),
            suspect_relation: some(&self.suspect_relation),
            suspect_name: some(&self.suspect_name),
            reported_to_police: Some(self.reported_to_police == "yes"),
            police_receipt_no: some(&self.police_receipt_no),
            discovered_at: clock::read_minute(&self.discovered_at),
            answers: some(&self.child_safe)
                .map(|safe| ("safe_now".to_owned(), safe))
                .into_iter()
                .collect(),
            form_extra: Some(self.extra()),
            ..ReportInput::default()
        }
    }

    /// The rest of the registration form, sealed with the report.
    fn extra(&self) -> serde_json::Value {
        json!({
            "position": self.position,
            "head_informed": self.head_informed,
            "discovered_how": self.discovered_how,
            "guardian": self.guardian,
            "injury": self.injury,
            "measures_taken": self.measures_taken,
            "police_at": self.police_at,
            "police_unit": self.police_unit,
            "superior_at": self.superior_at,
            "guardian_told": self.guardian_told,
            "guardian_reason": self.guardian_reason,
            "late_reason": self.late_reason,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        clock::read_minute("2026-11-23T12:00").unwrap()
    }

    fn filled() -> RegistrationForm {
        RegistrationForm {
            mandatory_situations: vec!["MR4".to_owned()],
            discovered_at: "2026-11-23T11:30".to_owned(),
            child_feature: "约7岁女童".to_owned(),
            content: "到校时手臂多处淤青".to_owned(),
            child_location: "140622100000".to_owned(),
            ..RegistrationForm::default()
        }
    }

    #[test]
    fn a_report_with_what_where_and_whom_may_go() {
        assert_eq!(filled().faults(now()), []);
    }

    #[test]
    fn a_late_report_says_why() {
        let mut form = filled();
        form.discovered_at = "2026-11-23T09:59".to_owned();
        assert_eq!(form.faults(now())[0].field, "late_reason");
        form.late_reason = "送医途中".to_owned();
        assert_eq!(form.faults(now()), []);
    }

    #[test]
    fn every_missing_part_is_named_at_once() {
        let faults = RegistrationForm::default().faults(now());
        let fields: Vec<_> = faults.iter().map(|fault| fault.field.as_str()).collect();
        assert_eq!(
            fields,
            [
                "mandatory_situations",
                "discovered_at",
                "child_name",
                "content",
                "child_location"
            ]
        );
    }
}
