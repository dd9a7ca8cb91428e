//! What programs are told of measures.

use crate::measures::list::Line;
use crate::measures::view::{ActLine, ClockLine, Next};
use crate::rules::measures::{Field, FieldKind, Need};
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// What is owed next.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::measures) struct OwedOut {
    /// In words.
    #[schema(example = "公安核实并告知保护令")]
    what: &'static str,
    /// By when.
    due_at: DateTime<Utc>,
}

/// A measure in a list.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::measures) struct MeasureOut {
    id: Uuid,
    /// Code of the kind.
    #[schema(example = "protection_order")]
    kind: String,
    /// The kind in words.
    name: String,
    /// `prepared`, `booked`, `requested`, `approved`, `awaiting`, `in_force`,
    /// `done`, `refused`, `revoked`, `lapsed`, `withdrawn`, `ended`, `recorded`.
    #[schema(example = "in_force")]
    state: &'static str,
    /// The case's number, to speak about it.
    case_number: String,
    /// 文书号; empty where no paper was made out yet.
    paper_no: String,
    /// The last day of its validity.
    expires_on: Option<NaiveDate>,
    /// What is owed next, as far as this account may know; null for nothing.
    next: Option<OwedOut>,
    /// The version to send with the next step.
    version: i32,
}

impl From<Line> for MeasureOut {
    fn from(line: Line) -> Self {
        Self {
            id: line.row.id,
            kind: line.row.kind,
            name: line.row.kind_name,
            state: line.row.state.code(),
            case_number: line.number,
            paper_no: line.row.paper_no,
            expires_on: line.expires_on,
            next: line.next.map(|(what, due_at)| OwedOut { what, due_at }),
            version: line.row.version,
        }
    }
}

/// A clock of a measure.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::measures) struct MeasureClock {
    /// What it waits for, in words.
    what: String,
    /// The unit that owes it.
    unit: String,
    /// The last moment.
    due_at: DateTime<Utc>,
    /// When it was done; null while it runs or where it was stopped.
    met_at: Option<DateTime<Utc>>,
    /// When it was stopped.
    cancelled_at: Option<DateTime<Utc>>,
    /// The rule with its source.
    rule: String,
}

impl From<ClockLine> for MeasureClock {
    fn from(line: ClockLine) -> Self {
        Self {
            what: line.what,
            unit: line.unit,
            due_at: line.clock.due_at,
            met_at: line.clock.met_at,
            cancelled_at: line.clock.cancelled_at,
            rule: line.rule,
        }
    }
}

/// An answer that was given.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::measures) struct MeasureAnswer {
    /// The words on screen.
    label: &'static str,
    /// What was answered, in words.
    value: String,
}

/// Something that was done.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::measures) struct MeasureAct {
    /// In words.
    label: &'static str,
    /// When it was entered.
    at: DateTime<Utc>,
    /// Unit and person.
    who: String,
    /// What was answered, as far as this account may read it.
    answers: Vec<MeasureAnswer>,
}

impl From<ActLine> for MeasureAct {
    fn from(line: ActLine) -> Self {
        let answers = line.fields.into_iter();
        Self {
            label: line.label,
            at: line.moment,
            who: line.who,
            answers: answers.map(|(label, value)| MeasureAnswer { label, value }).collect(),
        }
    }
}

/// A choice of a field.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::measures) struct DeedOption {
    code: &'static str,
    label: &'static str,
}

/// What an act asks.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::measures) struct DeedField {
    /// The name under `fields`.
    name: &'static str,
    /// The words on screen.
    label: &'static str,
    /// `word`, `text`, `past`, `day`, `past_moment`, `moment`, `choice`, `many`, `unit`.
    kind: &'static str,
    /// `always`, `optional`, `again` (where the case has had one before), or
    /// `field=value` for one that this answer asks for.
    need: String,
    /// What may be chosen.
    options: Vec<DeedOption>,
}

impl From<&Field> for DeedField {
    fn from(field: &Field) -> Self {
        let options = field.options().iter();
        Self {
            name: field.name,
            label: field.label,
            kind: kind(field.kind),
            need: match field.need {
                Need::Always => "always".to_owned(),
                Need::Optional => "optional".to_owned(),
                Need::Again => "again".to_owned(),
                Need::When(other, value) => format!("{other}={value}"),
            },
            options: options.map(|(code, label)| DeedOption { code, label }).collect(),
        }
    }
}

fn kind(kind: FieldKind) -> &'static str {
    match kind {
        FieldKind::Word(_) => "word",
        FieldKind::Text(_) => "text",
        FieldKind::Past => "past",
        FieldKind::Day => "day",
        FieldKind::PastMoment => "past_moment",
        FieldKind::Moment => "moment",
        FieldKind::Choice(_) => "choice",
        FieldKind::Many(_) => "many",
        FieldKind::Unit => "unit",
    }
}

/// An act that this account may record now.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::measures) struct MeasureDeed {
    /// The value of `step`.
    #[schema(example = "police_check")]
    step: &'static str,
    /// In words.
    label: &'static str,
    /// What it asks.
    fields: Vec<DeedField>,
}

impl From<Next> for MeasureDeed {
    fn from(next: Next) -> Self {
        Self {
            step: next.deed.code,
            label: next.label,
            fields: next.deed.fields.iter().map(DeedField::from).collect(),
        }
    }
}
