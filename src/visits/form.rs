//! The phone form's fields as text, and their reading into a visit.

use super::input::VisitInput;
use crate::clock;
use crate::error::FieldError;
use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;
use uuid::Uuid;

/// Everything typed, kept as it was typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct VisitForm {
    pub id: String,
    pub child_id: String,
    pub kind: String,
    pub method: String,
    pub planned_on: String,
    pub started_at: String,
    pub ended_at: String,
    pub seen: String,
    pub not_seen_reason: String,
    pub not_seen_note: String,
    pub danger: String,
    pub talked_with: Vec<String>,
    pub injury: String,
    pub injury_note: String,
    pub mood: String,
    pub school: String,
    pub care: String,
    pub hazards: Vec<String>,
    pub guardian_contact: String,
    pub carer: String,
    pub services: String,
    pub child_opinion: String,
    pub new_risk: String,
    pub handling: String,
    pub next_on: String,
    pub device_at: String,
    pub supersedes: String,
}

impl VisitForm {
    /// What an earlier visit told, to be corrected under a new id.
    #[must_use]
    pub(super) fn of(told: &VisitInput, id: Uuid, supersedes: Uuid) -> Self {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let day = |day: Option<NaiveDate>| day.map_or_else(String::new, |day| day.to_string());
        let yes_no = |yes: bool| if yes { "yes" } else { "no" }.to_owned();
        Self {
            id: id.to_string(),
            child_id: told.child_id.map_or_else(String::new, |id| id.to_string()),
            kind: told.kind.clone(),
            method: told.method.clone(),
            planned_on: day(told.planned_on),
            started_at: clock::minute(told.started_at),
            ended_at: told.ended_at.map_or_else(String::new, clock::minute),
            seen: yes_no(told.seen),
            not_seen_reason: text(&told.not_seen_reason),
            not_seen_note: text(&told.not_seen_note),
            danger: yes_no(told.danger),
            talked_with: told.talked_with.clone(),
            injury: text(&told.injury),
            injury_note: text(&told.injury_note),
            mood: text(&told.mood),
            school: text(&told.school),
            care: text(&told.care),
            hazards: told.hazards.clone(),
            guardian_contact: text(&told.guardian_contact),
            carer: text(&told.carer),
            services: text(&told.services),
            child_opinion: text(&told.child_opinion),
            new_risk: text(&told.new_risk),
            handling: text(&told.handling),
            next_on: day(told.next_on),
            device_at: String::new(),
            supersedes: supersedes.to_string(),
        }
    }

    /// Reads the fields and checks them; every fault is told at once.
    ///
    /// # Errors
    /// The faults, in the order of the form.
    pub(super) fn read(&self, case: Uuid, now: DateTime<Utc>) -> Result<VisitInput, Vec<FieldError>> {
        let mut faults = Vec::new();
        let mut wrong = |field: &str, message: &str| faults.push(FieldError::new(field, message));
        let id = Uuid::parse_str(self.id.trim()).unwrap_or_default();
        let child_id = optional(&self.child_id, |text| Uuid::parse_str(text).ok())
            .unwrap_or_else(|()| complain(&mut wrong, "child_id", "选择儿童"));
        let supersedes = optional(&self.supersedes, |text| Uuid::parse_str(text).ok())
            .unwrap_or_else(|()| complain(&mut wrong, "supersedes", "从原记录页进入更正"));
        let started_at = instant(&self.started_at).unwrap_or_else(|| {
            wrong("started_at", "填写走访时间，如 2026-11-23 09:12");
            now
        });
        let ended_at = optional(&self.ended_at, instant)
            .unwrap_or_else(|()| complain(&mut wrong, "ended_at", "填写结束时间，或留空"));
        let planned_on = optional(&self.planned_on, clock::read_day)
            .unwrap_or_else(|()| complain(&mut wrong, "planned_on", "填写计划日期，或留空"));
        let next_on = optional(&self.next_on, clock::read_day)
            .unwrap_or_else(|()| complain(&mut wrong, "next_on", "填写下次日期，或留空"));
        let seen = yes_no(&self.seen).unwrap_or_else(|| {
            wrong("seen", "选择有没有见到儿童");
            true
        });
        let danger = yes_no(&self.danger).unwrap_or_else(|| {
            wrong("danger", "选择儿童现在有没有危险");
            false
        });
        let input = VisitInput {
            id,
            child_id,
            planned_on,
            started_at,
            ended_at,
            seen,
            danger,
            next_on,
            supersedes,
            ..self.words(case)
        }
        .tidied();
        let told: Vec<String> = faults.iter().map(|fault| fault.field.clone()).collect();
        let more = input.faults(now).into_iter();
        // An unanswered question brings no complaints about its follow-ups.
        let silent = |field: &str| told.iter().any(|t| t == field || (t == "seen" && field == "injury"));
        faults.extend(more.filter(|fault| !silent(&fault.field)));
        if faults.is_empty() { Ok(input) } else { Err(faults) }
    }

    fn words(&self, case: Uuid) -> VisitInput {
        let text = |text: &String| Some(text.clone());
        VisitInput {
            id: Uuid::nil(),
            case_id: case,
            child_id: None,
            kind: self.kind.clone(),
            method: self.method.clone(),
            planned_on: None,
            started_at: DateTime::UNIX_EPOCH,
            ended_at: None,
            seen: false,
            not_seen_reason: text(&self.not_seen_reason),
            not_seen_note: text(&self.not_seen_note),
            danger: false,
            talked_with: self.talked_with.clone(),
            injury: text(&self.injury),
            injury_note: text(&self.injury_note),
            mood: text(&self.mood),
            school: text(&self.school),
            care: text(&self.care),
            hazards: self.hazards.clone(),
            guardian_contact: text(&self.guardian_contact),
            carer: text(&self.carer),
            services: text(&self.services),
            child_opinion: text(&self.child_opinion),
            new_risk: text(&self.new_risk),
            handling: text(&self.handling),
            next_on: None,
            device_at: instant(&self.device_at),
            supersedes: None,
        }
    }
}

fn complain<T>(wrong: &mut impl FnMut(&str, &str), field: &str, message: &str) -> Option<T> {
    wrong(field, message);
    None
}

fn optional<T>(text: &str, read: impl Fn(&str) -> Option<T>) -> Result<Option<T>, ()> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    read(text).map(Some).ok_or(())
}

fn yes_no(text: &str) -> Option<bool> {
    match text {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    }
}

/// A local minute as people type it, or an RFC 3339 instant.
fn instant(text: &str) -> Option<DateTime<Utc>> {
    match DateTime::parse_from_rfc3339(text.trim()) {
        Ok(at) => Some(at.to_utc()),
        Err(_) => clock::read_minute(text),
    }
}
