//! The parts of steps that ask other units for something.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// One of several joint tasks; `unit` absent is the county's own of the
/// type's kind.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TaskOrder {
    /// Made by the client, so that a repeat is the same task.
    pub(crate) id: Option<Uuid>,
    #[serde(rename = "type")]
    pub(crate) type_code: String,
    pub(crate) unit: Option<Uuid>,
    pub(crate) request: String,
    pub(crate) due_at: Option<DateTime<Utc>>,
}

/// A conference with the tasks that follow from it, all or nothing.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct ConferenceBody {
    /// Made by the client, so that a repeat is the same conference.
    pub(crate) id: Option<Uuid>,
    pub(crate) on: NaiveDate,
    pub(crate) minutes_no: String,
    pub(crate) place: Option<String>,
    /// What it was about; the case as a whole when absent.
    pub(crate) agenda: Option<String>,
    /// What was decided.
    #[serde(alias = "note")]
    pub(crate) decisions: Option<String>,
    /// Who took part; the own unit when absent.
    #[serde(default)]
    pub(crate) members: Vec<ConferenceMember>,
    #[serde(default)]
    pub(crate) tasks: Vec<TaskOrder>,
}

/// A unit at the table.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConferenceMember {
    pub(crate) unit: Uuid,
    /// What its person is there, never a name.
    pub(crate) function: String,
}
