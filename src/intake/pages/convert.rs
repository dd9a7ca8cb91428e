//! Between the form and what a report says. A draft keeps both: the report,
//! and every control as it was typed.

use super::fields::Fields;
use super::options;
use super::templates::ChildRow;
use crate::error::{Error, FieldError, Result};
use crate::intake::facts::{self, Caller, ChildInput, PlaceInput, ReportInput};
use crate::network::{self, Meant};
use crate::rules::codes;
use crate::rules::division::Division;
use crate::vault::normalise;
use chrono::{DateTime, Utc};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

/// The key under which a draft keeps the controls as typed.
const TYPED: &str = "desk";
/// More rows than this no person typed.
const ROWS: usize = 60;

/// A form that was read: what it says, and which words of it could not be
/// understood.
pub(super) struct Understood {
    pub input: ReportInput,
    pub errors: Vec<FieldError>,
}

/// Reads the form. Words that mean nothing are told, the rest is taken;
/// places that were found get their code in `fields`.
///
/// # Errors
/// When the database refuses.
pub(super) async fn understand(
    db: &impl ConnectionTrait,
    fields: &mut Fields,
    now: DateTime<Utc>,
) -> Result<Understood> {
    fields.kept_at = Some(now);
    let mut errors = Vec::new();
    let (code, text) = (&mut fields.child_location, &mut fields.child_location_text);
    let location = place(db, (code, text), "child_location", &mut errors).await?;
    let incident = if fields.incident_same {
        location.clone()
    } else {
        let (code, text) = (&mut fields.incident_place, &mut fields.incident_place_text);
        place(db, (code, text), "incident_place", &mut errors).await?
    };
    let rows = fields.child_rows();
    if rows.len() > ROWS {
        return Err(Error::BadRequest(format!("一张单最多 {ROWS} 行儿童，其余另行登记")));
    }
    let children = rows
        .iter()
        .enumerate()
        .map(|(at, row)| child(at + 1, row, &mut errors))
        .collect();
    let mut input = plain(fields);
    input.children = children;
    input.child_location = at_place(location, &fields.child_address);
    let address = if fields.incident_same {
        &fields.child_address
    } else {
        &fields.incident_address
    };
    input.incident_place = at_place(incident, address);
    input.form_extra = Some(json!({ TYPED: without_caller(fields) }));
    Ok(Understood { input, errors })
}

/// The controls as typed, without what belongs to the reporter's vault.
fn without_caller(fields: &Fields) -> Fields {
    Fields {
        caller_phone: String::new(),
        caller_name: String::new(),
        safe_time: String::new(),
        ..fields.clone()
    }
}

/// The fields that need no looking up.
fn plain(fields: &Fields) -> ReportInput {
    let official = said(&fields.involved_official);
    let teaching_staff = official.as_deref() == Some("school");
    ReportInput {
        channel: fields.channel.clone(),
        demand_type: fields.demand_type.clone(),
        case_types: fields.case_type_codes(),
        mandatory_situations: fields.mandatory_situations.clone(),
        danger_flags: fields.danger_flags.clone(),
        answers: codes::safety_questions()
            .iter()
            .filter_map(|row| Some((row.code.clone(), said(fields.answer_to(row.number))?)))
            .collect(),
        urgency: said(&fields.urgency),
        urgency_reason: said(&fields.urgency_reason),
        title: said(&fields.title),
        content: said(&fields.content),
        caller: caller(fields),
        reporter_type: said(&fields.reporter_type),
        relation_to_child: said(&fields.relation_to_child),
        confidential: Some(fields.confidential),
        cohabiting_suspect: said(&fields.cohabiting_suspect),
        suspect_relation: said(&fields.suspect_relation),
        suspect_name: said(&fields.suspect_name),
        involved_official: official.filter(|_| !teaching_staff),
        teaching_staff,
        at_school: fields.at_school,
        reported_to_police: yes_no(&fields.reported_to_police),
        police_receipt_no: said(&fields.police_receipt_no),
        ..ReportInput::default()
    }
}

fn caller(fields: &Fields) -> Caller {
    Caller {
        name: said(&fields.caller_name),
        position: None,
        phone: said(&fields.caller_phone),
        anonymous: fields.anonymous,
        safe_phone: yes_no(&fields.safe_phone),
        safe_time: said(&fields.safe_time),
    }
}

