//! What a visit tells, and whether it can be read. The form and the API send
//! the same.

use super::choices::{self, Answers};
use crate::clock;
use crate::error::FieldError;
use crate::rules::codes;
use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// Longest text of one field, in characters.
const TEXT: usize = 2000;
/// A device may be ahead by so many minutes before its times are doubted.
pub(super) const SKEW_MINUTES: i64 = 10;
/// A next visit further away than this is a slip of the finger.
const FARTHEST_DAYS: i64 = 400;

/// A visit as its author sends it; sent again it is the same visit.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VisitInput {
    /// Made by the client, version 7, so that a repeat is recognised.
    pub id: Uuid,
    /// The case.
    pub case_id: Uuid,
    /// The child; may be left out where the case has one.
    #[serde(default)]
    pub child_id: Option<Uuid>,
    /// Code of `visit_kinds`.
    pub kind: String,
    /// `home`, `school`, `video`, `phone`.
    pub method: String,
    /// The day it was planned for.
    #[serde(default)]
    pub planned_on: Option<NaiveDate>,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    #[serde(default)]
    pub ended_at: Option<DateTime<Utc>>,
    /// Whether the child was seen.
    pub seen: bool,
    /// Code of `not_seen_reasons`; required where the child was not seen.
    #[serde(default)]
    pub not_seen_reason: Option<String>,
    /// In words; required for `other`.
    #[serde(default)]
    pub not_seen_note: Option<String>,
    /// A danger that exists at this moment.
    pub danger: bool,
    /// `child`, `guardian`, `carer`, `neighbour`, `teacher`, `nobody`.
    #[serde(default)]
    pub talked_with: Vec<String>,
    /// `yes`, `no`, `not_seen`; required where the child was seen.
    #[serde(default)]
    pub injury: Option<String>,
    /// Which part of the body; never how it came about.
    #[serde(default)]
    pub injury_note: Option<String>,
    /// `calm`, `low`, `afraid`, `restless`, `not_seen`.
    #[serde(default)]
    pub mood: Option<String>,
    /// `attending`, `absent`, `dropped_out`, `too_young`, `unknown`.
    #[serde(default)]
    pub school: Option<String>,
    /// `good`, `poor`, `none`, `unknown`.
    #[serde(default)]
    pub care: Option<String>,
    /// `fire_electricity`, `gas`, `water`, `unsafe_house`, `geology`, `care_gap`.
    #[serde(default)]
    pub hazards: Vec<String>,
    /// `together`, `weekly`, `less`, `none`, `unknown`.
    #[serde(default)]
    pub guardian_contact: Option<String>,
    /// `not_entrusted`, `good`, `poor`.
    #[serde(default)]
    pub carer: Option<String>,
    /// Whether the services agreed upon arrive.
    #[serde(default)]
    pub services: Option<String>,
    /// The child's own opinion, or why it was not asked.
    #[serde(default)]
    pub child_opinion: Option<String>,
    /// New risks.
    #[serde(default)]
    pub new_risk: Option<String>,
    /// What was done.
    #[serde(default)]
    pub handling: Option<String>,
    /// The day of the next visit; the level's interval where left out.
    #[serde(default)]
    pub next_on: Option<NaiveDate>,
    /// The device's own time when it sent this.
    #[serde(default)]
    pub device_at: Option<DateTime<Utc>>,
    /// The visit that this one corrects.
    #[serde(default)]
    pub supersedes: Option<Uuid>,
}

impl VisitInput {
    /// Blank texts count as not given.
    #[must_use]
    pub fn tidied(mut self) -> Self {
        let texts = [
            &mut self.not_seen_reason,
            &mut self.not_seen_note,
            &mut self.injury,
            &mut self.injury_note,
            &mut self.mood,
            &mut self.school,
            &mut self.care,
            &mut self.guardian_contact,
            &mut self.carer,
            &mut self.services,
            &mut self.child_opinion,
            &mut self.new_risk,
            &mut self.handling,
        ];
        for text in texts {
            *text = text
                .take()
                .map(|text| text.trim().to_owned())
                .filter(|text| !text.is_empty());
        }
        if self.seen {
            self.not_seen_reason = None;
            self.not_seen_note = None;
        }
        self
    }

    /// Every fault, in the order of the form; empty when there is none.
    #[must_use]
    pub fn faults(&self, now: DateTime<Utc>) -> Vec<FieldError> {
        let mut faults = Faults(Vec::new());
        faults.when(self.id.get_version_num() != 7, "id", "编号须为第 7 版 UUID");
        faults.when(codes::visit_kind(&self.kind).is_none(), "kind", "选择走访类型");
        faults.when(
            !choices::known(choices::METHODS, &self.method),
            "method",
            "选择走访方式",
        );
        self.times(&mut faults, now);
        self.child(&mut faults);
        self.codes(&mut faults);
        self.texts(&mut faults);
        faults.0
    }

