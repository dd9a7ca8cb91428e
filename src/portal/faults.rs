//! What is wrong with a registration form, named by its controls.

use super::form::{RegistrationForm, some};
use crate::clock;
use crate::error::FieldError;
use crate::intake::ReportInput;
use crate::intake::facts::control;
use chrono::{DateTime, TimeDelta, Utc};

/// A report later than this after the discovery says why (本系统默认).
const PROMPT: TimeDelta = TimeDelta::hours(2);
/// The clock of a desk may be ahead by so much.
const AHEAD: TimeDelta = TimeDelta::minutes(1);
const LINE: usize = 200;
const TEXT: usize = 1000;

/// Suspects who have or may have the child in their care.
pub(super) const GUARDIANS: [&str; 6] = [
    "father",
    "mother",
    "step_parent",
    "adoptive_parent",
    "grandparent",
    "entrusted_carer",
];

/// The controls in the order of the form: the summary follows the page.
const ORDER: [&str; 30] = [
    "mandatory_situations",
    "discovered_at",
    "late_reason",
    "discovered_place",
    "discovered_how",
    "content",
    "injury",
    "record_no",
    "evidence_kept",
    "child_name",
    "child_sex",
    "child_age",
    "child_feature",
    "child_id_number",
    "guardian",
    "child_location",
    "child_address",
    "suspect_relation",
    "suspect_name",
    "guardian_reason",
    "police_at",
    "police_unit",
    "police_receipt_no",
    "superior_at",
    "measures_taken",
    "unit_code",
    "unit_address",
    "caller_name",
    "position",
    "caller_phone",
];

/// What must be there before the report may go: what happened, where, to whom,
/// and why it comes late; nothing else holds it up.
pub(super) fn of_form(form: &RegistrationForm, now: DateTime<Utc>) -> Vec<FieldError> {
    let mut found = Vec::new();
    let mut say = |field: &str, message: &str| found.push(FieldError::new(field, message));
    if form.mandatory_situations.is_empty() {
        say("mandatory_situations", "选择至少一种强制报告情形，拿不准时选 MR9");
    }
    if form.child_name.trim().is_empty() && form.child_feature.trim().is_empty() {
        say("child_name", "填写儿童姓名或特征，如「约7岁女童」");
    }
    if some(&form.child_age).is_some() && form.age().is_none() {
        say("child_age", "儿童年龄填 0 至 17 的整数，不确定时填估计年龄");
    }
    if form.content.trim().is_empty() {
        say("content", "写下看到和听到的事实，不作定性");
    }
    if form.child_location.is_empty() && form.child_location_text.trim().is_empty() {
        say("child_location", "填写儿童现在所在的县、乡镇或村");
    }
    if form.guardian_told == "no" && form.guardian_reason.trim().is_empty() {
        say("guardian_reason", "说明不通知监护人的原因，如监护人涉嫌侵害");
    }
    if some(&form.unit_code).is_some() && !credit_code(&form.credit_code()) {
        say("unit_code", "统一社会信用代码为 18 位数字和字母，核对后重填");
    }
    found.extend(times(form, now));
    found.extend(texts(form));
    found
}

/// 18 digits and capital letters without I, O, S, V, Z (GB 32100).
fn credit_code(code: &str) -> bool {
    let known = |letter: u8| letter.is_ascii_digit() || (letter.is_ascii_uppercase() && !b"IOSVZ".contains(&letter));
    code.len() == 18 && code.bytes().all(known)
}

fn times(form: &RegistrationForm, now: DateTime<Utc>) -> Vec<FieldError> {
    let mut found = Vec::new();
    let latest = now + AHEAD;
    match clock::read_minute(&form.discovered_at) {
        None => found.push(FieldError::new("discovered_at", "填写发现时间，如 2026-11-23 09:12")),
        Some(at) if at > latest => found.push(future("discovered_at", "发现时间", now)),
        Some(at) if now - at > PROMPT && form.late_reason.trim().is_empty() => {
            let text = "发现后超过 2 小时才报告，说明延迟原因";
            found.push(FieldError::new("late_reason", text));
        }
        Some(_) => {}
    }
    for (field, label, text) in [
        ("police_at", "报警时间", &form.police_at),
        ("superior_at", "报备时间", &form.superior_at),
    ] {
        match (some(text), clock::read_minute(text)) {
            (None, _) => {}
            (Some(_), None) => {
                let text = format!("{label}写成 2026-11-23 09:12 的样子，不清楚留空");
                found.push(FieldError::new(field, &text));
            }
            (Some(_), Some(at)) if at > latest => found.push(future(field, label, now)),
            (Some(_), Some(_)) => {}
        }
    }
    found
}

fn future(field: &str, label: &str, now: DateTime<Utc>) -> FieldError {
    FieldError::new(field, &format!("{label}不能晚于现在（{}）", clock::minute(now)))
}

