//! What the API tells of a case after a step.

use crate::entity::protection_case;
use crate::rules::level::RiskLevel;
use crate::rules::workflow::Stage;
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A case after a step.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CaseState {
    id: Uuid,
    /// `TH-20261123-0001`
    number: String,
    /// `assigned` …
    stage: String,
    stage_label: &'static str,
    /// `red` …
    level: &'static str,
    level_label: &'static str,
    /// The level that waits for the county's word.
    proposed_level: Option<&'static str>,
    /// To be sent with the next step.
    version: i32,
    next_due_at: Option<DateTime<Utc>>,
    lead_unit: Uuid,
    assignee: Option<Uuid>,
    return_count: i32,
    conference_on: Option<NaiveDate>,
    spot_checked_at: Option<DateTime<Utc>>,
    follow_up_planned: bool,
    closure_type: Option<String>,
    merged_into: Option<Uuid>,
}

impl CaseState {
    /// The state of a case.
    pub(crate) fn of(case: &protection_case::Model) -> Self {
        let level = RiskLevel::from_number(case.level).unwrap_or(RiskLevel::Red);
        Self {
            id: case.id,
            number: case.number.clone(),
            stage: case.stage.clone(),
            stage_label: Stage::parse(&case.stage).map_or("", Stage::label),
            level: level.code(),
            level_label: level.label(),
            proposed_level: case
                .proposed_level
                .and_then(RiskLevel::from_number)
                .map(RiskLevel::code),
            version: case.version,
            next_due_at: case.next_due_at,
            lead_unit: case.lead_unit,
            assignee: case.assignee,
            return_count: case.return_count,
            conference_on: case.conference_on,
            spot_checked_at: case.spot_checked_at,
            follow_up_planned: case.follow_up_planned,
            closure_type: case.closure_type.clone(),
            merged_into: case.merged_into,
        }
    }
}