fn said(text: &str) -> Option<String> {
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

fn yes_no(text: &str) -> Option<bool> {
    match text {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

fn child(number: usize, row: &ChildRow, errors: &mut Vec<FieldError>) -> ChildInput {
    let digits = normalise(&row.age);
    let age = digits.trim_end_matches('岁').parse::<i16>().ok();
    if age.is_none() && !digits.is_empty() {
        let field = format!("child_age_{number}");
        errors.push(FieldError::new(&field, "年龄填 0–17 的整数，如 7"));
    }
    let child = ChildInput {
        name: said(&row.name),
        sex: said(&row.sex).filter(|sex| sex != "0"),
        age,
        id_number: said(&row.id_number),
        feature: said(&row.feature),
    };
    child.guessed()
}

/// The division of a place control. Corrects code and words for the next page.
async fn place(
    db: &impl ConnectionTrait,
    (code, text): (&mut String, &mut String),
    field: &str,
    errors: &mut Vec<FieldError>,
) -> Result<Option<Division>> {
    match network::meant(db, code, text).await? {
        Meant::Place(found, path) => {
            found.code().clone_into(code);
            *text = path;
            Ok(Some(found))
        }
        Meant::Nothing => {
            code.clear();
            Ok(None)
        }
        Meant::Unclear => {
            code.clear();
            errors.push(FieldError::new(field, network::UNCLEAR));
            Ok(None)
        }
    }
}

fn at_place(place: Option<Division>, address: &str) -> Option<PlaceInput> {
    let address = said(address);
    (place.is_some() || address.is_some()).then(|| PlaceInput {
        division: place.map(|place| place.code().to_owned()),
        address,
    })
}

/// The form of a stored report: as typed where that was kept, otherwise made
/// from what the report says (it came through another door).
///
/// # Errors
/// When the database refuses.
pub(super) async fn restore(db: &impl ConnectionTrait, input: &ReportInput) -> Result<Fields> {
    let typed = input.form_extra.as_ref().and_then(|extra| extra.get(TYPED));
    if let Some(mut fields) = typed.and_then(|value| read(value.clone())) {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        fields.caller_phone = text(&input.caller.phone);
        fields.caller_name = text(&input.caller.name);
        fields.safe_time = text(&input.caller.safe_time);
        return Ok(fields);
    }
    let mut fields = from_input(input);
    for (place, code, text) in [
        (
            input.location(),
            &mut fields.child_location,
            &mut fields.child_location_text,
        ),
        (
            input.incident(),
            &mut fields.incident_place,
            &mut fields.incident_place_text,
        ),
    ] {
        if let Some(place) = place {
            *text = network::path_of(db, &place).await?;
            place.code().clone_into(code);
        }
    }
    Ok(fields)
}

fn read(value: Value) -> Option<Fields> {
    serde_json::from_value(value).ok()
}

fn from_input(input: &ReportInput) -> Fields {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let truth = |value: Option<bool>| value.map_or_else(String::new, |value| value.to_string());
    let address = |place: &Option<PlaceInput>| place.as_ref().map_or_else(String::new, |place| text(&place.address));
    let mut fields = Fields {
        channel: input.channel().to_owned(),
        demand_type: input.demand_type().to_owned(),
        caller_phone: text(&input.caller.phone),
        caller_name: text(&input.caller.name),
        anonymous: input.caller.anonymous,
        confidential: input.confidential.unwrap_or(true),
        safe_phone: truth(input.caller.safe_phone),
        safe_time: text(&input.caller.safe_time),
        reporter_type: text(&input.reporter_type),
        relation_to_child: text(&input.relation_to_child),
        child_address: address(&input.child_location),
        incident_same: input.incident_place == input.child_location || input.incident_place.is_none(),
        incident_address: address(&input.incident_place),
        title: text(&input.title),
        content: text(&input.content),
        case_types: input
            .case_types
            .iter()
            .map(|code| options::case_type_label(code))
            .collect(),
        mandatory_situations: input.mandatory_situations.clone(),
        danger_flags: input.danger_flags.clone(),
        cohabiting_suspect: text(&input.cohabiting_suspect),
        suspect_relation: text(&input.suspect_relation),
        suspect_name: text(&input.suspect_name),
        involved_official: if input.teaching_staff {
            "school".to_owned()
        } else {
            text(&input.involved_official)
        },
        at_school: input.at_school,
        reported_to_police: truth(input.reported_to_police),
        police_receipt_no: text(&input.police_receipt_no),
        urgency: input
            .chosen()
            .map_or_else(String::new, |level| level.number().to_string()),
        urgency_reason: text(&input.urgency_reason),
        ..Fields::default()
    };
    answers_and_children(&mut fields, input);
    fields
}

fn answers_and_children(fields: &mut Fields, input: &ReportInput) {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    for row in codes::safety_questions() {
        if let Some(answer) = input.answers.get(&row.code) {
            fields.set_answer(row.number, answer);
        }
    }
    for child in &input.children {
        fields.child_name.push(text(&child.name));
        fields.child_sex.push(child.sex().to_owned());
        fields
            .child_age
            .push(child.age.map_or_else(String::new, |age| age.to_string()));
        fields.child_feature.push(text(&child.feature));
        fields.child_id_number.push(text(&child.id_number));
    }
}

/// Faults of a report as faults of the desk's controls.
pub(super) fn at_controls(errors: Vec<FieldError>) -> Vec<FieldError> {
    errors
        .into_iter()
        .map(|error| FieldError {
            field: control(&error.field),
            message: error.message,
        })
        .collect()
}

fn control(field: &str) -> String {
    let id = facts::control(field);
    let question = codes::safety_question(&id);
    question.map_or(id, |row| format!("q{}", row.number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_from_another_door_fills_the_form() {
        let input = ReportInput {
            case_types: vec!["0602".to_owned()],
            answers: [("suicidal".to_owned(), "yes".to_owned())].into(),
            urgency: Some("red".to_owned()),
            children: vec![ChildInput {
                age: Some(7),
                ..ChildInput::default()
            }],
            ..ReportInput::default()
        };
        let fields = from_input(&input);
        assert_eq!((fields.q6.as_str(), fields.urgency.as_str()), ("yes", "1"));
        assert_eq!(fields.child_age, ["7"]);
        assert_eq!(fields.case_type_codes(), ["0602"]);
        assert!(fields.incident_same && fields.confidential);
    }

    #[test]
    fn a_fault_of_a_question_is_shown_at_its_number() {
        assert_eq!(control("answers/suicidal"), "q6");
        assert_eq!(control("children/1/age"), "child_age_2");
    }

    #[test]
    fn an_age_in_words_is_told_and_one_in_full_width_is_taken() {
        let mut errors = Vec::new();
        let row = |age: &str| ChildRow {
            age: age.to_owned(),
            ..ChildRow::default()
        };
        assert_eq!(child(1, &row("７岁"), &mut errors).age, Some(7));
        assert_eq!(child(2, &row("不大"), &mut errors).age, None);
        assert_eq!(errors[0].field, "child_age_2");
    }
}