/// Lengths and characters of what only this form has.
fn texts(form: &RegistrationForm) -> Vec<FieldError> {
    let limits = [
        ("late_reason", &form.late_reason, LINE),
        ("discovered_place", &form.discovered_place, LINE),
        ("discovered_how", &form.discovered_how, LINE),
        ("injury", &form.injury, TEXT),
        ("record_no", &form.record_no, LINE),
        ("guardian", &form.guardian, LINE),
        ("guardian_reason", &form.guardian_reason, LINE),
        ("police_unit", &form.police_unit, LINE),
        ("measures_taken", &form.measures_taken, TEXT),
        ("unit_address", &form.unit_address, LINE),
    ];
    let odd = |letter: char| letter.is_control() && !matches!(letter, '\n' | '\r' | '\t');
    let fault = |(field, text, most): (&str, &String, usize)| {
        let count = text.chars().count();
        if count > most {
            let text = format!("缩短到 {most} 字以内，现有 {count} 字");
            return Some(FieldError::new(field, &text));
        }
        let words = "含有不可见的控制字符，删除后重试";
        text.chars().any(odd).then(|| FieldError::new(field, words))
    };
    limits.into_iter().filter_map(fault).collect()
}

/// What every report is checked for, at the controls of this form.
pub(super) fn of_input(input: &ReportInput, now: DateTime<Utc>, synthetic: bool) -> Vec<FieldError> {
    let found = input.validate(now, synthetic).into_iter();
    found
        .map(|fault| FieldError::new(&here(&fault.field), &fault.message))
        .collect()
}

/// The control of a fault: there is one child on this form.
fn here(field: &str) -> String {
    let desk = control(field);
    match desk.strip_suffix("_1") {
        Some(one) if desk.starts_with("child_") => one.to_owned(),
        _ => desk,
    }
}

/// The faults in the order of the form, one for each control.
pub(super) fn in_order(mut found: Vec<FieldError>) -> Vec<FieldError> {
    let at = |field: &str| ORDER.iter().position(|known| *known == field).unwrap_or(ORDER.len());
    found.sort_by_key(|fault| at(&fault.field));
    found.dedup_by(|one, other| one.field == other.field);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        clock::read_minute("2026-11-23 12:00").unwrap()
    }

    fn filled() -> RegistrationForm {
        RegistrationForm {
            mandatory_situations: vec!["MR4".to_owned()],
            discovered_at: "2026-11-23 11:30".to_owned(),
            child_feature: "约7岁女童".to_owned(),
            content: "到校时手臂多处淤青".to_owned(),
            child_location: "140622100000".to_owned(),
            ..RegistrationForm::default()
        }
    }

    fn fields(form: &RegistrationForm) -> Vec<String> {
        let found = in_order(of_form(form, now()));
        found.into_iter().map(|fault| fault.field).collect()
    }

    #[test]
    fn a_report_with_what_where_and_whom_may_go() {
        assert_eq!(fields(&filled()), Vec::<String>::new());
    }

    #[test]
    fn a_late_report_says_why() {
        let mut form = filled();
        form.discovered_at = "2026-11-23 09:59".to_owned();
        assert_eq!(fields(&form), ["late_reason"]);
        form.late_reason = "送医途中".to_owned();
        assert_eq!(fields(&form), Vec::<String>::new());
    }

    #[test]
    fn every_missing_part_is_named_at_once_in_the_order_of_the_form() {
        assert_eq!(
            fields(&RegistrationForm::default()),
            [
                "mandatory_situations",
                "discovered_at",
                "content",
                "child_name",
                "child_location"
            ]
        );
    }

    #[test]
    fn times_that_lie_ahead_or_are_none_are_refused() {
        let mut form = filled();
        form.discovered_at = "2026-11-23 12:05".to_owned();
        form.police_at = "刚才".to_owned();
        form.superior_at = "2026-11-24 08:00".to_owned();
        assert_eq!(fields(&form), ["discovered_at", "police_at", "superior_at"]);
    }

    #[test]
    fn a_credit_code_is_checked_by_its_shape() {
        assert!(credit_code("12140622MB0000000X"));
        for wrong in ["12140622MB000000", "12140622mb0000000x", "12140622IO0000000X"] {
            assert!(!credit_code(wrong), "{wrong}");
        }
    }

    #[test]
    fn faults_of_the_report_stand_at_this_forms_controls() {
        for (field, id) in [
            ("children/0/id_number", "child_id_number"),
            ("children/0/age", "child_age"),
            ("caller/phone", "caller_phone"),
            ("caller/position", "position"),
            ("child_location/division", "child_location"),
            ("child_location/address", "child_address"),
            ("content", "content"),
        ] {
            assert_eq!(here(field), id);
        }
    }
}
