//! What is checked before a paper is recorded.

use crate::casework::steps::has_control;
use crate::error::FieldError;
use crate::rules::{codes, measures};
use chrono::{Datelike, NaiveDate};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A paper to be recorded. Dates are calendar days in Asia/Shanghai.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMeasure {
    /// Made by the client, so that a second click is the same paper.
    #[serde(default)]
    pub id: Option<Uuid>,
    /// A code of `data/artifact_kinds.csv`.
    #[schema(example = "admonition")]
    pub kind: String,
    /// 文号.
    #[schema(example = "应公（城）告字〔2026〕12号")]
    pub paper_no: String,
    /// 作出机关.
    #[schema(example = "应县公安局")]
    pub issued_by: String,
    /// 作出日期.
    pub issued_on: NaiveDate,
    /// 生效日期; the day of issue when empty.
    #[serde(default)]
    pub in_force_from: Option<NaiveDate>,
    /// 失效日期.
    #[serde(default)]
    pub expires_on: Option<NaiveDate>,
    /// 送达日期.
    #[serde(default)]
    pub served_on: Option<NaiveDate>,
    /// 法定情形: required of the kinds for which the law names them, `TC1`–`TC7`
    /// and `LC1`–`LC5`; empty for the others.
    #[serde(default)]
    #[schema(example = "TC3")]
    pub ground: String,
    /// 备注, 200 characters at most.
    #[serde(default)]
    pub note: String,
}

/// No paper about a child of today is older, none lasts longer: what lies
/// outside is a slip of the finger, and neither database keeps every date that
/// can be typed.
const EARLIEST: i32 = 1990;
const LATEST: i32 = 2100;

/// What is wrong with a paper; empty when it may be recorded. The fields are
/// those of [`NewMeasure`].
#[must_use]
pub fn faults(new: &NewMeasure, today: NaiveDate) -> Vec<FieldError> {
    let mut faults = Vec::new();
    let mut fault = |field: &str, text: &str| faults.push(FieldError::new(field, text));
    let kind = codes::artifact_kind(&new.kind);
    if kind.is_none() {
        fault("kind", "选择文书种类");
    }
    if !fits(&new.paper_no, 60) {
        fault("paper_no", "填写文书号，60字以内");
    }
    if !fits(&new.issued_by, 60) {
        fault("issued_by", "填写作出机关，60字以内");
    }
    if new.note.chars().count() > 200 || has_control(&new.note) {
        fault("note", "备注在200字以内，不含不可见的控制字符");
    }
    if let Some(text) = ground_fault(new) {
        fault("ground", &text);
    }
    if new.issued_on > today {
        fault("issued_on", "作出日期不得晚于今天");
    } else if new.issued_on.year() < EARLIEST {
        fault("issued_on", "核对作出日期，不早于1990年");
    }
    let from = new.in_force_from.unwrap_or(new.issued_on);
    if from < new.issued_on {
        fault("in_force_from", "生效日期不得早于作出日期");
    }
    if new.served_on.is_some_and(|on| on < new.issued_on || on > today) {
        fault("served_on", "送达日期应在作出日期与今天之间");
    }
    if new.in_force_from.is_some_and(|on| on.year() > LATEST) {
        fault("in_force_from", "核对生效日期，不晚于2100年");
    }
    if let Some(last) = new.expires_on {
        if last.year() > LATEST {
            fault("expires_on", "核对失效日期，不晚于2100年");
        }
        if last < from {
            fault("expires_on", "失效日期不得早于生效日期");
        }
        if let Some(procedure) = measures::procedure(&new.kind)
            && let Some((_, source)) = procedure.longest()
            && let Some(most) = procedure.longest_end(from)
            && last > most
        {
            let text = format!("{}的失效日期不得晚于{most}（{source}）", procedure.name);
            fault("expires_on", &text);
        }
    }
    faults
}

/// The ground is one that the law names for the kind, and none is given where
/// the law names none.
fn ground_fault(new: &NewMeasure) -> Option<String> {
    let given = new.ground.trim();
    let Some((procedure, grounds)) = measures::procedure(&new.kind).and_then(|own| Some((own, own.grounds()?))) else {
        return (!given.is_empty()).then(|| "这种文书不写法定情形，留空".to_owned());
    };
    let known = grounds.iter().any(|(code, _)| *code == given);
    (!known).then(|| format!("选择{}的法定情形（{}）", procedure.name, procedure.basis))
}

/// Whether something is written, no longer than `most` characters, in one line.
fn fits(text: &str, most: usize) -> bool {
    let text = text.trim();
    !text.is_empty() && text.chars().count() <= most && !text.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn order(expires: &str) -> NewMeasure {
        NewMeasure {
            kind: "protection_order".to_owned(),
            paper_no: "（2026）晋0622民保令1号".to_owned(),
            issued_by: "应县人民法院".to_owned(),
            issued_on: date("2026-11-20"),
            expires_on: Some(date(expires)),
            ..NewMeasure::default()
        }
    }

    fn fields(new: &NewMeasure) -> Vec<String> {
        faults(new, date("2026-11-23"))
            .into_iter()
            .map(|fault| fault.field)
            .collect()
    }

    #[test]
    fn a_protection_order_lasts_six_months_at_most() {
        assert_eq!(fields(&order("2027-05-19")), [""; 0]);
        assert_eq!(fields(&order("2027-06-30")), ["expires_on"]);
    }

    #[test]
    fn dates_stand_in_their_order() {
        let mut new = order("2026-11-19");
        assert_eq!(fields(&new), ["expires_on"]);
        new.expires_on = None;
        new.in_force_from = Some(date("2026-11-19"));
        new.served_on = Some(date("2026-11-24"));
        assert_eq!(fields(&new), ["in_force_from", "served_on"]);
        new.issued_on = date("2026-11-24");
        assert!(fields(&new).contains(&"issued_on".to_owned()));
    }

    #[test]
    fn custody_has_a_ground_that_the_law_names_for_it() {
        let mut new = order("2027-05-19");
        for (kind, ground, wrong) in [
            ("temp_custody", "", true),
            ("temp_custody", "LC1", true),
            ("temp_custody", "TC8", true),
            ("temp_custody", "TC6", false),
            ("long_term_custody", "LC4", false),
            ("long_term_custody", "TC6", true),
            ("protection_order", "TC6", true),
            ("protection_order", "", false),
        ] {
            new.kind = kind.to_owned();
            new.ground = ground.to_owned();
            assert_eq!(fields(&new).contains(&"ground".to_owned()), wrong, "{kind} {ground}");
        }
    }

    #[test]
    fn a_paper_has_a_kind_a_number_and_an_authority() {
        let new = NewMeasure {
            issued_on: date("2026-11-23"),
            ..NewMeasure::default()
        };
        assert_eq!(fields(&new), ["kind", "paper_no", "issued_by"]);
    }
}