    fn times(&self, faults: &mut Faults, now: DateTime<Utc>) {
        let skew = TimeDelta::minutes(SKEW_MINUTES);
        // A device whose clock runs ahead is flagged, not refused.
        let latest = now.max(self.device_at.unwrap_or(now)) + skew;
        faults.when(self.started_at > latest, "started_at", "走访时间不能晚于现在");
        faults.when(
            self.started_at < now - TimeDelta::days(FARTHEST_DAYS),
            "started_at",
            "核对走访时间，已超过一年",
        );
        let ended_wrong = self
            .ended_at
            .is_some_and(|ended| ended < self.started_at || ended > latest);
        faults.when(ended_wrong, "ended_at", "结束时间应在开始之后、现在之前");
        // A device may have any time, but one that the databases can keep.
        let clocked = self.device_at.is_none_or(|at| (1970..2100).contains(&at.year()));
        faults.when(!clocked, "device_at", "核对手机的日期和时间");
        let today = clock::day(now);
        let far = TimeDelta::days(FARTHEST_DAYS);
        let planned_wrong = self.planned_on.is_some_and(|day| (day - today).abs() > far);
        faults.when(planned_wrong, "planned_on", "核对计划日期，应在一年以内");
        let next_wrong = self
            .next_on
            .is_some_and(|day| day < today || day > today + TimeDelta::days(FARTHEST_DAYS));
        faults.when(next_wrong, "next_on", "下次日期应为今天以后、一年以内");
    }

    fn child(&self, faults: &mut Faults) {
        if self.seen {
            faults.when(self.injury.is_none(), "injury", "选择有没有外伤，没看到就选「没看到」");
            let described = self.injury.as_deref() != Some("yes") || self.injury_note.is_some();
            faults.when(!described, "injury_note", "填写受伤的部位");
            return;
        }
        let reason = self.not_seen_reason.as_deref();
        let known = reason.is_some_and(|reason| codes::not_seen_reason(reason).is_some());
        faults.when(!known, "not_seen_reason", "选择没见到儿童的原因");
        faults.when(
            reason == Some("other") && self.not_seen_note.is_none(),
            "not_seen_note",
            "写明没见到儿童的原因",
        );
    }

    fn codes(&self, faults: &mut Faults) {
        faults.one("injury", self.injury.as_deref(), choices::INJURY);
        faults.one("mood", self.mood.as_deref(), choices::MOODS);
        faults.one("school", self.school.as_deref(), choices::SCHOOL);
        faults.one("care", self.care.as_deref(), choices::CARE);
        faults.one(
            "guardian_contact",
            self.guardian_contact.as_deref(),
            choices::GUARDIAN_CONTACT,
        );
        faults.one("carer", self.carer.as_deref(), choices::CARER);
        faults.many("hazards", &self.hazards, choices::HAZARDS);
        faults.many("talked_with", &self.talked_with, choices::TALKED_WITH);
    }

    fn texts(&self, faults: &mut Faults) {
        faults.text("not_seen_note", self.not_seen_note.as_deref());
        faults.text("injury_note", self.injury_note.as_deref());
        faults.text("services", self.services.as_deref());
        faults.text("child_opinion", self.child_opinion.as_deref());
        faults.text("new_risk", self.new_risk.as_deref());
        faults.text("handling", self.handling.as_deref());
    }

    /// Whether the visit could show the child at all.
    #[must_use]
    pub fn in_sight(&self) -> bool {
        self.method != "phone"
    }
}

struct Faults(Vec<FieldError>);

impl Faults {
    fn when(&mut self, wrong: bool, field: &str, message: &str) {
        if wrong {
            self.0.push(FieldError::new(field, message));
        }
    }

    fn one(&mut self, field: &str, code: Option<&str>, answers: Answers) {
        let known = code.is_none_or(|code| choices::known(answers, code));
        self.when(!known, field, "从所列答案中选择");
    }

    fn many(&mut self, field: &str, codes: &[String], answers: Answers) {
        let known = codes.iter().all(|code| choices::known(answers, code));
        self.when(!known || codes.len() > answers.len(), field, "从所列答案中选择");
    }

    fn text(&mut self, field: &str, text: Option<&str>) {
        let text = text.unwrap_or_default();
        self.when(
            text.chars().count() > TEXT,
            field,
            &format!("内容不超过 {TEXT} 字，分条另写"),
        );
        let control = text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'));
        self.when(control, field, "删除内容中不可见的控制字符");
    }
}
